//! LATENCY LATEST and LATENCY HISTOGRAM: how long things took.

use std::collections::{HashMap, HashSet};

use exporter_toolkit::order;

use crate::info::Info;
use crate::parts::part::{LONGEST_NAME, Next, Part};
use crate::resp::{Array, Commands, Replies, Reply};
use crate::server::Server;
use crate::settings::Settings;

/// Events of which the newest are kept; a server has some twenty kinds.
const MOST_EVENTS: usize = 100;
/// Commands that do not have a line of their own are counted here.
const OTHER: &str = "other";

/// The upper bounds of the server's buckets, in µs, of which it sends those that hold something.
///
/// It counts nanoseconds with two digits (HdrHistogram), takes what lasts longer than 1 s for 1 s, and reports how many took up
/// to 1024 ns and each doubling: to the end of the bucket that begins there, 1/128 further on, or to where its buckets end at
/// 2^30 ns. The bounds that it says are those, cut to whole microseconds.
pub(crate) const LADDER: [u64; 21] = [
    1, 2, 4, 8, 16, 33, 66, 132, 264, 528, 1056, 2113, 4227, 8454, 16_908, 33_816, 67_633, 135_266, 270_532, 541_065,
    1_073_741,
];

/// What a server says of latencies.
#[derive(Debug, Default)]
pub(crate) struct Latency {
    max_commands: usize,
    pub(crate) native: bool,
    /// Whether histograms were asked for this time.
    histograms: bool,
    pub(crate) events: Vec<Event>,
    pub(crate) commands: Vec<CommandLatency>,
    /// Commands that have a line of their own. They keep it, so that no counter goes back.
    shown: HashSet<String>,
}

/// A kind of event that took longer than `latency-monitor-threshold`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Event {
    pub(crate) name: String,
    /// Unix time of the last one.
    pub(crate) last_seconds: f64,
    pub(crate) last_milliseconds: f64,
    /// The longest since the server began, or LATENCY RESET.
    pub(crate) max_milliseconds: f64,
}

/// How long the calls of a command took.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct CommandLatency {
    pub(crate) name: String,
    pub(crate) calls: u64,
    /// Together.
    pub(crate) usec: u64,
    /// How many took no longer than each bound of [`LADDER`].
    pub(crate) counts: [u64; LADDER.len()],
}

impl Latency {
    pub(crate) fn new(settings: &Settings) -> Self {
        let Settings { max_commands, native_histograms, .. } = *settings;
        Latency { max_commands, native: native_histograms, ..Latency::default() }
    }

    fn take_commands(&mut self, info: &Info, reply: Array<'_>) {
        self.commands.clear();
        let usec = usec_by_command(info);
        let mut all: Vec<_> = reply.pairs().filter_map(|(name, details)| command(name, details, &usec)).collect();
        if all.len() > self.max_commands {
            order::sort_by(&mut all, |a, b| b.calls.cmp(&a.calls).then_with(|| a.name.cmp(&b.name)));
        }
        let mut other = CommandLatency { name: OTHER.to_owned(), ..CommandLatency::default() };
        for command in all {
            let has_a_name = command.name != OTHER && command.name.len() <= LONGEST_NAME;
            if self.shown.contains(&command.name) {
                self.commands.push(command);
            } else if has_a_name && self.shown.len() < self.max_commands {
                self.shown.insert(command.name.clone());
                self.commands.push(command);
            } else {
                other.add(&command);
            }
        }
        if other.calls > 0 {
            self.commands.push(other);
        }
    }
}

impl Part for Latency {
    fn ask(&mut self, server: &Server, commands: &mut Commands) {
        self.histograms = has_histograms(&server.info);
        // Behind INFO, whose sums belong to these counts, and nothing in between.
        if self.histograms {
            commands.add("LATENCY HISTOGRAM", ["LATENCY", "HISTOGRAM"]);
        }
        if !server.info.is_sentinel() {
            commands.add("LATENCY LATEST", ["LATENCY", "LATEST"]);
        }
    }

    fn take(&mut self, server: &mut Server, replies: &mut Replies<'_>) -> Next {
        self.commands.clear();
        if self.histograms
            && let Some(reply) = replies.next()
        {
            self.take_commands(&server.info, reply.array());
        }
        self.events.clear();
        if let Some(reply) = replies.next() {
            self.events.extend(reply.array().filter_map(event).take(MOST_EVENTS));
        }
        Next::Done
    }

    fn forget(&mut self) {
        self.events.clear();
        self.commands.clear();
        self.shown.clear();
    }
}

impl CommandLatency {
    /// Counts the calls of another command here too.
    fn add(&mut self, other: &CommandLatency) {
        self.calls = self.calls.saturating_add(other.calls);
        self.usec = self.usec.saturating_add(other.usec);
        for (count, other) in self.counts.iter_mut().zip(other.counts) {
            *count = count.saturating_add(other);
        }
    }
}

/// Whether the server has LATENCY HISTOGRAM: Redis from 7.0 on, and what has come of it. Those that have not would count every
/// scrape as an error.
fn has_histograms(info: &Info) -> bool {
    info.is_redis_since([7, 0, 0]) && !info.is_sentinel()
}

/// Microseconds by command, from the lines of INFO that begin with `cmdstat_`; for a container command, such as `config`, those
/// of its subcommands too.
fn usec_by_command(info: &Info) -> HashMap<&str, u64> {
    let mut usec = HashMap::new();
    for command in info.commands() {
        let container = command.name.split_once('|').map(|(container, _)| container);
        for name in [Some(command.name), container].into_iter().flatten() {
            let sum: &mut u64 = usec.entry(name).or_default();
            *sum = sum.saturating_add(command.usec);
        }
    }
    usec
}

/// A command's name, and a map of `calls` and `histogram_usec`: bounds with how many calls took no longer.
fn command(name: Reply<'_>, details: Reply<'_>, usec: &HashMap<&str, u64>) -> Option<CommandLatency> {
    let name = name.text()?;
    let mut calls = 0;
    let mut counts = [0; LADDER.len()];
    for (key, value) in details.array().pairs() {
        match key.bytes() {
            Some(b"calls") => calls = calls.max(count(value)?),
            Some(b"histogram_usec") => {
                for (bound, below) in value.array().pairs() {
                    let (Some(bound), Some(below)) = (count(bound), count(below)) else { continue };
                    calls = calls.max(below);
                    // What is not on the ladder counts from the next bound that is; above all of them there is the count of calls.
                    if let Some(step) = counts.get_mut(LADDER.partition_point(|step| *step < bound)) {
                        *step = below.max(*step);
                    }
                }
            }
            _ => {}
        }
    }
    let mut most = 0;
    for step in &mut counts {
        most = most.max(*step);
        *step = most;
    }
    // A command that ran for the first time after INFO has no time there yet.
    let usec = usec.get(&*name).copied().unwrap_or(0);
    (calls > 0).then(|| CommandLatency { name: name.into_owned(), calls, usec, counts })
}

/// An event's name, Unix time, and the last and the longest duration in ms.
fn event(reply: Reply<'_>) -> Option<Event> {
    let mut parts = reply.array();
    Some(Event {
        name: parts.next()?.text()?.into_owned(),
        last_seconds: parts.next()?.number()?,
        last_milliseconds: parts.next()?.number()?,
        max_milliseconds: parts.next()?.number()?,
    })
}

fn count(reply: Reply<'_>) -> Option<u64> {
    u64::try_from(reply.integer()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parts::examples::{asked, server};

    const INFO: &str = "redis_version:7.0.15\r\n# Commandstats\r\n\
        cmdstat_get:calls=3,usec=70,usec_per_call=23.33,rejected_calls=0,failed_calls=0\r\n\
        cmdstat_config|get:calls=1,usec=100,usec_per_call=100.00\r\n\
        cmdstat_config|set:calls=1,usec=11,usec_per_call=11.00\r\n\
        cmdstat_client|no-evict:calls=1,usec=5\r\n\
        cmdstat_eval_ro:calls=1,usec=6\r\n\
        cmdstat_ft.search:calls=1,usec=7\r\n";

    /// A command as LATENCY HISTOGRAM has it.
    fn histogram(name: &str, calls: u64, buckets: &[(u64, u64)]) -> String {
        let pairs: String = buckets.iter().map(|(bound, count)| format!(":{bound}\r\n:{count}\r\n")).collect();
        format!(
            "${}\r\n{name}\r\n*4\r\n$5\r\ncalls\r\n:{calls}\r\n$14\r\nhistogram_usec\r\n*{}\r\n{pairs}",
            name.len(),
            buckets.len() * 2
        )
    }

    fn part(max_commands: usize) -> Latency {
        Latency::new(&Settings { max_commands, ..Settings::default() })
    }

    fn taken(part: &mut Latency, histograms: &[String]) -> Vec<(String, u64, u64)> {
        let reply = format!("*{}\r\n{}*0\r\n", histograms.len() * 2, histograms.concat());
        asked(part, &mut server(INFO), reply.as_bytes());
        part.commands.iter().map(|command| (command.name.clone(), command.calls, command.usec)).collect()
    }

    #[test]
    fn buckets_that_the_server_leaves_out() {
        let mut part = part(10);
        taken(&mut part, &[histogram("get", 7, &[(1, 2), (33, 5), (1_073_741, 6)])]);
        let mut counts = [5; 21];
        counts[..5].fill(2);
        counts[20] = 6;
        let expected = CommandLatency { name: "get".to_owned(), calls: 7, usec: 70, counts };
        assert_eq!(part.commands, [expected]);
    }

    #[test]
    fn bounds_that_are_not_on_the_ladder_lose_nothing() {
        let mut part = part(10);
        taken(&mut part, &[histogram("get", 9, &[(3, 4), (5_000_000, 9)]), histogram("set", 1, &[(16, 3), (33, 2)])]);
        assert_eq!((part.commands[0].counts[1], part.commands[0].counts[2]), (0, 4));
        assert_eq!((part.commands[0].counts[20], part.commands[0].calls), (4, 9));
        assert_eq!((part.commands[1].counts[20], part.commands[1].calls), (3, 3), "counts do not fall");
    }

    /// redis_exporter: the sum of commands with `_`, `-` or `.` in their names is 0.
    #[test]
    fn sums_of_commands_with_any_name() {
        let names = ["client|no-evict", "eval_ro", "ft.search", "config|get", "config", "unknown"];
        let histograms: Vec<_> = names.iter().map(|name| histogram(name, 1, &[(1, 1)])).collect();
        let sums: Vec<_> = taken(&mut part(10), &histograms).into_iter().map(|(_, _, usec)| usec).collect();
        assert_eq!(sums, [5, 6, 7, 100, 111, 0]);
    }

    #[test]
    fn commands_beyond_the_cap_are_one() {
        let mut part = part(2);
        let of =
            |get, set, del| [("set", set), ("get", get), ("del", del)].map(|(name, n)| histogram(name, n, &[(1, n)]));
        let row = |name: &str, calls, usec| (name.to_owned(), calls, usec);
        assert_eq!(taken(&mut part, &of(5, 4, 3)), [row("get", 5, 70), row("set", 4, 0), row("other", 3, 0)]);
        assert_eq!(part.commands[2].counts, [3; 21]);
        assert_eq!(
            taken(&mut part, &of(5, 6, 300)),
            [row("set", 6, 0), row("get", 5, 70), row("other", 300, 0)],
            "what has a line keeps it"
        );
        assert_eq!(taken(&mut part, &[]), []);
        part.forget();
        assert_eq!(taken(&mut part, &of(0, 1, 1)), [row("set", 1, 0), row("del", 1, 0)], "without calls there is none");
    }

    #[test]
    fn commands_with_a_name_that_is_none() {
        let histograms = [histogram("other", 2, &[(1, 2)]), histogram(&"x".repeat(513), 3, &[(1, 3)])];
        assert_eq!(taken(&mut part(10), &histograms), [("other".to_owned(), 5, 0)]);
    }

    #[test]
    fn events() {
        let mut part = part(10);
        let reply = b"*0\r\n*3\r\n*4\r\n$7\r\ncommand\r\n:1700000000\r\n:251\r\n:1001\r\n*1\r\n$4\r\nfork\r\n:5\r\n";
        asked(&mut part, &mut server(INFO), reply);
        let expected = Event {
            name: "command".to_owned(),
            last_seconds: 1_700_000_000.0,
            last_milliseconds: 251.0,
            max_milliseconds: 1001.0,
        };
        assert_eq!(part.events, [expected]);
    }

    /// oliver006/redis_exporter#789
    #[test]
    fn servers_without_histograms_are_not_asked() {
        for (info, histograms) in [
            ("redis_version:7.0.0", true),
            ("redis_version:6.2.14", false),
            ("redis_version:7.2.4\nvalkey_version:8.1.0", true),
            ("redis_version:6.3.4\nmvcc_depth:0", false),
            ("redis_version:7.4.0\ndragonfly_version:df-v1.25.0", false),
        ] {
            assert_eq!(
                asked(&mut part(1), &mut server(info), b"").contains(&"LATENCY HISTOGRAM"),
                histograms,
                "{info}"
            );
        }
        let mut sentinel = server("redis_version:7.0.0\n# Sentinel\nsentinel_masters:0");
        assert_eq!(asked(&mut part(1), &mut sentinel, b""), [""; 0]);
    }
}
