//! The measured figures as a Markdown table, with the bars that ours must meet.

use std::fs;
use std::time::Duration;

use super::floor::Floor;
use super::scrapes::{Scrapes, percentile};
use super::table::{Bar, Row, Table};

/// Everything that is measured of one program.
pub(crate) struct Figures {
    /// The size of its file in bytes, as it is shipped: stripped.
    pub(crate) binary: u64,
    /// From its start to its first page, the median.
    pub(crate) start: Duration,
    /// Series on its page.
    pub(crate) series: usize,
    /// The size of its uncompressed page in bytes.
    pub(crate) page: usize,
    /// What its scrapes took.
    pub(crate) scrapes: Scrapes,
}

/// What TLS, users and HTTP/2 may add to the megabytes of the program, on disk and in memory: the bars are from before.
const TLS: f64 = 1.5;

/// Compares `ours` with the `peer`'s figures; `name` is the peer's with its version.
pub(crate) fn table(name: &str, ours: &Figures, peer: &Figures) -> Table {
    let row = |name, digits, bars, value: fn(&Figures) -> f64| Row {
        name,
        ours: value(ours),
        peer: value(peer),
        digits,
        bars,
    };
    let rows = vec![
        row("resident, MB", 2, &[Bar::Value(3.0 + TLS)], |f| megabytes(f.scrapes.memory.resident)),
        row("of it anonymous, MB", 2, &[], |f| megabytes(f.scrapes.memory.anonymous)),
        row("resident at its peak, MB", 2, &[], |f| megabytes(f.scrapes.memory.peak)),
        row("in its cgroup, MB", 2, &[], |f| f.scrapes.cgroup.map_or(f64::NAN, megabytes)),
        row("processor per scrape, ms", 3, &[Bar::OnePartIn(4.0)], |f| milliseconds(f.scrapes.processor)),
        row("latency p50, ms", 3, &[], |f| milliseconds(percentile(&f.scrapes.latencies, 50))),
        row("latency p90, ms", 3, &[], |f| milliseconds(percentile(&f.scrapes.latencies, 90))),
        row("latency p99, ms", 3, &[Bar::OnePartIn(4.0)], |f| milliseconds(percentile(&f.scrapes.latencies, 99))),
        row("binary, MB", 2, &[Bar::Value(4.0 + TLS)], |f| megabytes(f.binary)),
        row("start to first page, ms", 2, &[Bar::Value(7.0)], |f| milliseconds(f.start)),
        row("series", 0, &[], |f| count(f.series)),
        row("page, bytes", 0, &[], |f| count(f.page)),
        row("page as sent, bytes", 0, &[], |f| count(f.scrapes.wire)),
    ];
    Table::new(name, rows)
}

/// What reading the same files costs, beside what ours takes.
pub(crate) fn floor(floor: &Floor, ours: Duration) -> String {
    let Floor { kept, opened, processor } = floor;
    let ratio = ours.as_secs_f64() / processor.as_secs_f64();
    let floor = milliseconds(*processor);
    format!(
        "floor: {floor:.3} ms to read the same {kept} files kept open and {opened} opened anew; ours is {ratio:.2} of it"
    )
}

/// Date, kernel and processor: what figures are worth nothing without.
pub(crate) fn machine() -> String {
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let mut models = cpuinfo.lines().filter_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = models.next().map_or(std::env::consts::ARCH, |(_, model)| model);
    let processors = std::thread::available_parallelism().map_or(0, usize::from);
    let date = jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M UTC");
    format!("{date}, Linux {}, {processors} × {model}", kernel.trim())
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn count(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use testkit::usage::Memory;

    fn figures(scale: u64) -> Figures {
        let memory = Memory { resident: 2_000_000 * scale, anonymous: 500_000 * scale, peak: 2_100_000 * scale };
        let latencies = vec![Duration::from_micros(1_000 * scale); 10];
        let cgroup = Some(1_500_000 * scale);
        let scrapes = Scrapes { processor: Duration::from_micros(500 * scale), latencies, wire: 6_340, memory, cgroup };
        Figures { binary: 2_500_000, start: Duration::from_millis(2 * scale), series: 605, page: 66_200, scrapes }
    }

    #[test]
    fn figures_with_one_bar_missed() {
        let table = table("node_exporter 1.12.1", &Figures { binary: 6_000_000, ..figures(1) }, &figures(10));
        let expected = "\
|                          | ours  | node_exporter 1.12.1 | ratio | bar   |        |
|--------------------------|-------|----------------------|-------|-------|--------|
| resident, MB             | 2.00  | 20.00                | 0.100 | ≤ 4.5 | ok     |
| of it anonymous, MB      | 0.50  | 5.00                 | 0.100 |       |        |
| resident at its peak, MB | 2.10  | 21.00                | 0.100 |       |        |
| in its cgroup, MB        | 1.50  | 15.00                | 0.100 |       |        |
| processor per scrape, ms | 0.500 | 5.000                | 0.100 | ≤ 1/4 | ok     |
| latency p50, ms          | 1.000 | 10.000               | 0.100 |       |        |
| latency p90, ms          | 1.000 | 10.000               | 0.100 |       |        |
| latency p99, ms          | 1.000 | 10.000               | 0.100 | ≤ 1/4 | ok     |
| binary, MB               | 6.00  | 2.50                 | 2.400 | ≤ 5.5 | missed |
| start to first page, ms  | 2.00  | 20.00                | 0.100 | ≤ 7   | ok     |
| series                   | 605   | 605                  | 1.000 |       |        |
| page, bytes              | 66200 | 66200                | 1.000 |       |        |
| page as sent, bytes      | 6340  | 6340                 | 1.000 |       |        |
";
        assert_eq!(table.to_string(), expected);
        assert_eq!(table.missed, 1);
    }
}
