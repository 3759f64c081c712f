//! How fast processors run, may run and should run.

use std::path::PathBuf;

use exporter_toolkit::{Collector, Outcome, Watch};
use exposition::{Desc, Families, Kind};
use linux_procfs::{
    CpuFreq, Folder, ReadError, Roots, Source, measure_clocks, parse_cpu_list, parse_cpuinfo, present, read_cpufreq,
};

use crate::config::Config;
use crate::devices::read_devices;

/// A clock that cpufreq tells.
struct Clock {
    desc: Desc,
    khz: fn(&CpuFreq) -> Option<u64>,
}

macro_rules! clock {
    ($name:literal, $what:literal, $file:literal, $field:ident) => {
        Clock {
            desc: Desc {
                name: concat!("node_cpu_", $name, "_hertz"),
                help: concat!($what, " in hertz (cpufreq/", $file, ")."),
                kind: Kind::Gauge,
                labels: &["cpu"],
            },
            khz: |cpu| cpu.$field,
        }
    };
}

static CLOCKS: [Clock; 7] = [
    clock!("frequency", "Clock of the processor", "cpuinfo_cur_freq", current_khz),
    clock!("frequency_avg", "Mean clock of the processor since it was read last", "cpuinfo_avg_freq", average_khz),
    clock!("frequency_min", "The slowest that the processor can run", "cpuinfo_min_freq", least_khz),
    clock!("frequency_max", "The fastest that the processor can run", "cpuinfo_max_freq", most_khz),
    clock!("scaling_frequency", "Clock that the kernel has set or measured", "scaling_cur_freq", scaling_current_khz),
    clock!("scaling_frequency_min", "The slowest that the kernel may set", "scaling_min_freq", scaling_least_khz),
    clock!("scaling_frequency_max", "The fastest that the kernel may set", "scaling_max_freq", scaling_most_khz),
];

static GOVERNOR: Desc = Desc {
    name: "node_cpu_scaling_governor",
    help: "Whether this governor sets the processor's clock (cpufreq/scaling_governor).",
    kind: Kind::Gauge,
    labels: &["cpu", "governor"],
};

pub(crate) struct CpuFrequencies {
    folder: PathBuf,
    roots: Roots,
    offline: Source,
    /// Whether cpu shows the clocks of /proc/cpuinfo by the same name, which would have other labels than ours.
    leaves_clock_to_cpu: bool,
    /// Whether there are clocks that the kernel may have to measure; taken for granted until it has answered.
    tells_clocks: bool,
    cpus: Vec<(String, CpuFreq)>,
}

impl CpuFrequencies {
    pub(crate) fn new(config: &Config) -> Self {
        let linux = &config.linux;
        let folder = linux.roots.sys("devices/system/cpu");
        // Whether /proc/cpuinfo tells a clock depends on the architecture, so it is asked once.
        let tells_clock = || {
            let cpus = linux.source("cpuinfo").parse(parse_cpuinfo);
            cpus.is_ok_and(|cpus| cpus.iter().any(|cpu| cpu.megahertz.is_some()))
        };
        CpuFrequencies {
            offline: Source::new(folder.join("offline"), &linux.descriptors),
            leaves_clock_to_cpu: config.shows_clocks_of_cpuinfo() && tells_clock(),
            roots: linux.roots.clone(),
            tells_clocks: true,
            folder,
            cpus: Vec::new(),
        }
    }

    fn read_all(&mut self, watch: &Watch<'_>) -> Result<Outcome, ReadError> {
        self.cpus.clear();
        let folder = Folder::open(self.folder.clone())?;
        let mut cpus = folder.numbered("cpu")?;
        if cpus.is_empty() {
            return Ok(Outcome::NoData);
        }
        let offline = present(self.offline.parse(parse_cpu_list))?.unwrap_or_default();
        cpus.retain(|cpu| number(cpu).parse().is_ok_and(|cpu| !offline.contains(&cpu)));
        if self.tells_clocks {
            measure_clocks(&self.roots);
        }
        let outcome;
        (self.cpus, outcome) = read_devices(watch, cpus, String::as_str, |cpu| {
            let mut frequencies = read_cpufreq(&folder, cpu)?;
            frequencies.current_khz = frequencies.current_khz.filter(|_| !self.leaves_clock_to_cpu);
            Ok((number(cpu).to_owned(), frequencies))
        });
        self.tells_clocks = self.cpus.iter().any(|(_, cpu)| cpu.scaling_current_khz.is_some());
        Ok(outcome.into())
    }
}

fn number(cpu: &str) -> &str {
    cpu.trim_start_matches("cpu")
}

impl Collector for CpuFrequencies {
    /// A machine whose processors have no cpufreq is read well, as the peer has it.
    fn read(&mut self, watch: &Watch<'_>) -> Outcome {
        match self.read_all(watch) {
            Err(error) if error.is_absent() => Outcome::NoData,
            Err(error) => Outcome::Failed(error.into()),
            Ok(outcome) => outcome,
        }
    }

    fn samples(&self, out: &mut Families) {
        self.cpus.iter().for_each(|(cpu, frequencies)| samples(cpu, frequencies, out));
    }
}

fn samples(cpu: &str, frequencies: &CpuFreq, out: &mut Families) {
    for Clock { desc, khz } in &CLOCKS {
        if let Some(khz) = khz(frequencies) {
            out.add(desc, &[cpu], khz as f64 * 1000.0);
        }
    }
    if let Some(current) = &frequencies.governor {
        for governor in &frequencies.governors {
            out.add(&GOVERNOR, &[cpu, governor], governor == current);
        }
    }
}
