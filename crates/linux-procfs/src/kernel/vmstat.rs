//! `/proc/vmstat`.

use crate::error::Malformed;
use crate::fields::named_numbers;

/// Calls `field` with each name and value of `/proc/vmstat`, of which there are some 180, in the kernel's order.
///
/// # Errors
/// A line that is not a name and a number; `field` has been called for those before it. No line at all.
pub fn parse_vmstat(bytes: &[u8], field: impl FnMut(&str, u64)) -> Result<(), Malformed> {
    named_numbers(bytes, field)
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
