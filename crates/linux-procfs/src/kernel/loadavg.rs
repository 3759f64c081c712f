//! `/proc/loadavg`.

use crate::error::Malformed;
use crate::fields::{columns, number};

/// Tasks that run or wait, averaged over time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LoadAvg {
    /// Over one minute.
    pub one: f64,
    /// Over five minutes.
    pub five: f64,
    /// Over fifteen minutes.
    pub fifteen: f64,
}

/// Reads `/proc/loadavg`.
///
/// # Errors
/// Without three numbers at the start, none of them negative or what is not a number.
pub fn parse_loadavg(bytes: &[u8]) -> Result<LoadAvg, Malformed> {
    let mut columns = columns(bytes);
    let malformed = Malformed { line: 1, expected: "three load averages" };
    // Rust reads `inf` and `nan` as numbers too.
    let is_load = |load: &f64| load.is_finite() && *load >= 0.0;
    let mut load = || columns.next().and_then(number).filter(is_load).ok_or(malformed);
    Ok(LoadAvg { one: load()?, five: load()?, fifteen: load()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loadavg_of_an_idle_machine() {
        let load = parse_loadavg(b"0.21 0.37 0.39 1/719 19737\n");
        assert_eq!(load, Ok(LoadAvg { one: 0.21, five: 0.37, fifteen: 0.39 }));
        assert_eq!(parse_loadavg(b"0.21 0.37"), Err(Malformed { line: 1, expected: "three load averages" }));
        for text in ["", "nan 0.37 0.39", "0.21 -0.37 0.39", "0.21 0.37 inf"] {
            assert!(parse_loadavg(text.as_bytes()).is_err(), "{text}");
        }
    }
}
