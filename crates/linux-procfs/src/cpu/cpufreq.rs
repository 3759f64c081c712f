//! `/sys/devices/system/cpu/cpu*/cpufreq`: how fast a processor runs, may run and should run.

use crate::error::ReadError;
use crate::roots::Roots;
use crate::source::open;
use crate::sysfs::Folder;

/// What cpufreq says of a processor, in kilohertz; each may be missing, unreadable for this user, or unknown now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CpuFreq {
    /// As the hardware tells (`cpuinfo_cur_freq`); for root only.
    pub current_khz: Option<u64>,
    /// Mean since the last reading, as the hardware tells (`cpuinfo_avg_freq`, since Linux 6.15).
    pub average_khz: Option<u64>,
    /// The hardware's least (`cpuinfo_min_freq`).
    pub least_khz: Option<u64>,
    /// The hardware's most (`cpuinfo_max_freq`).
    pub most_khz: Option<u64>,
    /// As the kernel has asked for last, or measured (`scaling_cur_freq`).
    pub scaling_current_khz: Option<u64>,
    /// The least that the policy asks for (`scaling_min_freq`).
    pub scaling_least_khz: Option<u64>,
    /// The most that the policy asks for (`scaling_max_freq`).
    pub scaling_most_khz: Option<u64>,
    /// Who decides (`scaling_governor`).
    pub governor: Option<String>,
    /// Who could decide (`scaling_available_governors`).
    pub governors: Vec<String>,
}

/// Has the kernel measure the clocks of all processors at once, before they are read in turn.
///
/// Linux 4.15 to 5.16 on x86 measures a clock over 10 ms, and sleeps so long in every read of `scaling_cur_freq` unless it
/// has measured that processor within the last second. It measures all of them whenever `/proc/cpuinfo` is opened. Where
/// that fails, or does nothing, reading takes as long as it takes.
pub fn measure_clocks(roots: &Roots) {
    drop(open(&roots.proc("cpuinfo")));
}

/// Reads what cpufreq says of a processor; `cpus` is the folder `devices/system/cpu`. The kernel may take 10 ms to measure
/// its clock, unless [`measure_clocks`] was called just before.
///
/// # Errors
/// [`ReadError::Missing`] where the processor has no cpufreq.
pub fn read_cpufreq(cpus: &Folder, cpu: &str) -> Result<CpuFreq, ReadError> {
    let folder = cpus.folder(&format!("{cpu}/cpufreq"))?;
    let governors = folder.text("scaling_available_governors").unwrap_or_default();
    Ok(CpuFreq {
        current_khz: folder.number("cpuinfo_cur_freq"),
        average_khz: folder.number("cpuinfo_avg_freq"),
        least_khz: folder.number("cpuinfo_min_freq"),
        most_khz: folder.number("cpuinfo_max_freq"),
        scaling_current_khz: folder.number("scaling_cur_freq"),
        scaling_least_khz: folder.number("scaling_min_freq"),
        scaling_most_khz: folder.number("scaling_max_freq"),
        governor: folder.text("scaling_governor"),
        governors: governors.split_ascii_whitespace().map(str::to_owned).collect(),
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_processor_with_a_clock_that_is_not_known_now() {
        let cpus = tempfile::tempdir().unwrap();
        let folder = cpus.path().join("cpu0/cpufreq");
        fs::create_dir_all(&folder).unwrap();
        for (file, text) in [
            ("cpuinfo_cur_freq", "<unknown>\n"),
            ("cpuinfo_min_freq", "800000\n"),
            ("cpuinfo_max_freq", "3700000\n"),
            ("scaling_cur_freq", "1699981\n"),
            ("scaling_min_freq", "800000\n"),
            ("scaling_governor", "powersave\n"),
            ("scaling_available_governors", "performance powersave \n"),
        ] {
            fs::write(folder.join(file), text).unwrap();
        }
        let cpus = Folder::open(cpus.path().to_owned()).unwrap();
        let expected = CpuFreq {
            least_khz: Some(800_000),
            most_khz: Some(3_700_000),
            scaling_current_khz: Some(1_699_981),
            scaling_least_khz: Some(800_000),
            governor: Some("powersave".to_owned()),
            governors: vec!["performance".to_owned(), "powersave".to_owned()],
            ..CpuFreq::default()
        };
        assert_eq!(read_cpufreq(&cpus, "cpu0").unwrap(), expected);
        assert!(read_cpufreq(&cpus, "cpu1").unwrap_err().is_absent());
    }
}
