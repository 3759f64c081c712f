//! Values as text, as the Collector turns them into label values.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::base64;
use crate::common::{Attribute, Value};

impl Value<'_> {
    /// The value as a label has it: text as it is, numbers in decimal, bytes in base64, arrays and maps as JSON whose
    /// keys are sorted, and of equal keys the last one. An empty value is "".
    ///
    /// The same as `AsString` of the Collector's pcommon.Value (pdata 1.67): doubles have an exponent below 1e-6
    /// and from 1e21 on, and an array or map with a NaN or an infinity somewhere in it is "".
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Value::Empty => Cow::Borrowed(""),
            Value::String(text) => Cow::Borrowed(text),
            Value::Bool(true) => Cow::Borrowed("true"),
            Value::Bool(false) => Cow::Borrowed("false"),
            Value::Int(value) => Cow::Owned(value.to_string()),
            Value::Double(value) if value.is_nan() => Cow::Borrowed("NaN"),
            Value::Double(value) if value.is_infinite() => {
                Cow::Borrowed(if *value > 0.0 { "Infinity" } else { "-Infinity" })
            }
            Value::Double(value) => {
                let mut text = String::new();
                push_double(*value, &mut text);
                Cow::Owned(text)
            }
            Value::Bytes(bytes) => {
                let mut text = String::new();
                base64::encode(bytes, &mut text);
                Cow::Owned(text)
            }
            Value::Array(_) | Value::Map(_) => {
                let mut text = String::new();
                Cow::Owned(push_json(self, &mut text).map_or(String::new(), |()| text))
            }
        }
    }
}

/// None if it has a number that JSON has not.
fn push_json(value: &Value<'_>, out: &mut String) -> Option<()> {
    match value {
        Value::Empty => out.push_str("null"),
        Value::String(text) => push_string(text, out),
        Value::Double(value) if !value.is_finite() => return None,
        Value::Bool(_) | Value::Int(_) | Value::Double(_) => out.push_str(&value.text()),
        // Base64 has nothing to escape.
        Value::Bytes(_) => {
            out.push('"');
            out.push_str(&value.text());
            out.push('"');
        }
        Value::Array(values) => {
            out.push('[');
            for (index, value) in values.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                push_json(value, out)?;
            }
            out.push(']');
        }
        Value::Map(entries) => {
            out.push('{');
            let sorted: BTreeMap<&str, &Value<'_>> =
                entries.iter().map(|Attribute { key, value }| (&**key, value)).collect();
            for (index, (key, value)) in sorted.into_iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                push_string(key, out);
                out.push(':');
                push_json(value, out)?;
            }
            out.push('}');
        }
    }
    Some(())
}

/// A finite number as Go's encoding/json writes it.
fn push_double(value: f64, out: &mut String) {
    let magnitude = value.abs();
    if magnitude == 0.0 || (1e-6..1e21).contains(&magnitude) {
        out.push_str(&value.to_string());
    } else {
        let text = format!("{value:e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let sign = if exponent.starts_with('-') { "" } else { "+" };
        out.extend([mantissa, "e", sign, exponent]);
    }
}

/// A string as Go's encoding/json writes it without the escapes for HTML.
fn push_string(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\0'..='\u{1f}' | '\u{2028}' | '\u{2029}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            _ => out.push(character),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(entries: &[(&'static str, Value<'static>)]) -> Value<'static> {
        let entry =
            |(key, value): &(&'static str, Value<'static>)| Attribute { key: (*key).into(), value: value.clone() };
        Value::Map(entries.iter().map(entry).collect())
    }

    #[test]
    fn plain_values() {
        for (value, expected) in [
            (Value::Empty, ""),
            (Value::String("a <b> \"c\"\n".into()), "a <b> \"c\"\n"),
            (Value::Bool(true), "true"),
            (Value::Bool(false), "false"),
            (Value::Int(i64::MIN), "-9223372036854775808"),
            (Value::Bytes(b"\xfb\xff\xbf!"[..].into()), "+/+/IQ=="),
            (Value::Array(vec![]), "[]"),
            (Value::Map(vec![]), "{}"),
        ] {
            assert_eq!(value.text(), expected);
        }
    }

    // What Go prints for the same numbers.
    #[test]
    fn doubles() {
        for (value, expected) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (-7.5, "-7.5"),
            (0.1, "0.1"),
            (0.000_001, "0.000001"),
            (0.000_000_999, "9.99e-7"),
            (1e-10, "1e-10"),
            (5e-324, "5e-324"),
            (123_456_789_012_345_680.0, "123456789012345680"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (-1.5e300, "-1.5e+300"),
            (f64::MAX, "1.7976931348623157e+308"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "Infinity"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(Value::Double(value).text(), expected);
        }
    }

    #[test]
    fn nested_values_are_json() {
        let value = map(&[
            ("z", Value::Array(vec![Value::Int(1), Value::Double(1e21), Value::Empty, Value::Bytes(b"f"[..].into())])),
            ("a", Value::String("<\u{2028}\u{1}\u{8}\\\"\u{7f}é>".into())),
            ("z\n", map(&[("", Value::Bool(true))])),
            ("a", Value::Int(2)),
        ]);
        assert_eq!(value.text(), r#"{"a":2,"z":[1,1e+21,null,"Zg=="],"z\n":{"":true}}"#);
        let text = Value::Array(vec![Value::String("<\u{2028}\u{1}\u{8}\\\"\u{7f}é>".into())]);
        assert_eq!(text.text(), "[\"<\\u2028\\u0001\\b\\\\\\\"\u{7f}é>\"]");
    }

    #[test]
    fn a_nested_number_that_json_has_not() {
        assert_eq!(map(&[("a", Value::Array(vec![Value::Double(f64::NAN)]))]).text(), "");
    }
}
