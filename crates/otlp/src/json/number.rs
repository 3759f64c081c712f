//! Numbers of JSON, exact where they are integers.

/// How long the number is that the text begins with; 0 if with none.
pub(super) fn length(text: &[u8]) -> usize {
    let digits = |from: usize| {
        let rest = text.get(from..).unwrap_or_default();
        rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
    };
    let mut at = usize::from(text.first() == Some(&b'-'));
    // A leading zero stands alone.
    at += match digits(at) {
        0 => return 0,
        _ if text[at] == b'0' => 1,
        count => count,
    };
    if text.get(at) == Some(&b'.') {
        match digits(at + 1) {
            0 => return 0,
            count => at += 1 + count,
        }
    }
    if matches!(text.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(text.get(at + 1), Some(b'+' | b'-')));
        match digits(at + 1 + sign) {
            0 => return 0,
            count => at += 1 + sign + count,
        }
    }
    at
}

/// The integer that the text is, also as `1e3` or `1.0`; None if it is none or far too large for 64 bits.
pub(super) fn integer(text: &[u8]) -> Option<i128> {
    // No 18 digits overflow, and so many have all that clients send but for times.
    const EASY: usize = 18;
    if (1..=EASY).contains(&text.len()) && text.iter().all(u8::is_ascii_digit) && (text[0] != b'0' || text.len() == 1) {
        return Some(i128::from(text.iter().fold(0, |value: i64, digit| value * 10 + i64::from(digit - b'0'))));
    }
    if length(text) != text.len() || text.is_empty() {
        return None;
    }
    let (is_negative, text) = text.strip_prefix(b"-").map_or((false, text), |text| (true, text));
    let mut parts = text.splitn(2, |byte| matches!(byte, b'e' | b'E'));
    let mantissa = parts.next()?;
    let exponent = parts.next().map_or(Some(0), exponent)?;
    let mut halves = mantissa.splitn(2, |byte| *byte == b'.');
    let (whole, fraction) = (halves.next()?, halves.next().unwrap_or_default());
    let magnitude = shifted(whole, fraction, exponent)?;
    Some(if is_negative { -magnitude } else { magnitude })
}

/// The exponent's digits; what is beyond four of them is beyond any number.
fn exponent(digits: &[u8]) -> Option<i64> {
    let (is_negative, digits) = match digits {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    let value = digits.iter().fold(0_i64, |value, digit| (value * 10 + i64::from(digit - b'0')).min(10_000));
    Some(if is_negative { -value } else { value })
}

/// `whole.fraction` times ten to the `exponent`, if that is an integer.
fn shifted(whole: &[u8], fraction: &[u8], exponent: i64) -> Option<i128> {
    let mut value = 0_i128;
    let point = i64::try_from(whole.len()).ok()?.checked_add(exponent)?;
    let mut index = 0;
    for digit in whole.iter().chain(fraction) {
        let digit = i128::from(digit - b'0');
        if index < point {
            value = value.checked_mul(10)?.checked_add(digit)?;
        } else if digit != 0 {
            return None;
        }
        index += 1;
    }
    if value != 0 {
        for _ in index..point {
            value = value.checked_mul(10)?;
        }
    }
    Some(value)
}

/// The nearest number; None if the text is no number or its nearest is infinity.
pub(super) fn double(text: &[u8]) -> Option<f64> {
    if text.is_empty() || length(text) != text.len() {
        return None;
    }
    str::from_utf8(text).ok()?.parse().ok().filter(|value: &f64| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn where_a_number_ends() {
        for (text, expected) in [
            ("0", 1),
            ("01", 1),
            ("-1,", 2),
            ("12]", 2),
            ("1.5e+3 ", 6),
            ("1E9", 3),
            ("-0.0", 4),
            ("", 0),
            ("-", 0),
            ("+1", 0),
            (".5", 0),
            ("1.", 0),
            ("1e", 0),
            ("1e+", 0),
            ("NaN", 0),
        ] {
            assert_eq!(length(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn integers_in_any_notation() {
        for (text, expected) in [
            ("0", 0),
            ("-0", 0),
            ("1e3", 1000),
            ("1.0", 1),
            ("1.50e1", 15),
            ("1200e-2", 12),
            ("0.001E3", 1),
            ("0e9999", 0),
            ("0.000e-99999999999999999999", 0),
            ("1795231002795651603", 1_795_231_002_795_651_603),
            ("1795231002795651603.0", 1_795_231_002_795_651_603),
            ("18446744073709551615", i128::from(u64::MAX)),
            ("-9223372036854775808", i128::from(i64::MIN)),
            ("1.0000000000000000000000000000000000000000000000000000", 1),
        ] {
            assert_eq!(integer(text.as_bytes()), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_integer() {
        for text in
            ["", "1.5", "1e-1", "1e99", "1e99999999999999999999", "01", "+1", " 1", "1 ", "0x1", "1_0", "NaN", "-"]
        {
            assert_eq!(integer(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn doubles() {
        assert_eq!(double(b"-0.0").map(f64::to_bits), Some((-0.0_f64).to_bits()));
        assert_eq!(double(b"0.045312"), Some(0.045_312));
        assert_eq!(double(b"5e-324"), Some(5e-324));
        assert_eq!(double(b"1.7976931348623157e308"), Some(f64::MAX));
        for text in ["", "1e999", "inf", "nan", "infinity", "1.", ".5", "+1", "1 "] {
            assert_eq!(double(text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_integer_comes_back(value in any::<i64>(), zeros in 0_usize..4) {
            prop_assert_eq!(integer(value.to_string().as_bytes()), Some(i128::from(value)));
            prop_assert_eq!(integer(format!("{value}.{}", "0".repeat(zeros + 1)).as_bytes()), Some(i128::from(value)));
            prop_assert_eq!(
                integer(format!("{value}{}e-{zeros}", "0".repeat(zeros)).as_bytes()),
                (value != 0 || zeros == 0).then_some(i128::from(value)),
            );
        }

        #[test]
        fn every_double_comes_back(bits in any::<u64>()) {
            let value = f64::from_bits(bits);
            prop_assume!(value.is_finite());
            prop_assert_eq!(double(format!("{value}").as_bytes()).map(f64::to_bits), Some(bits));
            prop_assert_eq!(double(format!("{value:e}").as_bytes()).map(f64::to_bits), Some(bits));
        }
    }
}
