//! Log lines on standard error: logfmt or JSON.

mod line;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::sync::Mutex;
use std::time::SystemTime;

use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::{Subscriber, set_global_default};
use tracing::{Event, Level, Metadata};

use crate::args::{LogArgs, LogFormat, LogLevel};
use crate::lock::lock;

/// Sends the process's log to standard error. For a program's `main` alone, once: the first call holds.
pub fn start(args: &LogArgs) {
    let write = |line: &str| {
        // There is nowhere to tell that the log can't be written.
        std::io::stderr().write_all(line.as_bytes()).ok();
    };
    set_global_default(Log::new(args, write)).ok();
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

/// Text that others have written, for a terminal: what would be taken for a command or could not be seen is escaped.
#[must_use]
pub fn shown(text: &str) -> String {
    let plain = |c: char| matches!(c, '"' | '\'' | '\\') || c.escape_debug().len() == 1;
    text.chars().map(|c| if plain(c) { c.to_string() } else { c.escape_debug().to_string() }).collect()
}

/// Writes each event as a line, in one go. Events alone: nothing here has spans.
struct Log<W> {
    level: Level,
    format: LogFormat,
    write: W,
}

impl<W: Fn(&str)> Log<W> {
    fn new(args: &LogArgs, write: W) -> Self {
        let level = match args.level {
            LogLevel::Debug => Level::DEBUG,
            LogLevel::Info => Level::INFO,
            LogLevel::Warn => Level::WARN,
            LogLevel::Error => Level::ERROR,
        };
        Log { level, format: args.format, write }
    }
}

impl<W: Fn(&str) + 'static> Subscriber for Log<W> {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && *metadata.level() <= self.level && is_ours(metadata.target())
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level.into())
    }

    fn event(&self, event: &Event<'_>) {
        (self.write)(&line::of(event, self.format, SystemTime::now()));
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Whether an event is of this project. What the crates that it is built from tell may be anything, such as the headers of a
/// request with a password in them.
fn is_ours(target: &str) -> bool {
    let name = target.split_once("::").map_or(target, |(name, _)| name);
    name.ends_with("_exporter")
        || matches!(
            name,
            "exporter_toolkit"
                | "exposition"
                | "ledger"
                | "linux_procfs"
                | "macos_sys"
                | "otlp"
                | "otlp_bridge"
                | "pilotlight"
        )
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tracing::subscriber::with_default;

    use super::*;

    /// The lines that `events` makes, without their time.
    fn lines(level: LogLevel, format: LogFormat, events: impl FnOnce()) -> String {
        let lines = Arc::new(Mutex::new(String::new()));
        let sink = Arc::clone(&lines);
        with_default(Log::new(&LogArgs { level, format }, move |line: &str| lock(&sink).push_str(line)), events);
        let lines = lock(&lines);
        let start = match format {
            LogFormat::Logfmt => "time=".len(),
            LogFormat::Json => "{\"timestamp\":\"".len(),
        };
        let timeless =
            |line: &str| format!("{}{}\n", &line[..start], &line[start + "2026-01-01T00:00:00.000000Z".len()..]);
        lines.lines().map(timeless).collect()
    }

    fn some() {
        let error = std::io::Error::other("bad \"thing\"\n\u{1b}[31m\u{202e}");
        tracing::warn!(collector = "cpu", %error, took = ?std::time::Duration::from_millis(5), "collector {}", "failed");
        tracing::info!(signed = -1_i64, unsigned = u64::MAX, float = 1.0, no = f64::NAN, yes = true, empty = "");
    }

    #[test]
    fn text_for_a_terminal() {
        assert_eq!(shown("\u{1b}[2J\"it's C:\\\n\u{202e}ü"), "\\u{1b}[2J\"it's C:\\\\n\\u{202e}ü");
    }

    #[test]
    fn a_line_of_logfmt() {
        assert_eq!(
            lines(LogLevel::Info, LogFormat::Logfmt, some),
            concat!(
                r#"time= level=WARN msg="collector failed" collector=cpu error="bad \"thing\"\n\u{1b}[31m\u{202e}" took=5ms"#,
                "\n",
                r#"time= level=INFO signed=-1 unsigned=18446744073709551615 float=1.0 no=NaN yes=true empty="""#,
                "\n",
            )
        );
    }

    #[test]
    fn a_line_of_json() {
        assert_eq!(
            lines(LogLevel::Info, LogFormat::Json, some),
            concat!(
                r#"{"timestamp":"","level":"WARN","message":"collector failed","collector":"cpu","#,
                r#""error":"bad \"thing\"\n\u001b[31m\u202e","took":"5ms","target":"exporter_toolkit::logging::tests"}"#,
                "\n",
                r#"{"timestamp":"","level":"INFO","signed":-1,"unsigned":18446744073709551615,"float":1.0,"no":null,"#,
                r#""yes":true,"empty":"","target":"exporter_toolkit::logging::tests"}"#,
                "\n",
            )
        );
    }

    #[test]
    fn levels() {
        let all = || {
            tracing::trace!("x");
            tracing::debug!("x");
            tracing::info!("x");
            tracing::warn!("x");
            tracing::error!("x");
        };
        for (level, count) in [(LogLevel::Debug, 4), (LogLevel::Info, 3), (LogLevel::Warn, 2), (LogLevel::Error, 1)] {
            assert_eq!(lines(level, LogFormat::Logfmt, all).lines().count(), count, "{level:?}");
        }
    }

    #[test]
    fn what_dependencies_tell_is_not_logged() {
        let foreign = || {
            tracing::error!(target: "h2::proto", header = "authorization: canary", "received");
            tracing::error!(target: "hyper", "canary");
            tracing::error!(target: "exporter_toolkit_like", "canary");
            let span = tracing::error_span!("request", header = "canary");
            span.in_scope(|| tracing::error!("ours"));
        };
        assert_eq!(lines(LogLevel::Debug, LogFormat::Logfmt, foreign), "time= level=ERROR msg=ours\n");
    }

    #[test]
    fn every_crate_that_a_program_is_made_of_is_ours() {
        let crates = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
        for folder in std::fs::read_dir(crates).unwrap() {
            let name = folder.unwrap().file_name().into_string().unwrap().replace('-', "_");
            assert_eq!(is_ours(&format!("{name}::module")), name != "testkit", "{name}");
            assert_eq!(is_ours(&name), name != "testkit", "{name}");
        }
    }
}
