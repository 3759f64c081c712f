//! What a process uses of memory and processor, as Linux accounts it.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::time::Duration;

/// Resident memory in bytes.
#[derive(Debug, PartialEq)]
pub struct Memory {
    /// All of it: `Rss` of `/proc/PID/smaps_rollup`, which counts pages, where `VmRSS` may lag by some per processor.
    pub resident: u64,
    /// Of it, what the process allocated or wrote: `Anonymous` there.
    pub anonymous: u64,
    /// The most that was ever resident: `VmHWM` of `/proc/PID/status`.
    pub peak: u64,
}

/// Processor time of a process up to a moment.
#[derive(Debug, PartialEq)]
pub struct Processor {
    /// Nanoseconds by thread: the first field of `/proc/PID/task/TID/schedstat`.
    threads: BTreeMap<u32, u64>,
    /// All threads, ended ones too, in hundredths of a second: `utime` and `stime` of `/proc/PID/stat`.
    ticks: u64,
}

impl Memory {
    /// Reads it for the process `id`. Fails when there is no such process or it is another user's.
    pub fn of(id: u32) -> io::Result<Self> {
        let rollup = read(&format!("/proc/{id}/smaps_rollup"))?;
        let status = read(&format!("/proc/{id}/status"))?;
        Self::parse(&rollup, &status).ok_or_else(|| unknown(id, "memory figures"))
    }

    fn parse(rollup: &str, status: &str) -> Option<Self> {
        Some(Self {
            resident: bytes(rollup, "Rss:")?,
            anonymous: bytes(rollup, "Anonymous:")?,
            peak: bytes(status, "VmHWM:")?,
        })
    }
}

impl Processor {
    /// Reads it for the process `id`, which must not be scraped meanwhile. Fails when there is no such process.
    pub fn of(id: u32) -> io::Result<Self> {
        let stat = read(&format!("/proc/{id}/stat"))?;
        let ticks = ticks(&stat).ok_or_else(|| unknown(id, "processor time"))?;
        let mut threads = BTreeMap::new();
        for task in fs::read_dir(format!("/proc/{id}/task"))? {
            // A thread may end between the listing and this, and a kernel may lack the file: `ticks` stands in for both.
            threads.extend(thread(&task?));
        }
        Ok(Self { threads, ticks })
    }

    /// The time used since `earlier`: to the nanosecond, or to the hundredth of a second when a thread has ended in between.
    pub fn since(&self, earlier: &Self) -> Duration {
        // The kernel shows ticks as hundredths of a second on every architecture that we build for.
        let by_ticks = Duration::from_millis(10 * self.ticks.saturating_sub(earlier.ticks));
        let nanoseconds = |processor: &Self| processor.threads.values().sum::<u64>();
        let by_thread = Duration::from_nanos(nanoseconds(self).saturating_sub(nanoseconds(earlier)));
        let lives_on = !earlier.threads.is_empty() && earlier.threads.keys().all(|id| self.threads.contains_key(id));
        // A thread that began and ended in between is in no list, but in the ticks, which are rounded at both ends.
        let is_complete = lives_on && by_thread + Duration::from_millis(20) >= by_ticks;
        if is_complete { by_thread } else { by_ticks }
    }
}

/// How many descriptors the process `id` has open. Fails when there is no such process or it is another user's.
pub fn descriptors(id: u32) -> io::Result<usize> {
    Ok(fs::read_dir(format!("/proc/{id}/fd"))?.count())
}

/// A thread's id and the nanoseconds that it has run.
fn thread(task: &fs::DirEntry) -> Option<(u32, u64)> {
    let id = task.file_name().to_str()?.parse().ok()?;
    let schedstat = fs::read_to_string(task.path().join("schedstat")).ok()?;
    Some((id, schedstat.split(' ').next()?.parse().ok()?))
}

/// The kilobytes of the line `name`, in bytes.
fn bytes(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024)
}

/// The 14th and 15th field of `/proc/PID/stat`; the second one, the command's name, may hold blanks and brackets.
fn ticks(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut times = fields.split(' ').skip(11).map(|field| field.parse::<u64>().ok());
    Some(times.next()?? + times.next()??)
}

fn read(path: &str) -> io::Result<String> {
    fs::read_to_string(path).map_err(|err| io::Error::new(err.kind(), format!("cannot read {path}: {err}")))
}

fn unknown(id: u32, what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("/proc/{id} does not say its {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_of_a_small_process() {
        let rollup = "00400000-7ffea3601000 ---p 00000000 00:00 0    [rollup]\nRss:               20280 kB\n\
                      Pss:               18995 kB\nAnonymous:          4628 kB\n";
        let status = "Name:\tnode_exporter\nVmHWM:\t   20290 kB\nVmRSS:\t   20280 kB\n";
        let memory = Memory { resident: 20_766_720, anonymous: 4_739_072, peak: 20_776_960 };
        assert_eq!(Memory::parse(rollup, status), Some(memory));
        assert_eq!(Memory::parse("", status), None);
    }

    #[test]
    fn ticks_of_a_command_with_brackets() {
        let stat = "15781 (a) (b c) S 15779 15779 12365 0 -1 4194560 1728 0 3 0 17 25 0 0 20 0 5 0 108488";
        assert_eq!(ticks(stat), Some(42));
        assert_eq!(ticks("15781 (cut"), None);
    }

    #[test]
    fn time_of_threads_that_all_live_on() {
        let earlier = Processor { threads: BTreeMap::from([(1, 1_000), (2, 500)]), ticks: 0 };
        let later = Processor { threads: BTreeMap::from([(1, 4_000), (2, 500), (3, 70)]), ticks: 2 };
        assert_eq!(later.since(&earlier), Duration::from_nanos(3_070));
        let later = Processor { ticks: 9, ..later };
        assert_eq!(later.since(&earlier), Duration::from_millis(90), "another thread has come and gone");
    }

    #[test]
    fn time_when_a_thread_has_ended_or_none_is_accounted() {
        let earlier = Processor { threads: BTreeMap::from([(1, 1_000), (2, 500)]), ticks: 3 };
        let later = Processor { threads: BTreeMap::from([(1, 4_000)]), ticks: 9 };
        assert_eq!(later.since(&earlier), Duration::from_millis(60));
        let [earlier, later] = [3, 9].map(|ticks| Processor { threads: BTreeMap::new(), ticks });
        assert_eq!(later.since(&earlier), Duration::from_millis(60));
    }
}
