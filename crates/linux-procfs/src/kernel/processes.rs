//! `/proc`: how many processes and threads there are, by what they do.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{CWD, Mode, OFlags, RawDir, openat};
use rustix::io::Errno;
use rustix::path::Arg;

use super::process::{ProcessStat, parse_process_stat};
use crate::error::ReadError;
use crate::fields::number;
use crate::roots::Roots;

/// Room for the names of some hundred processes at a time.
const LISTING_BYTES: usize = 8192;
/// The file is far smaller: a name of at most 64 bytes, and 51 numbers.
const STAT_BYTES: usize = 2048;
/// A number of 20 digits at most, and the name of a file behind it.
const PATH_BYTES: usize = 32;

/// All processes that can be seen, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Processes {
    /// How many there are.
    pub processes: u64,
    /// The threads that they say they have.
    pub threads: u64,
    /// Processes by state.
    pub states: States,
    /// Threads by state.
    pub thread_states: States,
}

/// How many of something are in each state, which is a letter: `R`, `S`, `D`, `Z` …
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct States([u64; 128]);

impl States {
    /// The states that anything is in, by letter.
    pub fn iter(&self) -> impl Iterator<Item = (char, u64)> {
        let states = (0_u8..).map(char::from).zip(self.0);
        states.filter(|(_, count)| *count > 0)
    }

    fn count(&mut self, state: u8) {
        if let Some(count) = self.0.get_mut(usize::from(state)) {
            *count += 1;
        }
    }
}

impl Default for States {
    fn default() -> Self {
        States([0; 128])
    }
}

/// Counts processes and threads without an allocation. Those that end in the meantime, and those that are hidden
/// (`hidepid`), are not counted.
///
/// # Errors
/// When procfs can't be listed.
pub fn count_processes(roots: &Roots) -> Result<Processes, ReadError> {
    let failed = |error: Errno| ReadError::io(&roots.procfs, error.into());
    let procfs = folder(CWD, &roots.procfs).map_err(failed)?;
    let mut counted = Processes::default();
    let count = |pid| {
        let Some(stat) = read_stat(&procfs, pid) else { return };
        counted.processes += 1;
        counted.threads = counted.threads.saturating_add(stat.threads);
        counted.states.count(stat.state);
        if stat.threads == 1 {
            counted.thread_states.count(stat.state);
        } else {
            // A process that ends in the meantime has no threads any more.
            count_threads(&procfs, pid, &stat, &mut counted.thread_states).ok();
        }
    };
    each_number(&procfs, count).map_err(failed)?;
    Ok(counted)
}

fn count_threads(procfs: &OwnedFd, pid: u64, stat: &ProcessStat, states: &mut States) -> Result<(), Errno> {
    let mut path = [0; PATH_BYTES];
    let tasks = folder(procfs, place(&mut path, pid, "/task"))?;
    each_number(&tasks, |task| {
        // The first thread is the process, whose state is known.
        let stat = if task == pid { Some(*stat) } else { read_stat(&tasks, task) };
        stat.into_iter().for_each(|stat| states.count(stat.state));
    })
}

/// Calls `visit` with each process of procfs, or each thread of a process.
fn each_number(folder: &OwnedFd, mut visit: impl FnMut(u64)) -> Result<(), Errno> {
    let mut buffer = [MaybeUninit::uninit(); LISTING_BYTES];
    let mut entries = RawDir::new(folder, &mut buffer);
    while let Some(entry) = entries.next() {
        if let Some(number) = number(entry?.file_name().to_bytes()) {
            visit(number);
        }
    }
    Ok(())
}

fn read_stat(folder: &OwnedFd, number: u64) -> Option<ProcessStat> {
    let (mut path, mut buffer) = ([0; PATH_BYTES], [0; STAT_BYTES]);
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = openat(folder, place(&mut path, number, "/stat"), flags, Mode::empty()).ok()?;
    let length = File::from(file).read(&mut buffer).ok()?;
    parse_process_stat(&buffer[..length]).ok()
}

fn folder(at: impl AsFd, path: impl Arg) -> Result<OwnedFd, Errno> {
    openat(at, path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
}

/// Writes a path such as `4711/stat`.
fn place<'p>(path: &'p mut [u8; PATH_BYTES], number: u64, file: &str) -> &'p [u8] {
    let mut rest = path.as_mut_slice();
    write!(rest, "{number}{file}").expect("20 digits and the name of a file fit");
    let left = rest.len();
    &path[..PATH_BYTES - left]
}

#[cfg(test)]
mod tests {
    use testkit::tree;

    use super::*;

    #[test]
    fn processes_that_are_there_have_gone_are_hidden_or_have_threads() {
        let folder = tempfile::tempdir().unwrap();
        let stat =
            |state: &str, threads: u64| format!(" {state} 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 {threads} 0 1 2 3");
        let text = format!(
            "--- 1/stat: 1 (init){}\n--- 20/stat: 20 (a) b){}\n--- 20/task/20/stat: 20 (a){}\n--- 20/task/21/stat: 21 (a){}\n\
             --- 20/task/22/stat: 22 (cut off) D 1\n/// 20/task/23\n--- 30/stat: 30 (z){}\n/// 40\n--- loadavg: 1\n--> self: 20\n",
            stat("S", 1),
            stat("R", 4),
            stat("S", 4),
            stat("D", 4),
            stat("Z", 2),
        );
        tree::unpack(&text, folder.path()).unwrap();
        let roots = Roots { procfs: folder.path().to_owned(), ..Roots::default() };
        let counted = count_processes(&roots).unwrap();
        assert_eq!((counted.processes, counted.threads), (3, 7));
        assert_eq!(counted.states.iter().collect::<Vec<_>>(), [('R', 1), ('S', 1), ('Z', 1)]);
        assert_eq!(counted.thread_states.iter().collect::<Vec<_>>(), [('D', 1), ('R', 1), ('S', 1)]);
        let nowhere = Roots { procfs: folder.path().join("nowhere"), ..Roots::default() };
        assert!(matches!(count_processes(&nowhere), Err(ReadError::Missing(path)) if path == nowhere.procfs));
    }

    #[test]
    fn the_processes_of_this_machine() {
        let counted = count_processes(&Roots::default()).unwrap();
        let sum = |states: &States| states.iter().map(|(_, count)| count).sum::<u64>();
        assert!(counted.processes > 0 && counted.threads >= counted.processes, "{counted:?}");
        assert_eq!(sum(&counted.states), counted.processes);
    }
}
