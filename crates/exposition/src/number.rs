//! Sample values and how they are spelled.

use std::io::Write as _;

/// A sample's value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// Any float, NaN and both infinities included.
    Float(f64),
    /// A whole number from a 64-bit source; printed with all its digits, also beyond 2^53.
    Integer(u64),
}

impl Number {
    /// The value as Prometheus stores it: integers beyond 2^53 are rounded to the nearest double.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        match self {
            Number::Float(value) => value,
            Number::Integer(value) => value as f64,
        }
    }

    /// Appends the value as every format spells it: `12`, `0.25`, `1e-7`, `+Inf`, `-Inf`, `NaN`.
    pub(crate) fn write(self, out: &mut Vec<u8>) {
        match self {
            Number::Integer(value) => out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes()),
            Number::Float(value) => write_float(value, out),
        }
    }
}

impl From<f64> for Number {
    fn from(value: f64) -> Self {
        Number::Float(value)
    }
}

impl From<u64> for Number {
    fn from(value: u64) -> Self {
        Number::Integer(value)
    }
}

impl From<u32> for Number {
    fn from(value: u32) -> Self {
        Number::Integer(value.into())
    }
}

impl From<bool> for Number {
    fn from(value: bool) -> Self {
        Number::Integer(value.into())
    }
}

/// Beyond this a float's neighbours are more than 1 apart, and its shortest spelling beats its digits.
const EXACT_INTEGERS: f64 = 9_007_199_254_740_992.0;

fn write_float(value: f64, out: &mut Vec<u8>) {
    if !value.is_finite() {
        out.extend_from_slice(not_finite(value));
    } else if value.fract() == 0.0 && value.abs() < EXACT_INTEGERS && !(value == 0.0 && value.is_sign_negative()) {
        #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
        out.extend_from_slice(itoa::Buffer::new().format(value as i64).as_bytes());
    } else {
        append(out, format_args!("{value:?}")); // Debug is the shortest spelling that reads back as the same double.
    }
}

fn not_finite(value: f64) -> &'static [u8] {
    match (value.is_nan(), value.is_sign_positive()) {
        (true, _) => b"NaN",
        (false, true) => b"+Inf",
        (false, false) => b"-Inf",
    }
}

/// Appends a bucket's or quantile's bound exactly as Go's `%g` spells it (`0.5`, `1e+06`), because the bound is part of
/// the series' identity on existing dashboards. `point` asks for OpenMetrics' canonical form, which never looks like an
/// integer (`1.0`).
pub(crate) fn write_bound(bound: f64, point: bool, out: &mut Vec<u8>) {
    if !bound.is_finite() {
        return out.extend_from_slice(not_finite(bound));
    }
    let bound = bound + 0.0; // A bound of −0 is the bound of 0, and OpenMetrics has one spelling of it.
    let start = out.len();
    append(out, format_args!("{bound:e}"));
    let mark = start + out[start..].iter().position(|byte| *byte == b'e').unwrap_or(0);
    let exponent: i32 = std::str::from_utf8(&out[mark + 1..]).ok().and_then(|digits| digits.parse().ok()).unwrap_or(0);
    if (-4..6).contains(&exponent) {
        out.truncate(start);
        append(out, format_args!("{bound}"));
        if point && bound.fract() == 0.0 {
            out.extend_from_slice(b".0");
        }
    } else {
        out.truncate(mark);
        let sign = if exponent < 0 { '-' } else { '+' };
        append(out, format_args!("e{sign}{:02}", exponent.unsigned_abs()));
    }
}

fn append(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("a Vec takes every write");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(number: impl Into<Number>) -> String {
        let mut out = Vec::new();
        number.into().write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn values_of_every_class() {
        assert_eq!(spelled(0.0), "0");
        assert_eq!(spelled(-0.0), "-0.0");
        assert_eq!(spelled(17_179_869_184.0), "17179869184");
        assert_eq!(spelled(0.1 + 0.2), "0.30000000000000004");
        assert_eq!(spelled(1e-7), "1e-7");
        assert_eq!(spelled(1e300), "1e300");
        assert_eq!(spelled(f64::NAN), "NaN");
        assert_eq!(spelled(f64::INFINITY), "+Inf");
        assert_eq!(spelled(f64::NEG_INFINITY), "-Inf");
        assert_eq!(spelled(true), "1");
    }

    #[test]
    fn integers_beyond_two_to_the_53rd_keep_every_digit() {
        assert_eq!(spelled(9_007_199_254_740_993_u64), "9007199254740993");
        assert_eq!(spelled(u64::MAX), "18446744073709551615");
        assert_eq!(spelled(9_007_199_254_740_992.0), "9007199254740992.0");
    }

    #[test]
    fn bounds_as_go_spells_them() {
        let spelled = |bound, point| {
            let mut out = b"le=".to_vec();
            write_bound(bound, point, &mut out);
            String::from_utf8(out).unwrap().split_off(3)
        };
        for (bound, text, openmetrics) in [
            (0.0, "0", "0.0"),
            (-0.0, "0", "0.0"),
            (1.0, "1", "1.0"),
            (-1.5, "-1.5", "-1.5"),
            (0.000_1, "0.0001", "0.0001"),
            (0.000_01, "1e-05", "1e-05"),
            (123_456.0, "123456", "123456.0"),
            (1e6, "1e+06", "1e+06"),
            (1_234_567.0, "1.234567e+06", "1.234567e+06"),
            (f64::MAX, "1.7976931348623157e+308", "1.7976931348623157e+308"),
            (5e-324, "5e-324", "5e-324"),
            (f64::INFINITY, "+Inf", "+Inf"),
        ] {
            assert_eq!(spelled(bound, false), text);
            assert_eq!(spelled(bound, true), openmetrics);
        }
    }
}
