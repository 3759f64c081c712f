//! Strings of JSON.

/// How long the string is that the text begins with, its opening quote being gone, and whether it has escapes. If it
/// has no end, or a control character, how far it is in order.
pub(super) fn end(text: &[u8]) -> Result<(usize, bool), usize> {
    let mut at = 0;
    let mut has_escapes = false;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => return Ok((at, has_escapes)),
            b'\\' => {
                has_escapes = true;
                // Whatever is escaped does not end the string.
                at += 2;
            }
            0..0x20 => return Err(at),
            _ => at += 1,
        }
    }
    Err(text.len())
}

/// A string without its escapes; it is not longer. Half of a surrogate pair becomes U+FFFD. An escape that does not
/// exist is refused, with its place.
pub(super) fn unescape(raw: &[u8]) -> Result<Vec<u8>, usize> {
    let mut bytes = Vec::with_capacity(raw.len());
    let mut at = 0;
    while let Some(length) = raw[at..].iter().position(|byte| *byte == b'\\') {
        bytes.extend_from_slice(&raw[at..at + length]);
        at += length;
        let simple = match raw.get(at + 1) {
            Some(b'n') => b'\n',
            Some(b't') => b'\t',
            Some(b'r') => b'\r',
            Some(b'b') => 0x08,
            Some(b'f') => 0x0c,
            Some(same @ (b'"' | b'\\' | b'/')) => *same,
            Some(b'u') => {
                let (character, length) = unicode(&raw[at..]).ok_or(at)?;
                bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                at += length;
                continue;
            }
            _ => return Err(at),
        };
        bytes.push(simple);
        at += 2;
    }
    bytes.extend_from_slice(&raw[at..]);
    Ok(bytes)
}

/// The character of `\u0041` or of two such escapes, and their length.
fn unicode(raw: &[u8]) -> Option<(char, usize)> {
    const LENGTH: usize = 6;
    let first = unit(raw)?;
    let pair = raw.get(LENGTH..).and_then(unit).and_then(|second| char::decode_utf16([first, second]).next()?.ok());
    Some(match (char::from_u32(u32::from(first)), pair) {
        (Some(character), _) => (character, LENGTH),
        (None, Some(character)) => (character, 2 * LENGTH),
        (None, None) => (char::REPLACEMENT_CHARACTER, LENGTH),
    })
}

/// The UTF-16 unit of `\u0041`.
fn unit(raw: &[u8]) -> Option<u16> {
    let digits = raw.strip_prefix(br"\u")?.get(..4)?;
    digits.iter().try_fold(0, |unit, digit| Some(unit << 4 | u16::from(hex(*digit)?)))
}

/// The value of a hexadecimal digit.
pub(super) fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_string_ends() {
        assert_eq!(end(br#"abc" "#), Ok((3, false)));
        assert_eq!(end(br#"""#), Ok((0, false)));
        assert_eq!(end(br#"a\"b\\""#), Ok((6, true)));
        assert_eq!(end(b"abc"), Err(3));
        assert_eq!(end(br"abc\"), Err(4));
        assert_eq!(end(b"a\nb\""), Err(1));
    }

    #[test]
    fn every_escape() {
        let text = unescape(br#"\"\\\/\b\f\n\r\t\u0041\u00e9\u20AC\ud83d\ude00."#).unwrap();
        assert_eq!(String::from_utf8(text).unwrap(), "\"\\/\u{8}\u{c}\n\r\tA\u{e9}\u{20ac}\u{1f600}.");
    }

    #[test]
    fn half_a_surrogate_pair() {
        for (raw, expected) in [
            (r"\ud83d", "\u{fffd}"),
            (r"\ud83dx", "\u{fffd}x"),
            (r"\ude00\ud83d", "\u{fffd}\u{fffd}"),
            (r"\ud83d\u0041", "\u{fffd}A"),
            (r"\ud83d\n", "\u{fffd}\n"),
            (r"\ud83d\ud83d\ude00", "\u{fffd}\u{1f600}"),
        ] {
            assert_eq!(unescape(raw.as_bytes()).unwrap(), expected.as_bytes(), "{raw}");
        }
    }

    #[test]
    fn an_escape_that_does_not_exist() {
        for (raw, at) in [(r"a\x", 1), (r"\u00g0", 0), (r"\u12", 0), (r"\ud83d\u12", 6), (r"ab\U0041", 2)] {
            assert_eq!(unescape(raw.as_bytes()), Err(at), "{raw}");
        }
    }
}
