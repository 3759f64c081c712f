//! The parsers on whatever bytes come.
#![allow(clippy::unwrap_used, reason = "a test may")]

use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use linux_procfs::{
    Roots, TcpSockets, parse_arp, parse_bcachefs_counter, parse_bcachefs_errors, parse_btree_write_stats,
    parse_commit_stats, parse_compression_stats, parse_conntrack, parse_cpu_list, parse_cpuinfo, parse_diskstats,
    parse_file_nr, parse_hwmon_file, parse_interrupts, parse_io_done, parse_io_errors, parse_kstat, parse_loadavg,
    parse_mdstat, parse_meminfo, parse_mm_stat, parse_mountinfo, parse_net_dev, parse_netstat, parse_nfs, parse_nfsd,
    parse_number, parse_octets, parse_online, parse_os_release, parse_pool_io, parse_pool_state, parse_pressure,
    parse_process_stat, parse_schedstat, parse_selinux_config, parse_snmp6, parse_sockets, parse_sockstat,
    parse_softnet, parse_stat, parse_udev, parse_vmstat, parse_xfs_stats,
};
use proptest::prelude::*;
use testkit::tree;

/// Every parser; none may panic, whatever it says.
fn parse_all(bytes: &[u8]) {
    parse_bcachefs_counter(bytes).ok();
    parse_bcachefs_errors(bytes).ok();
    parse_btree_write_stats(bytes).ok();
    parse_commit_stats(bytes).ok();
    parse_compression_stats(bytes).ok();
    parse_arp(bytes).ok();
    parse_conntrack(bytes).ok();
    parse_cpu_list(bytes).ok();
    parse_cpuinfo(bytes).ok();
    parse_diskstats(bytes).ok();
    parse_file_nr(bytes).ok();
    parse_interrupts(bytes).ok();
    parse_kstat(bytes).ok();
    black_box(parse_hwmon_file(&String::from_utf8_lossy(bytes)));
    parse_io_done(bytes).ok();
    parse_io_errors(bytes).ok();
    parse_loadavg(bytes).ok();
    parse_mdstat(bytes).ok();
    parse_meminfo(bytes).ok();
    parse_mm_stat(bytes).ok();
    parse_mountinfo(bytes).ok();
    parse_net_dev(bytes).ok();
    parse_number(bytes).ok();
    parse_netstat(bytes, |_, _, _| {}).ok();
    black_box(parse_octets(bytes));
    parse_online(bytes).ok();
    black_box(parse_os_release(bytes));
    parse_nfs(bytes).ok();
    parse_nfsd(bytes).ok();
    parse_pool_io(bytes).ok();
    parse_pool_state(bytes).ok();
    parse_pressure(bytes).ok();
    parse_process_stat(bytes).ok();
    parse_schedstat(bytes).ok();
    black_box(parse_selinux_config(bytes));
    parse_snmp6(bytes, |_, _, _| {}).ok();
    parse_sockets(bytes, |_| {}).ok();
    parse_sockstat(bytes, |_, _, _| {}).ok();
    parse_softnet(bytes).ok();
    parse_stat(bytes).ok();
    black_box(parse_udev(bytes));
    TcpSockets::default().add(bytes).ok();
    parse_vmstat(bytes, |_, _| {}).ok();
    parse_xfs_stats(bytes).ok();
}

/// Every file of the fixtures but the smallest.
static FILES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    fn collect(folder: &Path, files: &mut Vec<Vec<u8>>) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let kind = entry.file_type().unwrap();
            if kind.is_dir() {
                collect(&entry.path(), files);
            } else if kind.is_file() && entry.metadata().unwrap().len() > 16 {
                files.push(fs::read(entry.path()).unwrap());
            }
        }
    }
    let mut files = Vec::new();
    let folder = tempfile::tempdir().unwrap();
    for machine in fs::read_dir(fixtures()).unwrap().map(Result::unwrap) {
        let machine = machine.path();
        let place = folder.path().join(machine.file_name().unwrap());
        tree::unpack_machine(&machine, &place).unwrap();
    }
    collect(folder.path(), &mut files);
    assert!(files.len() > 30, "{}", files.len());
    files
});

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        parse_all(&bytes);
    }

    #[test]
    fn damaged_files_never_panic(
        file in any::<prop::sample::Index>(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        end in any::<prop::sample::Index>(),
    ) {
        let mut bytes = file.get(&FILES).clone();
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
    let folder = tempfile::tempdir().unwrap();
    tree::unpack("=== proc/1/mountinfo\n=== proc/self/mountinfo\n", folder.path()).unwrap();
    let init = |procfs: &str| Roots { procfs: folder.path().join(procfs), ..Roots::default() }.init("mountinfo");
    assert!(init("proc").ends_with("proc/1/mountinfo"));
    assert!(init("nowhere").ends_with("nowhere/self/mountinfo"));
}
