//! Sample values and how they are spelled.

use std::io::Write as _;

/// A sample's value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// Any float, NaN and both infinities included.
    Float(f64),
    /// A whole number from a 64-bit source; printed with all its digits, also beyond 2^53.
    Integer(u64),
    /// A decimal fraction that is kept exactly, as money is; printed with all its digits and no more.
    Decimal {
        /// The whole part, rounded down: that of −0.5 is −1.
        units: i64,
        /// What is above it, in 1e-9, below 1e9: that of −0.5 is 500,000,000.
        nanos: u32,
    },
}

impl Number {
    /// The value as Prometheus stores it: what no double holds is rounded to the nearest one.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        match self {
            Number::Float(value) => value,
            Number::Integer(value) => value as f64,
            Number::Decimal { units, nanos } => decimal_as_f64(units, nanos),
        }
    }

    /// Appends the value as both text formats spell it: `12`, `0.25`, `1e-7`, `+Inf`, `-Inf`, `NaN`.
    pub(crate) fn write(self, out: &mut Vec<u8>) {
        match self {
            Number::Integer(value) => out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes()),
            Number::Float(value) => write_float(value, out),
            Number::Decimal { units, nanos } => write_decimal(units, nanos, out),
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

/// How many digits of a decimal stand after its point.
const DECIMALS: usize = 9;
const NANOS: u32 = 1_000_000_000;

fn write_decimal(units: i64, nanos: u32, out: &mut Vec<u8>) {
    let is_negative = units < 0 && nanos > 0;
    // Towards zero, as people write it.
    let (whole, mut nanos) = if is_negative { (units + 1, NANOS.saturating_sub(nanos)) } else { (units, nanos) };
    if is_negative && whole == 0 {
        out.push(b'-');
    }
    out.extend_from_slice(itoa::Buffer::new().format(whole).as_bytes());
    if nanos == 0 {
        return;
    }
    let mut digits = *b".000000000";
    for digit in digits[1..].iter_mut().rev() {
        *digit += u8::try_from(nanos % 10).unwrap_or(0);
        nanos /= 10;
    }
    let end = digits.iter().rposition(|digit| *digit != b'0').unwrap_or(DECIMALS);
    out.extend_from_slice(&digits[..=end]);
}

fn decimal_as_f64(units: i64, nanos: u32) -> f64 {
    let in_nanos = i128::from(units) * i128::from(NANOS) + i128::from(nanos);
    if in_nanos.unsigned_abs() <= 1 << f64::MANTISSA_DIGITS {
        return in_nanos as f64 / f64::from(NANOS); // Both are exact, so that the one rounding is the division's.
    }
    let mut digits = Vec::with_capacity(32);
    write_decimal(units, nanos, &mut digits);
    std::str::from_utf8(&digits).ok().and_then(|digits| digits.parse().ok()).unwrap_or(f64::NAN)
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
    if (0.0..1e6).contains(&bound) && bound.fract() == 0.0 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, and small")]
        out.extend_from_slice(itoa::Buffer::new().format(bound as u32).as_bytes());
        out.extend_from_slice(if point { b".0" } else { b"" });
        return;
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
    use proptest::prelude::*;

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
    fn decimals_have_the_digits_that_they_need() {
        for (units, nanos, text) in [
            (0, 135_936_000, "0.135936"),
            (3, 0, "3"),
            (0, 0, "0"),
            (-1, 500_000_000, "-0.5"),
            (-1, 0, "-1"),
            (-2, 999_999_999, "-1.000000001"),
            (0, 1, "0.000000001"),
            (i64::MAX, 999_999_999, "9223372036854775807.999999999"),
            (i64::MIN, 1, "-9223372036854775807.999999999"),
            (i64::MIN, 0, "-9223372036854775808"),
        ] {
            let decimal = Number::Decimal { units, nanos };
            assert_eq!(spelled(decimal), text);
            assert_eq!(decimal.as_f64(), text.parse().unwrap(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_decimal_is_the_double_that_its_digits_are_read_as(units: i64, nanos in 0..NANOS, shift in 0..64_u32) {
            let decimal = Number::Decimal { units: units >> shift, nanos };
            prop_assert_eq!(decimal.as_f64(), spelled(decimal).parse::<f64>().unwrap());
        }
    }

    #[test]
    fn a_number_takes_two_words() {
        assert_eq!(size_of::<Number>(), 16);
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
