//! What a sender is told, in the encodings that it may ask for: `google.rpc.Status` and `Export*ServiceResponse`.
//!
//! Field numbers are those of googleapis `google/rpc/status.proto`, `google/rpc/error_details.proto` and of
//! opentelemetry-proto's `collector/*/v1/*_service.proto`.

use std::fmt::Write as _;
use std::time::Duration;

use crate::receive::{Encoding, Signal};

/// Status codes of gRPC, of which OTLP/HTTP has the numbers too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    InvalidArgument = 3,
    DeadlineExceeded = 4,
    ResourceExhausted = 8,
    Unimplemented = 12,
    Internal = 13,
    Unavailable = 14,
}

impl Code {
    pub(super) fn number(self) -> u8 {
        self as u8
    }
}

/// `google.rpc.Status`, without details.
pub(super) fn status(code: Code, message: &str, encoding: Encoding) -> Vec<u8> {
    let mut out = Vec::new();
    match encoding {
        Encoding::Protobuf => {
            varint_field(1, code.number().into(), &mut out);
            bytes_field(2, message.as_bytes(), &mut out);
        }
        Encoding::Json => out = format!("{{\"code\":{},\"message\":{}}}", code.number(), quoted(message)).into_bytes(),
    }
    out
}

/// `google.rpc.Status` with a `google.rpc.RetryInfo`, as protobuf.
pub(super) fn status_with_retry(code: Code, message: &str, retry_after: Duration) -> Vec<u8> {
    let (mut delay, mut info, mut any) = (Vec::new(), Vec::new(), Vec::new());
    varint_field(1, retry_after.as_secs(), &mut delay);
    varint_field(2, retry_after.subsec_nanos().into(), &mut delay);
    bytes_field(1, &delay, &mut info);
    bytes_field(1, b"type.googleapis.com/google.rpc.RetryInfo", &mut any);
    bytes_field(2, &info, &mut any);
    let mut out = status(code, message, Encoding::Protobuf);
    bytes_field(3, &any, &mut out);
    out
}

/// `Export*ServiceResponse`, with `partial_success` only where there is something to tell.
pub(super) fn response(signal: Signal, partial: Option<(u64, &str)>, encoding: Encoding) -> Vec<u8> {
    let mut out = Vec::new();
    match (encoding, partial) {
        (Encoding::Protobuf, None) => {}
        (Encoding::Protobuf, Some((rejected, message))) => {
            let mut success = Vec::new();
            varint_field(1, rejected, &mut success);
            bytes_field(2, message.as_bytes(), &mut success);
            bytes_field(1, &success, &mut out);
        }
        (Encoding::Json, None) => out.extend(b"{}"),
        (Encoding::Json, Some((rejected, message))) => {
            let what = match signal {
                Signal::Metrics => "rejectedDataPoints",
                Signal::Logs => "rejectedLogRecords",
                Signal::Traces => "rejectedSpans",
            };
            let message = quoted(message);
            let partial = format!("{{\"partialSuccess\":{{\"{what}\":\"{rejected}\",\"errorMessage\":{message}}}}}");
            out = partial.into_bytes();
        }
    }
    out
}

/// A field of an integer; left out where it is 0, as it is then without it.
fn varint_field(number: u8, value: u64, out: &mut Vec<u8>) {
    if value > 0 {
        out.push(number << 3);
        varint(value, out);
    }
}

/// A field of a string, of bytes or of a message; left out where it is empty.
fn bytes_field(number: u8, value: &[u8], out: &mut Vec<u8>) {
    if !value.is_empty() {
        out.push(number << 3 | 2);
        varint(value.len() as u64, out);
        out.extend_from_slice(value);
    }
}

fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push((value & 0x7f).to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

/// A string of JSON.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c < ' ' => write!(quoted, "\\u{:04x}", u32::from(c)).expect("a String takes every write"),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_in_both_encodings() {
        let message = "no \"such\"\n\\ thing";
        assert_eq!(status(Code::InvalidArgument, "no", Encoding::Protobuf), b"\x08\x03\x12\x02no");
        let json: serde_json::Value =
            serde_json::from_slice(&status(Code::Unavailable, message, Encoding::Json)).unwrap();
        assert_eq!(json, serde_json::json!({"code": 14, "message": message}));
        let long = status(Code::InvalidArgument, &"x".repeat(300), Encoding::Protobuf);
        assert_eq!(long[..5], [0x08, 0x03, 0x12, 0xac, 0x02]);
        assert_eq!(long.len(), 305);
    }

    #[test]
    fn when_to_send_again() {
        let expected = b"\x08\x0e\x12\x04wait\x1a\x36\x0a\x28type.googleapis.com/google.rpc.RetryInfo\x12\x0a\x0a\x08\x08\x02\x10\x80\xca\xb5\xee\x01";
        let status = status_with_retry(Code::Unavailable, "wait", Duration::from_millis(2_500));
        assert_eq!(status, expected, "{status:x?}");
    }

    #[test]
    fn responses_in_both_encodings() {
        let protobuf = |partial| response(Signal::Metrics, partial, Encoding::Protobuf);
        assert_eq!(protobuf(None), b"");
        assert_eq!(protobuf(Some((300, "no"))), b"\x0a\x07\x08\xac\x02\x12\x02no");
        assert_eq!(protobuf(Some((0, "mind"))), b"\x0a\x06\x12\x04mind");
        let json = |signal, partial| String::from_utf8(response(signal, partial, Encoding::Json)).unwrap();
        assert_eq!(json(Signal::Logs, None), "{}");
        for (signal, expected) in [
            (Signal::Metrics, r#"{"partialSuccess":{"rejectedDataPoints":"3","errorMessage":"a \"b\""}}"#),
            (Signal::Logs, r#"{"partialSuccess":{"rejectedLogRecords":"3","errorMessage":"a \"b\""}}"#),
            (Signal::Traces, r#"{"partialSuccess":{"rejectedSpans":"3","errorMessage":"a \"b\""}}"#),
        ] {
            assert_eq!(json(signal, Some((3, "a \"b\""))), expected);
        }
    }
}
