//! The exporter's flags: the peer's, under their names and with its environment variables, and some of our own.

mod go;
mod guard;
mod keys;
mod server;
mod shown;
mod targets;
mod value;

use std::path::Path;

use clap::{Arg, ArgAction, Args as _, Command};
use exporter_toolkit::{BadFlag, read_file};

use crate::args::guard::GuardArgs;
use crate::args::keys::KeyArgs;
use crate::args::server::ServerArgs;
use crate::args::shown::ShownArgs;
use crate::args::targets::TargetArgs;
use crate::queues::{Queue, QueueError};
use crate::settings::{KeySettings, QueueSettings, Script, Settings};

pub use go::command_line;
pub(crate) use value::{Patterns, Server};

/// The program's name.
pub(crate) const NAME: &str = "redis-exporter";

/// Where it listens unless told otherwise: the peer's port, on this machine alone.
pub const LISTEN_ADDRESS: &str = "127.0.0.1:9121";

/// A script is shorter.
const MOST_SCRIPT_BYTES: usize = 1024 * 1024;

/// What the exporter needs to know besides how its page is served.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct RedisArgs {
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    #[command(flatten)]
    pub(crate) shown: ShownArgs,
    #[command(flatten)]
    keys: KeyArgs,
    #[command(flatten)]
    pub(crate) targets: TargetArgs,
    #[command(flatten)]
    pub(crate) guard: GuardArgs,
}

/// The command line, with what [`command_line`] turns into flags that every exporter has.
pub(crate) fn command() -> Command {
    let log = |flag: Arg| flag.help_heading("Logs");
    let command = RedisArgs::augment_args(Command::new(NAME))
        .arg(log(Arg::new("debug").long("debug").action(ArgAction::SetTrue).help("As --log.level=debug")))
        .arg(log(Arg::new("log-level").long("log-level").value_name("LEVEL").help("As --log.level")))
        .arg(log(Arg::new("log-format")
            .long("log-format")
            .value_name("FORMAT")
            .help("As --log.format; txt is logfmt")));
    // To the peer's users, this one says something where it is empty: that there is no server but those of /scrape.
    if std::env::var_os("REDIS_ADDR").is_some_and(|address| address.is_empty()) {
        command.mut_arg("address", |address| address.default_value(""))
    } else {
        command
    }
}

impl RedisArgs {
    /// What is asked and shown.
    pub(crate) fn settings(&self) -> Result<Settings, BadFlag> {
        let RedisArgs { server, shown, keys, .. } = self;
        let config_command = match server.config_command.as_str() {
            "-" => None,
            "" => Some("CONFIG".to_owned()),
            name => Some(name.to_owned()),
        };
        Ok(Settings {
            namespace: shown.namespace.clone(),
            instance_role: shown.append_instance_role_label,
            client_name: server.set_client_name,
            ping: server.ping_on_connect,
            config_command,
            config: shown.include_config_metrics,
            redact_config: shown.redact_config_metrics,
            system: shown.include_system_metrics,
            rdb_file_size: shown.include_rdb_file_size_metric,
            latency: !shown.exclude_latency_histogram_metrics,
            native_histograms: shown.native_histograms,
            empty_databases: shown.include_metrics_for_empty_databases,
            tile38: server.is_tile38,
            client_list: shown.export_client_list,
            client_port: shown.export_client_port,
            clients: shown.count_clients,
            modules: shown.include_modules_metrics,
            search_indexes: shown.include_search_indexes_metrics.then(|| shown.check_search_indexes.clone()),
            sentinel_peers: shown.include_sentinel_peer_info,
            max_commands: shown.max_commands,
            scripts: self.scripts()?,
            scripts_read_only: keys.lua_script_read_only,
            keys: self.key_settings(),
            queues: QueueSettings {
                on: keys.queues,
                database: keys.queue_database,
                named: self.named_queues()?,
                max_queues: keys.max_queues,
            },
        })
    }

    fn key_settings(&self) -> KeySettings {
        let RedisArgs { server, keys, .. } = self;
        KeySettings {
            check: keys.check_keys.0.clone(),
            check_single: keys.check_single_keys.0.clone(),
            count: keys.count_keys.0.clone(),
            groups: keys.check_key_groups.0.clone(),
            max_groups: keys.max_distinct_key_groups,
            streams: keys.check_streams.0.clone(),
            single_streams: keys.check_single_streams.0.clone(),
            stream_consumers: !keys.streams_exclude_consumer_metrics,
            batch_size: keys.check_keys_batch_size,
            values: !keys.disable_exporting_key_values,
            skip_master: keys.skip_checkkeys_for_role_master,
            cluster: server.is_cluster,
            scan_time: keys.scan_time,
            max_series: keys.max_key_series,
        }
    }

    fn named_queues(&self) -> Result<Vec<Queue>, BadFlag> {
        let named = self.keys.named_queues.iter().filter(|queue| !queue.is_empty());
        named
            .map(|queue| queue.parse().map_err(|error: QueueError| BadFlag::new("--queue", error.to_string())))
            .collect()
    }

    fn scripts(&self) -> Result<Vec<Script>, BadFlag> {
        let script = |name: &String| {
            let wrong = |problem: &dyn std::fmt::Display| BadFlag::new("--script", format!("{name}: {problem}"));
            let (bytes, _) = read_file(Path::new(name), MOST_SCRIPT_BYTES).map_err(|error| wrong(&error))?;
            let text = String::from_utf8(bytes).map_err(|_| wrong(&"it is not UTF-8; save it in that encoding"))?;
            Ok(Script { name: name.clone(), text })
        };
        self.keys.scripts.iter().filter(|name| !name.is_empty()).map(script).collect()
    }
}
