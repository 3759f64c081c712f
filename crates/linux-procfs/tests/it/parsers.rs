//! Every parser of the crate; the fuzz target `procfs` is made of this file too.

use std::hint::black_box;

use linux_procfs::{
    TcpSockets, parse_arp, parse_bcachefs_counter, parse_bcachefs_errors, parse_blkio, parse_btree_write_stats,
    parse_cgroup_numbers, parse_cgroup_procs, parse_commit_stats, parse_compression_stats, parse_conntrack,
    parse_cpu_list, parse_cpuinfo, parse_diskstats, parse_file_nr, parse_hwmon_file, parse_interrupts, parse_io_done,
    parse_io_errors, parse_io_stat, parse_kstat, parse_loadavg, parse_mdstat, parse_meminfo, parse_mm_stat,
    parse_mountinfo, parse_net_dev, parse_netstat, parse_nfs, parse_nfsd, parse_number, parse_octets, parse_online,
    parse_os_release, parse_pool_io, parse_pool_state, parse_pressure, parse_process_cgroups, parse_process_stat,
    parse_schedstat, parse_selinux_config, parse_snmp6, parse_sockets, parse_sockstat, parse_softnet, parse_stat,
    parse_udev, parse_vmstat, parse_xfs_stats,
};

/// Has every parser read `bytes`; none may panic, whatever it says.
pub(crate) fn parse_all(bytes: &[u8]) {
    parse_bcachefs_counter(bytes).ok();
    parse_bcachefs_errors(bytes).ok();
    parse_blkio(bytes).ok();
    parse_btree_write_stats(bytes).ok();
    parse_cgroup_numbers(bytes, |_, value| _ = black_box(value)).ok();
    parse_cgroup_procs(bytes).ok();
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
    parse_io_stat(bytes).ok();
    parse_loadavg(bytes).ok();
    parse_mdstat(bytes).ok();
    parse_meminfo(bytes).ok();
    parse_mm_stat(bytes).ok();
    parse_mountinfo(bytes).ok();
    parse_net_dev(bytes).ok();
    parse_number(bytes).ok();
    parse_netstat(bytes, |_, _, value| _ = black_box(value)).ok();
    black_box(parse_octets(bytes));
    parse_online(bytes).ok();
    black_box(parse_os_release(bytes));
    parse_nfs(bytes).ok();
    parse_nfsd(bytes).ok();
    parse_pool_io(bytes).ok();
    parse_pool_state(bytes).ok();
    parse_pressure(bytes).ok();
    parse_process_cgroups(bytes).ok();
    parse_process_stat(bytes).ok();
    parse_schedstat(bytes).ok();
    black_box(parse_selinux_config(bytes));
    parse_snmp6(bytes, |_, _, value| _ = black_box(value)).ok();
    parse_sockets(bytes, |socket| _ = black_box(socket)).ok();
    parse_sockstat(bytes, |_, _, value| _ = black_box(value)).ok();
    parse_softnet(bytes).ok();
    parse_stat(bytes).ok();
    black_box(parse_udev(bytes));
    TcpSockets::default().add(bytes).ok();
    parse_vmstat(bytes, |_, value| _ = black_box(value)).ok();
    parse_xfs_stats(bytes).ok();
}
