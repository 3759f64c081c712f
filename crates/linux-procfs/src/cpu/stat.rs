//! `/proc/stat`: processor time, and counters since boot.

use crate::error::Malformed;
use crate::fields::{columns, lines, next, number};

/// `/proc/stat`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KernelStat {
    /// Every processor that is online, in the kernel's order.
    pub cpus: Vec<CpuTicks>,
    /// Interrupts served since boot (`intr`, its first number).
    pub interrupts: Option<u64>,
    /// Context switches since boot (`ctxt`).
    pub context_switches: Option<u64>,
    /// Boot time in seconds since 1970 (`btime`).
    pub boot_time_seconds: Option<u64>,
    /// Forks since boot (`processes`).
    pub forks: Option<u64>,
    /// Processes that can run now (`procs_running`).
    pub procs_running: Option<u64>,
    /// Processes that wait for I/O now (`procs_blocked`).
    pub procs_blocked: Option<u64>,
    /// Soft interrupts since boot by vector, in the kernel's order: hi, timer, net_tx, net_rx, block, irq_poll, tasklet,
    /// sched, hrtimer, rcu (`softirq`, without its first number, the total).
    pub softirqs: Vec<u64>,
}

/// The time of one processor, in ticks of `USER_HZ`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CpuTicks {
    /// The processor's number.
    pub cpu: u32,
    /// In user mode, guests included.
    pub user: u64,
    /// In user mode with low priority, guests included.
    pub nice: u64,
    /// In the kernel.
    pub system: u64,
    /// Idle.
    pub idle: u64,
    /// Idle while I/O is under way.
    pub iowait: u64,
    /// In interrupts.
    pub irq: u64,
    /// In soft interrupts.
    pub softirq: u64,
    /// Taken by the hypervisor for others.
    pub steal: u64,
    /// Running guests.
    pub guest: u64,
    /// Running guests with low priority.
    pub guest_nice: u64,
}

/// Reads `/proc/stat`. Times that an old kernel does not have are 0, as it spends none there.
///
/// # Errors
/// A `cpu` line without its first four times, or with a word among its numbers; any other line that should hold a
/// number and does not; no processor.
pub fn parse_stat(bytes: &[u8]) -> Result<KernelStat, Malformed> {
    let mut stat = KernelStat::default();
    for (line, bytes) in lines(bytes) {
        let mut columns = columns(bytes);
        let key = columns.next().unwrap_or_default();
        let mut count = || next(&mut columns, line, "a number").map(Some);
        match key {
            b"intr" => stat.interrupts = count()?,
            b"ctxt" => stat.context_switches = count()?,
            b"btime" => stat.boot_time_seconds = count()?,
            b"processes" => stat.forks = count()?,
            b"procs_running" => stat.procs_running = count()?,
            b"procs_blocked" => stat.procs_blocked = count()?,
            b"softirq" => {
                let vectors =
                    columns.skip(1).map(|vector| number(vector).ok_or(Malformed { line, expected: "numbers" }));
                stat.softirqs = vectors.collect::<Result<_, _>>()?;
            }
            _ => {
                if let Some(cpu) = key.strip_prefix(b"cpu").and_then(number) {
                    stat.cpus.push(cpu_ticks(cpu, columns, line)?);
                }
            }
        }
    }
    if stat.cpus.is_empty() {
        return Err(Malformed { line: 1, expected: "a processor" });
    }
    Ok(stat)
}

fn cpu_ticks<'l>(cpu: u32, columns: impl Iterator<Item = &'l [u8]>, line: usize) -> Result<CpuTicks, Malformed> {
    let mut ticks = [0; 10];
    let mut found = 0;
    for (slot, column) in ticks.iter_mut().zip(columns) {
        *slot = number(column).ok_or(Malformed { line, expected: "ticks as numbers" })?;
        found += 1;
    }
    if found < 4 {
        return Err(Malformed { line, expected: "at least user, nice, system and idle ticks" });
    }
    let [user, nice, system, idle, iowait, irq, softirq, steal, guest, guest_nice] = ticks;
    Ok(CpuTicks { cpu, user, nice, system, idle, iowait, irq, softirq, steal, guest, guest_nice })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_processors_of_which_one_was_hot_plugged() {
        let text = b"cpu  20 4 6 8 10 12 14 16 18 20\n\
            cpu0 10 2 3 4 5 6 7 8 9 10\n\
            cpu7 10 2 3 4 5 6 7 8 9 10\n\
            intr 8885917 17 0 0\nctxt 38014093\nbtime 1418183276\nprocesses 26442\nprocs_running 2\nprocs_blocked 1\n\
            softirq 5057579 250191 1481983 1647 211099 186066 0 1783454 622196 12499 508444\nnewkey 1 2 3\n";
        let cpu = |cpu| CpuTicks {
            cpu,
            user: 10,
            nice: 2,
            system: 3,
            idle: 4,
            iowait: 5,
            irq: 6,
            softirq: 7,
            steal: 8,
            guest: 9,
            guest_nice: 10,
        };
        let expected = KernelStat {
            cpus: vec![cpu(0), cpu(7)],
            interrupts: Some(8_885_917),
            context_switches: Some(38_014_093),
            boot_time_seconds: Some(1_418_183_276),
            forks: Some(26_442),
            procs_running: Some(2),
            procs_blocked: Some(1),
            softirqs: vec![250_191, 1_481_983, 1_647, 211_099, 186_066, 0, 1_783_454, 622_196, 12_499, 508_444],
        };
        assert_eq!(parse_stat(text), Ok(expected));
    }

    #[test]
    fn an_old_kernel_without_the_later_times() {
        let stat = parse_stat(b"cpu0 1 2 3 4\n").unwrap();
        assert_eq!(stat.cpus, [CpuTicks { cpu: 0, user: 1, nice: 2, system: 3, idle: 4, ..CpuTicks::default() }]);
        assert_eq!(stat.forks, None);
    }

    #[test]
    fn lines_that_are_cut_off_or_hold_other_than_numbers() {
        for (text, line) in [
            ("cpu0 1 2 3\n", 1),
            ("cpu0 1 2 3 4\ncpu1 1 2 x 4\n", 2),
            ("cpu0 1 2 -3 4\n", 1),
            ("cpu0 1 2 3 99999999999999999999\n", 1),
            ("ctxt\n", 1),
            ("btime soon\n", 1),
            ("softirq 1 2 x\n", 1),
        ] {
            assert_eq!(parse_stat(text.as_bytes()).unwrap_err().line, line, "{text}");
        }
    }
}
