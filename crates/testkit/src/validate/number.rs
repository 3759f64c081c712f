//! Numbers as Prometheus reads and writes them.

/// The value of a number in Go's decimal grammar, which is what Prometheus reads;
/// `Inf`, `Infinity` and `NaN` in any case.
///
/// `None` for hexadecimal, underscores, a signed NaN and what is beyond the range of a double.
pub(super) fn parse(text: &str) -> Option<f64> {
    let value: f64 = text.parse().ok()?;
    let out_of_range = value.is_infinite() && text.contains(|c: char| c.is_ascii_digit());
    let signed_nan = value.is_nan() && text.len() > "nan".len();
    (!out_of_range && !signed_nan).then_some(value)
}

/// The one spelling of a `le` or `quantile` that OpenMetrics knows: Go's shortest `%g`, and `.0` after whole numbers.
pub(super) fn canonical(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let value = value + 0.0; // Makes −0 a 0.
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if !(-4..6).contains(&exponent) {
        return format!("{mantissa}e{exponent:+03}");
    }
    format!("{value:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_prometheus_reads() {
        let read = |text: &str| parse(text).map(f64::to_bits);
        for (text, value) in [
            ("0", 0.0),
            ("-0", -0.0),
            ("+1", 1.0),
            ("1.", 1.0),
            (".5", 0.5),
            ("1e3", 1e3),
            ("1E+3", 1e3),
            ("2.421384e+06", 2_421_384.0),
            ("1e-400", 0.0),
            ("+Inf", f64::INFINITY),
            ("inf", f64::INFINITY),
            ("-INFINITY", f64::NEG_INFINITY),
        ] {
            assert_eq!(read(text), Some(value.to_bits()), "{text}");
        }
        assert!(parse("NaN").is_some_and(f64::is_nan) && parse("nan").is_some_and(f64::is_nan));
    }

    #[test]
    fn numbers_that_it_refuses() {
        for text in [
            "", ".", "-", "e5", "1e", "1e+", "0x1p3", "0x10", "1_000", "1,5", "+NaN", "-nan", "1e999", "-1e999", " 1",
            "1 ", "i", "1.2.3",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn bounds_in_their_one_spelling() {
        for (value, text) in [
            (0.0, "0.0"),
            (-0.0, "0.0"),
            (1.0, "1.0"),
            (-1.0, "-1.0"),
            (0.25, "0.25"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (100_000.0, "100000.0"),
            (1_000_000.0, "1e+06"),
            (1_234_567.5, "1.2345675e+06"),
            (1e100, "1e+100"),
            (f64::INFINITY, "+Inf"),
            (f64::NEG_INFINITY, "-Inf"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(canonical(value), text);
        }
    }
}
