//! Commandstats, Errorstats and Latencystats.

use crate::info::Info;
use crate::info::pairs::{pairs, whole, wholes};

/// More percentiles of a command are not looked at; a server has three unless it is told otherwise.
const MOST_PERCENTILES: usize = 16;

/// What a server has done for one command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CommandStats<'i> {
    /// In lower case; `config|get` for a command of two words.
    pub(crate) name: &'i str,
    pub(crate) calls: u64,
    /// Microseconds of all calls.
    pub(crate) usec: u64,
    /// Calls that were refused before they were executed; from Redis 6.2 on.
    pub(crate) rejected: Option<u64>,
    /// Calls that were answered with an error; from Redis 6.2 on.
    pub(crate) failed: Option<u64>,
}

/// How long one command takes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Percentiles<'i> {
    pub(crate) name: &'i str,
    /// Percentile (0–100) and microseconds, sorted by percentile.
    pub(crate) values: Vec<(f64, f64)>,
}

impl Info {
    /// What was done for each command that was called since the start, in the server's order.
    pub(crate) fn commands(&self) -> impl Iterator<Item = CommandStats<'_>> {
        self.starting("cmdstat_").filter_map(|(name, value)| {
            let [calls, usec, rejected, failed] = wholes(value, ["calls", "usec", "rejected_calls", "failed_calls"]);
            Some(CommandStats { name, calls: calls?, usec: usec?, rejected, failed })
        })
    }

    /// How often each error was answered, by its first word; Dragonfly has names of its own for them.
    pub(crate) fn errors(&self) -> impl Iterator<Item = (&str, u64)> {
        let of_redis = self.starting("errorstat_").filter_map(|(name, value)| Some((name, whole(value, "count")?)));
        let of_dragonfly =
            self.fields().filter(|field| field.section == "Errorstats" && !field.name.starts_with("errorstat_"));
        of_redis.chain(of_dragonfly.filter_map(|field| Some((field.name, field.value.parse().ok()?))))
    }

    /// How long commands take; what is no number is left out.
    pub(crate) fn percentiles(&self) -> impl Iterator<Item = Percentiles<'_>> {
        self.starting("latency_percentiles_usec_").map(|(name, value)| {
            let said = pairs(value).filter_map(|(key, value)| {
                let number = |text: &str| text.parse().ok().filter(|number: &f64| number.is_finite());
                Some((number(key.strip_prefix('p')?)?, number(value)?))
            });
            let mut values: Vec<(f64, f64)> = Vec::new();
            for (percentile, value) in said.take(MOST_PERCENTILES) {
                let at = values.partition_point(|known| known.0 < percentile);
                if values.get(at).is_none_or(|known| known.0 > percentile) {
                    values.insert(at, (percentile, value));
                }
            }
            Percentiles { name, values }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::info::info;

    fn command(name: &str, numbers: [u64; 4]) -> CommandStats<'_> {
        let [calls, usec, rejected, failed] = numbers;
        CommandStats { name, calls, usec, rejected: Some(rejected), failed: Some(failed) }
    }

    #[test]
    fn commands_of_redis_6_0() {
        let info = info("# Commandstats\r\ncmdstat_get:calls=21,usec=175,usec_per_call=8.33\r\n");
        let expected = CommandStats { name: "get", calls: 21, usec: 175, rejected: None, failed: None };
        assert_eq!(info.commands().collect::<Vec<_>>(), [expected]);
    }

    #[test]
    fn names_of_other_than_letters() {
        // redis_exporter: the sums of latency histograms are 0 for commands with `_`, `-` and `.`.
        let info = info(
            "cmdstat_eval_ro:calls=1,usec=10,usec_per_call=10.00,rejected_calls=2,failed_calls=3\n\
             cmdstat_client|no-evict:calls=4,usec=40,usec_per_call=10.00,rejected_calls=0,failed_calls=0\n\
             cmdstat_ft.search:calls=5,usec=50,usec_per_call=10.00,rejected_calls=0,failed_calls=0\n",
        );
        let expected = [
            command("eval_ro", [1, 10, 2, 3]),
            command("client|no-evict", [4, 40, 0, 0]),
            command("ft.search", [5, 50, 0, 0]),
        ];
        assert_eq!(info.commands().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn fields_in_another_order_and_lines_that_lack_one() {
        let info = info(
            "cmdstat_set:failed_calls=4,new=7,usec=2,rejected_calls=3,calls=1\n\
             cmdstat_get:calls=1\n\
             cmdstat_del:calls=-1,usec=2\n\
             cmdstat_ttl:calls=x,usec=2\n",
        );
        assert_eq!(info.commands().collect::<Vec<_>>(), [command("set", [1, 2, 3, 4])]);
    }

    #[test]
    fn errors_by_first_word() {
        let redis = info("errorstat_ERR:count=4\nerrorstat_WRONGTYPE:count=200\nerrorstat_X:4\nother:count=1\n");
        assert_eq!(redis.errors().collect::<Vec<_>>(), [("ERR", 4), ("WRONGTYPE", 200)]);
        let dragonfly = info("# Stats\r\nother:1\r\n# Errorstats\r\nsyntax_error:3\r\nsomething:x\r\n");
        assert_eq!(dragonfly.errors().collect::<Vec<_>>(), [("syntax_error", 3)]);
    }

    #[test]
    fn percentiles_in_any_order_and_some_that_are_none() {
        // oliver006/redis_exporter#1119: an empty key ended the exporter.
        let info = info(
            "latency_percentiles_usec_get:p99=2.007,p50=1.003,p99.9=3.007,p50=9\n\
             latency_percentiles_usec_set:=1.0,p=2,p50=nan,p99=inf,q1=3,p1,p100=7\n\
             latency_percentiles_usec_del:\n",
        );
        let expected = [
            Percentiles { name: "get", values: vec![(50.0, 1.003), (99.0, 2.007), (99.9, 3.007)] },
            Percentiles { name: "set", values: vec![(100.0, 7.0)] },
            Percentiles { name: "del", values: Vec::new() },
        ];
        assert_eq!(info.percentiles().collect::<Vec<_>>(), expected);
    }
}
