//! cAdvisor's sets of metrics, which its flags switch off and on.

/// The sets that are here, and whether they are shown. What is not shown need not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Groups {
    pub(crate) cpu: bool,
    pub(crate) memory: bool,
    pub(crate) disk_io: bool,
    pub(crate) network: bool,
    /// Processes and threads, which cAdvisor leaves out by default because it also counts their files.
    pub(crate) process: bool,
    pub(crate) oom_event: bool,
    pub(crate) pressure: bool,
}

/// A set by cAdvisor's word for it, and where it is, or why it is not here.
struct Set {
    word: &'static str,
    group: Result<fn(&mut Groups) -> &mut bool, &'static str>,
}

const fn here(word: &'static str, group: fn(&mut Groups) -> &mut bool) -> Set {
    Set { word, group: Ok(group) }
}

const fn absent(word: &'static str, why: &'static str) -> Set {
    Set { word, group: Err(why) }
}

const SOCKETS: &str = "every socket of every container would be read for it";
const RIGHTS: &str = "it needs rights that this exporter is not to have";
const KERNEL: &str = "it shows kernel internals that no common dashboard asks for";

/// Those of cAdvisor 0.60; `accelerator` is of earlier ones.
static SETS: [Set; 23] = [
    absent("accelerator", "cAdvisor has given it up"),
    absent("advtcp", SOCKETS),
    absent("app", "Prometheus scrapes applications itself"),
    here("cpu", |groups| &mut groups.cpu),
    absent("cpuLoad", "cgroup v2 does not tell it, and with v1 it is 0 unless the kernel is asked for each task"),
    absent("cpu_topology", "it is about the machine, of which host-exporter tells"),
    absent("cpuset", KERNEL),
    absent(
        "disk",
        "every file of every container would be looked at for it; host-exporter tells when the disk fills up",
    ),
    here("diskIO", |groups| &mut groups.disk_io),
    absent("hugetlb", KERNEL),
    here("memory", |groups| &mut groups.memory),
    absent("memory_numa", KERNEL),
    here("network", |groups| &mut groups.network),
    here("oom_event", |groups| &mut groups.oom_event),
    absent("percpu", "cgroup v2 does not tell it; the sum is there with either version, as cpu=\"total\""),
    absent("perf_event", RIGHTS),
    here("pressure", |groups| &mut groups.pressure),
    here("process", |groups| &mut groups.process),
    absent("referenced_memory", RIGHTS),
    absent("resctrl", RIGHTS),
    absent("sched", "a file of every process would be read for it; container_pressure_cpu_* tells who waits"),
    absent("tcp", SOCKETS),
    absent("udp", SOCKETS),
];

/// The sets of cAdvisor that are not here, each with the reason.
pub fn absent_sets() -> impl Iterator<Item = (&'static str, &'static str)> {
    SETS.iter().filter_map(|set| Some((set.word, set.group.err()?)))
}

/// Some of cAdvisor's sets, as its flags list them.
#[derive(Clone, Default)]
pub(crate) struct MetricSets(Vec<&'static Set>);

impl MetricSets {
    /// Sets with commas between them; an empty text is none.
    ///
    /// # Errors
    /// What is no set, as for cAdvisor.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let set = |word: &str| SETS.iter().find(|set| set.word == word).ok_or_else(|| unknown(word));
        text.split(',').filter(|_| !text.is_empty()).map(set).collect::<Result<_, _>>().map(MetricSets)
    }

    /// Those of them that are not here, each with the reason.
    pub(crate) fn absent(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.0.iter().filter_map(|set| Some((set.word, set.group.err()?)))
    }

    fn switch(&self, groups: &mut Groups, on: bool) {
        self.0.iter().filter_map(|set| set.group.ok()).for_each(|group| *group(groups) = on);
    }
}

impl std::fmt::Debug for MetricSets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|set| set.word)).finish()
    }
}

impl Groups {
    const NONE: Groups = Groups {
        cpu: false,
        memory: false,
        disk_io: false,
        network: false,
        process: false,
        oom_event: false,
        pressure: false,
    };
    const ALL: Groups = Groups {
        cpu: true,
        memory: true,
        disk_io: true,
        network: true,
        process: true,
        oom_event: true,
        pressure: true,
    };

    /// As cAdvisor takes its flags: all but those that are disabled, or only those that are enabled if there are any. Nothing
    /// that is here is disabled by default.
    pub(crate) fn new(disabled: &MetricSets, enabled: &MetricSets) -> Groups {
        let mut groups = if enabled.0.is_empty() { Groups::ALL } else { Groups::NONE };
        if enabled.0.is_empty() {
            disabled.switch(&mut groups, false);
        }
        enabled.switch(&mut groups, true);
        groups
    }
}

fn unknown(word: &str) -> String {
    let words: Vec<_> = SETS.iter().map(|set| set.word).collect();
    format!("there is no set {word:?}; there are {}", words.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(disabled: &str, enabled: &str) -> Groups {
        Groups::new(&MetricSets::parse(disabled).unwrap(), &MetricSets::parse(enabled).unwrap())
    }

    #[test]
    fn all_but_those_that_are_disabled() {
        assert_eq!(groups("", ""), Groups::ALL);
        let expected = Groups { disk_io: false, process: false, ..Groups::ALL };
        assert_eq!(groups("percpu,sched,diskIO,process,accelerator", ""), expected);
    }

    #[test]
    fn what_is_enabled_counts_alone() {
        assert_eq!(groups("cpu,network", "cpu,memory,tcp"), Groups { cpu: true, memory: true, ..Groups::NONE });
        assert_eq!(groups("", "tcp"), Groups::NONE);
    }

    #[test]
    fn words_that_are_no_sets() {
        for text in ["cpu,", "CPU", " cpu", "cpu;memory"] {
            assert!(MetricSets::parse(text).unwrap_err().contains("there is no set"), "{text}");
        }
    }

    #[test]
    fn sets_that_are_not_here() {
        let sets = MetricSets::parse("tcp,cpu,disk").unwrap();
        assert_eq!(sets.absent().map(|(set, _)| set).collect::<Vec<_>>(), ["tcp", "disk"]);
        assert_eq!(absent_sets().count(), 16);
    }
}
