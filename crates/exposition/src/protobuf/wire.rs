//! The encoding of protobuf messages, as far as pages need it.

/// Appends a message, or any other field that has a length, after its length.
pub(crate) fn delimited<R>(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>) -> R) -> R {
    let mark = out.len();
    out.push(0); // Most lengths take one byte.
    let body = out.len();
    let result = write(out);
    let end = out.len();
    let length = end - body;
    if let Ok(short @ 0..0x80) = u8::try_from(length) {
        out[mark] = short;
        return result;
    }
    // The length is written behind, to see how long it is, and changes places with the message.
    varint(length as u64, out);
    let prefix = out.len() - end;
    let mut bytes = [0; MAX_VARINT];
    bytes[..prefix].copy_from_slice(&out[end..]);
    out.truncate(end + prefix - 1);
    out.copy_within(body..end, mark + prefix);
    out[mark..mark + prefix].copy_from_slice(&bytes[..prefix]);
    result
}

/// 64 bits, seven in each byte.
const MAX_VARINT: usize = 10;

/// A field that is a message.
pub(super) fn message(field: u8, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    tag(field, 2, out);
    delimited(out, write);
}

/// A field of type `string`.
pub(super) fn string(field: u8, text: &str, out: &mut Vec<u8>) {
    tag(field, 2, out);
    varint(text.len() as u64, out);
    out.extend_from_slice(text.as_bytes());
}

/// A field of type `double`.
pub(super) fn double(field: u8, value: f64, out: &mut Vec<u8>) {
    tag(field, 1, out);
    out.extend_from_slice(&value.to_le_bytes());
}

/// A field of type `uint64`, `uint32` or an enumeration; of `int64` and `int32` too if it is not negative.
pub(super) fn unsigned(field: u8, value: u64, out: &mut Vec<u8>) {
    tag(field, 0, out);
    varint(value, out);
}

/// A field of type `sint64` or `sint32`.
pub(super) fn signed(field: u8, value: i64, out: &mut Vec<u8>) {
    tag(field, 0, out);
    zigzag(value, out);
}

/// The value of a `sint64` without its tag, as a packed field has it.
pub(super) fn zigzag(value: i64, out: &mut Vec<u8>) {
    varint((value.cast_unsigned() << 1) ^ (value >> 63).cast_unsigned(), out);
}

/// Pages need no field beyond 15, so that a tag is one byte.
fn tag(field: u8, wire_type: u8, out: &mut Vec<u8>) {
    out.push(field << 3 | wire_type);
}

fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
        let mut out = Vec::new();
        write(&mut out);
        out
    }

    /// The examples of protobuf's own guide to its encoding, and the ends of the types.
    #[test]
    fn fields_of_every_type() {
        assert_eq!(written(|out| unsigned(1, 150, out)), [0x08, 0x96, 0x01]);
        assert_eq!(written(|out| string(2, "testing", out)), *b"\x12\x07testing");
        assert_eq!(written(|out| message(3, out, |out| unsigned(1, 150, out))), [0x1a, 0x03, 0x08, 0x96, 0x01]);
        assert_eq!(written(|out| double(1, 1.0, out)), [0x09, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f]);
        assert_eq!(written(|out| signed(1, -2, out)), [0x08, 0x03]);
        for (value, bytes) in
            [(0, vec![0]), (-1, vec![1]), (1, vec![2]), (i64::MAX, [&[0xfe], &[0xff; 8][..], &[1]].concat())]
        {
            assert_eq!(written(|out| zigzag(value, out)), bytes, "{value}");
        }
        assert_eq!(written(|out| varint(u64::MAX, out)), [&[0xff; 9][..], &[1]].concat());
    }

    #[test]
    fn a_message_of_more_than_127_bytes_moves_for_its_length() {
        let written = written(|out| {
            out.push(b'<');
            delimited(out, |out| out.extend_from_slice(&[b'x'; 300]));
            out.push(b'>');
        });
        assert_eq!(written, [b"<\xac\x02".as_slice(), &[b'x'; 300], b">"].concat());
    }
}
