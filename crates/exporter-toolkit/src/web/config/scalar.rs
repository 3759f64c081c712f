//! Scalars as gopkg.in/yaml.v2 and Go's `time.ParseDuration` read them, so that a file means the same to both.

use std::time::Duration;

/// Whether a plain scalar is null.
pub(crate) fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

/// A plain scalar that is a boolean of YAML 1.1.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Some(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Some(false),
        _ => None,
    }
}

/// A plain scalar that is a whole number: decimal, `0x`, `0o` or `0` octal, `0b`, with `_` anywhere.
pub(crate) fn integer(text: &str) -> Option<i64> {
    let text = text.replace('_', "");
    let (is_negative, digits) = match text.strip_prefix(['-', '+']) {
        Some(digits) => (text.starts_with('-'), digits),
        None => (false, text.as_str()),
    };
    let prefixed = |prefix: [&str; 2]| prefix.iter().find_map(|prefix| digits.strip_prefix(prefix));
    let (digits, radix) = match (prefixed(["0x", "0X"]), prefixed(["0o", "0O"]), prefixed(["0b", "0B"])) {
        (Some(digits), ..) => (digits, 16),
        (_, Some(digits), _) => (digits, 8),
        (.., Some(digits)) => (digits, 2),
        _ if digits.len() > 1 && digits.starts_with('0') => (digits, 8),
        _ => (digits, 10),
    };
    if !digits.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    let value = i64::from_str_radix(digits, radix).ok()?;
    Some(if is_negative { -value } else { value })
}

/// A duration of Go: `1s`, `1m30s`, `1.5h`, `100ms`, `0`. One below zero is zero, which switches off what it is for.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let (is_negative, mut rest) = match text.strip_prefix(['-', '+']) {
        Some(rest) => (text.starts_with('-'), rest),
        None => (false, text),
    };
    if rest == "0" {
        return Some(Duration::ZERO);
    }
    let mut total: u128 = 0;
    loop {
        let (whole, behind) = split_digits(rest);
        let (fraction, behind) = behind.strip_prefix('.').map_or(("", behind), split_digits);
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let (unit, behind) = split_unit(behind)?;
        total += nanoseconds(whole, fraction, unit)?;
        if total > i64::MAX.unsigned_abs().into() {
            return None;
        }
        if behind.is_empty() {
            break;
        }
        rest = behind;
    }
    let total = if is_negative { 0 } else { u64::try_from(total).ok()? };
    Some(Duration::from_nanos(total))
}

fn split_digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}

/// The unit in nanoseconds, and what is behind it.
fn split_unit(text: &str) -> Option<(u128, &str)> {
    let (unit, behind) = text.split_at(text.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(text.len()));
    let nanoseconds = match unit {
        "ns" => 1,
        // Go takes the micro sign and the Greek letter.
        "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    };
    Some((nanoseconds, behind))
}

fn nanoseconds(whole: &str, fraction: &str, unit: u128) -> Option<u128> {
    // Digits beyond the eighteenth are below a nanosecond, whatever the unit.
    let fraction: String = fraction.chars().take(18).collect();
    let number = |digits: &str| if digits.is_empty() { Some(0) } else { digits.parse::<u64>().ok().map(u128::from) };
    let scale = 10_u128.pow(u32::try_from(fraction.len()).ok()?);
    Some(number(whole)? * unit + number(&fraction)? * unit / scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_of_go() {
        let nanoseconds = |text| duration(text).map(|duration| duration.as_nanos());
        for (text, expected) in [
            ("0", Some(0)),
            ("1s", Some(1_000_000_000)),
            ("1m30s", Some(90_000_000_000)),
            ("100ms", Some(100_000_000)),
            ("1.5h", Some(5_400_000_000_000)),
            (".5s", Some(500_000_000)),
            ("1.s", Some(1_000_000_000)),
            ("+2us", Some(2_000)),
            ("3\u{b5}s4\u{3bc}s", Some(7_000)),
            ("0.0000000000000000000000001h", Some(0)),
            ("-1s", Some(0)),
            ("2562047h", Some(9_223_369_200_000_000_000)),
            ("2562048h", None),
            ("99999999999999999999h", None),
            ("", None),
            ("-", None),
            ("5", None),
            (".s", None),
            ("1 s", None),
            ("1d", None),
            ("s", None),
        ] {
            assert_eq!(nanoseconds(text), expected, "{text}");
        }
    }

    #[test]
    fn whole_numbers_of_yaml() {
        for (text, expected) in [
            ("20", Some(20)),
            ("-1", Some(-1)),
            ("+7", Some(7)),
            ("1_000", Some(1000)),
            ("0x1F", Some(31)),
            ("0o17", Some(15)),
            ("017", Some(15)),
            ("0b101", Some(5)),
            ("0", Some(0)),
            ("9223372036854775808", None),
            ("08", None),
            ("--1", None),
            ("0x-1", None),
            ("1.5", None),
            ("many", None),
            ("", None),
        ] {
            assert_eq!(integer(text), expected, "{text}");
        }
    }
}
