//! Amounts that add up exactly: whole numbers of 1e-9 of the family's unit.

use std::fmt;

/// Parts of a unit.
const NANOS: i128 = 1_000_000_000;
/// The largest amount: 2⁶³ units less one part.
const MOST: i128 = (1 << 63) * NANOS - 1;
/// The smallest amount: −2⁶³ units.
const LEAST: i128 = -(1 << 63) * NANOS;
/// Integers below this are exact as `f64`.
const EXACT: u128 = 1 << f64::MANTISSA_DIGITS;

/// An amount of a family's unit (dollars, tokens, seconds), exact to 1e-9 of it. Its whole units fit an `i64`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(i128);

impl Amount {
    /// Nothing.
    pub const ZERO: Amount = Amount(0);

    /// The amount nearest to `value`, of two equally near ones the even one. `None` for what is not finite or not below
    /// 2⁶³ in size.
    #[must_use]
    pub fn from_f64(value: f64) -> Option<Amount> {
        const FRACTION_BITS: u32 = f64::MANTISSA_DIGITS - 1;
        const BIAS: i64 = 1075; // of the exponent, with the mantissa read as an integer
        if !value.is_finite() || value.abs() >= 9_223_372_036_854_775_808.0 {
            return None;
        }
        // value = ± mantissa · 2^exponent, without rounding; the product of mantissa and 1e9 stays below 2⁸³.
        let bits = value.to_bits();
        let fraction = i128::from(bits & ((1 << FRACTION_BITS) - 1));
        let (mantissa, exponent) = match (bits >> FRACTION_BITS) & 0x7ff {
            0 => (fraction, 1 - BIAS),
            biased => (fraction | 1 << FRACTION_BITS, i64::try_from(biased).ok()? - BIAS),
        };
        let scaled = mantissa * NANOS;
        let size = if exponent >= 0 { scaled << exponent } else { shift_half_even(scaled, exponent.unsigned_abs()) };
        Some(Amount(if value.is_sign_negative() { -size } else { size }))
    }

    /// Whole units.
    #[must_use]
    pub fn from_i64(units: i64) -> Amount {
        Amount(i128::from(units) * NANOS)
    }

    /// `units + nanos · 1e-9`. `None` if `nanos` is a whole unit or more.
    #[must_use]
    pub fn from_parts(units: i64, nanos: u32) -> Option<Amount> {
        let nanos = i128::from(nanos);
        (nanos < NANOS).then(|| Amount(i128::from(units) * NANOS + nanos))
    }

    /// The whole units not above it, and what is left in 1e-9: −0.25 is `(-1, 750_000_000)`.
    #[must_use]
    pub fn parts(self) -> (i64, u32) {
        let units = i64::try_from(self.0.div_euclid(NANOS)).expect("an amount's units fit an i64");
        let nanos = u32::try_from(self.0.rem_euclid(NANOS)).expect("a remainder of 1e9 fits a u32");
        (units, nanos)
    }

    /// The sum, if it is an amount still.
    #[must_use]
    pub fn checked_add(self, other: Amount) -> Option<Amount> {
        in_range(self.0 + other.0)
    }

    /// The difference, if it is an amount still.
    #[must_use]
    pub fn checked_sub(self, other: Amount) -> Option<Amount> {
        in_range(self.0 - other.0)
    }

    /// Whether it is below zero.
    #[must_use]
    pub fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// The nearest `f64`; larger amounts never give smaller ones.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        if self.0.unsigned_abs() < EXACT {
            return self.0 as f64 / NANOS as f64; // both are exact, so this rounds once
        }
        match self.parts() {
            (units, 0) => units as f64,
            _ => self.to_string().parse().expect("a decimal is a number"),
        }
    }
}

impl fmt::Display for Amount {
    /// The shortest exact decimal: `12`, `-0.25`, `0.000000001`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.0.unsigned_abs();
        let (units, mut nanos) = (size / NANOS.unsigned_abs(), size % NANOS.unsigned_abs());
        if self.is_negative() {
            f.write_str("-")?;
        }
        write!(f, "{units}")?;
        if nanos == 0 {
            return Ok(());
        }
        let mut digits = 9;
        while nanos % 10 == 0 {
            (nanos, digits) = (nanos / 10, digits - 1);
        }
        write!(f, ".{nanos:0digits$}")
    }
}

fn in_range(amount: i128) -> Option<Amount> {
    (LEAST..=MOST).contains(&amount).then_some(Amount(amount))
}

/// `value / 2^by`, rounded half-even; `value` is below 2⁸³.
fn shift_half_even(value: i128, by: u64) -> i128 {
    if by > 100 {
        return 0; // less than half of one part
    }
    let (whole, rest, half) = (value >> by, value & ((1 << by) - 1), 1_i128 << (by - 1));
    if rest > half || (rest == half && whole & 1 == 1) { whole + 1 } else { whole }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_as_they_arrive() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (1.0, "1"),
            (0.1, "0.1"),
            (-0.25, "-0.25"),
            (0.017_325, "0.017325"),
            (1e-9, "0.000000001"),
            (4.9e-10, "0"),
            (5.1e-10, "0.000000001"),
            (f64::MIN_POSITIVE, "0"),
            (5e-324, "0"),
            (123_456_789.123_456_79, "123456789.123456791"), // what the double really is, to 1e-9
            (9_007_199_254_740_993.0, "9007199254740992"),
            (9_223_372_036_854_774_784.0, "9223372036854774784"),
            (-9_223_372_036_854_774_784.0, "-9223372036854774784"),
        ] {
            assert_eq!(Amount::from_f64(value).unwrap().to_string(), text, "{value}");
        }
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 9_223_372_036_854_775_808.0, -1e300] {
            assert_eq!(Amount::from_f64(value), None, "{value}");
        }
    }

    #[test]
    fn halves_go_to_the_even_part() {
        // 2⁻¹⁰ units are 976562.5 parts, 3·2⁻¹⁰ are 2929687.5: exact halves.
        for (value, text) in [(0.000_976_562_5, "0.000976562"), (0.002_929_687_5, "0.002929688")] {
            assert_eq!(Amount::from_f64(value).unwrap().to_string(), text);
            assert_eq!(Amount::from_f64(-value).unwrap().to_string(), format!("-{text}"));
        }
    }

    #[test]
    fn parts_are_floored() {
        for (value, parts) in [(0.0, (0, 0)), (1.5, (1, 500_000_000)), (-0.25, (-1, 750_000_000)), (-2.0, (-2, 0))] {
            let amount = Amount::from_f64(value).unwrap();
            assert_eq!(amount.parts(), parts);
            assert_eq!(Amount::from_parts(parts.0, parts.1), Some(amount));
        }
        assert_eq!(Amount::from_parts(0, 1_000_000_000), None);
    }

    #[test]
    fn sums_end_where_units_do() {
        let most = Amount::from_parts(i64::MAX, 999_999_999).unwrap();
        let least = Amount::from_i64(i64::MIN);
        let part = Amount::from_parts(0, 1).unwrap();
        assert_eq!(most.checked_add(part), None);
        assert_eq!(least.checked_sub(part), None);
        assert_eq!(most.checked_add(Amount::ZERO), Some(most));
        assert_eq!(most.checked_add(least), Amount::from_parts(-1, 999_999_999));
        assert_eq!(most.to_string(), "9223372036854775807.999999999");
        assert_eq!(least.to_string(), "-9223372036854775808");
        assert!(least.is_negative() && !Amount::ZERO.is_negative());
    }

    proptest! {
        /// f64's own parser is the oracle: it rounds a decimal of any length correctly.
        #[test]
        fn numbers_there_and_back(units: i64, nanos in 0_u32..1_000_000_000) {
            let amount = Amount::from_parts(units, nanos).unwrap();
            prop_assert_eq!(amount.parts(), (units, nanos));
            prop_assert_eq!(amount.as_f64(), amount.to_string().parse::<f64>().unwrap());
        }

        /// Rust prints the exact decimal of a double when asked for as many digits.
        #[test]
        fn rounding_is_that_of_the_exact_decimal(value in -1e12_f64..1e12) {
            let text = format!("{value:.9}");
            let amount = Amount::from_f64(value).unwrap().to_string();
            prop_assert_eq!(amount.parse::<f64>().unwrap(), text.parse::<f64>().unwrap());
        }
    }
}
