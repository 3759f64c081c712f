//! Labels as a JSON object of strings, so that SQL can ask for one of them: `labels ->> 'model'`.

use std::fmt::Write as _;

/// `{"model":"opus","type":"input"}`, in the order given.
pub(crate) fn write(labels: &[(&str, &str)]) -> String {
    let mut json = String::from("{");
    for (index, (name, value)) in labels.iter().enumerate() {
        if index > 0 {
            json.push(',');
        }
        write_string(&mut json, name);
        json.push(':');
        write_string(&mut json, value);
    }
    json.push('}');
    json
}

/// The labels of what [`write()`] wrote; `None` for anything else, also for other JSON. Clears `labels` first.
pub(crate) fn read(json: &str, labels: &mut Vec<(String, String)>) -> Option<()> {
    labels.clear();
    let mut rest = json.strip_prefix('{')?.strip_suffix('}')?;
    while !rest.is_empty() {
        if !labels.is_empty() {
            rest = rest.strip_prefix(',')?;
        }
        let (name, after) = read_string(rest)?;
        let (value, after) = read_string(after.strip_prefix(':')?)?;
        labels.push((name, value));
        rest = after;
    }
    Some(())
}

fn write_string(json: &mut String, text: &str) {
    json.push('"');
    for c in text.chars() {
        match c {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\0'..='\x1f' => write!(json, "\\u{:04x}", u32::from(c)).expect("a string takes everything"),
            c => json.push(c),
        }
    }
    json.push('"');
}

/// The string that `json` starts with, and what follows it.
fn read_string(json: &str) -> Option<(String, &str)> {
    let json = json.strip_prefix('"')?;
    let mut text = String::new();
    let mut chars = json.chars();
    loop {
        match chars.next()? {
            '"' => return Some((text, chars.as_str())),
            '\\' => match chars.next()? {
                c @ ('"' | '\\') => text.push(c),
                'u' => {
                    let (digits, rest) = chars.as_str().split_at_checked(4)?;
                    text.push(char::from_u32(u32::from_str_radix(digits, 16).ok()?)?);
                    chars = rest.chars();
                }
                _ => return None,
            },
            c => text.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn labels_of_a_series() {
        assert_eq!(write(&[]), "{}");
        let json = write(&[("model", "opus"), ("path", "C:\\a \"b\"\n"), ("user", "zoë\0")]);
        assert_eq!(json, r#"{"model":"opus","path":"C:\\a \"b\"\u000a","user":"zoë\u0000"}"#);
    }

    #[test]
    fn what_was_not_written_here() {
        for json in
            ["", "{", "[]", "{a}", r#"{"a"}"#, r#"{"a":1}"#, r#"{"a":"b",}"#, r#"{"a":"b""c":"d"}"#, r#"{"a":"\u00"}"#]
        {
            assert_eq!(read(json, &mut Vec::new()), None, "{json}");
        }
    }

    proptest! {
        #[test]
        fn any_text_there_and_back(labels in prop::collection::vec((any::<String>(), any::<String>()), 0..4)) {
            let borrowed: Vec<_> = labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let json = write(&borrowed);
            let mut read_back = Vec::new();
            prop_assert_eq!(read(&json, &mut read_back), Some(()));
            prop_assert_eq!(&read_back, &labels);
            prop_assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok());
        }
    }
}
