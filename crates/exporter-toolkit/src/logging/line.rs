//! One event as one line. What it quotes may come from anybody: it can't end the line, turn its text around, colour the
//! terminal, or be longer than is good to read.

use std::fmt::{self, Write as _};
use std::time::SystemTime;

use tracing::Event;
use tracing::field::{Field, Visit};

use crate::args::LogFormat;
use crate::time::Rfc3339;

/// Of a longer value, the beginning and how long it is are logged.
const MOST_BYTES: usize = 4096;

/// The line of an event, with its end.
pub(super) fn of(event: &Event<'_>, format: LogFormat, now: SystemTime) -> String {
    let (level, time) = (event.metadata().level(), Rfc3339(now));
    let mut fields = Fields { line: String::with_capacity(256), format };
    // Writing into a String does not fail.
    match format {
        LogFormat::Logfmt => {
            write!(fields.line, "time={time} level={level}").ok();
            event.record(&mut fields);
        }
        LogFormat::Json => {
            write!(fields.line, r#"{{"timestamp":"{time}","level":"{level}""#).ok();
            event.record(&mut fields);
            write!(fields.line, r#","target":{}}}"#, JsonText(event.metadata().target())).ok();
        }
    }
    fields.line.push('\n');
    fields.line
}

struct Fields {
    line: String,
    format: LogFormat,
}

impl Fields {
    fn text(&mut self, field: &Field, value: impl fmt::Display) {
        let mut capped = Capped::default();
        write!(capped, "{value}").ok();
        let text = capped.finish();
        match self.format {
            LogFormat::Logfmt => {
                let key = if field.name() == "message" { "msg" } else { field.name() };
                write!(self.line, " {key}={}", LogfmtText(&text)).ok();
            }
            LogFormat::Json => self.json(field, JsonText(&text)),
        }
    }

    fn number(&mut self, field: &Field, value: impl fmt::Display) {
        match self.format {
            LogFormat::Logfmt => self.text(field, value),
            LogFormat::Json => self.json(field, value),
        }
    }

    fn json(&mut self, field: &Field, value: impl fmt::Display) {
        write!(self.line, r#","{}":{value}"#, field.name()).ok();
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.text(field, format_args!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.number(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.number(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.number(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        match self.format {
            // JSON has no number that is not finite.
            LogFormat::Json if !value.is_finite() => self.json(field, "null"),
            LogFormat::Json | LogFormat::Logfmt => self.number(field, format_args!("{value:?}")),
        }
    }
}

/// A text as far as it is kept, and the length of all that was written to it.
#[derive(Default)]
struct Capped {
    text: String,
    length: usize,
}

impl Capped {
    fn finish(mut self) -> String {
        if self.length > self.text.len() {
            write!(self.text, "… ({} bytes)", self.length).ok();
        }
        self.text
    }
}

impl fmt::Write for Capped {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        // Once something was left out, nothing behind it is kept.
        let room = if self.length == self.text.len() { MOST_BYTES - self.text.len() } else { 0 };
        self.length += piece.len();
        self.text.push_str(&piece[..piece.floor_char_boundary(room)]);
        Ok(())
    }
}

/// A value as logfmt takes it: bare when it is one plain word, else in quotes with every control character escaped.
struct LogfmtText<'a>(&'a str);

impl fmt::Display for LogfmtText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = |c: char| c.is_ascii_graphic() && c != '"' && c != '=' && c != '\\';
        if !self.0.is_empty() && self.0.chars().all(plain) {
            return f.write_str(self.0);
        }
        // Debug escapes quotes, backslashes, control characters and what would not be seen or turns text around.
        write!(f, "{:?}", self.0)
    }
}

/// A JSON string with the same characters escaped.
struct JsonText<'a>(&'a str);

impl fmt::Display for JsonText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for c in self.0.chars() {
            match c {
                '"' | '\\' => write!(f, "\\{c}")?,
                '\n' => f.write_str("\\n")?,
                '\r' => f.write_str("\\r")?,
                '\t' => f.write_str("\\t")?,
                '\'' => f.write_char(c)?,
                // What Debug would escape, JSON does by UTF-16.
                c if c.escape_debug().len() > 1 => {
                    c.encode_utf16(&mut [0; 2]).iter().try_for_each(|unit| write!(f, "\\u{unit:04x}"))?;
                }
                c => f.write_char(c)?,
            }
        }
        f.write_char('"')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each as logfmt and as JSON.
    const VALUES: [(&str, &str, &str); 12] = [
        ("127.0.0.1:9100", "127.0.0.1:9100", r#""127.0.0.1:9100""#),
        ("", r#""""#, r#""""#),
        ("two words", r#""two words""#, r#""two words""#),
        ("a=b", r#""a=b""#, r#""a=b""#),
        ("it's", "it's", r#""it's""#),
        (r#"\"#, r#""\\""#, r#""\\""#),
        ("a\nlevel=error", r#""a\nlevel=error""#, r#""a\nlevel=error""#),
        ("\r\t\0\u{7f}\u{85}", r#""\r\t\0\u{7f}\u{85}""#, r#""\r\t\u0000\u007f\u0085""#),
        ("\u{1b}[31m", r#""\u{1b}[31m""#, r#""\u001b[31m""#),
        ("\u{202e}gpj\u{2066}", r#""\u{202e}gpj\u{2066}""#, r#""\u202egpj\u2066""#),
        ("ü 漢 🚀", r#""ü 漢 🚀""#, r#""ü 漢 🚀""#),
        ("\u{2028}\u{e0001}", r#""\u{2028}\u{e0001}""#, r#""\u2028\udb40\udc01""#),
    ];

    #[test]
    fn values_that_would_break_a_line() {
        for (value, logfmt, json) in VALUES {
            assert_eq!(LogfmtText(value).to_string(), logfmt);
            assert_eq!(JsonText(value).to_string(), json);
        }
    }

    fn capped(pieces: &[&str]) -> String {
        let mut capped = Capped::default();
        pieces.iter().for_each(|piece| capped.write_str(piece).unwrap());
        capped.finish()
    }

    #[test]
    fn values_that_are_longer_than_anybody_reads() {
        let x = |count: usize| "x".repeat(count);
        assert_eq!(capped(&[&x(4095), "y"]), x(4095) + "y");
        assert_eq!(capped(&[&x(4096), "y"]), x(4096) + "… (4097 bytes)");
        assert_eq!(capped(&[&x(1_000_000)]), x(4096) + "… (1000000 bytes)");
        // Not in the middle of a character, and nothing behind the one that has no room.
        assert_eq!(capped(&[&x(4094), "漢", "y"]), x(4094) + "… (4098 bytes)");
    }
}
