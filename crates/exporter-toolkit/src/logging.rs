//! Log lines on standard error: logfmt or JSON.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Mutex;

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime as _, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::args::{LogArgs, LogFormat, LogLevel};
use crate::watch::lock;

/// Sends the process's log to standard error. For a program's `main` alone, once.
pub fn start(args: &LogArgs) {
    let level = match args.level {
        LogLevel::Debug => tracing::Level::DEBUG,
        LogLevel::Info => tracing::Level::INFO,
        LogLevel::Warn => tracing::Level::WARN,
        LogLevel::Error => tracing::Level::ERROR,
    };
    let lines = tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr).with_ansi(false);
    // A line that can't be written would be told of on standard error too, whose failure there is a panic.
    let lines = lines.log_internal_errors(false);
    match args.format {
        LogFormat::Logfmt => lines.event_format(Logfmt).init(),
        LogFormat::Json => lines.event_format(Json).init(),
    }
    // The payload of a panic may quote what was being read; the place says enough. A collector may panic in every scrape,
    // which its counter tells.
    let told = Mutex::new(BTreeSet::new());
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        if lock(&told).insert(place.clone()) {
            tracing::error!(place, "panicked");
        }
    }));
}

/// Text that others have written, for a terminal: with the same characters escaped as in a log, and cut as there.
#[must_use]
pub fn shown(text: &str) -> String {
    let mut shown = String::new();
    for character in shortened(text).chars() {
        if is_unsafe(character) && !matches!(character, '"' | '\\') {
            shown.extend(character.escape_debug());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// A longer value is cut in its middle: what it is about stands at its start, the reason at its end.
const LONGEST: usize = 1024;

/// `time=… level=… msg=… key=value …`, as the Go exporters write it.
struct Logfmt;

impl<S, N> FormatEvent<S, N> for Logfmt
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut out: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        out.write_str("time=")?;
        SystemTime.format_time(&mut out)?;
        write!(out, " level={}", event.metadata().level())?;
        let mut fields = Fields {
            out: &mut out,
            written: Ok(()),
            pair: |out, name, value| {
                let key = if name == "message" { "msg" } else { name };
                write!(out, " {key}={}", Quoted(value))
            },
        };
        event.record(&mut fields);
        fields.written?;
        out.write_char('\n')
    }
}

/// One object a line, every value a text.
struct Json;

impl<S, N> FormatEvent<S, N> for Json
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut out: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        out.write_str("{\"timestamp\":\"")?;
        SystemTime.format_time(&mut out)?;
        write!(out, "\",\"level\":\"{}\"", event.metadata().level())?;
        let pair =
            |out: &mut Writer<'_>, name: &str, value: &str| write!(out, ",{}:{}", JsonText(name), JsonText(value));
        let mut fields = Fields { out: &mut out, written: Ok(()), pair };
        event.record(&mut fields);
        fields.written?;
        writeln!(out, ",\"target\":{}}}", JsonText(event.metadata().target()))
    }
}

/// Writes the fields of an event, one after the other.
struct Fields<'a, 'w> {
    out: &'a mut Writer<'w>,
    written: fmt::Result,
    pair: fn(&mut Writer<'_>, &str, &str) -> fmt::Result,
}

impl Visit for Fields<'_, '_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.written = self.written.and_then(|()| (self.pair)(self.out, field.name(), &shortened(value)));
    }
}

/// The value, or its start and its end.
fn shortened(value: &str) -> Cow<'_, str> {
    if value.len() <= LONGEST {
        return value.into();
    }
    let start = value.floor_char_boundary(LONGEST / 2);
    let end = value.ceil_char_boundary(value.len() - LONGEST / 2);
    format!("{}…{}", &value[..start], &value[end..]).into()
}

/// A value as logfmt takes it: bare when it is one plain word, else in quotes with every control character escaped.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = |c: char| c.is_ascii_graphic() && c != '"' && c != '=' && c != '\\';
        if !self.0.is_empty() && self.0.chars().all(plain) {
            return f.write_str(self.0);
        }
        // Debug escapes quotes, backslashes, control characters and what would not be seen or turns text around.
        write!(f, "{:?}", self.0)
    }
}

/// A value as JSON takes it, with the same characters escaped.
struct JsonText<'a>(&'a str);

impl fmt::Display for JsonText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        f.write_char('"')?;
        for character in self.0.chars() {
            match character {
                '"' | '\\' => write!(f, "\\{character}")?,
                // JSON knows UTF-16 alone.
                _ if is_unsafe(character) => {
                    character.encode_utf16(&mut [0; 2]).iter().try_for_each(|unit| write!(f, "\\u{unit:04x}"))?;
                }
                _ => f.write_char(character)?,
            }
        }
        f.write_char('"')
    }
}

/// Whether Debug escapes it, but for the quote that texts do not need escaped.
fn is_unsafe(character: char) -> bool {
    character != '\'' && character.escape_debug().len() > 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_would_break_a_line() {
        for (value, quoted) in [
            ("127.0.0.1:9100", "127.0.0.1:9100"),
            ("", "\"\""),
            ("two words", "\"two words\""),
            ("a=b", "\"a=b\""),
            ("a\nlevel=error", r#""a\nlevel=error""#),
            ("\u{1b}[31m", r#""\u{1b}[31m""#),
            ("\u{202e}gpj", r#""\u{202e}gpj""#),
        ] {
            assert_eq!(Quoted(value).to_string(), quoted);
        }
    }

    #[test]
    fn values_that_would_break_an_object() {
        for (value, text) in [
            ("127.0.0.1:9100", r#""127.0.0.1:9100""#),
            ("", r#""""#),
            ("it's ünlike", r#""it's ünlike""#),
            ("a\",\\b", r#""a\",\\b""#),
            ("a\nb\u{1b}[31m\u{7f}", r#""a\u000ab\u001b[31m\u007f""#),
            ("\u{9b}\u{202e}gpj\u{2028}\u{e0001}", r#""\u009b\u202egpj\u2028\udb40\udc01""#),
        ] {
            assert_eq!(JsonText(value).to_string(), text);
        }
    }

    #[test]
    fn text_for_a_terminal() {
        assert_eq!(shown("\u{1b}[2J\"C:\\\n\u{202e}ü"), "\\u{1b}[2J\"C:\\\\n\\u{202e}ü");
    }

    #[test]
    fn values_without_end() {
        assert_eq!(shortened("short"), "short");
        let long = format!("/proc/{}ü: no such file", "ü".repeat(5000));
        let short = shortened(&long);
        assert!(short.len() <= LONGEST + "…".len(), "{}", short.len());
        assert!(short.starts_with("/proc/ü") && short.contains("ü…ü") && short.ends_with("ü: no such file"), "{short}");
    }
}
