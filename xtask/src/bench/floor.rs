//! The least that a scrape can cost: reading the same files and dropping them.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use testkit::usage::Processor;

use super::exporter::Exporter;
use crate::{Failure, output_of};

/// The files that one scrape reads, as strace saw them, and what reading them costs.
pub(crate) struct Floor {
    /// Files that stay open and are read anew from their start.
    pub(crate) kept: usize,
    /// Files that are opened each time, as often as they are.
    pub(crate) opened: usize,
    /// Processor time of reading all of them once.
    pub(crate) processor: Duration,
}

/// How often the files are read for the mean.
const ROUNDS: u32 = 200;

impl Floor {
    /// Watches one scrape of the exporter, which has been scraped before, and reads what it read. `None` without strace.
    ///
    /// # Errors
    /// When the exporter can't be watched, or the files can't be read again.
    pub(crate) fn measure(exporter: &Exporter) -> Result<Option<Self>, Failure> {
        let Some(trace) = trace(exporter)? else { return Ok(None) };
        let files = files(&trace);
        let opened: Vec<&str> = files.opened.into_iter().filter(|path| File::open(path).is_ok()).collect();
        let mut kept: Vec<File> = files.kept.iter().filter_map(|path| File::open(path).ok()).collect();
        let mut buffer = vec![0; 1 << 20];
        let id = std::process::id();
        let mut before = Processor::of(id)?;
        for round in 0..ROUNDS + 1 {
            if round == 1 {
                before = Processor::of(id)?;
            }
            for file in &mut kept {
                file.seek(SeekFrom::Start(0))?;
                drain(file, &mut buffer);
            }
            for path in &opened {
                drain(&mut File::open(path)?, &mut buffer);
            }
        }
        let processor = Processor::of(id)?.since(&before) / ROUNDS;
        Ok(Some(Floor { kept: kept.len(), opened: opened.len(), processor }))
    }
}

/// What a driver refuses has been asked for all the same.
fn drain(file: &mut File, buffer: &mut [u8]) {
    while file.read(buffer).is_ok_and(|read| read > 0) {}
}

/// What one scrape opens and reads, with paths.
fn trace(exporter: &Exporter) -> Result<Option<String>, Failure> {
    let output = std::env::temp_dir().join(format!("pilotlight-bench-trace-{}", std::process::id()));
    let mut strace = Command::new("strace");
    strace.args(["-f", "-q", "-y", "-e", "trace=openat,read,pread64", "-o"]).arg(&output);
    strace.arg("-p").arg(exporter.id().to_string()).stdout(Stdio::null()).stderr(Stdio::null());
    let Ok(mut strace) = strace.spawn() else { return Ok(None) };
    // It says nothing when it has attached, and writes to the file at its end.
    thread::sleep(Duration::from_millis(500));
    exporter.page()?;
    thread::sleep(Duration::from_millis(100));
    output_of("kill", &["-INT", &strace.id().to_string()])?;
    strace.wait()?;
    let trace = fs::read_to_string(&output)?;
    fs::remove_file(&output)?;
    Ok(Some(trace))
}

#[derive(Debug, PartialEq)]
struct Files<'a> {
    kept: BTreeSet<&'a str>,
    opened: Vec<&'a str>,
}

/// The files below /proc, /sys and /run in a trace: those that are opened, and those that are read without.
fn files(trace: &str) -> Files<'_> {
    let lines = || trace.lines().filter(|line| !line.contains("O_DIRECTORY"));
    let opened: Vec<&str> =
        lines().filter_map(|line| path(line.split_once(" openat(")?.1.rsplit_once(" = ")?.1)).collect();
    let read = lines().filter_map(|line| path(line.split_once("read")?.1));
    Files { kept: read.filter(|path| !opened.contains(path)).collect(), opened }
}

/// The first path between angle brackets, if it is one of the kernel's or udev's.
fn path(text: &str) -> Option<&str> {
    let (path, _) = text.split_once('<')?.1.split_once('>')?;
    ["/proc/", "/sys/", "/run/"].iter().any(|root| path.starts_with(root)).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_kept_and_files_that_are_opened() {
        let trace = "\
70 pread64(5</proc/stat>, \"cpu\"..., 4096, 0) = 900
70 pread64(5</proc/stat>, \"\", 3196, 900) = 0
70 openat(AT_FDCWD</root>, \"/sys/class/net/eth0\", O_RDONLY|O_DIRECTORY) = 9</sys/devices/virtual/net/eth0>
70 openat(9</sys/devices/virtual/net/eth0>, \"mtu\", O_RDONLY|O_NONBLOCK|O_CLOEXEC) = 10</sys/devices/virtual/net/eth0/mtu>
70 read(10</sys/devices/virtual/net/eth0/mtu>, \"1500\\n\", 4096) = 5
70 openat(9</sys/devices/virtual/net/eth0>, \"phys\", O_RDONLY) = -1 ENOENT (No such file or directory)
71 read(3<anon_inode:[eventfd]>, 0x7f, 8) = -1 EAGAIN
71 read(8<socket:[1]>, \"GET\"..., 8192) = 3
";
        let mtu = "/sys/devices/virtual/net/eth0/mtu";
        assert_eq!(files(trace), Files { kept: ["/proc/stat"].into(), opened: vec![mtu] });
    }
}
