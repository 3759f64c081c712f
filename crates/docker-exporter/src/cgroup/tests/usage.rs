//! What is read of a container.

use std::fs;

use super::*;
use crate::cgroup::layout::Version;
use crate::usage::{Cpu, Memory, Pressures, Throttling, Usage};

/// The path and the usage of the one container of a fixture.
fn read(text: &str) -> (String, Usage) {
    let (path, usage) = Fixture::new(text).cgroups().read(&target("")).unwrap();
    (path.replace(ID, "{id}"), usage)
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
fn a_container_whose_processes_are_not_for_the_reader_to_see() {
    let fixture = Fixture::new(V1_HYBRID);
    fs::write(fixture.path("sys/fs/cgroup/cpu/docker/{id}/cgroup.procs"), "").unwrap();
    let (_, usage) = fixture.cgroups().read(&target("")).unwrap();
    assert_eq!(usage, Usage { processes: None, ..v1_hybrid() });
}

#[test]
fn a_container_and_a_machine_that_are_read_again_whatever_stays_open() {
    for (text, most) in
        [(V1_HYBRID, 0), (V1_HYBRID, 1), (V1_HYBRID, 9), (V1_HYBRID, 99), (V2_SYSTEMD, 0), (V2_SYSTEMD, 99)]
    {
        let fixture = Fixture::new(text);
        let mut cgroups = fixture.cgroups_with(most);
        let (path, mut usage) = cgroups.read(&target("")).unwrap();
        let group = if text == V1_HYBRID { "pids" } else { "" };
        for threads in [7, 10_000] {
            let file = format!("sys/fs/cgroup/{group}{path}/pids.current");
            fs::write(fixture.path(&file), format!("{threads}\n")).unwrap();
            usage.threads = Some(threads);
            cgroups.renew();
            assert_eq!(cgroups.read(&target("")).unwrap().1, usage, "{most} open");
            let file = if text == V1_HYBRID { "cpuacct/cpuacct.usage" } else { "cpu.stat" };
            let line = if text == V1_HYBRID { format!("{threads}000\n") } else { format!("usage_usec {threads}\n") };
            fs::write(fixture.path("sys/fs/cgroup").join(file), line).unwrap();
            assert_eq!(cgroups.root().unwrap().usage.cpu.usage_nanos, Some(threads * 1000), "{most} open");
        }
    }
}

#[test]
fn a_container_without_a_quota_is_not_throttled() {
    let fixture = Fixture::new(V1_HYBRID);
    let mut cgroups = fixture.cgroups();
    let (_, limited) = cgroups.read(&target("")).unwrap();
    let (_, free) = cgroups.read(&Target { has_quota: false, ..target("") }).unwrap();
    assert!(limited.cpu.throttling.is_some());
    let cpu = Cpu { throttling: None, ..limited.cpu.clone() };
    assert_eq!(free, Usage { cpu, ..limited });
}
