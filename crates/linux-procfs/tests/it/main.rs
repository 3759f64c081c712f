//! The parsers on whatever bytes come.
#![allow(clippy::unwrap_used, reason = "a test may")]

use std::fs;
use std::hint::black_box;
use std::path::Path;

use linux_procfs::{
    Roots, parse_cpu_list, parse_cpuinfo, parse_diskstats, parse_loadavg, parse_meminfo, parse_mountinfo,
    parse_net_dev, parse_octets, parse_pressure, parse_process_stat, parse_stat, parse_udev, parse_vmstat,
};
use proptest::prelude::*;

/// Every parser; none may panic, whatever it says.
fn parse_all(bytes: &[u8]) {
    parse_cpu_list(bytes).ok();
    black_box(parse_cpuinfo(bytes));
    parse_diskstats(bytes).ok();
    parse_loadavg(bytes).ok();
    parse_meminfo(bytes).ok();
    parse_mountinfo(bytes).ok();
    parse_net_dev(bytes).ok();
    black_box(parse_octets(bytes));
    parse_pressure(bytes).ok();
    parse_process_stat(bytes).ok();
    parse_stat(bytes).ok();
    black_box(parse_udev(bytes));
    parse_vmstat(bytes, |_, _| {}).ok();
}

fn fixture(file: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(file)).unwrap()
}

const FILES: [&str; 8] = [
    "vps/proc/stat",
    "vps/proc/cpuinfo",
    "vps/proc/meminfo",
    "vps/proc/diskstats",
    "vps/proc/pressure/io",
    "bare-metal/proc/1/mountinfo",
    "bare-metal/proc/1/net/dev",
    "bare-metal/udev/b8:0",
];

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        parse_all(&bytes);
    }

    #[test]
    fn damaged_files_never_panic(
        file in prop::sample::select(&FILES[..]),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        end in any::<prop::sample::Index>(),
    ) {
        let mut bytes = fixture(file);
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(end.index(bytes.len() + 1));
        parse_all(&bytes);
    }
}

#[test]
fn files_of_process_1_where_there_is_one() {
    let roots = |name: &str| {
        let procfs = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name).join("proc");
        Roots { procfs, ..Roots::default() }
    };
    assert!(roots("container-guest").init("mountinfo").ends_with("proc/1/mountinfo"));
    assert!(roots("nowhere").init("mountinfo").ends_with("proc/self/mountinfo"));
}
