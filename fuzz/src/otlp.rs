//! What the targets about OTLP share.

use std::fmt::Debug;

use otlp::{DecodeError, Encoding, Limits, Value};

use crate::describe;
use crate::wire::{self, Message, Style};

/// Reads `bytes` as each kind of request. What is read must come back from both encodings, each in two styles.
///
/// What is written may be shorter than what was read, and so be allowed less memory: a refusal for that is none.
pub fn round_trip(bytes: &[u8], encoding: Encoding) {
    let limits = Limits::default();
    if let Ok(metrics) = refused_in_order(bytes, otlp::metrics(bytes, encoding, &limits)) {
        metrics.iter().flat_map(|metrics| &metrics.resource.attributes).for_each(|attribute| touch(&attribute.value));
        comes_back(&metrics, &describe::metrics(&metrics), |bytes, encoding| {
            otlp::metrics(bytes, encoding, &limits).map(|metrics| shown(&metrics))
        });
    }
    if let Ok(logs) = refused_in_order(bytes, otlp::logs(bytes, encoding, &limits)) {
        let scopes = logs.iter().flat_map(|logs| &logs.scopes);
        scopes.flat_map(|scope| &scope.records).for_each(|record| touch(&record.body));
        comes_back(&logs, &describe::logs(&logs), |bytes, encoding| {
            otlp::logs(bytes, encoding, &limits).map(|logs| shown(&logs))
        });
    }
    if let Ok(spans) = refused_in_order(bytes, otlp::traces(bytes, encoding, &limits)) {
        comes_back(&spans, &describe::traces(&spans), |bytes, encoding| {
            otlp::traces(bytes, encoding, &limits).map(|spans| shown(&spans))
        });
    }
}

/// A refusal names a place in the request.
fn refused_in_order<T>(bytes: &[u8], read: Result<T, DecodeError>) -> Result<T, DecodeError> {
    if let Err(DecodeError::Malformed { at, what }) = read {
        assert!(at <= bytes.len(), "{what} at {at} of {}", bytes.len());
    }
    read
}

/// Its text is not empty where it has one.
fn touch(value: &Value<'_>) {
    let text = value.text();
    assert!(!text.is_empty() || !matches!(value, Value::Int(_) | Value::Double(_) | Value::Bool(_)));
}

/// By what it prints, which tells −0 from 0 and takes one NaN for another.
fn shown(tree: &impl Debug) -> String {
    format!("{tree:?}")
}

fn comes_back(tree: &impl Debug, message: &Message, read: impl Fn(&[u8], Encoding) -> Result<String, DecodeError>) {
    let expected = shown(tree);
    let plain = Style { packed: true, ..Style::default() };
    let odd = Style { quoted: true, defaults: true, noise: true, ..Style::default() };
    for style in [plain, odd] {
        let (mut bytes, mut text) = (Vec::new(), String::new());
        wire::protobuf(message, style, &mut bytes);
        wire::json(message, style, &mut text);
        for (bytes, encoding) in [(&*bytes, Encoding::Protobuf), (text.as_bytes(), Encoding::Json)] {
            match read(bytes, encoding) {
                Err(DecodeError::TooMany { .. }) => {}
                Err(refusal) => panic!("{refusal} in {:?}", String::from_utf8_lossy(bytes)),
                Ok(found) => assert!(found == expected, "read {found}\nwrote {expected}"),
            }
        }
    }
}
