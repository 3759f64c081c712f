//! What is read of a machine: its layout, its root, its interfaces.

use std::fs;

use super::*;
use crate::cgroup::layout::Version;
use crate::cgroup::machine::Machine;
use crate::cgroup::{Error, Root};
use crate::usage::{Cpu, Interface, Memory, Pressures, Traffic, Usage};

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
    assert_eq!([Version::V1, Version::Hybrid, Version::V2].map(Version::word), ["1", "1", "2"]);
    for text in ["/// sys/fs/cgroup\n", "/// sys/fs\n", "--- sys/fs/cgroup/unified/cgroup.controllers: cpu\n"] {
        let fixture = Fixture::new(text);
        let error = Cgroups::open(&fixture.roots(), Descriptors::new(None)).err().unwrap();
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
    let Ok(mut cgroups) = Cgroups::open(&Roots::default(), Descriptors::new(None)) else { return };
    cgroups.renew();
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
        interface("lo", [118_822, 901, 0, 0], [118_822, 901, 0, 0]),
        interface("eth0", [91_822_911, 70_122, 1, 2], [8_112_002, 61_200, 7, 8]),
        interface("eth1", [4096, 32, 0, 0], [2048, 16, 0, 0]),
    ];
    assert_eq!(cgroups.interfaces(&target("")).unwrap(), expected, "not read yet");
    fs::rename(fixture.path("proc/4711/cgroup"), fixture.path("proc/4711/cgroup.old")).unwrap();
    assert_eq!(cgroups.interfaces(&target("")).unwrap(), expected, "its process is known");
    cgroups.read(&target("")).unwrap();
    assert_eq!(cgroups.interfaces(&target("")).unwrap(), expected);
    let expected = [
        interface("lo", [1000, 10, 0, 0], [1000, 10, 0, 0]),
        interface("ens3", [71_822_911, 50_122, 0, 1], [6_112_002, 41_200, 0, 0]),
        interface("docker0", [900_001, 1200, 0, 0], [800_001, 1100, 0, 0]),
        interface("veth1a2b3c", [1, 2, 0, 0], [3, 4, 0, 0]),
    ];
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
