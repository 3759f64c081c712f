//! What of a server is shown.

use clap::ArgAction::SetTrue;
use exporter_toolkit::Pattern;

use crate::args::value::{indexes, namespace};

/// What is shown besides keys.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Series")]
pub(crate) struct ShownArgs {
    /// What every name begins with.
    #[arg(long = "namespace", value_name = "NAME", default_value = "redis", value_parser = namespace)]
    pub(crate) namespace: String,
    /// Add instance_role, which is master or slave, to the labels of all that is read of the server.
    #[arg(long = "append-instance-role-label")]
    pub(crate) append_instance_role_label: bool,
    /// Show every setting of CONFIG.
    #[arg(long = "include-config-metrics", env = "REDIS_EXPORTER_INCL_CONFIG_METRICS")]
    pub(crate) include_config_metrics: bool,
    /// Leave settings that hold passwords out of those.
    #[arg(long = "redact-config-metrics", action = SetTrue, default_value = "true")]
    pub(crate) redact_config_metrics: bool,
    /// Show the memory of the server's machine, which alerts need where maxmemory is not set.
    #[arg(long = "include-system-metrics", action = SetTrue, default_value = "true",
          env = "REDIS_EXPORTER_INCL_SYSTEM_METRICS")]
    pub(crate) include_system_metrics: bool,
    /// Show the size of the RDB file, if it can be read from here.
    #[arg(long = "include-rdb-file-size-metric", env = "REDIS_EXPORTER_INCL_RDB_FILE_SIZE_METRIC")]
    pub(crate) include_rdb_file_size_metric: bool,
    /// Ask neither for LATENCY LATEST nor for LATENCY HISTOGRAM.
    #[arg(long = "exclude-latency-histogram-metrics")]
    pub(crate) exclude_latency_histogram_metrics: bool,
    /// Show latencies as native histograms too, to a Prometheus that takes them.
    #[arg(long = "native-histograms")]
    pub(crate) native_histograms: bool,
    /// Show databases without keys, as 0.
    #[arg(long = "include-metrics-for-empty-databases", action = SetTrue, default_value = "true",
          env = "REDIS_EXPORTER_INCL_METRICS_FOR_EMPTY_DATABASES")]
    pub(crate) include_metrics_for_empty_databases: bool,
    /// Commands that have series of their own, those that are called most; the others are one, other.
    #[arg(long = "max-commands", value_name = "N", default_value_t = 200)]
    pub(crate) max_commands: usize,
    /// Count clients by name, user and library.
    #[arg(long = "count-clients", action = SetTrue, default_value = "true")]
    pub(crate) count_clients: bool,
    /// Show every client by itself: new series with each connection.
    #[arg(long = "export-client-list")]
    pub(crate) export_client_list: bool,
    /// Add the client's port to those.
    #[arg(long = "export-client-port")]
    pub(crate) export_client_port: bool,
    /// Show the modules that are loaded, and what they count.
    #[arg(long = "include-modules-metrics", env = "REDIS_EXPORTER_INCL_MODULES_METRICS")]
    pub(crate) include_modules_metrics: bool,
    /// Show the indexes of RediSearch.
    #[arg(long = "include-search-indexes-metrics", env = "REDIS_EXPORTER_INCL_SEARCH_INDEXES_METRICS")]
    pub(crate) include_search_indexes_metrics: bool,
    /// Which of them.
    #[arg(long = "check-search-indexes", value_name = "REGEXP", default_value = ".*", value_parser = indexes)]
    pub(crate) check_search_indexes: Pattern,
    /// Show each sentinel that a sentinel knows of.
    #[arg(long = "include-sentinel-peer-info", env = "REDIS_EXPORTER_INCL_SENTINEL_PEER_INFO")]
    pub(crate) include_sentinel_peer_info: bool,
    /// Leave out what tells of this program: as --web.disable-exporter-metrics.
    #[arg(long = "redis-only-metrics")]
    pub(crate) redis_only_metrics: bool,
    /// Without effect: no Go runs here.
    #[arg(long = "include-go-runtime-metrics")]
    pub(crate) include_go_runtime_metrics: bool,
}
