//! Containers, and what they use, for tests.

use std::sync::Arc;
use std::time::Duration;

use super::{DEFAULT_LABELS, EngineState, Groups, MetricSets, Shown, ShownLabels, States};
use crate::container::{Container, Health, Limits, Policy, State};
use crate::inventory::{CodeClass, Entry, Exit, LastExit, Reason, Record};
use crate::usage::{Cpu, DeviceIo, Interface, Memory, Pressure, Pressures, Throttling, Traffic, Usage};

/// 2026-11-21T16:00:00Z.
pub(crate) const NOW: u64 = 1_795_276_800 * SECOND;
pub(crate) const SECOND: u64 = 1_000_000_000;

pub(crate) fn shown() -> Shown {
    Shown {
        groups: Groups::new(&MetricSets::default(), &MetricSets::default()),
        labels: ShownLabels::new(&DEFAULT_LABELS.map(str::to_owned), 128),
        states: States::All,
        linger: Duration::from_secs(300),
        young: Duration::from_secs(65),
        blkio: false,
    }
}

pub(crate) fn engine(cgroup_version: &str) -> EngineState {
    EngineState {
        up: true,
        version: "29.7.2".to_owned(),
        api_version: "1.52".to_owned(),
        cgroup_version: cgroup_version.to_owned(),
        cgroup_driver: "cgroupfs".to_owned(),
        storage_driver: "overlay2".to_owned(),
        cpus: Some(4),
        memory_bytes: Some(8 << 30),
    }
}

/// One that is up, of a compose project, with every limit and a health check.
pub(crate) fn web() -> Container {
    Container {
        id: "3f".repeat(32),
        name: "shop-web-1".to_owned(),
        image: "registry.example.com/shop/web:1.4".to_owned(),
        image_id: format!("sha256:{}", "0a".repeat(32)),
        labels: [
            ("com.docker.compose.project", "shop"),
            ("com.docker.compose.project.working_dir", "/srv/shop"),
            ("com.docker.compose.service", "web"),
            ("org.opencontainers.image.revision", "not on the list"),
            ("org.label-schema.group", ""),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into(),
        state: Some(State::Running),
        health: Some(Health::Healthy),
        failing_streak: Some(0),
        created_nanos: Some(NOW - 7200 * SECOND),
        started_nanos: Some(NOW - 3600 * SECOND + 292_275),
        pid: Some(4711),
        restart_count: 2,
        policy: Policy::UnlessStopped,
        network_mode: "shop_default".to_owned(),
        limits: Limits {
            cpu_period_micros: Some(100_000),
            cpu_quota_micros: Some(150_000),
            cpu_shares: Some(512),
            memory_bytes: Some(256 << 20),
            memory_and_swap_bytes: Some(384 << 20),
            memory_reservation_bytes: Some(128 << 20),
            threads: Some(100),
        },
        ..Container::default()
    }
}

/// A bare one, of that name and state.
pub(crate) fn plain(name: &str, state: State) -> Container {
    let digit = name.bytes().next().map_or(0, |byte| byte % 16);
    Container {
        id: format!("{digit:x}").repeat(64),
        name: name.to_owned(),
        image: "box:1".to_owned(),
        image_id: format!("sha256:{}", "1b".repeat(32)),
        state: Some(state),
        created_nanos: Some(NOW - 600 * SECOND),
        network_mode: "bridge".to_owned(),
        ..Container::default()
    }
}

pub(crate) fn entry(container: Container) -> Entry {
    let path = format!("/docker/{}", container.id).into();
    Entry { container: Arc::new(container), path, oom_kills: 0.into(), last_up_nanos: None }
}

/// What a container uses, with what both versions of cgroups tell.
fn common() -> Usage {
    Usage {
        cpu: Cpu {
            usage_nanos: Some(954_971_210_892),
            user_nanos: Some(700_250_000_000),
            system_nanos: Some(254_000_000_000),
            throttling: Some(Throttling { periods: 1000, throttled_periods: 20, throttled_nanos: 1_500_000_000 }),
        },
        memory: Memory {
            usage_bytes: Some(100 << 20),
            max_usage_bytes: Some(200 << 20),
            swap_bytes: Some(1 << 20),
            cache_bytes: Some(40 << 20),
            rss_bytes: Some(50 << 20),
            mapped_file_bytes: Some(5 << 20),
            active_file_bytes: Some(10 << 20),
            inactive_file_bytes: Some(30 << 20),
            page_faults: Some(497_284),
            major_page_faults: Some(12),
            failcnt: Some(3),
            ..Memory::default()
        },
        devices: vec![DeviceIo {
            major: 8,
            minor: 0,
            device: "/dev/sda".to_owned(),
            read_bytes: Some(1 << 30),
            written_bytes: Some(1 << 20),
            reads: Some(5000),
            writes: Some(0),
        }],
        processes: Some(5),
        threads: Some(17),
        ..Usage::default()
    }
}

pub(crate) fn usage_of_v1() -> Usage {
    common()
}

pub(crate) fn usage_of_v2() -> Usage {
    let pressure = |micros: u64| Some(Pressure { some_micros: Some(micros), full_micros: Some(micros / 2) });
    let mut usage = common();
    usage.memory.slab_reclaimable_bytes = Some(3 << 20);
    usage.memory.events_high = Some(0);
    usage.memory.events_max = Some(3);
    usage.pressure = Pressures { cpu: pressure(2_500_000), memory: pressure(10), io: pressure(0) };
    usage
}

pub(crate) fn interface(name: &str) -> Interface {
    Interface {
        name: name.to_owned(),
        receive: Traffic { bytes: 1_430_918_328, packets: 88_226, errors: 1, dropped: 2 },
        transmit: Traffic { bytes: 7_302_119, packets: 69_280, errors: 3, dropped: 4 },
    }
}

/// Of a name whose container has a health check and has ended before.
pub(crate) fn record() -> Record {
    Record {
        restarts: 4.into(),
        exits: [
            (Exit { class: CodeClass::Success, reason: Reason::Stopped }, 1.into()),
            (Exit { class: CodeClass::Killed, reason: Reason::Oom }, 2.into()),
            (Exit { class: CodeClass::Unknown, reason: Reason::Unknown }, 1.into()),
        ]
        .into(),
        oom_kills: 2.into(),
        health_transitions: [(Health::Healthy, 4.into()), (Health::Unhealthy, 1.into())].into(),
        last_exit: Some(LastExit {
            code: Some(137),
            at_nanos: NOW - 3601 * SECOND,
            ran: Some(Duration::from_millis(1250)),
        }),
        expected_running: Some(true),
        declared: true,
        vanished_nanos: None,
    }
}
