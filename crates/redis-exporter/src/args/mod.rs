//! The exporter's flags: the peer's, under their names and with its environment variables, and some of our own.

mod go;
mod guard;
mod keys;
mod server;
mod shown;
mod targets;
pub(crate) mod value;

use std::path::Path;

use clap::{Arg, ArgAction, Args as _, Command};
use exporter_toolkit::{BadFlag, read_file};

use crate::args::guard::GuardArgs;
use crate::args::keys::KeyArgs;
use crate::args::server::ServerArgs;
use crate::args::shown::ShownArgs;
use crate::args::targets::TargetArgs;
use crate::queues::queue::{Queue, QueueError};
use crate::settings::{KeySettings, QueueSettings, Script, Settings};

pub use go::command_line;
pub(crate) use value::Server;

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

#[cfg(test)]
mod tests {
    use clap::FromArgMatches as _;
    use exporter_toolkit::args::complete;

    use super::*;
    use crate::client::TlsFiles;

    /// Every flag of redis_exporter 1.88, and its variable.
    const PEER: [(&str, &str); 58] = [
        ("redis.addr", "REDIS_ADDR"),
        ("redis.user", "REDIS_USER"),
        ("redis.password", "REDIS_PASSWORD"),
        ("redis.password-file", "REDIS_PASSWORD_FILE"),
        ("namespace", "REDIS_EXPORTER_NAMESPACE"),
        ("check-keys", "REDIS_EXPORTER_CHECK_KEYS"),
        ("check-single-keys", "REDIS_EXPORTER_CHECK_SINGLE_KEYS"),
        ("check-key-groups", "REDIS_EXPORTER_CHECK_KEY_GROUPS"),
        ("check-streams", "REDIS_EXPORTER_CHECK_STREAMS"),
        ("check-single-streams", "REDIS_EXPORTER_CHECK_SINGLE_STREAMS"),
        ("streams-exclude-consumer-metrics", "REDIS_EXPORTER_STREAMS_EXCLUDE_CONSUMER_METRICS"),
        ("count-keys", "REDIS_EXPORTER_COUNT_KEYS"),
        ("check-keys-batch-size", "REDIS_EXPORTER_CHECK_KEYS_BATCH_SIZE"),
        ("script", "REDIS_EXPORTER_SCRIPT"),
        ("lua-script-read-only", "REDIS_EXPORTER_LUA_SCRIPT_READ_ONLY"),
        ("web.listen-address", "REDIS_EXPORTER_WEB_LISTEN_ADDRESS"),
        ("web.telemetry-path", "REDIS_EXPORTER_WEB_TELEMETRY_PATH"),
        ("config-command", "REDIS_EXPORTER_CONFIG_COMMAND"),
        ("connection-timeout", "REDIS_EXPORTER_CONNECTION_TIMEOUT"),
        ("tls-client-key-file", "REDIS_EXPORTER_TLS_CLIENT_KEY_FILE"),
        ("tls-client-cert-file", "REDIS_EXPORTER_TLS_CLIENT_CERT_FILE"),
        ("tls-ca-cert-file", "REDIS_EXPORTER_TLS_CA_CERT_FILE"),
        ("tls-server-name", "REDIS_EXPORTER_TLS_SERVER_NAME"),
        ("tls-server-key-file", "REDIS_EXPORTER_TLS_SERVER_KEY_FILE"),
        ("tls-server-cert-file", "REDIS_EXPORTER_TLS_SERVER_CERT_FILE"),
        ("tls-server-ca-cert-file", "REDIS_EXPORTER_TLS_SERVER_CA_CERT_FILE"),
        ("tls-server-min-version", "REDIS_EXPORTER_TLS_SERVER_MIN_VERSION"),
        ("max-distinct-key-groups", "REDIS_EXPORTER_MAX_DISTINCT_KEY_GROUPS"),
        ("debug", "REDIS_EXPORTER_DEBUG"),
        ("log-level", "REDIS_EXPORTER_LOG_LEVEL"),
        ("log-format", "REDIS_EXPORTER_LOG_FORMAT"),
        ("set-client-name", "REDIS_EXPORTER_SET_CLIENT_NAME"),
        ("is-tile38", "REDIS_EXPORTER_IS_TILE38"),
        ("is-cluster", "REDIS_EXPORTER_IS_CLUSTER"),
        ("cluster-discover-hostnames", "REDIS_EXPORTER_CLUSTER_DISCOVER_HOSTNAMES"),
        ("export-client-list", "REDIS_EXPORTER_EXPORT_CLIENT_LIST"),
        ("export-client-port", "REDIS_EXPORTER_EXPORT_CLIENT_PORT"),
        ("redis-only-metrics", "REDIS_EXPORTER_REDIS_ONLY_METRICS"),
        ("include-go-runtime-metrics", "REDIS_EXPORTER_INCLUDE_GO_RUNTIME_METRICS"),
        ("ping-on-connect", "REDIS_EXPORTER_PING_ON_CONNECT"),
        ("include-config-metrics", "REDIS_EXPORTER_INCL_CONFIG_METRICS"),
        ("include-modules-metrics", "REDIS_EXPORTER_INCL_MODULES_METRICS"),
        ("include-search-indexes-metrics", "REDIS_EXPORTER_INCL_SEARCH_INDEXES_METRICS"),
        ("include-sentinel-peer-info", "REDIS_EXPORTER_INCL_SENTINEL_PEER_INFO"),
        ("check-search-indexes", "REDIS_EXPORTER_CHECK_SEARCH_INDEXES"),
        ("disable-exporting-key-values", "REDIS_EXPORTER_DISABLE_EXPORTING_KEY_VALUES"),
        ("exclude-latency-histogram-metrics", "REDIS_EXPORTER_EXCLUDE_LATENCY_HISTOGRAM_METRICS"),
        ("redact-config-metrics", "REDIS_EXPORTER_REDACT_CONFIG_METRICS"),
        ("include-system-metrics", "REDIS_EXPORTER_INCL_SYSTEM_METRICS"),
        ("include-rdb-file-size-metric", "REDIS_EXPORTER_INCL_RDB_FILE_SIZE_METRIC"),
        ("skip-tls-verification", "REDIS_EXPORTER_SKIP_TLS_VERIFICATION"),
        ("skip-checkkeys-for-role-master", "REDIS_EXPORTER_SKIP_CHECKKEYS_FOR_ROLE_MASTER"),
        ("basic-auth-username", "REDIS_EXPORTER_BASIC_AUTH_USERNAME"),
        ("basic-auth-password", "REDIS_EXPORTER_BASIC_AUTH_PASSWORD"),
        ("basic-auth-hash-password", "REDIS_EXPORTER_BASIC_AUTH_HASH_PASSWORD"),
        ("disable-scrape-endpoint", "REDIS_EXPORTER_DISABLE_SCRAPE_ENDPOINT"),
        ("include-metrics-for-empty-databases", "REDIS_EXPORTER_INCL_METRICS_FOR_EMPTY_DATABASES"),
        ("append-instance-role-label", "REDIS_EXPORTER_APPEND_INSTANCE_ROLE_LABEL"),
    ];

    #[test]
    fn queues_that_nobody_knows() {
        for (queue, problem) in [
            ("mail", "--queue: \"mail\" is no framework=queue, such as celery=mail"),
            ("resque=mail", "--queue: no queues of \"resque\" are known: bullmq, bull, celery, rq, sidekiq or stream"),
        ] {
            let error = parsed(&["--queue", queue]).settings().unwrap_err();
            assert_eq!(error.to_string(), problem);
        }
        assert_eq!(parsed(&["--queue="]).settings().unwrap().queues.named, [], "as an empty variable says it");
    }

    fn parsed(given: &[&str]) -> RedisArgs {
        let given = [NAME].iter().chain(given);
        let mut matches = complete(command(), LISTEN_ADDRESS).try_get_matches_from(given).unwrap();
        RedisArgs::from_arg_matches_mut(&mut matches).unwrap()
    }

    #[test]
    fn every_flag_of_the_peer_has_its_variable_and_a_help() {
        let command = complete(command(), LISTEN_ADDRESS);
        command.clone().debug_assert();
        for (flag, variable) in PEER {
            let arg = command.get_arguments().find(|arg| arg.get_long() == Some(flag));
            let arg = arg.unwrap_or_else(|| panic!("there is no --{flag}"));
            assert_eq!(arg.get_env().and_then(|name| name.to_str()), Some(variable), "--{flag}");
            assert!(arg.get_help().is_some() && arg.get_help_heading().is_some(), "--{flag}");
        }
    }

    #[test]
    fn defaults() {
        let args = parsed(&[]);
        assert_eq!(format!("{:?}", args.settings().unwrap()), format!("{:?}", Settings::default()));
        let Server(url) = &args.server.address;
        assert_eq!(url.as_ref().unwrap().address.to_string(), "redis://localhost:6379");
        assert_eq!(args.server.connection_timeout, std::time::Duration::from_secs(15));
        assert_eq!(args.server.tls(), TlsFiles::default());
        assert!(args.guard.flags().unwrap().is_none() && args.targets.allowed.is_empty());
    }

    #[test]
    fn what_is_given_is_what_is_asked_and_shown() {
        let given = "--namespace=n --append-instance-role-label --set-client-name=false --ping-on-connect --config-command=- \
             --include-config-metrics --redact-config-metrics=f --include-system-metrics=0 --include-rdb-file-size-metric \
             --exclude-latency-histogram-metrics --native-histograms --include-metrics-for-empty-databases=false --is-tile38 \
             --export-client-list --export-client-port --count-clients=false --include-modules-metrics \
             --include-search-indexes-metrics --include-sentinel-peer-info --max-commands=3 --lua-script-read-only \
             --check-keys=a --check-single-keys=db1=b --count-keys=c --check-key-groups=d --max-distinct-key-groups=4 \
             --check-streams=e --check-single-streams=f --streams-exclude-consumer-metrics --check-keys-batch-size=5 \
             --disable-exporting-key-values --skip-checkkeys-for-role-master --is-cluster --scan-time=6ms --max-key-series=7 \
             --queues=false --queue-database=8 --queue=celery=mail,rq=x --queue=rq=y --max-queues=9";
        let given: Vec<_> = given.split_whitespace().collect();
        let patterns =
            |database, text: &str| vec![crate::settings::DatabasePattern { database, pattern: text.to_owned() }];
        let expected = Settings {
            namespace: "n".to_owned(),
            instance_role: true,
            client_name: false,
            ping: true,
            config_command: None,
            config: true,
            redact_config: false,
            system: false,
            rdb_file_size: true,
            latency: false,
            native_histograms: true,
            empty_databases: false,
            tile38: true,
            client_list: true,
            client_port: true,
            clients: false,
            modules: true,
            search_indexes: Some(value::indexes(".*").unwrap()),
            sentinel_peers: true,
            max_commands: 3,
            scripts: Vec::new(),
            scripts_read_only: true,
            keys: KeySettings {
                check: patterns(0, "a"),
                check_single: patterns(1, "b"),
                count: patterns(0, "c"),
                groups: vec!["d".to_owned()],
                max_groups: 4,
                streams: patterns(0, "e"),
                single_streams: patterns(0, "f"),
                stream_consumers: false,
                batch_size: 5,
                values: false,
                skip_master: true,
                cluster: true,
                scan_time: std::time::Duration::from_millis(6),
                max_series: 7,
            },
            queues: QueueSettings {
                on: false,
                database: 8,
                named: ["celery=mail", "rq=x", "rq=y"].map(|queue| queue.parse().unwrap()).to_vec(),
                max_queues: 9,
            },
        };
        // Where code stands in a pattern is of no interest.
        let text = |settings: &Settings| {
            let text = format!("{settings:?}");
            let (before, behind) = text.split_once("code: ").unwrap();
            format!("{before}{}", behind.split_once(')').unwrap().1)
        };
        assert_eq!(text(&parsed(&given).settings().unwrap()), text(&expected));
    }
}
