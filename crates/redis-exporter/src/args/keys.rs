//! Which keys, streams and queues are looked at, and which scripts run.

use std::time::Duration;

use clap::ArgAction::SetTrue;
use clap::value_parser;
use exporter_toolkit::go;

use crate::args::value::{Groups, Patterns};

/// Which keys.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Keys")]
pub(crate) struct KeyArgs {
    /// Keys whose size and value are shown, by patterns: db0=session:*,db3=user:* (without dbN= of database 0; , = and % in a
    /// pattern as %2C, %3D and %25). They are looked for by SCAN, a little with each scrape.
    #[arg(long = "check-keys", value_name = "PATTERNS", default_value = "", hide_default_value = true)]
    pub(crate) check_keys: Patterns,
    /// The same by name, without a search.
    #[arg(long = "check-single-keys", value_name = "NAMES", default_value = "", hide_default_value = true)]
    pub(crate) check_single_keys: Patterns,
    /// Keys that are counted, by patterns.
    #[arg(long = "count-keys", value_name = "PATTERNS", default_value = "", hide_default_value = true)]
    pub(crate) count_keys: Patterns,
    /// Keys that are grouped by what patterns of Lua capture, with their memory: ^(.*)_[^_]+$,… (a pattern with a comma in
    /// quotes).
    #[arg(long = "check-key-groups", value_name = "PATTERNS", default_value = "", hide_default_value = true)]
    pub(crate) check_key_groups: Groups,
    /// Groups of a database that have series of their own, those of the most memory; the others are one, overflow.
    #[arg(long = "max-distinct-key-groups", value_name = "N", default_value_t = 100)]
    pub(crate) max_distinct_key_groups: usize,
    /// Streams that are shown with their groups and consumers, by patterns.
    #[arg(long = "check-streams", value_name = "PATTERNS", default_value = "", hide_default_value = true)]
    pub(crate) check_streams: Patterns,
    /// The same by name, without a search.
    #[arg(long = "check-single-streams", value_name = "NAMES", default_value = "", hide_default_value = true)]
    pub(crate) check_single_streams: Patterns,
    /// Leave the consumers out.
    #[arg(long = "streams-exclude-consumer-metrics")]
    pub(crate) streams_exclude_consumer_metrics: bool,
    /// Keys that the server looks at in one go: COUNT of SCAN. With many it answers nobody else meanwhile.
    #[arg(long = "check-keys-batch-size", value_name = "N", default_value_t = 1000,
          value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub(crate) check_keys_batch_size: u32,
    /// How long one scrape may look for keys; the next one goes on where it ended.
    #[arg(long = "scan-time", value_name = "DURATION", default_value = "50ms", value_parser = go::duration)]
    pub(crate) scan_time: Duration,
    /// Keys, and streams, that have series of their own.
    #[arg(long = "max-key-series", value_name = "N", default_value_t = 1000)]
    pub(crate) max_key_series: usize,
    /// Never show a value as a label.
    #[arg(long = "disable-exporting-key-values")]
    pub(crate) disable_exporting_key_values: bool,
    /// Look at no keys while the server is a master.
    #[arg(long = "skip-checkkeys-for-role-master")]
    pub(crate) skip_checkkeys_for_role_master: bool,
    /// Files with Lua that the server runs at each scrape, and whose result is shown.
    #[arg(long = "script", value_name = "PATHS", value_delimiter = ',')]
    pub(crate) scripts: Vec<String>,
    /// Run them by EVAL_RO, which can change nothing.
    #[arg(long = "lua-script-read-only")]
    pub(crate) lua_script_read_only: bool,

    /// Look for task queues, and show them: BullMQ, Bull, Sidekiq, RQ, Celery.
    #[arg(long = "queues", action = SetTrue, default_value = "true", help_heading = "Queues")]
    pub(crate) queues: bool,
    /// Database that they are in.
    #[arg(long = "queue-database", value_name = "N", default_value_t = 0, help_heading = "Queues")]
    pub(crate) queue_database: u32,
    /// Queue, or stream, that is shown without being looked for: celery=mail, stream=jobs. Repeatable.
    #[arg(long = "queue", value_name = "FRAMEWORK=NAME", value_delimiter = ',', help_heading = "Queues")]
    pub(crate) named_queues: Vec<String>,
    /// Queues that have series.
    #[arg(long = "max-queues", value_name = "N", default_value_t = 100, help_heading = "Queues")]
    pub(crate) max_queues: usize,
}
