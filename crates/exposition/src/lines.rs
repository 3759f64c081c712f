//! The lines that both text formats are made of.

use crate::families::{Families, Part, Sample};
use crate::number::write_bound;

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

/// `name{labels} value`; `openmetrics` asks for its canonical spelling of bounds.
pub(crate) fn sample(page: &Families, name: &str, sample: &Sample, openmetrics: bool, out: &mut Vec<u8>) {
    let (suffix, bound) = match sample.part {
        Part::Value => ("", None),
        Part::Bucket(bound) => ("_bucket", Some(("le", bound))),
        Part::Quantile(quantile) => ("", Some(("quantile", quantile))),
        Part::Sum => ("_sum", None),
        Part::Count => ("_count", None),
    };
    let labels = page.text(sample.labels);
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(suffix.as_bytes());
    if !labels.is_empty() || bound.is_some() {
        out.push(b'{');
        out.extend_from_slice(labels.as_bytes());
        if let Some((label, bound)) = bound {
            if !labels.is_empty() {
                out.push(b',');
            }
            out.extend_from_slice(label.as_bytes());
            out.extend_from_slice(b"=\"");
            write_bound(bound, openmetrics, out);
            out.push(b'"');
        }
        out.push(b'}');
    }
    out.push(b' ');
    sample.value.write(out);
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
