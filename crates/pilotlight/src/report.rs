//! The table that `up` prints: what is on, what is off and why, and the next step.

use std::fmt::Write as _;

use exporter_toolkit::logging::shown;
use exporter_toolkit::{CollectorState, VERSION};

/// An exporter's row.
pub(crate) struct Row {
    pub(crate) exporter: &'static str,
    pub(crate) state: State,
}

/// What came of starting an exporter.
pub(crate) enum State {
    /// `pages` and those of `ports`, each with its name, are URLs.
    On {
        pages: Vec<String>,
        ports: Vec<(&'static str, Vec<String>)>,
        collectors: Vec<(&'static str, CollectorState)>,
    },
    Off {
        why: String,
    },
}

/// The whole text, ending with a line feed.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut text = format!("Pilotlight {VERSION}\n\n");
    for row in rows {
        match &row.state {
            State::On { pages, ports, collectors } => {
                line(&mut text, row.exporter, "on", &pages.join(" "));
                for (name, urls) in ports {
                    line(&mut text, "", "", &format!("{name}: {}", urls.join(" ")));
                }
                let named = |wanted: fn(&CollectorState) -> bool| {
                    let names = collectors.iter().filter(move |(_, state)| wanted(state)).map(|(name, _)| *name);
                    names.collect::<Vec<_>>()
                };
                list(&mut text, "collectors", &named(|state| *state == CollectorState::Works));
                list(&mut text, "not on this machine", &named(|state| *state == CollectorState::NoData));
                for (name, state) in collectors {
                    if let CollectorState::Failed(error) = state {
                        line(&mut text, "", "", &format!("{name}: {}", shown(error)));
                    }
                }
            }
            State::Off { why } => line(&mut text, row.exporter, "off", &shown(why)),
        }
    }
    text.push('\n');
    text.push_str(&next_step(rows));
    text
}

fn line(text: &mut String, exporter: &str, state: &str, rest: &str) {
    writeln!(text, "  {exporter:<8} {state:<4} {rest}").expect("a String takes every write");
}

/// Columns of a usual terminal that are left for what a line says.
const WIDTH: usize = 100;

/// Names behind a heading, in as many lines as they need; nothing where there are none.
fn list(text: &mut String, heading: &str, names: &[&str]) {
    let mut row = format!("{heading}:");
    for (position, name) in names.iter().enumerate() {
        let comma = if position + 1 == names.len() { "" } else { "," };
        if row.len() + 1 + name.len() + comma.len() > WIDTH {
            line(text, "", "", &row);
            row = " ".to_owned();
        }
        write!(row, " {name}{comma}").expect("a String takes every write");
    }
    if !names.is_empty() {
        line(text, "", "", &row);
    }
}

fn next_step(rows: &[Row]) -> String {
    let mut served = rows.iter().filter_map(|row| match &row.state {
        State::On { pages, .. } => pages.first(),
        State::Off { .. } => None,
    });
    match served.next() {
        Some(page) => format!(
            "Next: curl {page} shows the page; prometheus --config.file=prometheus/prometheus.yml scrapes it.\n\
             {}Ctrl-C ends it.\n",
            telemetry(rows)
        ),
        None => "Nothing can be served. Mend what is off, then start again.\n".to_owned(),
    }
}

/// How Claude Code is started so that it sends to the port that takes OTLP over HTTP; nothing where there is none.
fn telemetry(rows: &[Row]) -> String {
    let ports = rows.iter().filter_map(|row| match &row.state {
        State::On { ports, .. } => Some(ports),
        State::Off { .. } => None,
    });
    let urls = ports.flatten().filter(|(name, _)| *name == otlp_bridge::HTTP).flat_map(|(_, urls)| urls);
    // A socket's URL begins with an option for curl.
    let endpoint = urls.into_iter().find(|url| url.starts_with("http"));
    endpoint.map_or_else(String::new, |endpoint| {
        format!(
            "What Claude Code spends is on it once that is started so:\n  \
             CLAUDE_CODE_ENABLE_TELEMETRY=1 OTEL_METRICS_EXPORTER=otlp OTEL_LOGS_EXPORTER=otlp \\\n  \
             OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf OTEL_EXPORTER_OTLP_ENDPOINT={endpoint} claude\n"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_on_with_a_collector_off_and_one_off() {
        let on = State::On {
            pages: vec!["http://127.0.0.1:9100/metrics".to_owned()],
            ports: vec![("gRPC", vec!["http://127.0.0.1:4317".to_owned(), "http://[::1]:4317".to_owned()])],
            collectors: vec![
                ("cpu", CollectorState::Works),
                ("pressure", CollectorState::NoData),
                ("stat", CollectorState::Works),
                ("time", CollectorState::Failed("/proc/\u{1b}[2J: no such file".to_owned())),
            ],
        };
        let off = State::Off { why: "can't listen on 127.0.0.1:9121: address in use".to_owned() };
        let expected = format!(
            "Pilotlight {VERSION}

  host     on   http://127.0.0.1:9100/metrics
                gRPC: http://127.0.0.1:4317 http://[::1]:4317
                collectors: cpu, stat
                not on this machine: pressure
                time: /proc/\\u{{1b}}[2J: no such file
  redis    off  can't listen on 127.0.0.1:9121: address in use

Next: curl http://127.0.0.1:9100/metrics shows the page; prometheus --config.file=prometheus/prometheus.yml scrapes it.
Ctrl-C ends it.
"
        );
        assert_eq!(table(&[Row { exporter: "host", state: on }, Row { exporter: "redis", state: off }]), expected);
    }

    #[test]
    fn a_bridge_on_its_own_ports() {
        let table_of = |urls: [&str; 2]| {
            let urls = urls.map(str::to_owned).to_vec();
            let state = State::On {
                pages: vec!["http://127.0.0.1:8889/metrics".to_owned()],
                ports: vec![("grpc", vec!["http://127.0.0.1:4317".to_owned()]), ("http", urls)],
                collectors: Vec::new(),
            };
            table(&[Row { exporter: "otlp", state }])
        };
        let told = "
Next: curl http://127.0.0.1:8889/metrics shows the page; prometheus --config.file=prometheus/prometheus.yml scrapes it.
What Claude Code spends is on it once that is started so:
  CLAUDE_CODE_ENABLE_TELEMETRY=1 OTEL_METRICS_EXPORTER=otlp OTEL_LOGS_EXPORTER=otlp \\
  OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf OTEL_EXPORTER_OTLP_ENDPOINT=http://[::1]:4318 claude
Ctrl-C ends it.
";
        let socket = "--unix-socket /run/otlp.sock http://localhost";
        let text = table_of([socket, "http://[::1]:4318"]);
        assert!(text.ends_with(told), "{text}");
        assert!(!table_of([socket, socket]).contains("Claude"));
    }

    #[test]
    fn more_names_than_a_line_holds() {
        let (names, mut text) = (vec!["powersupplyclass"; 7], String::new());
        list(&mut text, "collectors", &names);
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        assert_eq!(
            lines,
            [
                "collectors: powersupplyclass, powersupplyclass, powersupplyclass, powersupplyclass,",
                "powersupplyclass, powersupplyclass, powersupplyclass",
            ]
        );
        assert!(text.lines().all(|line| line.starts_with("                ")), "{text}");
    }

    #[test]
    fn nothing_on() {
        let off = State::Off { why: "no".to_owned() };
        let text = table(&[Row { exporter: "host", state: off }]);
        assert!(text.ends_with("\n\nNothing can be served. Mend what is off, then start again.\n"), "{text}");
    }
}
