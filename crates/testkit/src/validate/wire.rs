//! The encoding of protobuf messages, as far as a page's are made of it.

/// The value of a field as it is on the wire.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value<'a> {
    Varint(u64),
    Fixed64([u8; 8]),
    Delimited(&'a [u8]),
    Fixed32([u8; 4]),
}

/// The fields of a message in their order, with their numbers; `None` where one breaks off or is none.
pub(super) fn fields(mut message: &[u8]) -> Option<Vec<(u64, Value<'_>)>> {
    let mut fields = Vec::new();
    while !message.is_empty() {
        let tag = varint(&mut message)?;
        let value = match tag & 7 {
            0 => Value::Varint(varint(&mut message)?),
            1 => Value::Fixed64(*take(&mut message)?),
            2 => Value::Delimited(delimited(&mut message)?),
            5 => Value::Fixed32(*take(&mut message)?),
            _ => return None,
        };
        fields.push((Some(tag >> 3).filter(|number| *number > 0)?, value));
    }
    Some(fields)
}

/// What has its length before it.
pub(super) fn delimited<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(varint(bytes)?).ok()?;
    let (inside, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(inside)
}

pub(super) fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let [byte] = *take(bytes)?;
        let low = u64::from(byte & 0x7f);
        // The tenth byte has one bit's room.
        value |= low.checked_shl(shift).filter(|shifted| shifted >> shift == low)?;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

/// The inverse of what `sint64` does to keep small negative numbers short.
pub(super) fn zigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

fn take<'a, const N: usize>(bytes: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (taken, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_every_wire_type() {
        let message = b"\x08\x96\x01\x12\x02ab\x1d\x01\x02\x03\x04\x21\x01\x02\x03\x04\x05\x06\x07\x08";
        let expected = [
            (1, Value::Varint(150)),
            (2, Value::Delimited(b"ab")),
            (3, Value::Fixed32([1, 2, 3, 4])),
            (4, Value::Fixed64([1, 2, 3, 4, 5, 6, 7, 8])),
        ];
        assert_eq!(fields(message), Some(expected.to_vec()));
    }

    #[test]
    fn messages_that_are_none() {
        for message in [
            &b"\x08"[..],
            b"\x08\x80",
            b"\x12\x03ab",
            b"\x1d\x01\x02\x03",
            b"\x21\x01",
            b"\x0b",
            b"\x00\x01",
            b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02",
            b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        ] {
            assert_eq!(fields(message), None, "{message:?}");
        }
    }

    #[test]
    fn numbers_at_the_ends_of_their_types() {
        assert_eq!(varint(&mut &b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"[..]), Some(u64::MAX));
        for (encoded, value) in [(0, 0), (1, -1), (2, 1), (u64::MAX, i64::MIN), (u64::MAX - 1, i64::MAX)] {
            assert_eq!(zigzag(encoded), value);
        }
    }
}
