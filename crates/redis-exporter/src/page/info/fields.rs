//! Fields that are one number.

use exposition::{Kind, Number};

use crate::page::Out;
use crate::page::info::keyspace;
use crate::page::info::table::{self, Entry};
use crate::settings::Settings;

/// Fields that are shown under their own names: what servers may add to what the table knows.
const PREFIXES: [&str; 2] = ["cluster_", "db"];
/// More of those than this are not shown.
const MOST_UNKNOWN: usize = 64;
/// A field with a longer name is not shown.
const LONGEST_NAME: usize = 64;
const UNKNOWN_HELP: &str = "What INFO or CLUSTER INFO says under this name.";

/// Stages the fields of CLUSTER INFO or SERVER EXT.
pub(crate) fn samples(fields: &[(String, String)], settings: &Settings, out: &mut Out<'_>) {
    let mut staged = Fields::new(settings);
    fields.iter().for_each(|(name, value)| staged.add(name, value, out));
}

/// Stages fields as they come, each once: those of INFO, of CLUSTER INFO, or of SERVER EXT.
pub(super) struct Fields<'f> {
    settings: &'f Settings,
    /// Which metrics of the table have been staged.
    known: Vec<bool>,
    unknown: Vec<&'f str>,
}

impl<'f> Fields<'f> {
    pub(super) fn new(settings: &'f Settings) -> Self {
        Fields { settings, known: vec![false; table::count()], unknown: Vec::new() }
    }

    /// Stages what a field is shown as; nothing, if it is none of those that are shown, or says no number.
    pub(super) fn add(&mut self, name: &'f str, value: &str, out: &mut Out<'_>) {
        if let Some((index, entry)) = table::find(name) {
            if !self.known[index]
                && let Some(value) = self.value(entry, value)
            {
                self.known[index] = true;
                out.add(&entry.metric.desc, &[], value);
            }
        } else if PREFIXES.iter().any(|prefix| name.starts_with(prefix)) {
            self.add_unknown(name, value, out);
        }
    }

    fn value(&self, entry: &Entry, value: &str) -> Option<Number> {
        let value = number(value).filter(|_| (entry.shown)(self.settings))?;
        // Dragonfly has -1 for what it does not count.
        let counts = entry.metric.desc.kind != Kind::Counter || value.as_f64() >= 0.0;
        counts.then_some(value)
    }

    fn add_unknown(&mut self, name: &'f str, value: &str, out: &mut Out<'_>) {
        let Some(value) = number(value).filter(|_| self.unknown.len() < MOST_UNKNOWN) else { return };
        let is_plain =
            name.len() <= LONGEST_NAME && name.bytes().all(|b| matches!(b, b'_' | b'-') || b.is_ascii_alphanumeric());
        let is_taken = || self.unknown.contains(&name) || keyspace::is_name(name) || table::is_name(name);
        if is_plain && !is_taken() {
            self.unknown.push(name);
            // `cluster_stats_messages_auth-req_sent`
            out.add_named(&name.replace('-', "_"), UNKNOWN_HELP, Kind::Gauge, &[], value);
        }
    }
}

/// What a value says: a number, or whether something is well.
pub(super) fn number(value: &str) -> Option<Number> {
    match value {
        "ok" | "true" => return Some(true.into()),
        "err" | "fail" | "false" => return Some(false.into()),
        _ => {}
    }
    if let Ok(whole) = value.parse::<u64>() {
        return Some(whole.into());
    }
    value.parse().ok().filter(|number: &f64| number.is_finite()).map(Number::Float)
}

#[cfg(test)]
mod tests {
    use exposition::Families;
    use testkit::page;

    use super::*;
    use crate::page::info::golden::text;

    fn shown(settings: &Settings, fields: &[(&str, &str)]) -> Vec<String> {
        let mut families = Families::default();
        let mut out = Out::new(&mut families, "redis", None);
        let mut staged = Fields::new(settings);
        fields.iter().for_each(|(name, value)| staged.add(name, value, &mut out));
        let series = page::series(&text(&mut families));
        series.into_iter().map(|(series, value)| format!("{series} {value}")).collect()
    }

    #[test]
    fn numbers_and_words() {
        let fields = [
            ("used_memory", "18446744073709551615"),
            ("mem_fragmentation_bytes", "-7"),
            ("mem_fragmentation_ratio", "1.14"),
            ("rdb_last_bgsave_status", "ok"),
            ("aof_last_write_status", "err"),
            ("cluster_state", "fail"),
            ("tracking_clients", "true"),
            ("aof_enabled", "false"),
        ];
        assert_eq!(
            shown(&Settings::default(), &fields),
            [
                "redis_aof_enabled 0",
                "redis_aof_last_write_status 0",
                "redis_cluster_state 0",
                "redis_mem_fragmentation_bytes -7",
                "redis_mem_fragmentation_ratio 1.14",
                "redis_memory_used_bytes 18446744073709552000",
                "redis_rdb_last_bgsave_status 1",
                "redis_tracking_clients 1",
            ]
        );
    }

    #[test]
    fn values_that_are_no_number() {
        let fields = [
            ("used_memory", ""),
            ("used_memory_rss", "3.11M"),
            ("allocator_frag_ratio", "-nan"),
            ("allocator_rss_ratio", "inf"),
            ("used_memory_peak", "1,5"),
            ("rejected_connections", "-1"),
            ("os", "1"),
        ];
        assert_eq!(shown(&Settings::default(), &fields), [""; 0]);
    }

    #[test]
    fn a_field_that_stands_twice() {
        let fields = [("hz", "x"), ("hz", "10"), ("hz", "20"), ("cluster_new", "1"), ("cluster_new", "2")];
        assert_eq!(shown(&Settings::default(), &fields), ["redis_cluster_new 1", "redis_hz 10"]);
    }

    #[test]
    fn fields_that_the_table_does_not_know() {
        let long = format!("cluster_{}", "x".repeat(57));
        let fields = [
            ("cluster_stats_messages_ping_sent", "5"),
            ("db_something", "6"),
            ("db0", "keys=1,expires=0"),
            ("cluster_bad name", "1"),
            ("cluster_messages_sent_total", "1"),
            ("db_keys", "1"),
            (&long, "1"),
            ("new_field", "1"),
        ];
        let expected = ["redis_cluster_stats_messages_ping_sent 5", "redis_db_something 6"];
        assert_eq!(shown(&Settings::default(), &fields), expected);
    }

    #[test]
    fn more_fields_than_are_shown() {
        let names: Vec<_> = (0..100).map(|index| format!("cluster_{index}")).collect();
        let fields: Vec<_> = names.iter().map(|name| (&**name, "1")).collect();
        assert_eq!(shown(&Settings::default(), &fields).len(), 64);
    }

    #[test]
    fn what_the_command_line_asks_for() {
        let fields = [("total_system_memory", "1"), ("search_dialect_2", "1"), ("tile38_read_only", "1")];
        let shown =
            |system, modules, tile38| shown(&Settings { system, modules, tile38, ..Settings::default() }, &fields);
        assert_eq!(shown(true, false, false), ["redis_total_system_memory_bytes 1"]);
        assert_eq!(shown(false, true, false), ["redis_search_dialect_2 1"]);
        assert_eq!(shown(false, false, true), ["redis_tile38_read_only 1"]);
    }
}
