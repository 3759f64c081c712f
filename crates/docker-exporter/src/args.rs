//! The exporter's flags.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::time::Duration;

use clap::ArgAction::SetTrue;
use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use clap::{Arg, Command, ValueEnum};
use exporter_toolkit::args::{duration, variable};
use exporter_toolkit::{Filter, Pattern};

use crate::cadvisor::{self, CommandLine};
use crate::engine::{Endpoint, EndpointError};
use crate::page::{DEFAULT_LABELS, Groups, MetricSets, Shown, ShownLabels, States};

/// The program's name.
pub(crate) const NAME: &str = "docker-exporter";

/// Where it listens unless told otherwise: a port of its own, on this machine alone.
pub const LISTEN_ADDRESS: &str = "127.0.0.1:9487";

/// What the exporter needs to know besides how its page is served.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct DockerArgs {
    /// Address of the engine: unix:///path, or tcp://host:port of a proxy [default: $DOCKER_HOST, the context of the docker
    /// command, the usual sockets].
    #[arg(long = "docker.host", value_name = "URL", value_parser = Host, help_heading = "Engine")]
    pub(crate) host: Option<String>,
    /// Time after which the engine is asked for all its containers again, in case it did not tell of something: 30s to 60s.
    #[arg(long = "reconcile-interval", value_name = "DURATION", default_value = "45s", value_parser = reconcile_interval,
          help_heading = "Engine")]
    pub(crate) reconcile_interval: Duration,
    /// Where it is read what containers use: from their cgroups, from the engine's statistics, or from those where the cgroups
    /// can't be seen.
    #[arg(long = "usage", value_name = "SOURCE", default_value = "auto", help_heading = "Engine")]
    pub(crate) usage: UsageSource,

    /// Mount point of procfs; another one in a container that watches its host.
    #[arg(long = "path.procfs", value_name = "PATH", default_value = "/proc", help_heading = "Paths")]
    pub(crate) procfs: PathBuf,
    /// Mount point of sysfs.
    #[arg(long = "path.sysfs", value_name = "PATH", default_value = "/sys", help_heading = "Paths")]
    pub(crate) sysfs: PathBuf,
    /// Folder of the cgroups [default: fs/cgroup of sysfs].
    #[arg(long = "path.cgroupfs", value_name = "PATH", help_heading = "Paths")]
    pub(crate) cgroupfs: Option<PathBuf>,

    /// Label of containers that is shown, as container_label_*; * is every one. Repeatable.
    #[arg(long = "container-label", value_name = "KEY", value_delimiter = ',', default_values = DEFAULT_LABELS,
          help_heading = "Series")]
    pub(crate) container_labels: Vec<String>,
    /// Bytes of a label's value, but for id and name.
    #[arg(long = "max-label-value-len", value_name = "BYTES", default_value_t = 128, help_heading = "Series")]
    pub(crate) max_label_value_len: usize,
    /// Containers that have series, those that are up and the newest first; as many names that are counted.
    #[arg(long = "max-containers", value_name = "N", default_value_t = 500, help_heading = "Series")]
    pub(crate) max_containers: usize,
    /// Of which states container_state has a sample.
    #[arg(long = "state-onehot", value_name = "STATES", default_value = "all", help_heading = "Series")]
    pub(crate) states: States,
    /// How long container_last_seen stays after a container's end, with its time.
    #[arg(long = "last-seen-linger", value_name = "DURATION", default_value = "5m", value_parser = duration,
          help_heading = "Series")]
    pub(crate) linger: Duration,
    /// How long a new total is shown as 0, so that every scraper sees where it began: as long as the longest interval between
    /// two scrapes.
    #[arg(long = "new-total-zero", value_name = "DURATION", default_value = "65s", value_parser = duration_or_none,
          help_heading = "Series")]
    pub(crate) young: Duration,
    /// Name of a container that is to run, whether there is one or not. Repeatable.
    #[arg(long = "expect", value_name = "NAME", value_delimiter = ',', help_heading = "Series")]
    pub(crate) expected: Vec<String>,

    /// Sets of metrics to leave out, by cAdvisor's words for them, such as network,diskIO.
    #[arg(long = "disable_metrics", value_name = "SETS", default_value = "", hide_default_value = true,
          value_parser = MetricSets::parse, help_heading = "Usage")]
    pub(crate) disabled: MetricSets,
    /// The only sets of metrics to show, whatever --disable_metrics says.
    #[arg(long = "enable_metrics", value_name = "SETS", default_value = "", hide_default_value = true,
          value_parser = MetricSets::parse, help_heading = "Usage")]
    pub(crate) enabled: MetricSets,
    /// Show the whole machine, as id="/".
    #[arg(long = "collector.root", action = SetTrue, default_value = "true", help_heading = "Usage")]
    pub(crate) root: bool,
    /// Show container_blkio_device_usage_total.
    #[arg(long = "collector.blkio", help_heading = "Usage")]
    pub(crate) blkio: bool,
    /// Network interfaces to leave out [default: those whose names start with lo, veth, docker or nerdctl].
    #[arg(long = "collector.network.interface-exclude", value_name = "REGEXP", value_parser = Pattern::new,
          conflicts_with = "interfaces_include", help_heading = "Usage")]
    pub(crate) interfaces_exclude: Option<Pattern>,
    /// Network interfaces to show.
    #[arg(long = "collector.network.interface-include", value_name = "REGEXP", value_parser = Pattern::new,
          help_heading = "Usage")]
    pub(crate) interfaces_include: Option<Pattern>,
    /// Block devices to leave out, as /dev/NAME.
    #[arg(long = "collector.disk.device-exclude", value_name = "REGEXP", value_parser = Pattern::new,
          conflicts_with = "devices_include", help_heading = "Usage")]
    pub(crate) devices_exclude: Option<Pattern>,
    /// Block devices to show.
    #[arg(long = "collector.disk.device-include", value_name = "REGEXP", value_parser = Pattern::new,
          help_heading = "Usage")]
    pub(crate) devices_include: Option<Pattern>,
}

/// Where it is read what containers use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum UsageSource {
    /// Cgroups where they can be seen, else the engine.
    Auto,
    /// Cgroups.
    Cgroup,
    /// The engine's statistics.
    Stats,
}

impl DockerArgs {
    /// What is shown.
    pub(crate) fn shown(&self) -> Shown {
        Shown {
            groups: Groups::new(&self.disabled, &self.enabled),
            labels: ShownLabels::new(&self.container_labels, self.max_label_value_len),
            states: self.states,
            linger: self.linger,
            young: self.young,
            blkio: self.blkio,
        }
    }

    /// Which network interfaces are shown.
    pub(crate) fn interfaces(&self) -> Filter {
        let default = Pattern::in_code(INTERFACES, is_internal_interface);
        Filter::with_default(self.interfaces_exclude.as_ref(), self.interfaces_include.as_ref(), &default)
    }

    /// Which block devices are shown.
    pub(crate) fn devices(&self) -> Filter {
        Filter::new(self.devices_exclude.as_ref(), self.devices_include.as_ref())
    }

    /// Where the cgroups are.
    pub(crate) fn cgroupfs(&self) -> PathBuf {
        self.cgroupfs.clone().unwrap_or_else(|| self.sysfs.join("fs/cgroup"))
    }

    /// The sets of metrics that are asked for and are not here, each with the reason.
    pub(crate) fn absent_sets(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.enabled.absent()
    }
}

/// The command line of this process, which may be one that was written for cAdvisor.
#[must_use]
pub fn command_line() -> CommandLine {
    let environment = std::env::var(variable(NAME, "web.listen-address")).unwrap_or_default();
    cadvisor::translate(std::env::args_os().collect(), host_and_port(&environment))
}

/// The first of these addresses; the default in the place of none, or of a socket's path.
fn host_and_port(addresses: &str) -> &str {
    let first = addresses.split(',').next().unwrap_or_default();
    if first.is_empty() || first.starts_with("unix:") { LISTEN_ADDRESS } else { first }
}

/// Interfaces of the host's own, which cAdvisor leaves out.
const INTERFACES: &str = "(?i)^(lo|veth|docker|nerdctl)";

fn is_internal_interface(name: &str) -> bool {
    let starts_with = |start: &str| name.get(..start.len()).is_some_and(|own| own.eq_ignore_ascii_case(start));
    ["lo", "veth", "docker", "nerdctl"].into_iter().any(starts_with)
}

/// Takes an address of an engine, or nothing. What is wrong with one is said without it, as a password may be in it.
#[derive(Debug, Clone, Copy)]
struct Host;

impl TypedValueParser for Host {
    type Value = String;

    fn parse_ref(&self, command: &Command, _: Option<&Arg>, value: &OsStr) -> Result<String, clap::Error> {
        let text = value.to_str().ok_or(EndpointError::Unknown);
        let parsed = text.and_then(|text| match text {
            "" => Ok(String::new()),
            text => text.parse().map(|_: Endpoint| text.to_owned()),
        });
        let wrong = |error| format!("--docker.host: {error}\n");
        parsed.map_err(|error| clap::Error::raw(ErrorKind::ValueValidation, wrong(error)).with_cmd(command))
    }
}

fn reconcile_interval(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        interval if (30..=60).contains(&interval.as_secs()) => Ok(interval),
        _ => Err("from 30s to 60s".to_owned()),
    }
}

fn duration_or_none(text: &str) -> Result<Duration, String> {
    if text == "0s" { Ok(Duration::ZERO) } else { duration(text) }
}

#[cfg(test)]
mod tests {
    use clap::{Args as _, FromArgMatches as _};
    use exporter_toolkit::args::complete;

    use super::*;

    fn parsed(given: &[&str]) -> Result<DockerArgs, String> {
        let command = complete(DockerArgs::augment_args(Command::new(NAME)), LISTEN_ADDRESS);
        let given = [NAME].iter().chain(given).map(Into::into).collect();
        let matches = command.try_get_matches_from(cadvisor::translate(given, LISTEN_ADDRESS).arguments);
        matches.and_then(|matches| DockerArgs::from_arg_matches(&matches)).map_err(|error| error.to_string())
    }

    #[test]
    fn what_cadvisors_flags_replace_a_part_of() {
        for (addresses, one) in [("", LISTEN_ADDRESS), ("unix:/run/x,:1", LISTEN_ADDRESS), (":9487,:1", ":9487")] {
            assert_eq!(host_and_port(addresses), one, "{addresses}");
        }
    }

    #[test]
    fn defaults() {
        let args = parsed(&[]).unwrap();
        assert_eq!((args.host.as_deref(), args.usage, args.expected.len()), (None, UsageSource::Auto, 0));
        assert_eq!(args.cgroupfs(), PathBuf::from("/sys/fs/cgroup"));
        assert_eq!(args.reconcile_interval, Duration::from_secs(45));
        assert_eq!((args.max_containers, args.root, args.absent_sets().count()), (500, true, 0));
        let expected = Shown {
            groups: Groups::new(&MetricSets::default(), &MetricSets::default()),
            labels: ShownLabels::new(&DEFAULT_LABELS.map(str::to_owned), 128),
            states: States::All,
            linger: Duration::from_secs(300),
            young: Duration::from_secs(65),
            blkio: false,
        };
        assert_eq!(args.shown(), expected);
    }

    #[test]
    fn what_is_given_replaces_the_default() {
        let args = parsed(&["--container-label=a", "--container-label", "b,c", "--path.sysfs=/host/sys"]).unwrap();
        assert_eq!(args.container_labels, ["a", "b", "c"]);
        assert_eq!(args.cgroupfs(), PathBuf::from("/host/sys/fs/cgroup"));
        assert_eq!(parsed(&["-store_container_labels=false"]).unwrap().shown().labels, ShownLabels::new(&[], 128));
        let sets = parsed(&["-disable_metrics=cpu", "-disable_metrics", "disk,diskIO", "--enable_metrics="]).unwrap();
        assert!(sets.shown().groups.cpu && !sets.shown().groups.disk_io);
        let sets = parsed(&["--enable_metrics=cpu,tcp,percpu"]).unwrap();
        assert_eq!(sets.absent_sets().map(|(set, _)| set).collect::<Vec<_>>(), ["tcp", "percpu"]);
    }

    #[test]
    fn interfaces_and_devices() {
        let shown = |given: &[&str]| {
            let args = parsed(given).unwrap();
            let (mut interfaces, mut devices) = (args.interfaces(), args.devices());
            let names: Vec<_> =
                ["lo", "eth0", "vethx", "docker0"].into_iter().filter(|name| interfaces.shows(name)).collect();
            let paths: Vec<_> = ["/dev/sda", "/dev/loop0"].into_iter().filter(|path| devices.shows(path)).collect();
            [names, paths].concat()
        };
        assert_eq!(shown(&[]), ["eth0", "/dev/sda", "/dev/loop0"]);
        let given = ["--collector.network.interface-exclude=^eth", "--collector.disk.device-exclude=loop"];
        assert_eq!(shown(&given), ["lo", "vethx", "docker0", "/dev/sda"]);
        let given = ["--collector.network.interface-include=^docker", "--collector.disk.device-include=loop"];
        assert_eq!(shown(&given), ["docker0", "/dev/loop0"]);
    }

    #[test]
    fn the_default_pattern_says_what_its_code_says() {
        let mut compiled = Pattern::new(INTERFACES).unwrap().matcher();
        for name in ["lo", "lo0", "eth0", "vet", "veth", "docker_gwbridge", "nerdctl0", "br-1", "xlo", ""] {
            assert_eq!(compiled.is_match(name), is_internal_interface(name), "{name}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        for (given, named) in [
            ("--reconcile-interval=61s", "from 30s to 60s"),
            ("--last-seen-linger=0s", "a number with its unit"),
            ("-disable_metrics=cpus", "there is no set"),
            ("--usage=guess", "[possible values: auto, cgroup, stats]"),
            ("--state-onehot=some", "[possible values: all, current]"),
            ("--collector.disk.device-exclude=(", "Go's syntax"),
            ("-housekeeping_intervall=1s", "--housekeeping_intervall"),
        ] {
            let error = parsed(&[given]).unwrap_err();
            assert!(error.contains(named), "{error}");
        }
    }
}
