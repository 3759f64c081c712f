//! Containers that end while they are read, and files that are not as they should be.

use std::fs::{self, File};
use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::cgroup::Error;

#[test]
fn a_container_that_ends_between_two_files() {
    for (text, gone) in [
        (V1_HYBRID, ["memory/docker/{id}/memory.stat", "memory/docker/{id}/cgroup.procs"]),
        (V2_CGROUPFS, ["docker/{id}/memory.stat", "docker/{id}/cgroup.procs"]),
    ] {
        let fixture = Fixture::new(text);
        let mut cgroups = fixture.cgroups();
        let [file, cgroup] = gone.map(|path| fixture.path(&format!("sys/fs/cgroup/{path}")));
        fs::remove_file(file).unwrap();
        let (_, usage) = cgroups.read(&target("")).unwrap();
        assert_eq!(usage.memory.rss_bytes, None, "a kernel without that file");
        fs::remove_file(cgroup).unwrap();
        assert!(matches!(cgroups.read(&target("")), Err(Error::Gone)));
    }
}

/// Every file that is read of a container, in turn.
fn each_file(text: &str, folders: &[&str], mut check: impl FnMut(&Fixture, &Path)) {
    let mut files = 0;
    for folder in folders {
        let folder = format!("sys/fs/cgroup/{folder}");
        let whole = Fixture::new(text);
        for name in fs::read_dir(whole.path(&folder)).unwrap().map(|entry| entry.unwrap().file_name()) {
            let fixture = Fixture::new(text);
            check(&fixture, &fixture.path(&folder).join(name));
            files += 1;
        }
    }
    assert!(files > 8, "{files}");
}

#[test]
fn files_that_are_damaged_are_named() {
    /// Not read.
    const OTHERS: [&str; 5] = [
        "memory.max",
        "memory.limit_in_bytes",
        "pids.max",
        "cgroup.controllers",
        "blkio.bfq.io_service_bytes_recursive",
    ];
    let v1 = ["cpu/docker/{id}", "cpuacct/docker/{id}", "memory/docker/{id}", "blkio/docker/{id}", "pids/docker/{id}"];
    for (text, folders) in [(V1_HYBRID, &v1[..]), (V2_SYSTEMD, &["system.slice/docker-{id}.scope"])] {
        each_file(text, folders, |fixture, path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            let elsewhere =
                name == "cgroup.procs" && text == V1_HYBRID && !path.starts_with(fixture.path("sys/fs/cgroup/cpu"));
            if OTHERS.contains(&name) || elsewhere || (name.contains("bfq") && text == V1_HYBRID) {
                return;
            }
            for damage in [&b"nonsense\n"[..], b"\xff\xfe 1\n", b"8:0 rbytes=1\nuser 12", b"some\nfull\n\0\0"] {
                fs::write(path, damage).unwrap();
                // What has no number may be a line of a newer kernel, to some files.
                let read = fixture.cgroups().read(&target(""));
                let is_passed_over = name == "io.stat" || name.ends_with(".pressure");
                match read {
                    Err(error) => assert!(error.to_string().contains(path.to_str().unwrap()), "{error}"),
                    Ok(_) => assert!(is_passed_over, "{name} of {}", String::from_utf8_lossy(damage)),
                }
            }
            // 16 MiB that hold nothing.
            File::create(path).unwrap().set_len(16 << 20).unwrap();
            let error = fixture.cgroups().read(&target("")).unwrap_err().to_string();
            assert!(error.contains(path.to_str().unwrap()), "{error}");
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn damaged_containers_never_panic(
        fixture in prop::sample::select(&[V1_HYBRID, V1_CO_MOUNTED, V2_SYSTEMD, V2_PODMAN]),
        damage in prop::collection::vec((any::<prop::sample::Index>(), "[ -~]|\n"), 1..20),
    ) {
        let mut text = fixture.to_owned();
        for (at, with) in damage {
            let at = at.index(text.len());
            text.replace_range(at..=at, &with);
        }
        // A mark that is damaged makes no tree.
        let folder = tempfile::tempdir().unwrap();
        tree::unpack(&text.replace("{id}", ID), folder.path()).ok();
        let fixture = Fixture { folder };
        if let Ok(mut cgroups) = Cgroups::open(&fixture.roots(), Descriptors::new(None)) {
            cgroups.renew();
            cgroups.read(&target("")).ok();
            cgroups.interfaces(&target("")).ok();
            cgroups.root().ok();
        }
    }
}
