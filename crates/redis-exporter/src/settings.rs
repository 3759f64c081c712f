//! What is asked of a server and shown of it, as the command line says.

use std::time::Duration;

use exporter_toolkit::Pattern;

use crate::queues::queue::Queue;

/// What is asked and shown.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// What every name begins with, before a `_`.
    pub(crate) namespace: String,
    /// Whether every series has the label `instance_role`.
    pub(crate) instance_role: bool,
    /// Whether the connection gets the name `redis_exporter`.
    pub(crate) client_name: bool,
    /// Whether the time of a PING is shown.
    pub(crate) ping: bool,
    /// What CONFIG is called there; absent: it is not asked for.
    pub(crate) config_command: Option<String>,
    /// Whether every setting is shown.
    pub(crate) config: bool,
    /// Whether settings that may hold secrets are left out of those.
    pub(crate) redact_config: bool,
    /// Whether `total_system_memory_bytes` is shown.
    pub(crate) system: bool,
    /// Whether the size of the RDB file is shown, which has to be on this machine.
    pub(crate) rdb_file_size: bool,
    /// Whether LATENCY LATEST and LATENCY HISTOGRAM are asked for.
    pub(crate) latency: bool,
    /// Whether latencies are shown as native histograms too.
    pub(crate) native_histograms: bool,
    /// Whether databases without keys have series.
    pub(crate) empty_databases: bool,
    /// Whether SERVER of Tile38 is asked for.
    pub(crate) tile38: bool,
    /// Whether every client has series of its own, and whether they have its port.
    pub(crate) client_list: bool,
    pub(crate) client_port: bool,
    /// Whether clients are counted by name, user and library.
    pub(crate) clients: bool,
    /// Whether modules are shown.
    pub(crate) modules: bool,
    /// The search indexes that are shown; absent: none.
    pub(crate) search_indexes: Option<Pattern>,
    /// Whether each sentinel that a sentinel knows has series.
    pub(crate) sentinel_peers: bool,
    /// Commands that have series of their own; the others are one, `other`.
    pub(crate) max_commands: usize,
    pub(crate) scripts: Vec<Script>,
    /// Whether scripts run by EVAL_RO.
    pub(crate) scripts_read_only: bool,
    pub(crate) keys: KeySettings,
    pub(crate) queues: QueueSettings,
}

/// A script in Lua whose result is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Script {
    /// Its file's name, as it was given.
    pub(crate) name: String,
    pub(crate) text: String,
}

/// Which keys are looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeySettings {
    /// Patterns of keys whose value and size are shown.
    pub(crate) check: Vec<DatabasePattern>,
    /// Keys whose value and size are shown.
    pub(crate) check_single: Vec<DatabasePattern>,
    /// Patterns of keys that are counted.
    pub(crate) count: Vec<DatabasePattern>,
    /// Patterns of Lua that keys are grouped by.
    pub(crate) groups: Vec<String>,
    pub(crate) max_groups: usize,
    /// Patterns of streams.
    pub(crate) streams: Vec<DatabasePattern>,
    pub(crate) single_streams: Vec<DatabasePattern>,
    /// Whether the consumers of streams have series.
    pub(crate) stream_consumers: bool,
    /// COUNT of a SCAN.
    pub(crate) batch_size: u32,
    /// Whether values are shown as labels.
    pub(crate) values: bool,
    /// Whether no keys are looked at on a master.
    pub(crate) skip_master: bool,
    /// Whether the server is part of a cluster whose other nodes have keys too.
    pub(crate) cluster: bool,
    /// How long one scrape may look for keys.
    pub(crate) scan_time: Duration,
    /// Keys, and streams, that have series of their own.
    pub(crate) max_series: usize,
}

/// A pattern, or a name, and the database that it is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DatabasePattern {
    pub(crate) database: u32,
    pub(crate) pattern: String,
}

/// Whose task queues are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct QueueSettings {
    /// Whether queues are looked for.
    pub(crate) on: bool,
    /// The database that they are in.
    pub(crate) database: u32,
    /// Queues, and streams, that are shown without being looked for: `celery=mail`.
    pub(crate) named: Vec<Queue>,
    /// Queues that have series.
    pub(crate) max_queues: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            namespace: "redis".to_owned(),
            instance_role: false,
            client_name: true,
            ping: false,
            config_command: Some("CONFIG".to_owned()),
            config: false,
            redact_config: true,
            system: true,
            rdb_file_size: false,
            latency: true,
            native_histograms: false,
            empty_databases: true,
            tile38: false,
            client_list: false,
            client_port: false,
            clients: true,
            modules: false,
            search_indexes: None,
            sentinel_peers: false,
            max_commands: 200,
            scripts: Vec::new(),
            scripts_read_only: false,
            keys: KeySettings::default(),
            queues: QueueSettings { on: true, database: 0, named: Vec::new(), max_queues: 100 },
        }
    }
}

impl Default for KeySettings {
    fn default() -> Self {
        KeySettings {
            check: Vec::new(),
            check_single: Vec::new(),
            count: Vec::new(),
            groups: Vec::new(),
            max_groups: 100,
            streams: Vec::new(),
            single_streams: Vec::new(),
            stream_consumers: true,
            batch_size: 1000,
            values: true,
            skip_master: false,
            cluster: false,
            scan_time: Duration::from_millis(50),
            max_series: 1000,
        }
    }
}
