//! cAdvisor's command line, in the words of this exporter: what has a meaning here is said by our flags, and what has none is
//! taken, so that a command line made for it still works.

use std::ffi::OsString;

use exporter_toolkit::go::{self, Argument, Form};

use crate::page::{DEFAULT_LABELS, EVERY};

/// A command line as this program reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandLine {
    /// The arguments, the program's name first.
    pub arguments: Vec<OsString>,
    /// The flags of cAdvisor that were given and have no effect, each with the reason.
    pub without_effect: Vec<(&'static str, &'static str)>,
}

/// Flags of cAdvisor without effect here.
struct WithoutEffect {
    reason: &'static str,
    /// Those with a value, and switches.
    values: &'static [&'static str],
    switches: &'static [&'static str],
}

static WITHOUT_EFFECT: [WithoutEffect; 14] = [
    WithoutEffect {
        reason: "what is shown is read when it is scraped",
        values: &[
            "housekeeping_interval",
            "global_housekeeping_interval",
            "max_housekeeping_interval",
            "initial_splay_factor",
            "jitter_factor",
            "update_machine_info_interval",
        ],
        switches: &["allow_dynamic_housekeeping"],
    },
    WithoutEffect {
        reason: "there is nothing but the engine's containers and the whole machine, which --no-collector.root leaves out",
        values: &["raw_cgroup_prefix_whitelist", "container_hints"],
        switches: &["docker_only"],
    },
    WithoutEffect {
        reason: "nothing is kept but what the page shows: Prometheus has the history",
        values: &[
            "storage_duration",
            "storage_driver",
            "storage_driver_buffer_duration",
            "storage_driver_db",
            "storage_driver_host",
            "storage_driver_password",
            "storage_driver_table",
            "storage_driver_user",
            "storage_driver_es_host",
            "storage_driver_es_index",
            "storage_driver_es_type",
            "storage_driver_influxdb_retention_policy",
            "storage_driver_kafka_broker_list",
            "storage_driver_kafka_ssl_ca",
            "storage_driver_kafka_ssl_cert",
            "storage_driver_kafka_ssl_key",
            "storage_driver_kafka_topic",
            "bq_account",
            "bq_credentials_file",
            "bq_id",
            "bq_project_id",
            "bq_secret",
            "event_storage_age_limit",
            "event_storage_event_limit",
        ],
        switches: &["storage_driver_secure", "storage_driver_es_enable_sniffer", "storage_driver_kafka_ssl_verify"],
    },
    WithoutEffect {
        reason: "variables of containers may hold secrets and are never read",
        values: &["env_metadata_whitelist", "docker_env_metadata_whitelist", "containerd_env_metadata_whitelist"],
        switches: &[],
    },
    WithoutEffect {
        reason: "one engine is asked, over its own interface: --docker.host, which may be Podman's",
        values: &[
            "containerd",
            "containerd-namespace",
            "crio_client_timeout",
            "podman",
            "mesos_agent",
            "mesos_agent_timeout",
        ],
        switches: &[],
    },
    WithoutEffect { reason: "the engine's folder is not read", values: &["docker_root"], switches: &[] },
    WithoutEffect {
        reason: "an engine on another machine is reached through a tunnel or a proxy that ends TLS",
        values: &["docker-tls-ca", "docker-tls-cert", "docker-tls-key"],
        switches: &["docker-tls"],
    },
    WithoutEffect {
        reason: "there is no user interface to guard; --web.config.file guards the page",
        values: &["http_auth_file", "http_auth_realm", "http_digest_file", "http_digest_realm"],
        switches: &[],
    },
    WithoutEffect {
        reason: "Prometheus scrapes applications itself",
        values: &["application_metrics_count_limit", "collector_cert", "collector_key"],
        switches: &[],
    },
    WithoutEffect {
        reason: "there is no such metric here",
        values: &["perf_events_config", "resctrl_interval", "referenced_reset_interval", "referenced_read_interval"],
        switches: &["enable_load_reader"],
    },
    WithoutEffect {
        reason: "machine_memory_bytes and machine_cpu_cores have no labels here: Prometheus adds the instance",
        values: &["boot_id_file", "machine_id_file"],
        switches: &[],
    },
    WithoutEffect { reason: "there is one reading thread", values: &["max_procs"], switches: &[] },
    WithoutEffect { reason: "there is no profiler here", values: &[], switches: &["profiling"] },
    WithoutEffect {
        reason: "the log goes to standard error; --log.level and --log.format say what of it",
        values: &[
            "alsologtostderrthreshold",
            "log_backtrace_at",
            "log_dir",
            "log_file",
            "log_file_max_size",
            "stderrthreshold",
            "vmodule",
        ],
        switches: &[
            "add_dir_header",
            "alsologtostderr",
            "legacy_stderr_threshold_behavior",
            "log_cadvisor_usage",
            "logtostderr",
            "one_output",
            "skip_headers",
            "skip_log_headers",
        ],
    },
];

/// A flag of cAdvisor by its name here, and what it comes to.
type InOurWords = (&'static str, &'static str);

/// Flags of cAdvisor that have a meaning here, besides those of the same name: with a value, and switches.
const VALUES: [InOurWords; 7] = [
    ("docker", "--docker.host"),
    ("listen_ip", "--web.listen-address, with its port"),
    ("port", "--web.listen-address, with its address"),
    ("prometheus_endpoint", "--web.telemetry-path"),
    ("url_base_prefix", "--web.telemetry-path, before the path"),
    ("v", "--log.level=debug from 4 on; below that nothing"),
    (
        "whitelisted_container_labels",
        "--container-label: these alone with --store_container_labels=false, else these besides the usual ones",
    ),
];
const SWITCHES: [InOurWords; 2] = [
    ("disable_root_cgroup_stats", "--no-collector.root"),
    (
        "store_container_labels",
        "--container-label=*; if it is false, no label but those of --whitelisted_container_labels",
    ),
];

/// From this verbosity on cAdvisor tells of each container at each reading.
const DEBUG_VERBOSITY: u32 = 4;

/// The flags of cAdvisor that are taken without effect, each with the reason.
pub fn without_effect() -> impl Iterator<Item = (&'static str, &'static str)> {
    WITHOUT_EFFECT.iter().flat_map(|flags| {
        let names = flags.values.iter().chain(flags.switches);
        names.map(|name| (*name, flags.reason))
    })
}

/// The flags of cAdvisor that other flags stand for here, each with those.
pub fn in_our_words() -> impl Iterator<Item = (&'static str, &'static str)> {
    VALUES.into_iter().chain(SWITCHES)
}

/// What a command line says, flag by flag.
#[derive(Default)]
struct Said {
    ours: Vec<OsString>,
    without_effect: Vec<(&'static str, &'static str)>,
    ip: Option<String>,
    port: Option<String>,
    prefix: Option<String>,
    endpoint: Option<String>,
    stores_labels: Option<bool>,
    labels: Option<String>,
}

/// Our words for a command line in which cAdvisor's flags may stand, and ours. `listen` is the host and port that apply where it
/// says nothing of them.
pub(crate) fn translate(given: Vec<OsString>, listen: &str) -> CommandLine {
    let mut said = Said::default();
    for argument in go::arguments(given, form) {
        match argument {
            Argument::Other(argument) => said.ours.push(argument),
            Argument::Peer(name, value) => said.take(&name, value.as_deref()),
        }
    }
    said.in_our_words(listen)
}

fn form(name: &str) -> Option<Form> {
    let is_in = |names: &[&str]| names.contains(&name);
    if is_one_of(&VALUES, name) || WITHOUT_EFFECT.iter().any(|flags| is_in(flags.values)) {
        Some(Form::Value)
    } else if is_one_of(&SWITCHES, name) || WITHOUT_EFFECT.iter().any(|flags| is_in(flags.switches)) {
        Some(Form::Switch)
    } else {
        None
    }
}

fn is_one_of(flags: &[InOurWords], name: &str) -> bool {
    flags.iter().any(|(flag, _)| *flag == name)
}

impl Said {
    fn take(&mut self, name: &str, value: Option<&str>) {
        if let Some(flag) = without_effect().find(|(flag, _)| *flag == name) {
            if !self.without_effect.contains(&flag) {
                self.without_effect.push(flag);
            }
            return;
        }
        let is_switch = is_one_of(&SWITCHES, name);
        let Some(text) = value.or(is_switch.then_some("true")) else {
            // Without its value: for the parser to say so.
            return self.ours.push(format!("--{name}").into());
        };
        match (name, go::state(text)) {
            ("docker", _) => self.say("docker.host", text),
            ("listen_ip", _) => self.ip = Some(text.to_owned()),
            ("port", _) => self.port = Some(text.to_owned()),
            ("prometheus_endpoint", _) => self.endpoint = Some(text.to_owned()),
            ("url_base_prefix", _) => self.prefix = Some(text.to_owned()),
            ("whitelisted_container_labels", _) => self.labels = Some(text.to_owned()),
            ("v", _) => match text.parse::<u32>() {
                Ok(verbosity) if verbosity < DEBUG_VERBOSITY => {}
                Ok(_) => self.say("log.level", "debug"),
                Err(_) => self.say("log.level", text),
            },
            ("store_container_labels", Some(stores)) => self.stores_labels = Some(stores),
            ("disable_root_cgroup_stats", Some(off)) => self.say("collector.root", if off { "false" } else { "true" }),
            // Not a state, which the parser is to say, too.
            _ => self.say(name, text),
        }
    }

    fn say(&mut self, flag: &str, value: &str) {
        self.ours.push(format!("--{flag}={value}").into());
    }

    /// Adds what is said by several flags together.
    fn in_our_words(mut self, listen: &str) -> CommandLine {
        if self.ip.is_some() || self.port.is_some() {
            let (ip, port) = listen.rsplit_once(':').unwrap_or((listen, ""));
            let ip = self.ip.take().unwrap_or_else(|| ip.to_owned());
            let ip = if ip.contains(':') && !ip.starts_with('[') { format!("[{ip}]") } else { ip };
            let port = self.port.take().unwrap_or_else(|| port.to_owned());
            self.say("web.listen-address", &format!("{ip}:{port}"));
        }
        if self.prefix.is_some() || self.endpoint.is_some() {
            let endpoint = self.endpoint.take().unwrap_or_else(|| "/metrics".to_owned());
            let prefix = self.prefix.take().unwrap_or_default();
            self.say("web.telemetry-path", &format!("{}{endpoint}", prefix.trim_end_matches('/')));
        }
        self.say_labels();
        CommandLine { arguments: self.ours, without_effect: self.without_effect }
    }

    /// cAdvisor shows every label, or, if it is not to, those that are named.
    fn say_labels(&mut self) {
        let named = self.labels.take();
        let named = named.iter().flat_map(|labels| labels.split(',')).map(str::trim).filter(|label| !label.is_empty());
        let labels: Vec<_> = match self.stores_labels {
            Some(true) => vec![EVERY],
            Some(false) => named.collect(),
            None => {
                let named: Vec<_> = named.collect();
                if named.is_empty() {
                    return;
                }
                DEFAULT_LABELS.into_iter().chain(named).collect()
            }
        };
        let labels = labels.join(",");
        self.say("container-label", &labels);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn translated(given: &str) -> (String, Vec<&'static str>) {
        let given = ["docker-exporter"].into_iter().chain(given.split_whitespace()).map(OsString::from);
        let CommandLine { arguments, without_effect } = translate(given.collect(), "127.0.0.1:9487");
        let arguments: Vec<_> = arguments[1..].iter().map(|argument| argument.to_str().unwrap()).collect();
        (arguments.join(" "), without_effect.into_iter().map(|(flag, _)| flag).collect())
    }

    #[test]
    fn command_lines_that_people_have_for_cadvisor() {
        for (given, ours, without_effect) in [
            (
                "--docker_only=true -housekeeping_interval=30s --store_container_labels=false \
                 --disable_metrics=percpu,sched,tcp",
                "--disable_metrics=percpu,sched,tcp --container-label=",
                &["docker_only", "housekeeping_interval"][..],
            ),
            (
                "-docker_only -docker unix:///run/user/1000/docker.sock -port 8081 -logtostderr -v=2",
                "--docker.host=unix:///run/user/1000/docker.sock --web.listen-address=127.0.0.1:8081",
                &["docker_only", "logtostderr"],
            ),
            (
                "--store_container_labels=false --whitelisted_container_labels a,b.c --listen_ip=::",
                "--web.listen-address=[::]:9487 --container-label=a,b.c",
                &[],
            ),
            (
                "--url_base_prefix=/cadvisor/ --v=5 -disable_root_cgroup_stats",
                "--log.level=debug --collector.root=false --web.telemetry-path=/cadvisor/metrics",
                &[],
            ),
            (
                "-prometheus_endpoint=/m -store_container_labels -storage_driver_password s3cret -storage_driver_user u",
                "--web.telemetry-path=/m --container-label=*",
                &["storage_driver_password", "storage_driver_user"],
            ),
            ("-version", "--version", &[]),
        ] {
            assert_eq!(translated(given), (ours.to_owned(), without_effect.to_vec()), "{given}");
        }
    }

    #[test]
    fn labels_on_a_list_that_cadvisor_would_pass_over_are_shown_besides_the_usual_ones() {
        let defaults = DEFAULT_LABELS.join(",");
        assert_eq!(translated("--whitelisted_container_labels=x").0, format!("--container-label={defaults},x"));
        assert_eq!(translated("--whitelisted_container_labels=").0, "");
    }

    #[test]
    fn a_port_alone_leaves_the_address_as_it_is() {
        let given = || ["x", "-port=1"].map(OsString::from).to_vec();
        for (listen, address) in [(":9487", ":1"), ("[::1]:2", "[::1]:1")] {
            let expected = ["x".to_owned(), format!("--web.listen-address={address}")].map(OsString::from);
            assert_eq!(translate(given(), listen).arguments, expected);
        }
    }

    #[test]
    fn our_own_flags_with_one_dash_or_two() {
        let ours = "--web.openmetrics --no-collector.root --last-seen-linger 1m -h -V";
        assert_eq!(translated("-web.openmetrics --no-collector.root -last-seen-linger 1m -h -V").0, ours);
    }

    #[test]
    fn states_that_are_none_are_left_for_the_parser_to_refuse() {
        assert_eq!(translated("--store_container_labels=maybe").0, "--store_container_labels=maybe");
        assert_eq!(translated("-v=x -docker").0, "--log.level=x --docker");
    }

    #[test]
    fn every_flag_stands_once() {
        let mut flags: Vec<_> = without_effect().chain(in_our_words()).map(|(flag, _)| flag).collect();
        let count = flags.len();
        flags.sort_unstable();
        flags.dedup();
        assert_eq!(flags.len(), count);
    }
}
