//! `/proc/pressure/*`: how long tasks have waited for a resource.

use crate::error::Malformed;
use crate::fields::{columns, lines, number};

/// One file of `/proc/pressure`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pressure {
    /// Some task waited; `irq` does not say.
    pub some: Option<Stall>,
    /// No task made progress; `cpu` of an old kernel does not say.
    pub full: Option<Stall>,
}

/// Time lost since boot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stall {
    /// In microseconds.
    pub total_us: u64,
}

/// Reads a file of `/proc/pressure`.
///
/// # Errors
/// A `some` or `full` line without `total=` and a number; neither line.
pub fn parse_pressure(bytes: &[u8]) -> Result<Pressure, Malformed> {
    let mut pressure = Pressure::default();
    for (line, bytes) in lines(bytes) {
        let mut columns = columns(bytes);
        let slot = match columns.next() {
            Some(b"some") => &mut pressure.some,
            Some(b"full") => &mut pressure.full,
            _ => continue,
        };
        let total = columns.find_map(|column| column.strip_prefix(b"total=")).and_then(number);
        *slot = Some(Stall { total_us: total.ok_or(Malformed { line, expected: "total= and a number" })? });
    }
    if pressure == Pressure::default() {
        return Err(Malformed { line: 1, expected: "some or full" });
    }
    Ok(pressure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_memory_and_irq_and_one_cut_off() {
        let memory =
            b"some avg10=0.10 avg60=2.00 avg300=3.85 total=15\nfull avg10=0.20 avg60=3.00 avg300=4.95 total=25\n";
        let stall = |total_us| Some(Stall { total_us });
        assert_eq!(parse_pressure(memory), Ok(Pressure { some: stall(15), full: stall(25) }));
        let irq = b"full avg10=0.00 avg60=0.00 avg300=0.00 total=8494\n";
        assert_eq!(parse_pressure(irq), Ok(Pressure { some: None, full: stall(8494) }));
        assert_eq!(parse_pressure(b""), Err(Malformed { line: 1, expected: "some or full" }));
        let cut = Malformed { line: 1, expected: "total= and a number" };
        assert_eq!(parse_pressure(b"some avg10=0.10 avg60=2.0"), Err(cut));
        assert_eq!(parse_pressure(b"some avg10=0.10 total=99999999999999999999"), Err(cut));
    }
}
