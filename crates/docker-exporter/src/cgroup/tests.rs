//! Whole containers of other machines.

use std::fs::{self, File};
use std::path::Path;

use proptest::prelude::*;
use tempfile::TempDir;
use testkit::tree;

use super::*;
use crate::usage::{Cpu, DeviceIo, Interface, Memory, Pressure, Pressures, Throttling, Traffic, Usage};

/// Stands as `{id}` in the fixtures.
const ID: &str = "5f0c6c1be8a94d3b8d2c7f4e1a9b60d35f0c6c1be8a94d3b8d2c7f4e1a9b60d3";
const OTHER: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const V1_HYBRID: &str = include_str!("../../fixtures/cgroup/v1-hybrid.tree");
const V1_CO_MOUNTED: &str = include_str!("../../fixtures/cgroup/v1-co-mounted.tree");
const V2_SYSTEMD: &str = include_str!("../../fixtures/cgroup/v2-systemd.tree");
const V2_CGROUPFS: &str = include_str!("../../fixtures/cgroup/v2-cgroupfs.tree");
const V2_ROOTLESS: &str = include_str!("../../fixtures/cgroup/v2-rootless.tree");
const V2_PODMAN: &str = include_str!("../../fixtures/cgroup/v2-podman.tree");

/// A machine in a folder.
struct Fixture {
    folder: TempDir,
}

impl Fixture {
    fn new(text: &str) -> Fixture {
        let folder = tempfile::tempdir().unwrap();
        tree::unpack(&text.replace("{id}", ID).replace("{other}", OTHER), folder.path()).unwrap();
        Fixture { folder }
    }

    fn roots(&self) -> Roots {
        let at = |path: &str| self.folder.path().join(path);
        Roots { procfs: at("proc"), sysfs: at("sys"), cgroupfs: at("sys/fs/cgroup") }
    }

    fn cgroups(&self) -> Cgroups {
        let mut cgroups = Cgroups::open(&self.roots()).unwrap();
        cgroups.begin(|_| true);
        cgroups
    }

    fn path(&self, path: &str) -> std::path::PathBuf {
        self.folder.path().join(path.replace("{id}", ID))
    }
}

fn target(parent: &str) -> Target<'_> {
    Target { id: ID, pid: Some(4711), parent, started_nanos: Some(1) }
}

/// The path and the usage of the one container of a fixture.
fn read(text: &str) -> (String, Usage) {
    let (path, usage) = Fixture::new(text).cgroups().read(&target("")).unwrap();
    (path.replace(ID, "{id}"), usage)
}

fn pressure(some: u64, full: u64) -> Option<Pressure> {
    Some(Pressure { some_micros: Some(some), full_micros: Some(full) })
}

fn device(major: u32, minor: u32, device: &str, counts: [u64; 4]) -> DeviceIo {
    let [read_bytes, written_bytes, reads, writes] = counts.map(Some);
    DeviceIo { major, minor, device: device.to_owned(), read_bytes, written_bytes, reads, writes }
}

fn v1_hybrid() -> Usage {
    Usage {
        cpu: Cpu {
            usage_nanos: Some(3_351_671_844),
            user_nanos: Some(3_280_000_000),
            system_nanos: Some(70_000_000),
            throttling: Some(Throttling { periods: 83, throttled_periods: 60, throttled_nanos: 2_621_379_017 }),
        },
        memory: Memory {
            usage_bytes: Some(954_368),
            max_usage_bytes: Some(33_554_432),
            swap_bytes: Some(0),
            cache_bytes: Some(53_248),
            rss_bytes: Some(159_744),
            mapped_file_bytes: Some(0),
            active_file_bytes: Some(53_248),
            inactive_file_bytes: Some(0),
            slab_reclaimable_bytes: None,
            page_faults: Some(10_612),
            major_page_faults: Some(1),
            failcnt: Some(174),
            oom_kills: Some(1),
            events_high: None,
            events_max: None,
        },
        devices: vec![device(254, 0, "/dev/vda", [65_536, 20_480, 13, 6])],
        pressure: Pressures {
            cpu: pressure(2_276_119, 2_274_451),
            memory: pressure(2050, 2050),
            io: pressure(3567, 3567),
        },
        processes: Some(3),
        threads: Some(3),
    }
}

#[test]
fn a_container_of_v1_with_v2_beside_it() {
    assert_eq!(read(V1_HYBRID), ("/docker/{id}".to_owned(), v1_hybrid()));
}

#[test]
fn a_container_of_v1_alone() {
    let fixture = Fixture::new(V1_HYBRID);
    fs::remove_dir_all(fixture.path("sys/fs/cgroup/unified")).unwrap();
    let mut cgroups = fixture.cgroups();
    let (_, usage) = cgroups.read(&target("")).unwrap();
    assert_eq!(usage, Usage { pressure: Pressures::default(), ..v1_hybrid() });
    assert_eq!(cgroups.version(), Version::V1);
}

#[test]
fn a_container_of_an_old_v1_with_two_controllers_in_one_hierarchy() {
    let expected = Usage {
        cpu: Cpu {
            usage_nanos: Some(81_993_412_706),
            user_nanos: Some(51_020_000_000),
            system_nanos: Some(30_970_000_000),
            throttling: Some(Throttling::default()),
        },
        memory: Memory {
            usage_bytes: Some(41_222_144),
            max_usage_bytes: Some(45_244_416),
            cache_bytes: Some(28_672_000),
            rss_bytes: Some(12_099_584),
            mapped_file_bytes: Some(5_369_856),
            active_file_bytes: Some(11_653_120),
            inactive_file_bytes: Some(17_018_880),
            page_faults: Some(19_801),
            major_page_faults: Some(87),
            failcnt: Some(0),
            ..Memory::default()
        },
        devices: vec![device(8, 0, "/dev/sda", [28_442_624, 65_536, 1121, 16])],
        pressure: Pressures::default(),
        processes: Some(2),
        threads: Some(12),
    };
    assert_eq!(read(V1_CO_MOUNTED), ("/apps.slice/apps-web.slice/docker-{id}.scope".to_owned(), expected));
}

#[test]
fn a_container_of_v2_by_systemd() {
    let expected = Usage {
        cpu: Cpu {
            usage_nanos: Some(12_345_678_000),
            user_nanos: Some(10_000_000_000),
            system_nanos: Some(2_345_678_000),
            throttling: Some(Throttling { periods: 512, throttled_periods: 33, throttled_nanos: 1_500_250_000 }),
        },
        memory: Memory {
            usage_bytes: Some(150_994_944),
            max_usage_bytes: Some(268_435_456),
            swap_bytes: Some(8192),
            cache_bytes: Some(90_177_536),
            rss_bytes: Some(52_428_800),
            mapped_file_bytes: Some(31_457_280),
            active_file_bytes: Some(29_356_032),
            inactive_file_bytes: Some(60_817_408),
            slab_reclaimable_bytes: Some(7_340_032),
            page_faults: Some(61_223),
            major_page_faults: Some(122),
            failcnt: Some(17),
            oom_kills: Some(1),
            events_high: Some(5),
            events_max: Some(17),
        },
        devices: vec![
            device(7, 4, "7:4", [28_672, 0, 22, 0]),
            device(259, 0, "/dev/nvme0n1", [20_971_520, 4096, 640, 1]),
        ],
        pressure: Pressures { cpu: pressure(4242, 4141), memory: pressure(21, 20), io: pressure(302, 301) },
        processes: Some(2),
        threads: Some(21),
    };
    assert_eq!(expected.memory.working_set_bytes(), Some(90_177_536));
    assert_eq!(read(V2_SYSTEMD), ("/system.slice/docker-{id}.scope".to_owned(), expected));
}

#[test]
fn a_container_of_v2_by_the_engine_whose_kernel_tells_less() {
    let expected = Usage {
        cpu: Cpu {
            usage_nanos: Some(900_000),
            user_nanos: Some(600_000),
            system_nanos: Some(300_000),
            throttling: Some(Throttling::default()),
        },
        memory: Memory {
            usage_bytes: Some(4096),
            cache_bytes: Some(1024),
            rss_bytes: Some(2048),
            mapped_file_bytes: Some(512),
            active_file_bytes: Some(256),
            inactive_file_bytes: Some(8192),
            slab_reclaimable_bytes: Some(128),
            page_faults: Some(64),
            major_page_faults: Some(32),
            failcnt: Some(0),
            oom_kills: Some(0),
            events_high: Some(0),
            events_max: Some(0),
            ..Memory::default()
        },
        processes: Some(1),
        threads: Some(1),
        ..Usage::default()
    };
    assert_eq!(expected.memory.working_set_bytes(), Some(0));
    assert_eq!(read(V2_CGROUPFS), ("/docker/{id}".to_owned(), expected));
}

#[test]
fn a_container_of_v2_without_root_whose_user_has_few_controllers() {
    let expected = Usage {
        cpu: Cpu {
            usage_nanos: Some(1_000_000),
            user_nanos: Some(700_000),
            system_nanos: Some(300_000),
            throttling: None,
        },
        memory: Memory {
            usage_bytes: Some(4096),
            max_usage_bytes: Some(8192),
            swap_bytes: Some(0),
            cache_bytes: Some(1024),
            rss_bytes: Some(2048),
            mapped_file_bytes: Some(512),
            active_file_bytes: Some(256),
            inactive_file_bytes: Some(128),
            slab_reclaimable_bytes: Some(64),
            page_faults: Some(32),
            major_page_faults: Some(16),
            failcnt: Some(2),
            oom_kills: Some(4),
            events_high: Some(1),
            events_max: Some(2),
        },
        devices: Vec::new(),
        pressure: Pressures { cpu: pressure(11, 10), memory: pressure(9, 8), io: pressure(7, 6) },
        processes: Some(1),
        threads: Some(6),
    };
    let path = "/user.slice/user-1000.slice/user@1000.service/user.slice/docker-{id}.scope";
    assert_eq!(read(V2_ROOTLESS), (path.to_owned(), expected.clone()));
    // Without /proc of the host no pattern leads there, as the path has the user in it.
    let fixture = Fixture::new(V2_ROOTLESS);
    fs::remove_dir_all(fixture.path("proc")).unwrap();
    let (found, usage) = fixture.cgroups().read(&target("")).unwrap();
    assert_eq!((&*found, usage), (&*path.replace("{id}", ID), expected));
}

/// google/cadvisor#3469: memory of 0 where the kernel has none to tell of.
#[test]
fn a_container_of_podman_with_its_processes_further_down_and_no_memory_controller() {
    let expected = Usage {
        cpu: Cpu {
            usage_nanos: Some(5_000_000),
            user_nanos: Some(4_000_000),
            system_nanos: Some(1_000_000),
            throttling: Some(Throttling::default()),
        },
        devices: vec![device(179, 0, "/dev/mmcblk0", [12_288, 0, 3, 0])],
        processes: Some(3),
        threads: Some(4),
        ..Usage::default()
    };
    assert_eq!(read(V2_PODMAN), ("/machine.slice/libpod-{id}.scope".to_owned(), expected));
}

#[test]
fn a_container_with_an_engine_in_it() {
    let fixture = Fixture::new(
        "--- sys/fs/cgroup/cgroup.controllers: pids\n--- proc/4711/cgroup: 0::/docker/{id}/init\n\
        === sys/fs/cgroup/docker/{id}/cgroup.procs\n--- sys/fs/cgroup/docker/{id}/init/cgroup.procs: 4711\n\
        --- sys/fs/cgroup/docker/{id}/pids.current: 9\n=== sys/fs/cgroup/docker/{id}/docker/cgroup.procs\n\
        === sys/fs/cgroup/docker/{id}/docker/{other}/cgroup.procs\n4812\n4813\n\
        --- sys/fs/cgroup/docker/{id}/docker/{other}/pids.current: 4\n",
    );
    let mut cgroups = fixture.cgroups();
    let outer = cgroups.read(&target("")).unwrap();
    let outer_usage = Usage { processes: Some(3), threads: Some(9), ..Usage::default() };
    assert_eq!((&*outer.0, outer.1), (&*format!("/docker/{ID}"), outer_usage));
    // The inner engine numbers processes by itself: the number may be any other's here.
    let inner = cgroups.read(&Target { id: OTHER, ..target("") }).unwrap();
    let inner_usage = Usage { processes: Some(2), threads: Some(4), ..Usage::default() };
    assert_eq!((&*inner.0, inner.1), (&*format!("/docker/{ID}/docker/{OTHER}"), inner_usage));
}

#[test]
fn layouts_and_their_controllers() {
    let on = |names: &[&'static str]| names.iter().map(|name| (*name, true)).collect::<Vec<_>>();
    for (text, version, controllers) in [
        (V1_HYBRID, Version::Hybrid, on(&["cpu", "cpuacct", "memory", "io", "pids"])),
        (V1_CO_MOUNTED, Version::V1, on(&["cpu", "cpuacct", "memory", "io", "pids"])),
        (V2_SYSTEMD, Version::V2, on(&["cpu", "memory", "io", "pids"])),
        (V2_PODMAN, Version::V2, vec![("cpu", true), ("memory", false), ("io", true), ("pids", true)]),
        (
            "--- sys/fs/cgroup/memory/cgroup.procs: 1\n/// sys/fs/cgroup/cpu\n",
            Version::V1,
            vec![("cpu", false), ("cpuacct", false), ("memory", true), ("io", false), ("pids", false)],
        ),
    ] {
        let cgroups = Fixture::new(text).cgroups();
        assert_eq!((cgroups.version(), cgroups.controllers().collect()), (version, controllers));
    }
    assert_eq!([Version::V1, Version::Hybrid, Version::V2].map(Version::word), ["v1", "hybrid", "v2"]);
    for text in ["/// sys/fs/cgroup\n", "/// sys/fs\n", "--- sys/fs/cgroup/unified/cgroup.controllers: cpu\n"] {
        let fixture = Fixture::new(text);
        let error = Cgroups::open(&fixture.roots()).err().unwrap();
        assert!(matches!(&error, Error::NoCgroups(path) if *path == fixture.path("sys/fs/cgroup")), "{error}");
    }
}

#[test]
fn the_root_of_v1_and_the_machine() {
    let usage = Usage {
        cpu: Cpu {
            usage_nanos: Some(49_494_947_481_339),
            user_nanos: Some(40_284_890_000_000),
            system_nanos: Some(9_210_050_000_000),
            throttling: None,
        },
        memory: root_memory(V1_HYBRID),
        devices: vec![device(254, 0, "/dev/vda", [505_921_536, 174_182_400, 42_860, 5484])],
        pressure: Pressures {
            cpu: pressure(11_558_553_182, 0),
            memory: pressure(25_588, 4626),
            io: pressure(730_138_762, 391_570_255),
        },
        ..Usage::default()
    };
    let machine = Machine { cpu_cores: Some(2), memory_bytes: Some(24_684_092 * 1024), swap_bytes: Some(0) };
    assert_eq!(Fixture::new(V1_HYBRID).cgroups().root().unwrap(), Root { usage, machine });
}

/// By the kernel's names, in a fixture's `/proc/meminfo`.
fn root_memory(text: &str) -> Memory {
    let bytes = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(&format!("{name}:"))).unwrap();
        line.split_ascii_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
    };
    let cache = bytes("Cached") + bytes("Buffers") + bytes("SwapCached");
    Memory {
        usage_bytes: Some(bytes("AnonPages") + cache),
        swap_bytes: Some(bytes("SwapTotal") - bytes("SwapFree")),
        cache_bytes: Some(cache),
        rss_bytes: Some(bytes("AnonPages")),
        mapped_file_bytes: Some(bytes("Mapped")),
        active_file_bytes: Some(bytes("Active(file)")),
        inactive_file_bytes: Some(bytes("Inactive(file)")),
        slab_reclaimable_bytes: Some(bytes("SReclaimable")),
        ..Memory::default()
    }
}

/// google/cadvisor#2259: reading `memory.stat` there took seconds. Here it would be an error.
#[test]
fn the_root_of_v2_and_the_machine() {
    let usage = Usage {
        cpu: Cpu {
            usage_nanos: Some(88_122_334_455_000),
            user_nanos: Some(66_001_122_000_000),
            system_nanos: Some(22_121_212_455_000),
            throttling: None,
        },
        memory: root_memory(V2_SYSTEMD),
        devices: vec![device(259, 0, "/dev/nvme0n1", [9_119_343_104, 18_119_343_104, 311_223, 911_223])],
        pressure: Pressures {
            cpu: pressure(912_233_445, 0),
            memory: pressure(51_223, 40_112),
            io: pressure(812_233, 700_110),
        },
        ..Usage::default()
    };
    let machine =
        Machine { cpu_cores: Some(5), memory_bytes: Some(4_018_172 * 1024), swap_bytes: Some(1_048_576 * 1024) };
    assert_eq!(Fixture::new(V2_SYSTEMD).cgroups().root().unwrap(), Root { usage, machine });
}

#[test]
fn this_machines_root() {
    // A sandbox may have no cgroups.
    let Ok(mut cgroups) = Cgroups::open(&Roots::default()) else { return };
    cgroups.begin(|_| true);
    let [first, second] = [(); 2].map(|()| cgroups.root().unwrap());
    assert!(first.usage.memory.usage_bytes > Some(0) && first.machine.memory_bytes > Some(0));
    assert!(second.usage.cpu.usage_nanos >= first.usage.cpu.usage_nanos);
}

fn interface(name: &str, receive: [u64; 4], transmit: [u64; 4]) -> Interface {
    let traffic = |[bytes, packets, errors, dropped]: [u64; 4]| Traffic { bytes, packets, errors, dropped };
    Interface { name: name.to_owned(), receive: traffic(receive), transmit: traffic(transmit) }
}

#[test]
fn interfaces_of_a_container_and_of_its_host() {
    let fixture = Fixture::new(V2_SYSTEMD);
    let mut cgroups = fixture.cgroups();
    let expected = [
        interface("eth0", [91_822_911, 70_122, 1, 2], [8_112_002, 61_200, 7, 8]),
        interface("eth1", [4096, 32, 0, 0], [2048, 16, 0, 0]),
    ];
    assert_eq!(cgroups.interfaces(&target("")).unwrap(), expected, "not read yet");
    cgroups.read(&target("")).unwrap();
    assert_eq!(cgroups.interfaces(&target("")).unwrap(), expected);
    let expected = [interface("ens3", [71_822_911, 50_122, 0, 1], [6_112_002, 41_200, 0, 0])];
    assert_eq!(cgroups.root_interfaces().unwrap(), expected);

    fs::write(fixture.path("proc/4711/net/dev"), "one\ntwo\neth0: 1 2").unwrap();
    let error = cgroups.interfaces(&target("")).unwrap_err().to_string();
    assert!(error.ends_with("proc/4711/net/dev line 3: expected a device, a colon and 16 numbers"), "{error}");
    fs::remove_dir_all(fixture.path("proc/4711")).unwrap();
    assert!(matches!(cgroups.interfaces(&target("")), Err(Error::Gone)));
    assert!(matches!(cgroups.interfaces(&Target { pid: None, ..target("") }), Err(Error::Gone)));
}

#[test]
fn interfaces_of_a_process_that_has_the_number_by_chance() {
    let text = V2_SYSTEMD.replace("0::/system.slice/docker-{id}.scope", "0::/system.slice/cron.service");
    let fixture = Fixture::new(&text);
    let mut cgroups = fixture.cgroups();
    assert!(matches!(cgroups.interfaces(&target("")), Err(Error::Stranger(4711))));
    // Where its cgroup is found all the same.
    cgroups.read(&target("")).unwrap();
    assert!(matches!(cgroups.interfaces(&target("")), Err(Error::Stranger(4711))));
}

/// A container of v2 that the kernel says is at `told`, and whose folder is at `folder`.
fn found(told: &str, parent: &str, folder: &str) -> Result<String, Error> {
    let text = format!(
        "--- sys/fs/cgroup/cgroup.controllers: cpu\n--- proc/4711/cgroup: 0::{told}\n--- sys/fs/cgroup{folder}/cgroup.procs: 4711\n"
    );
    let (path, usage) = Fixture::new(&text).cgroups().read(&target(parent))?;
    assert_eq!(usage.processes, Some(1));
    Ok(path.replace(ID, "{id}").replace(OTHER, "{other}"))
}

#[test]
fn where_a_container_is_found() {
    let scope = "/system.slice/docker-{id}.scope";
    for (told, parent, folder) in [
        ("/docker/{id}", "", "/docker/{id}"),
        // What the kernel says goes before any habit.
        ("/odd/{id}", "/ci", "/odd/{id}"),
        // google/cadvisor#2648: as WSL has it.
        ("/docker/{id}/docker/{id}", "", "/docker/{id}/docker/{id}"),
        // kata-containers/cgroups-rs#131: within a container the mount begins further down.
        ("/docker/{other}/docker/{id}", "", "/docker/{id}"),
        ("/docker/{other}/docker/{id}", "", "/docker/{other}/docker/{id}"),
        // inspektor-gadget#3085: in a cgroup namespace the path leads up.
        ("/../../system.slice/docker-{id}.scope", "", scope),
        ("/../docker-{id}.scope", "", scope),
        ("/../{id}", "", "/docker/{id}"),
        ("/../x/../docker/{id}", "", "/docker/{id}"),
        // The process is hidden, or another's.
        ("/", "", scope),
        ("/system.slice/cron.service", "", "/machine.slice/libpod-{id}.scope"),
        ("/", "/ci/builds", "/ci/builds/{id}"),
        ("/", "ci-builds.slice", "/ci.slice/ci-builds.slice/docker-{id}.scope"),
        // By no habit at all.
        ("/", "", "/a/b/c/d/e/x-{id}"),
        ("/docker/{other}", "", "/docker/{other}/docker/{id}"),
    ] {
        assert_eq!(found(told, parent, folder).as_deref().unwrap(), folder, "{told} {parent}");
    }
}

#[test]
fn where_a_container_is_not_found() {
    for (told, folder) in [
        ("/docker/{other}", "/docker/{other}"),
        ("/", "/a/b/c/d/e/f/{id}"),
        ("/", "/machine.slice/libpod-conmon-{id}.scope"),
        ("/", "/system.slice/var-lib-docker-containers-{id}-mounts-shm.mount"),
        ("/docker/{id} (deleted)", "/docker"),
    ] {
        assert!(matches!(found(told, "", folder), Err(Error::Unseen)), "{told} {folder}");
    }
    let fixture = Fixture::new(V2_CGROUPFS);
    let mut cgroups = fixture.cgroups();
    for id in ["", "..", "docker", &ID[..12]] {
        assert!(matches!(cgroups.read(&Target { id, ..target("") }), Err(Error::Unseen)), "{id}");
    }
}

/// Makes a cgroup of v2 with one process.
fn make(fixture: &Fixture, path: &str) {
    fs::create_dir_all(fixture.path(path)).unwrap();
    fs::write(fixture.path(path).join("cgroup.procs"), "4711\n").unwrap();
}

#[test]
fn a_container_that_ends_and_starts_again() {
    let fixture = Fixture::new("--- sys/fs/cgroup/cgroup.controllers: cpu\n");
    let mut cgroups = fixture.cgroups();
    let mut path = |target: &Target<'_>| cgroups.read(target).map(|(path, _)| path.replace(ID, "{id}"));
    let again = Target { started_nanos: Some(2), ..target("") };
    make(&fixture, "sys/fs/cgroup/docker/{id}");
    assert_eq!(path(&target("")).unwrap(), "/docker/{id}");
    // systemd has it now; the old one is still there, as it may be for a while.
    make(&fixture, "sys/fs/cgroup/odd/docker-{id}.scope");
    assert_eq!(path(&target("")).unwrap(), "/docker/{id}", "it is known");
    fs::remove_dir_all(fixture.path("sys/fs/cgroup/docker")).unwrap();
    assert!(matches!(path(&target("")), Err(Error::Gone)), "not looked for everywhere again");
    assert!(matches!(path(&target("")), Err(Error::Unseen)));
    assert_eq!(path(&again).unwrap(), "/odd/docker-{id}.scope");
    make(&fixture, "sys/fs/cgroup/docker/{id}");
    fs::remove_dir_all(fixture.path("sys/fs/cgroup/odd")).unwrap();
    assert_eq!(path(&again).unwrap(), "/docker/{id}", "found anew at once");
    fs::remove_dir_all(fixture.path("sys/fs/cgroup/docker")).unwrap();
    make(&fixture, "sys/fs/cgroup/odd/docker-{id}.scope");
    cgroups.begin(|id| id != ID);
    assert_eq!(&*cgroups.read(&again).unwrap().0, format!("/odd/docker-{ID}.scope"), "forgotten, and looked for again");
}

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
        if let Ok(mut cgroups) = Cgroups::open(&fixture.roots()) {
            cgroups.begin(|_| true);
            cgroups.read(&target("")).ok();
            cgroups.interfaces(&target("")).ok();
            cgroups.root().ok();
        }
    }

    #[test]
    fn an_expected_path_is_the_containers_whatever_its_parent(parent in "[a-c./-]{0,12}(\\.slice)?", user in prop::option::of(0_u32..)) {
        for product in [Product::Docker, Product::Podman] {
            for driver in [Driver::Cgroupfs, Driver::Systemd] {
                let path = expected_path(Habit { product, driver, user }, &parent, ID);
                prop_assert!(path.starts_with('/') && !path.contains("//"), "{}", path);
                prop_assert!(path.split('/').all(|part| part != ".."), "{}", path);
                prop_assert_eq!(names::of_container(&path, ID), Some(&*path));
            }
        }
    }
}
