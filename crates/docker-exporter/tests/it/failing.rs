//! An engine that hangs, breaks off, or answers what none should.

use std::thread;

use serde_json::json;
use testkit::engine::{Answer, FakeEngine, Version, id};

use crate::setting::{Docker, runs, until};

fn engine_of_three() -> FakeEngine {
    let engine = FakeEngine::start(Version::V1_44);
    for (number, name) in [(1, "web"), (2, "odd"), (3, "db")] {
        engine.container(runs(number, name));
    }
    engine
}

/// Each with a program of its own, all at a time: some of them wait for the program's patience.
#[test]
fn answers_that_an_engine_does_not_give() {
    let slow = |route: &str| format!("no whole answer to GET {route} within 5 s; the engine hangs or is overloaded");
    let html = |route: &str, remedy: &str| {
        format!("GET {route} is answered 502 with text/html, not with an engine's JSON; {remedy}")
    };
    let broken = |route: &str| {
        format!("the answer to GET {route} broke off; the engine, or a proxy before it, ended the connection")
    };
    let list = "/containers/json";
    let proxy = "the proxy there does not reach the engine";
    let refusal = json!({"message": "no space left on device"});
    let cases = [
        ("/version", Answer::Hang, slow("/version")),
        ("/info", Answer::Hang, slow("/info")),
        (list, Answer::Hang, slow(list)),
        (list, Answer::HangWithin, slow(list)),
        ("/events", Answer::Hang, slow("/events")),
        (list, Answer::Break, broken(list)),
        ("/version", Answer::Garbage, broken("/version")),
        ("/version", Answer::Html(502), html("/version", proxy)),
        (list, Answer::Html(502), html(list, proxy)),
        ("/version", Answer::Json(500, refusal.clone()), "the engine answers GET /version with 500: no space left on device".into()),
        (list, Answer::Json(500, refusal), format!("the engine answers GET {list} with 500: no space left on device")),
        ("/events", Answer::Forbidden, "GET /events is forbidden (403) by the proxy before the engine; allow it there, for docker-socket-proxy by EVENTS=1".into()),
        (list, Answer::Forbidden, format!("GET {list} is forbidden (403) by the proxy before the engine; allow it there, for docker-socket-proxy by CONTAINERS=1")),
    ];
    thread::scope(|scope| {
        for (path, answer, message) in cases {
            scope.spawn(move || is_told_and_gets_over(path, answer, &message));
        }
    });
}

fn is_told_and_gets_over(path: &str, answer: Answer, message: &str) {
    let engine = engine_of_three();
    engine.answer(path, answer);
    let docker = Docker::start(&engine, &[]);
    until(|| docker.stderr().contains(message));
    let page = docker.page();
    assert_eq!(page.get("docker_up"), Some(0.0), "{path}");
    assert!(!page.shows("container_state") && !page.shows("container_memory_usage_bytes"), "{path}");
    engine.answer_truly();
    docker.until(|page| page.is_up() && page.names("container_memory_usage_bytes") == ["db", "odd", "web"]);
    let log = docker.log();
    let line = format!("level=WARN msg=\"the Docker engine can't be followed\" error=\"{message}\"\n");
    assert_eq!(log.matches(&line).count(), 1, "{log}");
    assert!(!log.contains("canary"), "{log}");
}

#[test]
fn one_container_of_which_the_engine_does_not_tell() {
    let gone = json!({"message": "No such container"});
    let cases = [
        (Answer::Hang, 1.0),
        (Answer::HangWithin, 1.0),
        (Answer::Break, 1.0),
        (Answer::Html(500), 1.0),
        (Answer::Json(500, json!({"message": "x"})), 1.0),
        // It vanished between the list and the question.
        (Answer::Json(404, gone), 0.0),
    ];
    thread::scope(|scope| {
        for (answer, failures) in cases {
            scope.spawn(move || costs_no_other_one(&answer, failures));
        }
    });
}

fn costs_no_other_one(answer: &Answer, failures: f64) {
    let engine = engine_of_three();
    engine.answer(&format!("/containers/{}/json", id(2)), answer.clone());
    let docker = Docker::start(&engine, &[]);
    let page = docker.until(|page| {
        let failed = page.get("docker_exporter_inspect_failures_total") == Some(failures);
        page.is_up() && page.names("container_info") == ["db", "web"] && failed
    });
    assert_eq!(page.names("container_memory_usage_bytes"), ["db", "web"], "{answer:?}");
    assert_eq!(page.get("docker_containers{state=\"running\"}"), Some(2.0), "{answer:?}");
}

#[test]
fn a_proxy_that_lets_neither_images_nor_the_engine_itself_be_asked_for() {
    let engine = engine_of_three();
    engine.answer("/info", Answer::Forbidden);
    engine.answer("/images/", Answer::Forbidden);
    let docker = Docker::start(&engine, &[]);
    let page = docker.page();
    assert!(page.is_up() && !page.shows("machine_"));
    assert_eq!(page.names("container_memory_usage_bytes"), ["db", "odd", "web"]);
    assert_eq!(page.names("container_info"), ["db", "odd", "web"]);
    assert_eq!(page.get("docker_exporter_inspect_failures_total"), Some(0.0));
    assert!(!docker.log().contains("level=WARN"));
}

/// A list may be of some size: it must not make a program of 100 MB.
#[cfg(target_os = "linux")]
#[test]
fn bodies_of_a_hundred_megabytes() {
    const LARGE: usize = 100 << 20;
    let one = format!("/containers/{}/", id(2));
    for path in ["/version", "/info", "/containers/json", "/events", &format!("{one}json"), &format!("{one}stats")] {
        for in_chunks in [false, true] {
            let engine = engine_of_three();
            if in_chunks {
                engine.in_chunks(64 << 10);
            }
            engine.answer(path, Answer::Large(LARGE));
            let docker = Docker::start(&engine, &[]);
            docker.page();
            until(|| engine.requests().iter().any(|request| request.contains(path)));
            docker.page();
            let memory = testkit::usage::Memory::of(docker.id()).unwrap();
            assert!(memory.peak < 64 << 20, "{path}: {memory:?}");
            engine.answer_truly();
            docker.until(|page| {
                page.is_up() && page.names("container_memory_usage_bytes").len() == 3
                    || path.ends_with("json") && page.names("container_info") == ["db", "web"]
            });
        }
    }
}

#[test]
fn five_hundred_containers_are_asked_for_once() {
    let engine = FakeEngine::start(Version::V1_52);
    (1..=500).for_each(|number| engine.container(runs(number, &format!("box-{number}"))));
    let docker = Docker::start(&engine, &[]);
    let page = docker.until(|page| page.names("container_memory_usage_bytes").len() == 500);
    assert_eq!(page.sum("docker_exporter_series_dropped_total"), 0.0);
    let inspections = || {
        engine
            .requests()
            .iter()
            .filter(|request| request.contains("/containers/") && request.ends_with("/json"))
            .count()
    };
    assert_eq!(inspections(), 500);
    docker.page();
    assert_eq!(inspections(), 500);
    #[cfg(target_os = "linux")]
    assert!(testkit::usage::Memory::of(docker.id()).unwrap().peak < 64 << 20);
}

#[test]
fn a_container_that_has_another_name_in_the_next_list() {
    let engine = engine_of_three();
    let docker = Docker::start(&engine, &[]);
    docker.until(|page| page.names("container_state") == ["db", "odd", "web"]);
    engine.container(runs(2, "even"));
    engine.end_streams();
    let page = docker.until(|page| page.names("container_state") == ["db", "even", "web"]);
    assert_eq!(page.names("container_memory_usage_bytes"), ["db", "even", "web"]);
    // What the other name has come to is not lost.
    assert_eq!(page.names("container_restarts_total"), ["db", "even", "odd", "web"]);
    assert_eq!(page.names("container_expected_running"), ["db", "even", "web"]);
}
