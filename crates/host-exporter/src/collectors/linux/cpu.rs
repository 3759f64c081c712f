//! Processors: where their time goes, which are online, how often heat slowed them.

use std::collections::BTreeMap;

use exporter_toolkit::{Collector, Filter, Outcome, Pattern, Watch};
use exposition::{Desc, Families, Kind};
use linux_procfs::{
    CpuInfo, CpuSet, CpuTicks, ReadError, Roots, Source, Throttles, Topology, clock_ticks_per_second, parse_cpu_list,
    parse_cpuinfo, parse_online, parse_stat, present, read_cpus, read_file, read_throttles, read_topology,
};

use crate::config::Config;

static SECONDS: Desc = Desc {
    name: "node_cpu_seconds_total",
    help: "Seconds that each processor spent in each mode (/proc/stat).",
    kind: Kind::Counter,
    labels: &["cpu", "mode"],
};
static GUEST_SECONDS: Desc = Desc {
    name: "node_cpu_guest_seconds_total",
    help: "Seconds that each processor spent running guests, which user and nice count too (/proc/stat).",
    kind: Kind::Counter,
    labels: &["cpu", "mode"],
};
static ONLINE: Desc = Desc {
    name: "node_cpu_online",
    help: "Whether the processor is online (/sys/devices/system/cpu/online).",
    kind: Kind::Gauge,
    labels: &["cpu"],
};
static ISOLATED: Desc = Desc {
    name: "node_cpu_isolated",
    help: "Always 1; processors that the scheduler leaves alone (/sys/devices/system/cpu/isolated).",
    kind: Kind::Gauge,
    labels: &["cpu"],
};
static CORE_THROTTLES: Desc = Desc {
    name: "node_cpu_core_throttles_total",
    help: "Times that heat slowed the core (thermal_throttle/core_throttle_count).",
    kind: Kind::Counter,
    labels: &["core", "package"],
};
static PACKAGE_THROTTLES: Desc = Desc {
    name: "node_cpu_package_throttles_total",
    help: "Times that heat slowed the package (thermal_throttle/package_throttle_count).",
    kind: Kind::Counter,
    labels: &["package"],
};
static INFO: Desc = Desc {
    name: "node_cpu_info",
    help: "Always 1; the labels are of /proc/cpuinfo.",
    kind: Kind::Gauge,
    labels: &[
        "cachesize",
        "core",
        "cpu",
        "family",
        "microcode",
        "model",
        "model_name",
        "package",
        "stepping",
        "vendor",
    ],
};
static FREQUENCY: Desc = Desc {
    name: "node_cpu_frequency_hertz",
    help: "Clock of the processor in hertz (/proc/cpuinfo, cpu MHz).",
    kind: Kind::Gauge,
    labels: &["core", "cpu", "package"],
};
static FLAG_INFO: Desc = Desc {
    name: "node_cpu_flag_info",
    help: "Always 1; flags of the first processor (/proc/cpuinfo, flags).",
    kind: Kind::Gauge,
    labels: &["flag"],
};
static BUG_INFO: Desc = Desc {
    name: "node_cpu_bug_info",
    help: "Always 1; bugs of the first processor (/proc/cpuinfo, bugs).",
    kind: Kind::Gauge,
    labels: &["bug"],
};

pub(crate) struct Cpu {
    roots: Roots,
    stat: Source,
    online: Source,
    cpuinfo: Option<Source>,
    /// Which flags and bugs of the first processor are shown, if any.
    flags: Option<Filter>,
    bugs: Option<Filter>,
    options: Options,
    /// Where the processors sit that count throttling, for the processors that were online at the time.
    throttling: Option<(CpuSet, Vec<(u32, Topology)>)>,
    /// The times that have been shown, below which none falls.
    known: BTreeMap<u32, CpuTicks>,
    reading: Reading,
}

struct Options {
    with_guest: bool,
    /// Whether to show the clock of /proc/cpuinfo.
    with_frequency: bool,
    ticks_per_second: u64,
}

/// What the collector shows.
#[derive(Default)]
struct Reading {
    ticks: Vec<CpuTicks>,
    /// Every processor and whether it is online; empty where none can be taken offline.
    states: Vec<(u32, bool)>,
    isolated: CpuSet,
    throttles: Vec<(Topology, Throttles)>,
    info: Vec<CpuInfo>,
    flags: Vec<String>,
    bugs: Vec<String>,
}

impl Cpu {
    pub(crate) fn new(config: &Config) -> Self {
        let linux = &config.linux;
        let options = &linux.options;
        let words = |pattern: &Option<Pattern>| {
            let given = pattern.as_ref().filter(|pattern| !pattern.is_empty());
            given.map(|pattern| Filter::new(None, Some(pattern)))
        };
        let sysfs = |file: &str| linux.roots.sys("devices/system/cpu").join(file);
        // Set at boot, so read once.
        let isolated = read_file(&sysfs("isolated")).ok().and_then(|bytes| parse_cpu_list(&bytes).ok());
        Cpu {
            stat: linux.source("stat"),
            online: Source::new(sysfs("online"), &linux.descriptors),
            cpuinfo: options.shows_cpu_info().then(|| linux.source("cpuinfo")),
            flags: words(&options.cpu_flags_include),
            bugs: words(&options.cpu_bugs_include),
            options: Options {
                with_guest: options.cpu_guest,
                with_frequency: config.shows_clocks_of_cpuinfo(),
                ticks_per_second: clock_ticks_per_second(),
            },
            throttling: None,
            known: BTreeMap::new(),
            reading: Reading { isolated: isolated.unwrap_or_default(), ..Reading::default() },
            roots: linux.roots.clone(),
        }
    }

    fn read_all(&mut self) -> Result<(), ReadError> {
        let reading = &mut self.reading;
        (reading.info, reading.flags, reading.bugs) = Default::default();
        (reading.states, reading.throttles) = Default::default();
        reading.ticks.clear();
        let replugged = REPLUGGED_SECONDS * self.options.ticks_per_second;
        advance(&mut self.known, &self.stat.parse(parse_stat)?.cpus, replugged);
        reading.ticks.extend(self.known.values());
        if let Some(cpuinfo) = &mut self.cpuinfo {
            reading.info = cpuinfo.parse(parse_cpuinfo)?;
            if let Some(first) = reading.info.first() {
                reading.flags = shown(&mut self.flags, &first.flags);
                reading.bugs = shown(&mut self.bugs, &first.bugs);
            }
        }
        let Some(online) = present(self.online.parse(parse_online))? else { return Ok(()) };
        if self.throttling.as_ref().is_none_or(|(cpus, _)| *cpus != online) {
            self.throttling = Some((online.clone(), throttling_cpus(&self.roots, &online)));
        }
        let throttling = self.throttling.iter().flat_map(|(_, cpus)| cpus);
        reading.throttles = throttling.map(|(cpu, place)| (*place, read_throttles(&self.roots, *cpu))).collect();
        // Without this file the first processor can't be taken offline, and the peer shows none.
        if self.roots.sys("devices/system/cpu/cpu0/online").exists() {
            let cpus = read_cpus(&self.roots)?;
            reading.states = cpus.iter().map(|cpu| (*cpu, online.binary_search(cpu).is_ok())).collect();
        }
        Ok(())
    }
}

impl Collector for Cpu {
    fn read(&mut self, _: &Watch<'_>) -> Outcome {
        self.read_all().into()
    }

    fn samples(&self, out: &mut Families) {
        samples(&self.reading, &self.options, out);
    }
}

/// The words that are asked for.
fn shown(filter: &mut Option<Filter>, words: &[String]) -> Vec<String> {
    let is_shown = |word: &&String| filter.as_mut().is_some_and(|filter| filter.shows(word));
    words.iter().filter(is_shown).cloned().collect()
}

/// One processor for each core that counts throttling; the others of a core count the same.
fn throttling_cpus(roots: &Roots, online: &[u32]) -> Vec<(u32, Topology)> {
    let counts = |cpu: u32| read_throttles(roots, cpu) != Throttles::default();
    let places = online.iter().filter(|cpu| counts(**cpu)).filter_map(|cpu| Some((read_topology(roots, *cpu)?, *cpu)));
    // The first processor of a core stands for it.
    let first = places.fold(BTreeMap::new(), |mut cores, (place, cpu)| {
        cores.entry(place).or_insert(cpu);
        cores
    });
    first.into_iter().map(|(place, cpu)| (cpu, place)).collect()
}

/// Idle time that falls by this much means that the processor was taken out and put back, and counts from 0 again.
const REPLUGGED_SECONDS: u64 = 3;

/// Takes in new times. The kernel's idle and iowait times can step back a little; a counter never does, so the larger
/// value stands; but all of a processor counts anew when its idle time falls by `replugged` ticks or more. Processors that
/// have gone are forgotten.
fn advance(known: &mut BTreeMap<u32, CpuTicks>, now: &[CpuTicks], replugged: u64) {
    for new in now {
        let last = known.entry(new.cpu).or_insert(*new);
        if last.idle.saturating_sub(new.idle) >= replugged {
            *last = *new;
        }
        *last = CpuTicks {
            cpu: new.cpu,
            user: last.user.max(new.user),
            nice: last.nice.max(new.nice),
            system: last.system.max(new.system),
            idle: last.idle.max(new.idle),
            iowait: last.iowait.max(new.iowait),
            irq: last.irq.max(new.irq),
            softirq: last.softirq.max(new.softirq),
            steal: last.steal.max(new.steal),
            guest: last.guest.max(new.guest),
            guest_nice: last.guest_nice.max(new.guest_nice),
        };
    }
    // Large machines have thousands: looked through only when one has gone.
    if known.len() > now.len() {
        known.retain(|cpu, _| now.iter().any(|new| new.cpu == *cpu));
    }
}

fn samples(reading: &Reading, options: &Options, out: &mut Families) {
    let seconds = |ticks: u64| ticks as f64 / options.ticks_per_second as f64;
    for ticks in &reading.ticks {
        let cpu = ticks.cpu.to_string();
        for (mode, ticks) in [
            ("idle", ticks.idle),
            ("iowait", ticks.iowait),
            ("irq", ticks.irq),
            ("nice", ticks.nice),
            ("softirq", ticks.softirq),
            ("steal", ticks.steal),
            ("system", ticks.system),
            ("user", ticks.user),
        ] {
            out.add(&SECONDS, &[&cpu, mode], seconds(ticks));
        }
        if options.with_guest {
            out.add(&GUEST_SECONDS, &[&cpu, "nice"], seconds(ticks.guest_nice));
            out.add(&GUEST_SECONDS, &[&cpu, "user"], seconds(ticks.guest));
        }
    }
    for (cpu, online) in &reading.states {
        out.add(&ONLINE, &[&cpu.to_string()], *online);
    }
    for cpu in &reading.isolated {
        out.add(&ISOLATED, &[&cpu.to_string()], 1_u32);
    }
    throttle_samples(&reading.throttles, out);
    info_samples(&reading.info, options, out);
    for (desc, words) in [(&FLAG_INFO, &reading.flags), (&BUG_INFO, &reading.bugs)] {
        words.iter().for_each(|word| out.add(desc, &[word], 1_u32));
    }
}

fn throttle_samples(throttles: &[(Topology, Throttles)], out: &mut Families) {
    let mut packages = BTreeMap::new();
    for (place, throttles) in throttles {
        out.add_some(&CORE_THROTTLES, &[&place.core.to_string(), &place.package.to_string()], throttles.core);
        if let Some(count) = throttles.package {
            packages.entry(place.package).or_insert(count);
        }
    }
    for (package, count) in packages {
        out.add(&PACKAGE_THROTTLES, &[&package.to_string()], count);
    }
}

fn info_samples(info: &[CpuInfo], options: &Options, out: &mut Families) {
    for cpu in info {
        let number = cpu.cpu.to_string();
        let values = [
            &cpu.cache_size,
            &cpu.core,
            &number,
            &cpu.family,
            &cpu.microcode,
            &cpu.model,
            &cpu.model_name,
            &cpu.package,
            &cpu.stepping,
            &cpu.vendor,
        ];
        out.add(&INFO, &values.map(String::as_str), 1_u32);
        if let Some(megahertz) = cpu.megahertz.filter(|_| options.with_frequency) {
            out.add(&FREQUENCY, &[&cpu.core, &number, &cpu.package], megahertz * 1e6);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(cpu: u32, idle: u64, user: u64) -> CpuTicks {
        CpuTicks { cpu, idle, user, ..CpuTicks::default() }
    }

    #[test]
    fn idle_time_that_steps_back_a_little_stands_still() {
        let mut known = BTreeMap::new();
        advance(&mut known, &[ticks(0, 1000, 50)], 300);
        advance(&mut known, &[ticks(0, 990, 60)], 300);
        assert_eq!(known[&0], ticks(0, 1000, 60));
    }

    #[test]
    fn a_processor_that_was_taken_out_and_put_back_counts_anew() {
        let mut known = BTreeMap::new();
        advance(&mut known, &[ticks(0, 1000, 50), ticks(1, 1000, 50)], 300);
        advance(&mut known, &[ticks(0, 1001, 50)], 300);
        assert_eq!(known, [(0, ticks(0, 1001, 50))].into());
        advance(&mut known, &[ticks(0, 1002, 50), ticks(1, 5, 1)], 300);
        assert_eq!(known[&1], ticks(1, 5, 1));
        advance(&mut known, &[ticks(0, 2, 1), ticks(1, 6, 1)], 300);
        assert_eq!(known[&0], ticks(0, 2, 1));
    }
}
