//! `/proc/meminfo`: whatever fields this kernel has.

use crate::error::Malformed;
use crate::fields::{columns, lines, number, pair, some, text};

/// One field of `/proc/meminfo`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemInfo {
    /// As the kernel writes it: `MemFree`, `Active(anon)`.
    pub name: String,
    /// kB or a number, as `in_kilobytes` says.
    pub value: u64,
    /// Whether the value is in units of 1024 bytes.
    pub in_kilobytes: bool,
}

/// Reads `/proc/meminfo`, in the kernel's order.
///
/// # Errors
/// A line that is not `name: number` with `kB` or nothing behind it; no line at all.
pub fn parse_meminfo(bytes: &[u8]) -> Result<Vec<MemInfo>, Malformed> {
    let parse = |(line, bytes)| {
        let malformed = Malformed { line, expected: "a name, a colon, a number, and kB or nothing" };
        let (name, rest) = pair(bytes).ok_or(malformed)?;
        let mut columns = columns(rest);
        let value = columns.next().and_then(number).ok_or(malformed)?;
        let in_kilobytes = match columns.next() {
            None => false,
            Some(b"kB") => true,
            Some(_) => return Err(malformed),
        };
        Ok(MemInfo { name: text(name), value, in_kilobytes })
    };
    some(lines(bytes).map(parse).collect::<Result<_, _>>()?, "a field")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_every_form() {
        let text =
            b"MemTotal:       24117248 kB\nActive(anon):     123 kB\nHugePages_Total:       0\nNewField:    7 kB\n";
        let field = |name: &str, value, in_kilobytes| MemInfo { name: name.to_owned(), value, in_kilobytes };
        let expected = vec![
            field("MemTotal", 24_117_248, true),
            field("Active(anon)", 123, true),
            field("HugePages_Total", 0, false),
            field("NewField", 7, true),
        ];
        assert_eq!(parse_meminfo(text), Ok(expected));
    }

    #[test]
    fn lines_that_are_cut_off_or_in_another_unit() {
        for text in ["MemTotal:", "MemTotal", "MemTotal: x kB", "MemTotal: 1 MB", "MemTotal: -1 kB"] {
            assert_eq!(parse_meminfo(text.as_bytes()).unwrap_err().line, 1, "{text}");
        }
        assert_eq!(parse_meminfo(b"A: 1 kB\nMemFr").unwrap_err().line, 2);
        assert_eq!(parse_meminfo(b""), Err(Malformed { line: 1, expected: "a field" }));
    }
}
