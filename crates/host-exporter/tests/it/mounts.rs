use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use testkit::http::{PROMETHEUS, scrape};
use testkit::{Validator, page};

use crate::tree::Tree;

/// The file system series of a machine whose process 1 has these mounts, without the size of the file systems of the
/// machine that runs this. `rootfs` is the folder below which they are.
fn filesystems(mountinfo: &str, rootfs: &Path) -> BTreeMap<String, f64> {
    let tree = Tree::fixture("vps");
    fs::write(tree.path("proc/1/mountinfo"), mountinfo).unwrap();
    filesystems_of(&tree, mountinfo, rootfs)
}

fn filesystems_of(tree: &Tree, mountinfo: &str, rootfs: &Path) -> BTreeMap<String, f64> {
    let process = tree.start(rootfs.to_str().unwrap(), &["--collector.disable-defaults", "--collector.filesystem"]);
    let response = scrape(process.address(), PROMETHEUS, &Validator::default(), None).unwrap();
    let mut series = page::series(&response.body);
    assert_eq!(series["node_scrape_collector_success{collector=\"filesystem\"}"], 1.0, "{mountinfo}");
    series.retain(|name, _| {
        name.starts_with("node_filesystem_device_error") || name.starts_with("node_filesystem_readonly")
    });
    series
}

fn labels(source: &str, error: &str, fs_type: &str, mount_point: &str) -> String {
    let pairs = [("device", source), ("device_error", error), ("fstype", fs_type), ("mountpoint", mount_point)];
    let pairs: Vec<String> = pairs
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}=\"{}\"", value.replace('\\', r"\\").replace('\n', r"\n")))
        .collect();
    format!("{{{}}}", pairs.join(","))
}

/// A mount that answers, and whether it is read-only.
fn answers(source: &str, fs_type: &str, mount_point: &str, read_only: f64) -> [(String, f64); 2] {
    let labels = labels(source, "", fs_type, mount_point);
    [(format!("node_filesystem_device_error{labels}"), 0.0), (format!("node_filesystem_readonly{labels}"), read_only)]
}

/// An unprivileged user can mount a FUSE file system on a folder with any name, and must not take the collector away
/// from everybody by that. The kernel escapes no carriage return.
#[test]
fn names_made_to_confuse() {
    let root = tempfile::tempdir().unwrap();
    for folder in ["a\rb", "c d\te\nf\\g", "-", "ü"] {
        fs::create_dir(root.path().join(folder)).unwrap();
    }
    let mounts = "30 1 0:50 / /a\rb rw - fuse.x a\rb rw\n\
        31 1 0:51 / /c\\040d\\011e\\012f\\134g rw shared:1 - vfat /dev/\\043x rw\n\
        32 1 0:52 / /- rw - tmpfs - rw\n\
        33 1 0:53 / /ü rw - tmpfs  rw,size=8192k\n";
    let expected = [
        answers("a\rb", "fuse.x", "/a\rb", 0.0),
        answers("/dev/\\043x", "vfat", "/c d\te\nf\\g", 0.0),
        answers("-", "tmpfs", "/-", 0.0),
        answers("", "tmpfs", "/ü", 0.0),
    ];
    assert_eq!(filesystems(mounts, root.path()), expected.into_iter().flatten().collect());
}

/// `ProtectSystem=strict` of systemd mounts everything read-only for the exporter, which tells of the machine all the same: by
/// process 1, and by the file systems themselves where that is hidden (`ProtectProc=invisible`).
#[test]
fn mounts_of_a_process_that_may_not_write() {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("media")).unwrap();
    let (confined, free) = ("ro,relatime", "rw,relatime");
    let mounts = |of_root: &str| {
        format!("20 1 8:1 / / {of_root} - ext4 /dev/sda1 rw\n21 20 8:2 / /media ro,nosuid - ext4 /dev/sda2 ro\n")
    };
    let root_is = |read_only: f64| {
        let series = [answers("/dev/sda1", "ext4", "/", read_only), answers("/dev/sda2", "ext4", "/media", 1.0)];
        series.into_iter().flatten().collect::<BTreeMap<_, _>>()
    };
    assert_eq!(filesystems(&mounts(free), root.path()), root_is(0.0));
    assert_eq!(filesystems(&mounts(confined), root.path()), root_is(1.0), "process 1 itself may not write");
    for options in [confined, free] {
        let tree = Tree::fixture("vps");
        fs::remove_dir_all(tree.path("proc/1")).unwrap();
        fs::create_dir_all(tree.path("proc/self")).unwrap();
        fs::write(tree.path("proc/self/mountinfo"), mounts(options)).unwrap();
        assert_eq!(filesystems_of(&tree, options, root.path()), root_is(0.0), "{options}");
    }
}

/// With `--path.procfs` and `--path.rootfs` of a container's own view, the mounts of the host stand below the latter.
#[test]
fn mounts_that_are_seen_below_another_root() {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("home")).unwrap();
    let host = root.path().display();
    let mounts = format!(
        "20 1 8:1 / {host} ro - ext4 /dev/sda1 rw\n21 20 8:2 / {host}/home rw - ext4 /dev/sda2 rw\n\
         22 20 8:3 / {host}/sys/kernel/debug rw - ext4 /dev/sda3 rw\n23 20 8:4 / {host}ed rw - ext4 /dev/sda4 rw\n"
    );
    let mut expected: BTreeMap<_, _> =
        [answers("/dev/sda1", "ext4", "/", 1.0), answers("/dev/sda2", "ext4", "/home", 0.0)]
            .into_iter()
            .flatten()
            .collect();
    // Another folder whose name starts alike is not below the root.
    let other = labels("/dev/sda4", "no such file or directory", "ext4", &format!("{host}ed"));
    expected.insert(format!("node_filesystem_device_error{other}"), 1.0);
    expected.insert(format!("node_filesystem_readonly{other}"), 0.0);
    assert_eq!(filesystems(&mounts, root.path()), expected);
}

/// Container hosts have thousands of mounts; the peer once stopped at 1 MiB.
#[test]
fn more_than_a_mebibyte_of_mounts() {
    let root = tempfile::tempdir().unwrap();
    let mut mounts = String::new();
    for number in 0..12_000 {
        mounts.push_str(&format!(
            "{number} 1 0:{number} / /var/lib/docker/overlay2/{number:064x}/merged rw - overlay overlay rw\n"
        ));
    }
    mounts.push_str("1 1 8:1 / / rw - ext4 /dev/sda1 rw\n");
    assert!(mounts.len() > 1 << 20);
    assert_eq!(filesystems(&mounts, root.path()), answers("/dev/sda1", "ext4", "/", 0.0).into());
}
