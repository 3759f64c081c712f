//! Whole pages.

use std::path::Path;

use exposition::lint::lint;
use exposition::parse::parse_text;
use exposition::{Families, Format};
use testkit::{Validator, golden, page, responses};

use super::examples::{
    NOW, SECOND, engine as engine_with, entry, interface, plain, record, shown, usage_of_v1, usage_of_v2, web,
};
use super::*;
use crate::container::{Container, Health, State};
use crate::inventory::{Record, Turnover};
use crate::usage::{Cpu, DeviceIo, Memory, Usage};

/// The page, if it is one that Prometheus takes whole.
fn text(stage: impl FnOnce(&mut Families)) -> Vec<u8> {
    let (mut page, mut text) = (Families::default(), Vec::new());
    stage(&mut page);
    assert_eq!(page.refused().total(), 0, "{:?}", page.refused());
    Format::Text.encode(&mut page, &mut text);
    let families: Vec<_> = page::types(&text).into_keys().collect();
    let families: Vec<_> = families.iter().map(String::as_str).collect();
    // A container has the labels that are set on it, and no others.
    let validator =
        Validator { varying_labels: &families, without_total: &["container_memory_failcnt"], ..Validator::default() };
    assert_eq!(validator.check(&responses::text(&text), None), []);
    let problems = lint(&parse_text(&text).unwrap()).into_iter().map(|problem| problem.metric);
    assert_eq!(problems.filter(|metric| metric != "container_memory_failcnt").collect::<Vec<_>>(), [""; 0]);
    text
}

fn is_golden(name: &str, page: &[u8]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name).with_extension("prom");
    golden::check(&path, page, &[]).unwrap();
}

/// The series of a page whose names start so, sorted, each with its value.
fn series(page: &[u8], start: &str) -> Vec<String> {
    let series = page::series(page).into_iter().filter(|(series, _)| series.starts_with(start));
    series.map(|(series, value)| format!("{series} {value}")).collect()
}

#[test]
fn a_host_with_cgroup_v1() {
    let (shown, engine_state) = (shown(), engine_with("1"));
    let stopped = Container {
        started_nanos: Some(NOW - 500 * SECOND),
        finished_nanos: Some(NOW - 60 * SECOND),
        exit_code: Some(1),
        ..plain("stopped", State::Exited)
    };
    let stopped = Entry { last_up_nanos: Some(NOW - 60 * SECOND), oom_kills: 1.into(), ..entry(stopped) };
    let entries = [entry(web()), stopped, entry(plain("new", State::Created))];
    let gone = Entry { last_up_nanos: Some(NOW - 300 * SECOND), ..entry(plain("gone", State::Removing)) };
    let long_gone = Entry { last_up_nanos: Some(NOW - 301 * SECOND), ..entry(plain("long gone", State::Removing)) };
    let (usage_of_web, usage_of_root) = (usage_of_v1(), Usage { cpu: usage_of_v1().cpu, ..Usage::default() });
    let records = [
        ("gone", Record { vanished_nanos: Some(NOW), ..record() }),
        ("new", Record { expected_running: Some(false), ..Record::default() }),
        ("shop-web-1", record()),
    ];
    let page = text(|page| {
        engine(&engine_state, page);
        scrape_error(false, page);
        containers_by_state(&entries, page);
        containers(&entries, &engine_state, NOW, &shown, page);
        super::gone([&gone, &long_gone], NOW, &shown, page);
        usage([(&entries[0], &usage_of_web, &[][..])], &shown, page);
        let machine =
            Root { usage: &usage_of_root, memory_bytes: Some(8 << 30), boot_nanos: Some(NOW - 86_400 * SECOND) };
        root(&machine, NOW, &shown, page);
        interfaces([(&entries[0], &[interface("eth0")][..])], &[interface("ens3")], &shown, page);
        turnover([("", Turnover { created: 2, destroyed: 1 }), ("shop", Turnover::default())], page);
        assert_eq!(totals(records.iter().map(|(name, record)| (*name, record)), 500, NOW, &shown, page), 0);
    });
    is_golden("cgroup-v1", &page);
}

#[test]
fn a_host_with_cgroup_v2() {
    let shown = Shown { states: States::Current, blkio: true, ..shown() };
    let unhealthy = Container { health: Some(Health::Unhealthy), failing_streak: Some(7), ..web() };
    let entries = [entry(unhealthy), entry(plain("loop", State::Restarting)), entry(plain("halt", State::Paused))];
    let (usage_of_web, mut usage_of_halt) = (usage_of_v2(), usage_of_v2());
    usage_of_halt.devices.push(DeviceIo { major: 253, minor: 1, read_bytes: Some(9), ..DeviceIo::default() });
    let page = text(|page| {
        containers(&entries, &engine_with("2"), NOW, &shown, page);
        let used = [
            (&entries[0], &usage_of_web, &[interface("eth0"), interface("eth1")][..]),
            (&entries[2], &usage_of_halt, &[]),
        ];
        usage(used, &shown, page);
    });
    is_golden("cgroup-v2", &page);
}

#[test]
fn an_engine_s_statistics_alone() {
    let entries = [entry(plain("box", State::Running))];
    let statistics = Usage {
        cpu: Cpu { usage_nanos: Some(5 * SECOND), ..Cpu::default() },
        memory: Memory { usage_bytes: Some(7), inactive_file_bytes: Some(9), ..Memory::default() },
        ..Usage::default()
    };
    let engine = EngineState { cgroup_version: String::new(), ..engine_with("") };
    let page = text(|page| {
        containers(&entries, &engine, NOW, &shown(), page);
        usage([(&entries[0], &statistics, &[][..])], &shown(), page);
    });
    is_golden("statistics", &page);
}

#[test]
fn sets_that_are_switched_off() {
    let entries = [entry(web())];
    let usage_of_web = usage_of_v2();
    let shows = |enabled: &str, start: &str| {
        let groups = Groups::new(&MetricSets::default(), &MetricSets::parse(enabled).unwrap());
        let shown = Shown { groups, ..shown() };
        let page = text(|page| {
            containers(&entries, &engine_with("2"), NOW, &shown, page);
            usage([(&entries[0], &usage_of_web, &[interface("eth0")][..])], &shown, page);
        });
        page::types(&page).keys().any(|name| name.starts_with(start))
    };
    for (set, start) in [
        ("cpu", "container_cpu_"),
        ("memory", "container_memory_"),
        ("diskIO", "container_fs_"),
        ("network", "container_network_"),
        ("process", "container_threads"),
        ("pressure", "container_pressure_"),
        ("oom_event", "container_oom_"),
    ] {
        assert!(shows(set, start) && !shows("tcp", start), "{set}");
    }
    assert!(
        shows("tcp", "container_spec_") && shows("tcp", "container_health_state") && shows("tcp", "container_state")
    );
}

#[test]
fn an_engine_that_does_not_answer() {
    let page = text(|page| {
        engine(&EngineState::default(), page);
        scrape_error(true, page);
    });
    assert_eq!(series(&page, ""), ["container_scrape_error 1", "docker_up 0"]);
}

#[test]
fn words_of_strangers() {
    let name = "quo\"te\\back\nline";
    let container = Container {
        image: "ü".repeat(100),
        labels: vec![("org.label-schema.group".to_owned(), "a\"\n\\{}=,".repeat(50))],
        network_mode: "container:".repeat(50),
        state: None,
        health: Some(Health::Healthy),
        ..plain(name, State::Running)
    };
    let entries = [entry(container)];
    let shown = shown();
    let usage_of_it = Usage { threads: Some(1), ..usage_of_v1() };
    let records = [(name, record())];
    let page = text(|page| {
        containers(&entries, &engine_with("2"), NOW, &shown, page);
        usage([(&entries[0], &usage_of_it, &[interface("e\\t\"h\n0")][..])], &shown, page);
        totals(records.iter().map(|(name, record)| (*name, record)), 500, NOW, &shown, page);
        containers_by_state(&entries, page);
    });
    // Of a state that is not known it is not said that it is in none.
    assert_eq!(series(&page, "container_state{"), [""; 0]);
    assert_eq!(series(&page, "container_health_st"), [""; 0]);
    let longest = |label: &str| {
        let values = series(&page, "").into_iter().filter_map(|series| Some(series.split_once(label)?.1.to_owned()));
        values.map(|rest| rest.split("\",").next().unwrap_or_default().chars().filter(|c| *c != '\\').count()).max()
    };
    assert_eq!(longest(",image=\""), Some(64));
    assert!(longest("network_mode=\"").is_some_and(|length| length == 128));
}
