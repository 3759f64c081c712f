//! Lines and columns of bytes.

use std::str::FromStr;

use crate::error::Malformed;

/// The lines that are not empty, with their numbers from 1.
pub(crate) fn lines(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    text.split(|byte| *byte == b'\n')
        .enumerate()
        .map(|(index, line)| (index + 1, line))
        .filter(|(_, line)| !line.is_empty())
}

/// The columns of a line, between any white space.
pub(crate) fn columns(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(u8::is_ascii_whitespace).filter(|column| !column.is_empty())
}

/// A number, if that is all that the column holds and it fits.
pub(crate) fn number<T: FromStr>(column: &[u8]) -> Option<T> {
    std::str::from_utf8(column).ok()?.parse().ok()
}

/// A hexadecimal number without a sign or `0x`, if that is all that the column holds and it fits.
pub(crate) fn hex(column: &[u8]) -> Option<u64> {
    let digits = std::str::from_utf8(column).ok().filter(|digits| !digits.starts_with('+'))?;
    u64::from_str_radix(digits, 16).ok()
}

/// The key and the rest of a `key: value` line, both without the white space around them.
pub(crate) fn pair(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    Some((line[..colon].trim_ascii(), line[colon + 1..].trim_ascii()))
}

/// Text from the kernel; bytes that are not UTF-8 become U+FFFD.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Text that a device brings along; every run of bytes that are not UTF-8 becomes one U+FFFD.
pub(crate) fn foreign_text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    let mut in_run = false;
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        in_run &= chunk.valid().is_empty();
        if !in_run && !chunk.invalid().is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
            in_run = true;
        }
    }
    text
}

/// What was read, unless it is nothing: an empty file is no file of the kernel.
pub(crate) fn some<T>(read: Vec<T>, expected: &'static str) -> Result<Vec<T>, Malformed> {
    if read.is_empty() { Err(Malformed { line: 1, expected }) } else { Ok(read) }
}

/// The next column as a number, or what is wrong with the line.
pub(crate) fn next<'l, T: FromStr>(
    columns: &mut impl Iterator<Item = &'l [u8]>,
    line: usize,
    expected: &'static str,
) -> Result<T, Malformed> {
    columns.next().and_then(number).ok_or(Malformed { line, expected })
}

/// The next columns as numbers, or what is wrong with the line.
pub(crate) fn numbers<'l, const N: usize>(
    columns: &mut impl Iterator<Item = &'l [u8]>,
    line: usize,
    expected: &'static str,
) -> Result<[u64; N], Malformed> {
    let mut numbers = [0; N];
    for number in &mut numbers {
        *number = next(columns, line, expected)?;
    }
    Ok(numbers)
}

/// Takes the first line, which must start so, but for white space before.
pub(crate) fn heading<'l>(lines: &mut impl Iterator<Item = (usize, &'l [u8])>, start: &[u8]) -> Result<(), Malformed> {
    let heading = lines.next().filter(|(_, heading)| heading.trim_ascii_start().starts_with(start));
    heading.map(drop).ok_or(Malformed { line: 1, expected: "a heading" })
}

/// Calls `field` with the name and number of each line, until one is something else. There must be one.
pub(crate) fn named_numbers(text: &[u8], mut field: impl FnMut(&str, u64)) -> Result<(), Malformed> {
    let mut is_empty = true;
    for (line, bytes) in lines(text) {
        is_empty = false;
        let mut columns = columns(bytes);
        let name = columns.next().and_then(|name| std::str::from_utf8(name).ok());
        let name = name.ok_or(Malformed { line, expected: "a name" })?;
        field(name, next(&mut columns, line, "a number behind the name")?);
    }
    if is_empty { Err(Malformed { line: 1, expected: "a field" }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_with_bytes_that_are_none() {
        for (bytes, text) in [
            (&b"LNV-45N1"[..], "LNV-45N1"),
            (b"", ""),
            (b"\xff\xfe\xffBAT\xc3(\xf0\x9f\x98 \xff", "\u{fffd}BAT\u{fffd}(\u{fffd} \u{fffd}"),
            ("ü\u{fffd}\u{fffd}".as_bytes(), "ü\u{fffd}\u{fffd}"),
        ] {
            assert_eq!(foreign_text(bytes), text);
        }
    }
}
