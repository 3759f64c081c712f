//! `/proc/net/sockstat` and `/proc/net/sockstat6`.

use crate::error::Malformed;
use crate::fields::{columns, lines, next};

/// Calls `field` with the protocol, name and value of each field of `/proc/net/sockstat` or `sockstat6`, as `TCP`,
/// `inuse` and 4, in the kernel's order. All are numbers of sockets, but for `mem`, in pages of memory, and `memory`, in
/// bytes.
///
/// # Errors
/// A line without a protocol, a colon and pairs of name and number; `field` has been called for what stands before. No
/// line at all.
pub fn parse_sockstat(bytes: &[u8], mut field: impl FnMut(&str, &str, u64)) -> Result<(), Malformed> {
    let mut last = None;
    for (line, bytes) in lines(bytes) {
        let mut columns = columns(bytes).map(std::str::from_utf8).map(Result::unwrap_or_default);
        let protocol = columns.next().and_then(|protocol| protocol.strip_suffix(':'));
        let protocol = protocol.ok_or(Malformed { line, expected: "a protocol and a colon" })?;
        while let Some(name) = columns.next() {
            let mut value = columns.by_ref().map(str::as_bytes);
            field(protocol, name, next(&mut value, line, "a number behind each name")?);
            last = Some(line);
        }
        if last != Some(line) {
            return Err(Malformed { line, expected: "a name and a number" });
        }
    }
    last.map(drop).ok_or(Malformed { line: 1, expected: "a protocol" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protocols_and_lines_that_are_cut_off() {
        let mut fields = Vec::new();
        let parsed =
            parse_sockstat(b"sockets: used 229\nTCP: inuse 4 mem 1\nRAW6: inuse 0\n", |protocol, name, value| {
                fields.push(format!("{protocol} {name} {value}"));
            });
        assert_eq!(fields, ["sockets used 229", "TCP inuse 4", "TCP mem 1", "RAW6 inuse 0"]);
        assert_eq!(parsed, Ok(()));
        for (text, line, expected) in [
            ("", 1, "a protocol"),
            ("TCP inuse 4\n", 1, "a protocol and a colon"),
            ("UDP: inuse 0\nTCP:\n", 2, "a name and a number"),
            ("TCP: inuse\n", 1, "a number behind each name"),
            ("TCP: inuse -4\n", 1, "a number behind each name"),
        ] {
            let parsed = parse_sockstat(text.as_bytes(), |_, _, _| {});
            assert_eq!(parsed, Err(Malformed { line, expected }), "{text}");
        }
    }
}
