//! The patterns that most command lines have.

use exporter_toolkit::{Code, Pattern};

/// Mount points that are of the kernel or a container engine, not of the machine's disks.
pub(crate) const MOUNT_POINTS: &str =
    r"^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)";
/// File systems that hold no files of anybody's, or those of another mount.
pub(crate) const FS_TYPES: &str = r"^(autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|fusectl|hugetlbfs|iso9660|mqueue|nsfs|overlay|proc|procfs|pstore|rpc_pipefs|securityfs|selinuxfs|squashfs|erofs|sysfs|tracefs)$";
/// RAM disks, loop devices and partitions.
pub(crate) const DISKS: &str = r"^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+$";
/// Fields of /proc/net/netstat, snmp and snmp6.
pub(crate) const NETSTAT_FIELDS: &str = r"^(.*_(InErrors|InErrs)|Ip_Forwarding|Ip(6|Ext)_(InOctets|OutOctets)|Icmp6?_(InMsgs|OutMsgs)|TcpExt_(Listen.*|Syncookies.*|TCPSynRetrans|TCPTimeouts|TCPOFOQueue|TCPRcvQDrop)|Tcp_(ActiveOpens|InSegs|OutSegs|OutRsts|PassiveOpens|RetransSegs|CurrEstab)|Udp6?_(InDatagrams|OutDatagrams|NoPorts|RcvbufErrors|SndbufErrors))$";
/// Fields of /proc/vmstat.
pub(crate) const VMSTAT_FIELDS: &str = r"^(oom_kill|pgpg|pswp|pg.*fault).*";
/// Nothing that has a name.
pub(crate) const NOTHING: &str = "^$";

/// The defaults as code.
pub(crate) static IN_CODE: [(&str, Code); 6] = [
    (MOUNT_POINTS, is_internal_mount_point),
    (FS_TYPES, is_internal_fs_type),
    (DISKS, is_lesser_disk),
    (NETSTAT_FIELDS, is_common_netstat_field),
    (VMSTAT_FIELDS, is_common_vmstat_field),
    (NOTHING, str::is_empty),
];

/// A pattern of the command line, in code if it is a default.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn pattern(text: &str) -> Result<Pattern, String> {
    match IN_CODE.iter().find(|(pattern, _)| *pattern == text) {
        Some((pattern, code)) => Ok(Pattern::in_code(pattern, *code)),
        None => Pattern::new(text),
    }
}

/// One of the defaults.
pub(crate) fn default(text: &'static str) -> Pattern {
    pattern(text).expect("the pattern is ours")
}

fn is_internal_mount_point(path: &str) -> bool {
    let Some(path) = path.strip_prefix('/') else { return false };
    let is_folder = |folder| path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    // Something on the same line, and behind it a slash or the end.
    let holds = |folder| {
        path.strip_prefix(folder).is_some_and(|rest: &str| match rest.split_once('\n') {
            None => !rest.is_empty(),
            Some((line, _)) => line.char_indices().skip(1).any(|(_, c)| c == '/'),
        })
    };
    ["dev", "proc", "sys"].into_iter().any(is_folder)
        || ["run/credentials/", "var/lib/docker/", "var/lib/containers/storage/"].into_iter().any(holds)
}

#[rustfmt::skip]
fn is_internal_fs_type(fs_type: &str) -> bool {
    matches!(
        fs_type,
        "autofs" | "binfmt_misc" | "bpf" | "cgroup" | "cgroup2" | "configfs" | "debugfs" | "devpts" | "devtmpfs"
        | "fusectl" | "hugetlbfs" | "iso9660" | "mqueue" | "nsfs" | "overlay" | "proc" | "procfs" | "pstore"
        | "rpc_pipefs" | "securityfs" | "selinuxfs" | "squashfs" | "erofs" | "sysfs" | "tracefs"
    )
}

fn is_lesser_disk(device: &str) -> bool {
    let name = device.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_disk = |name: &str| {
        let kind = name.strip_suffix(|c: char| c.is_ascii_lowercase());
        kind.is_some_and(|kind| matches!(kind, "hd" | "sd" | "vd" | "xvd"))
    };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_nvme = |name: &str| {
        let name = name.strip_prefix("nvme").and_then(|name| name.strip_suffix('p')?.split_once('n'));
        name.is_some_and(|(controller, namespace)| is_number(controller) && is_number(namespace))
    };
    name.len() < device.len() && (matches!(name, "zram" | "ram" | "loop" | "fd") || is_disk(name) || is_nvme(name))
}

#[rustfmt::skip]
fn is_common_netstat_field(key: &str) -> bool {
    let is_error = || (key.ends_with("_InErrors") || key.ends_with("_InErrs")) && !key.contains('\n');
    let starts = |field: &str, start| field.starts_with(start) && !field.contains('\n');
    match key.split_once('_') {
        Some(("Ip", "Forwarding")) => true,
        Some(("Ip6" | "IpExt", "InOctets" | "OutOctets")) => true,
        Some(("Icmp" | "Icmp6", "InMsgs" | "OutMsgs")) => true,
        Some(("TcpExt", "TCPSynRetrans" | "TCPTimeouts" | "TCPOFOQueue" | "TCPRcvQDrop")) => true,
        Some(("TcpExt", field)) if starts(field, "Listen") || starts(field, "Syncookies") => true,
        Some((
            "Tcp",
            "ActiveOpens" | "InSegs" | "OutSegs" | "OutRsts" | "PassiveOpens" | "RetransSegs" | "CurrEstab",
        )) => true,
        Some(("Udp" | "Udp6", "InDatagrams" | "OutDatagrams" | "NoPorts" | "RcvbufErrors" | "SndbufErrors")) => true,
        _ => is_error(),
    }
}

fn is_common_vmstat_field(name: &str) -> bool {
    let is_fault = |rest: &str| rest.split('\n').next().is_some_and(|line| line.contains("fault"));
    ["oom_kill", "pgpg", "pswp"].iter().any(|start| name.starts_with(start))
        || name.strip_prefix("pg").is_some_and(is_fault)
}

#[cfg(test)]
mod tests {
    use exporter_toolkit::Matcher;
    use proptest::prelude::*;
    use regex_lite::Regex;

    use super::*;

    /// What a pattern can be torn between.
    const PARTS: &[&str] = &[
        "",
        "/",
        "\n",
        "_",
        "a",
        "ä",
        "0",
        "1",
        "12",
        "p",
        "n",
        "d",
        "z",
        "dev",
        "proc",
        "sys",
        "run/credentials/",
        "var/lib/docker/",
        "var/lib/containers/storage/",
        "var/lib/docker",
        "cgroup",
        "cgroup2",
        "overlay",
        "fs",
        "ram",
        "loop",
        "fd",
        "sd",
        "xvd",
        "hd",
        "nvme",
        "Ip",
        "Ip6",
        "IpExt",
        "Icmp",
        "TcpExt",
        "Tcp",
        "Udp",
        "UdpLite",
        "InErrors",
        "InErrs",
        "Forwarding",
        "InOctets",
        "InMsgs",
        "Listen",
        "Syncookies",
        "TCPTimeouts",
        "InSegs",
        "NoPorts",
        "oom_kill",
        "pg",
        "pgpg",
        "pswp",
        "fault",
        "tmpfs",
        "ext4",
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]
        #[test]
        fn code_says_what_its_pattern_says(parts in prop::collection::vec(prop::sample::select(PARTS), 0..6)) {
            thread_local! {
                static COMPILED: Vec<(Regex, Code)> =
                    IN_CODE.iter().map(|(pattern, code)| (Regex::new(pattern).unwrap(), *code)).collect();
            }
            let text = parts.concat();
            COMPILED.with(|compiled| for (regex, is_match) in compiled {
                assert_eq!(is_match(&text), regex.is_match(&text), "{text:?} and {regex}");
            });
        }
    }

    #[test]
    fn names_that_the_defaults_are_about() {
        for (text, matching, other) in [
            (DISKS, "sda1 nvme0n1p2 zram0 loop12 xvdb1 fd0", "sda nvme0n1 mmcblk0p1 dm-0 md127 sdaa1"),
            (FS_TYPES, "overlay cgroup2 squashfs tracefs", "ext4 tmpfs overlayfs fuse.sshfs"),
            (MOUNT_POINTS, "/dev /proc/sys /var/lib/docker/overlay2/x/merged", "/ /device /var/lib/docker /sysroot"),
            (VMSTAT_FIELDS, "oom_kill pgpgin pswpout pgmajfault", "pgfree nr_dirty thp_fault_alloc"),
            (NETSTAT_FIELDS, "Udp_NoPorts TcpExt_ListenDrops Icmp6_InErrors", "Tcp_MaxConn Ip6_InReceives"),
        ] {
            let mut matcher = pattern(text).unwrap().matcher();
            assert!(matches!(matcher, Matcher::Code(_)));
            assert!(matching.split(' ').all(|name| matcher.is_match(name)), "{text}");
            assert!(!other.split(' ').any(|name| matcher.is_match(name)), "{text}");
        }
    }
}
