//! Log lines on standard error: logfmt or JSON.

use std::fmt;

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime as _, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::args::{LogArgs, LogFormat, LogLevel};

/// Sends the process's log to standard error. For a program's `main` alone, once.
pub fn start(args: &LogArgs) {
    let level = match args.level {
        LogLevel::Debug => tracing::Level::DEBUG,
        LogLevel::Info => tracing::Level::INFO,
        LogLevel::Warn => tracing::Level::WARN,
        LogLevel::Error => tracing::Level::ERROR,
    };
    let lines = tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr).with_ansi(false);
    match args.format {
        LogFormat::Logfmt => lines.event_format(Logfmt).init(),
        LogFormat::Json => lines.json().flatten_event(true).init(),
    }
    // The payload of a panic may quote what was being read; the place says enough.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panicked");
    }));
}

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
        let mut fields = Pairs { out: &mut out, written: Ok(()) };
        event.record(&mut fields);
        fields.written?;
        out.write_char('\n')
    }
}

struct Pairs<'a, 'w> {
    out: &'a mut Writer<'w>,
    written: fmt::Result,
}

impl Pairs<'_, '_> {
    fn pair(&mut self, field: &Field, value: &str) {
        let key = if field.name() == "message" { "msg" } else { field.name() };
        self.written = self.written.and_then(|()| write!(self.out, " {key}={}", Quoted(value)));
    }
}

impl Visit for Pairs<'_, '_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.pair(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.pair(field, value);
    }
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
}
