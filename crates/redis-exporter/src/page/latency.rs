//! How long commands and events took.

use exposition::{Desc, ExponentialBuckets, ExponentialValue, Histogram, Kind};

use crate::page::{Out, Samples};
use crate::parts::latency::{CommandLatency, Event, LADDER, Latency};
use crate::server::Server;

static LATENCIES: Desc = Desc {
    name: "redis_commands_latencies_usec",
    help: "Calls of a command by how many microseconds they took (LATENCY HISTOGRAM; the sum is that of INFO commandstats).",
    kind: Kind::Histogram,
    labels: &["cmd"],
};
static SECONDS: Desc = Desc {
    name: "redis_command_latency_seconds",
    help: "Calls of a command by how many seconds they took, as a native histogram whose bounds are up to 8.2 % lower than those that the server counts by (LATENCY HISTOGRAM).",
    kind: Kind::Histogram,
    labels: &["cmd"],
};
static SPIKE_LAST: Desc = Desc {
    name: "redis_latency_spike_last",
    help: "Unix time of the last event of this kind that took longer than latency-monitor-threshold (LATENCY LATEST).",
    kind: Kind::Gauge,
    labels: &["event_name"],
};
static SPIKE_DURATION: Desc = Desc {
    name: "redis_latency_spike_duration_seconds",
    help: "Seconds that the last such event took (LATENCY LATEST).",
    kind: Kind::Gauge,
    labels: &["event_name"],
};
static SPIKE_MAX: Desc = Desc {
    name: "redis_latency_spike_max_seconds",
    help: "Seconds that the longest such event took since the server began or was told to forget (LATENCY LATEST).",
    kind: Kind::Gauge,
    labels: &["event_name"],
};

impl Samples for Latency {
    fn samples(&self, _: &Server, out: &mut Out<'_>) {
        latency(&self.events, &self.commands, self.native, out);
    }
}

/// Stages events and commands; these as native histograms too if `native`.
fn latency(events: &[Event], commands: &[CommandLatency], native: bool, out: &mut Out<'_>) {
    for event in events {
        let name = [&*event.name];
        out.add(&SPIKE_LAST, &name, event.last_seconds);
        out.add(&SPIKE_DURATION, &name, event.last_milliseconds / 1e3);
        out.add(&SPIKE_MAX, &name, event.max_milliseconds / 1e3);
    }
    let mut buckets = LADDER.map(|bound| (bound as f64, 0));
    for command in commands {
        for (bucket, count) in buckets.iter_mut().zip(command.counts) {
            bucket.1 = count;
        }
        let histogram = Histogram { buckets: &buckets, sum: command.usec as f64, count: command.calls };
        out.histogram(&LATENCIES, &[&command.name], &histogram);
        if native && let Some(histogram) = exponential(command) {
            out.exponential(&SECONDS, &[&command.name], &histogram);
        }
    }
}

/// The exponent of the power of two, in seconds, that the first bound of the ladder is taken for.
const FIRST: i32 = -20;

/// The histogram with bounds that are powers of two in seconds: 2^-20 s for the first of the ladder, and so on to 1 s for the
/// last.
///
/// The server's bounds are those times 1.082: 1032 ns · 2^n where these are 954 ns · 2^n. So a call that took up to 8.2 % longer
/// than a bound counts as below it. What took less than the first is as good as nothing, and above the last there is nothing,
/// as the server takes what lasts longer than 1 s for 1 s; should one count further, those calls are in one more bucket.
fn exponential(command: &CommandLatency) -> Option<ExponentialValue> {
    let rest = command.counts.iter().skip(1).chain([&command.calls]);
    let counts = command.counts.iter().zip(rest).map(|(below, count)| count.saturating_sub(*below)).collect();
    ExponentialValue::new(
        0,
        f64::from(FIRST).exp2(),
        command.counts[0],
        ExponentialBuckets { offset: FIRST, counts },
        ExponentialBuckets::default(),
        command.usec as f64 / 1e6,
    )
}

#[cfg(test)]
mod tests {
    use exposition::{Escaping, Families, Format};
    use testkit::messages::{bytes, float, labels, signed, whole};

    use super::*;
    use crate::page::examples::staged;

    fn command(calls: u64, usec: u64, counts: [u64; 21]) -> CommandLatency {
        CommandLatency { name: "ft.search".to_owned(), calls, usec, counts }
    }

    #[test]
    fn the_whole_ladder_from_the_first_call_on() {
        let mut counts = [0; 21];
        counts[19..].copy_from_slice(&[1, 2]);
        let page = staged(|out| latency(&[], &[command(3, 1_700_000, counts)], false, out));
        let of = |bound: &str, count| {
            format!("redis_commands_latencies_usec_bucket{{cmd=\"ft.search\",le=\"{bound}\"}} {count}\n")
        };
        assert_eq!(page.matches("_bucket").count(), 22);
        for line in [of("1", 0), of("33", 0), of("270532", 0), of("541065", 1), of("1.073741e+06", 2), of("+Inf", 3)] {
            assert!(page.contains(&line), "{line}{page}");
        }
        assert!(page.ends_with(
            "redis_commands_latencies_usec_sum{cmd=\"ft.search\"} 1700000\nredis_commands_latencies_usec_count{cmd=\"ft.search\"} 3\n"
        ));
    }

    #[test]
    fn native_histograms() {
        let mut counts = [5; 21];
        (counts[0], counts[19], counts[20]) = (2, 6, 7);
        let mut page = Families::default();
        latency(&[], &[command(7, 1_500_000, counts)], true, &mut Out::new(&mut page, "redis", None));
        let mut out = Vec::new();
        Format::Protobuf(Escaping::Underscores).encode(&mut page, &mut out);
        // Two of up to 2^-20 s; three in the next bucket, one up to 1/2 s, one up to 1 s.
        let deltas: Vec<u8> = [6, 5].into_iter().chain([0; 16]).chain([2, 0]).collect();
        let native = [
            [float(2, 1.5), signed(5, 0), float(6, (-20.0_f64).exp2()), whole(7, 2)].concat(),
            bytes(12, [signed(1, -19), whole(2, 20)].concat()),
            bytes(13, deltas),
            whole(1, 7),
        ];
        let metric = [labels(&[("cmd", "ft.search")]), bytes(7, native.concat())].concat();
        assert!(out.windows(metric.len()).any(|window| window == metric), "{out:?}");
    }

    #[test]
    fn spikes() {
        let event =
            Event { name: "fork".to_owned(), last_seconds: 1.7e9, last_milliseconds: 251.0, max_milliseconds: 1001.0 };
        assert_eq!(
            staged(|out| latency(&[event], &[], true, out)),
            "redis_latency_spike_duration_seconds{event_name=\"fork\"} 0.251\n\
             redis_latency_spike_last{event_name=\"fork\"} 1700000000\n\
             redis_latency_spike_max_seconds{event_name=\"fork\"} 1.001\n"
        );
    }
}
