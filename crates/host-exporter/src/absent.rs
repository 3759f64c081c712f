//! What node_exporter has on its command line and this exporter has not, so that a command line made for it still works,
//! or is told why not.

use clap::builder::{BoolishValueParser, TypedValueParser as _};
use clap::{Arg, ArgMatches, Command};
use exporter_toolkit::args::switch;

use crate::args::named;

/// A collector of node_exporter that is not here.
struct Absent {
    /// `collector.NAME`: may be switched off, not on.
    flag: &'static str,
    reason: &'static str,
    /// Its options: those with a value, and switches.
    values: &'static [&'static str],
    switches: &'static [&'static str],
}

const fn absent(flag: &'static str, reason: &'static str) -> Absent {
    Absent { flag, reason, values: &[], switches: &[] }
}

const HARDWARE: &str = "its hardware is not that of the machines that this exporter is for";
const DAEMON: &str = "it asks another program, which has an exporter of its own or can write a text file";
const RIGHTS: &str = "it needs rights that this exporter is not to have";
const DETAIL: &str = "it shows kernel internals that no common dashboard asks for";

static ABSENT: &[Absent] = &[
    Absent { flag: "collector.bcache", reason: HARDWARE, values: &[], switches: &["collector.bcache.priorityStats"] },
    absent("collector.buddyinfo", DETAIL),
    absent("collector.cgroups", DETAIL),
    absent("collector.cpu_vulnerabilities", DETAIL),
    absent("collector.drbd", HARDWARE),
    absent("collector.drm", HARDWARE),
    Absent {
        flag: "collector.ethtool",
        reason: "its counters differ from driver to driver",
        values: &[
            "collector.ethtool.device-include",
            "collector.ethtool.device-exclude",
            "collector.ethtool.metrics-include",
        ],
        switches: &[],
    },
    absent("collector.fibrechannel", HARDWARE),
    Absent {
        flag: "collector.infiniband",
        reason: HARDWARE,
        values: &["collector.infiniband.device-include", "collector.infiniband.device-exclude"],
        switches: &[],
    },
    Absent {
        flag: "collector.ipvs",
        reason: "load balancers in the kernel are not what this exporter is for",
        values: &["collector.ipvs.backend-labels"],
        switches: &[],
    },
    absent("collector.ksmd", DETAIL),
    absent("collector.lnstat", DETAIL),
    absent("collector.logind", DAEMON),
    absent("collector.meminfo_numa", DETAIL),
    absent("collector.mountstats", DETAIL),
    absent("collector.network_route", DETAIL),
    Absent {
        flag: "collector.ntp",
        reason: "node_exporter gives it up; the timex collector has the kernel's own view of the clock",
        values: &[
            "collector.ntp.server",
            "collector.ntp.server-port",
            "collector.ntp.protocol-version",
            "collector.ntp.ip-ttl",
            "collector.ntp.max-distance",
            "collector.ntp.local-offset-tolerance",
        ],
        switches: &["collector.ntp.server-is-local"],
    },
    absent("collector.nvmesubsystem", HARDWARE),
    Absent {
        flag: "collector.pcidevice",
        reason: DETAIL,
        values: &["collector.pcidevice.idsfile"],
        switches: &["collector.pcidevice.names"],
    },
    Absent {
        flag: "collector.perf",
        reason: RIGHTS,
        values: &[
            "collector.perf.cpus",
            "collector.perf.tracepoint",
            "collector.perf.hardware-profilers",
            "collector.perf.software-profilers",
            "collector.perf.cache-profilers",
        ],
        switches: &[
            "collector.perf.disable-hardware-profilers",
            "collector.perf.disable-software-profilers",
            "collector.perf.disable-cache-profilers",
        ],
    },
    Absent {
        flag: "collector.qdisc",
        reason: DETAIL,
        values: &["collector.qdisc.device-include", "collector.qdisc.device-exclude", "collector.qdisc.fixtures"],
        switches: &[],
    },
    Absent { flag: "collector.runit", reason: DAEMON, values: &["collector.runit.servicedir"], switches: &[] },
    Absent {
        flag: "collector.slabinfo",
        reason: RIGHTS,
        values: &["collector.slabinfo.slabs-include", "collector.slabinfo.slabs-exclude"],
        switches: &[],
    },
    absent("collector.softirqs", "node_softirqs_total of --collector.stat.softirq has the sums"),
    Absent { flag: "collector.supervisord", reason: DAEMON, values: &["collector.supervisord.url"], switches: &[] },
    absent("collector.swap", "node_memory_SwapTotal_bytes and node_memory_SwapFree_bytes have the sums"),
    Absent {
        flag: "collector.sysctl",
        reason: DETAIL,
        values: &["collector.sysctl.include", "collector.sysctl.include-info"],
        switches: &[],
    },
    Absent {
        flag: "collector.systemd",
        reason: "it asks systemd over D-Bus, at a cost that grows with the units",
        values: &[
            "collector.systemd.unit-include",
            "collector.systemd.unit-exclude",
            "collector.systemd.unit-whitelist",
            "collector.systemd.unit-blacklist",
        ],
        switches: &[
            "collector.systemd.private",
            "collector.systemd.enable-task-metrics",
            "collector.systemd.enable-restarts-metrics",
            "collector.systemd.enable-start-time-metrics",
        ],
    },
    Absent {
        flag: "collector.tapestats",
        reason: HARDWARE,
        values: &["collector.tapestats.ignored-devices"],
        switches: &[],
    },
    Absent { flag: "collector.wifi", reason: HARDWARE, values: &["collector.wifi.fixtures"], switches: &[] },
    absent("collector.xfrm", DETAIL),
    absent("collector.zoneinfo", DETAIL),
];

/// Options of collectors that are here, each with the reason why it has no effect: those with a value, and switches.
static VALUES_WITHOUT_EFFECT: [(&str, &str); 3] = [
    ("collector.filesystem.mount-timeout", "a mount gets its share of the scrape's own time"),
    ("collector.filesystem.stat-workers", "mounts are asked in turn, and one that hangs holds up no other"),
    ("runtime.gomaxprocs", "there is one reading thread"),
];
static SWITCHES_WITHOUT_EFFECT: [(&str, &str); 3] = [
    ("collector.netclass.netlink", "netlink is asked for what it knows, and sysfs for the rest"),
    ("collector.netclass_rtnl.with-stats", "the netdev collector has the same counters"),
    ("collector.netdev.netlink", "/proc/net/dev and sysfs have the same counters"),
];

/// Adds what is taken without effect, and what is refused with the reason: of some eighty flags those that the command
/// line names, since each costs time and memory.
pub(crate) fn declare(command: Command) -> Command {
    let named = named();
    let is_named = |flag: &str| named.contains(flag);
    let values = values_without_effect().map(|(flag, _)| flag).filter(|flag| is_named(flag));
    let switches = switches_without_effect().map(|(flag, _)| flag).filter(|flag| is_named(flag));
    let command = command.args(values.map(|flag| Arg::new(flag).long(flag).hide(true)));
    let command = command.args(switches.map(|flag| switch(flag, true).hide(true)));
    command.args(ABSENT.iter().filter(|absent| is_named(absent.flag)).map(refused))
}

/// What is not here, by name, and why not.
pub(crate) fn collectors() -> impl Iterator<Item = (&'static str, &'static str)> {
    ABSENT.iter().map(|absent| (absent.flag.trim_start_matches("collector."), absent.reason))
}

/// The flags that were given and have no effect, each with the reason; no other is declared.
pub(crate) fn without_effect(matches: &ArgMatches) -> impl Iterator<Item = (&'static str, &'static str)> {
    let is_given = |flag: &str| matches!(matches.try_contains_id(flag), Ok(true));
    values_without_effect().chain(switches_without_effect()).filter(move |(flag, _)| is_given(flag))
}

fn values_without_effect() -> impl Iterator<Item = (&'static str, &'static str)> {
    let options = ABSENT.iter().flat_map(|absent| absent.values.iter().map(|flag| (*flag, NO_COLLECTOR)));
    VALUES_WITHOUT_EFFECT.iter().copied().chain(options)
}

fn switches_without_effect() -> impl Iterator<Item = (&'static str, &'static str)> {
    let options = ABSENT.iter().flat_map(|absent| absent.switches.iter().map(|flag| (*flag, NO_COLLECTOR)));
    SWITCHES_WITHOUT_EFFECT.iter().copied().chain(options)
}

const NO_COLLECTOR: &str = "there is no such collector here";

/// The switch of a collector that is not here: off is what it is, on is a mistake.
fn refused(Absent { flag, reason, .. }: &'static Absent) -> Arg {
    let parser = BoolishValueParser::new().try_map(move |on| {
        if on {
            Err(format!(
                "there is no such collector here: {reason}; for this one, run node_exporter beside it with \
                 --collector.disable-defaults --{flag}"
            ))
        } else {
            Ok(false)
        }
    });
    switch(flag, false).value_parser(parser).hide(true)
}
