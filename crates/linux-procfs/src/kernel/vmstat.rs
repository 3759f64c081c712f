//! `/proc/vmstat`.

use crate::error::Malformed;
use crate::fields::{columns, lines, next};

/// Calls `field` with each name and value of `/proc/vmstat`, of which there are some 180, in the kernel's order.
///
/// # Errors
/// A line that is not a name and a number; `field` has been called for those before it. No line at all.
pub fn parse_vmstat(bytes: &[u8], mut field: impl FnMut(&str, u64)) -> Result<(), Malformed> {
    let mut last = None;
    for (line, bytes) in lines(bytes) {
        last = Some(line);
        let mut columns = columns(bytes);
        let name = columns.next().and_then(|name| std::str::from_utf8(name).ok());
        let name = name.ok_or(Malformed { line, expected: "a name" })?;
        field(name, next(&mut columns, line, "a number behind the name")?);
    }
    last.map(drop).ok_or(Malformed { line: 1, expected: "a field" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_and_a_line_that_is_cut_off() {
        let mut fields = Vec::new();
        let parsed = parse_vmstat(b"pgfault 12\noom_kill 0\npgma", |name, value| fields.push((name.to_owned(), value)));
        assert_eq!(fields, [("pgfault".to_owned(), 12), ("oom_kill".to_owned(), 0)]);
        assert_eq!(parsed, Err(Malformed { line: 3, expected: "a number behind the name" }));
        assert_eq!(parse_vmstat(b"", |_, _| {}), Err(Malformed { line: 1, expected: "a field" }));
    }
}
