//! The lines that both text formats are made of.

use crate::number::{Number, write_bound};

/// Which line of its metric a sample is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Part {
    Value,
    Bucket(f64),
    Quantile(f64),
    Sum,
    /// A native histogram, by its index; no text format has it.
    Native(u32),
    Count,
}

/// `# HELP name help` (unless there is none) and `# TYPE name kind`.
pub(crate) fn metadata(name: &str, kind: &str, help: &str, openmetrics: bool, out: &mut Vec<u8>) {
    if !help.is_empty() {
        line(&["# HELP ", name, " "], out);
        escape_help(help, openmetrics, out);
        out.push(b'\n');
    }
    line(&["# TYPE ", name, " ", kind, "\n"], out);
}

fn line(parts: &[&str], out: &mut Vec<u8>) {
    parts.iter().for_each(|part| out.extend_from_slice(part.as_bytes()));
}

/// Appends a short text in blocks of known lengths, which are copied in place. Most of a page is such texts, and a call of
/// memcpy, above all musl's, takes longer than what it does for them.
pub(crate) fn short(text: &str, out: &mut Vec<u8>) {
    out.reserve(text.len());
    let (blocks, rest) = text.as_bytes().as_chunks::<16>();
    blocks.iter().for_each(|block| out.extend_from_slice(block));
    let (blocks, rest) = rest.as_chunks::<4>();
    blocks.iter().for_each(|block| out.extend_from_slice(block));
    rest.iter().for_each(|byte| out.push(*byte));
}

/// A sample's `name{labels} value`; `labels` writes the pairs, and may write none. `openmetrics` asks for its canonical
/// spelling of bounds.
pub(crate) fn sample(
    name: &str,
    part: Part,
    value: Number,
    openmetrics: bool,
    out: &mut Vec<u8>,
    labels: impl FnOnce(&mut Vec<u8>),
) {
    let (suffix, bound) = match part {
        Part::Value => ("", None),
        Part::Bucket(bound) => ("_bucket", Some(("le", bound))),
        Part::Quantile(quantile) => ("", Some(("quantile", quantile))),
        Part::Sum => ("_sum", None),
        Part::Native(_) => return,
        Part::Count => ("_count", None),
    };
    short(name, out);
    short(suffix, out);
    out.push(b'{');
    let open = out.len();
    labels(out);
    if let Some((label, bound)) = bound {
        if out.len() > open {
            out.push(b',');
        }
        out.extend_from_slice(label.as_bytes());
        out.extend_from_slice(b"=\"");
        write_bound(bound, openmetrics, out);
        out.push(b'"');
    }
    if out.len() > open {
        out.push(b'}');
    } else {
        out.pop();
    }
    out.push(b' ');
    value.write(out);
    out.push(b'\n');
}

/// Help text: both formats escape the backslash and the line feed, OpenMetrics the quote too.
fn escape_help(help: &str, openmetrics: bool, out: &mut Vec<u8>) {
    for byte in help.bytes() {
        match byte {
            b'\\' => out.extend_from_slice(br"\\"),
            b'\n' => out.extend_from_slice(br"\n"),
            b'"' if openmetrics => out.extend_from_slice(b"\\\""),
            byte => out.push(byte),
        }
    }
}
