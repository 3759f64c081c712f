//! The engine's event stream: cut, doubled, torn, and with holes.

use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::json;
use testkit::engine::{Answer, FakeEngine, Version, id};

use crate::setting::{Docker, Page, Proxy, event, now, runs, until};

/// A container ends with status 1 and is started again by its policy; the engine tells of it, or does not.
fn crash(engine: &FakeEngine, number: u32, name: &str, restarts: u32, is_told: bool) {
    let (ended, started) = (now(), now());
    engine.container(json!({
        "Id": id(number),
        "Name": format!("/{name}"),
        "RestartCount": restarts,
        "State": {"StartedAt": started, "FinishedAt": ended},
        "HostConfig": {"RestartPolicy": {"Name": "always"}},
    }));
    if is_told {
        engine.event(event(number, name, "die", "1"));
        engine.event(event(number, name, "start", ""));
    }
}

fn exits(page: &Page, name: &str) -> Option<f64> {
    page.get(&format!("container_exits_total{{code_class=\"1_125\",name=\"{name}\",reason=\"exited\"}}"))
}

/// Ends the stream, and waits until everything has been asked for again behind the next one, which takes a second.
fn reconciled(engine: &FakeEngine, last: u32) {
    let before = engine.requests().len();
    let inspect = format!("/containers/{}/json", id(last));
    engine.end_streams();
    until(|| {
        let requests = engine.requests().split_off(before);
        let list = requests.iter().position(|request| request.contains("/containers/json"));
        list.is_some_and(|list| requests.iter().skip(list).any(|request| request.ends_with(&inspect)))
    });
}

#[test]
fn a_stream_that_ends_every_second_while_containers_crash() {
    const CRASHES: u32 = 30;
    let engine = FakeEngine::start(Version::V1_44);
    let names = ["one", "two", "three"];
    for (number, name) in (1..).zip(names) {
        engine.container(runs(number, name));
    }
    let docker = Docker::start(&engine, &[]);
    assert_eq!(docker.page().names("container_state").len(), 3);
    for crashes in 1..=CRASHES {
        for (number, name) in (1..).zip(names) {
            crash(&engine, number, name, crashes, true);
        }
        if crashes % 8 == 0 {
            engine.end_streams();
        }
        assert!(docker.page().is_up());
        thread::sleep(Duration::from_millis(100));
    }
    let all = f64::from(CRASHES);
    docker.until(|page| names.iter().all(|name| page.total("container_restarts_total", name) >= Some(all)));
    reconciled(&engine, 3);
    let page = docker.page();
    for name in names {
        assert_eq!(page.total("container_restarts_total", name), Some(all), "{name}");
        assert_eq!(exits(&page, name), Some(all), "{name}");
    }
    assert_eq!(page.sum("container_exits_total"), 3.0 * all, "{:?}", page.series("container_exits_total"));
    assert_eq!(page.get("docker_exporter_reconciled_changes_total"), Some(0.0));
    assert!(page.get("docker_exporter_event_stream_reconnects_total") >= Some(3.0));
    assert_eq!(page.get("docker_exporter_events_total{action=\"die\"}"), Some(3.0 * all));
}

/// What happens while the engine does not tell is pushed out of its memory by what nobody asked for.
#[test]
fn a_gap_of_three_hundred_events() {
    let engine = FakeEngine::start(Version::V1_44);
    for (number, name) in [(1, "crashing"), (2, "restarted"), (3, "steady"), (4, "ended"), (5, "removed")] {
        engine.container(runs(number, name));
    }
    let docker = Docker::start(&engine, &[]);
    docker.until(|page| page.names("container_state").len() == 5);
    crash(&engine, 1, "crashing", 1, true);
    // It has been looked at since.
    docker.until(|page| {
        let has_begun = page.names("container_start_time_seconds").contains(&"crashing");
        has_begun && page.total("container_restarts_total", "crashing") == Some(1.0)
    });

    engine.answer("/version", Answer::Close);
    engine.end_streams();
    docker.until(|page| !page.is_up());
    (2..=6).for_each(|restarts| crash(&engine, 1, "crashing", restarts, true));
    // Someone's hand sets the engine's count to 0.
    (1..=3).for_each(|_| crash(&engine, 2, "restarted", 0, true));
    let ended = json!({"Status": "exited", "ExitCode": 137, "OOMKilled": true, "FinishedAt": now()});
    engine.container(json!({"Id": id(4), "Name": "/ended", "State": ended}));
    engine.event(event(4, "ended", "oom", ""));
    engine.event(event(4, "ended", "die", "137"));
    engine.remove(&id(5));
    engine.event(event(5, "removed", "die", "0"));
    engine.event(event(5, "removed", "destroy", ""));
    engine.container(json!({"Id": id(6), "Name": "/new", "Created": now(), "State": {"StartedAt": now()}}));
    engine.event(event(6, "new", "start", ""));
    engine.noise(300);
    engine.answer_truly();

    let page =
        docker.until(|page| page.names("container_state") == ["crashing", "ended", "new", "restarted", "steady"]);
    let restarts = |name| page.total("container_restarts_total", name);
    assert_eq!(restarts("crashing"), Some(6.0));
    assert!((Some(1.0)..=Some(3.0)).contains(&restarts("restarted")), "{:?}", restarts("restarted"));
    assert_eq!((restarts("steady"), restarts("ended"), restarts("new")), (Some(0.0), Some(0.0), Some(0.0)));
    assert_eq!(page.total("container_oom_kills_total", "ended"), Some(1.0));
    assert_eq!(page.total("container_last_exit_code", "ended"), Some(137.0));
    assert_eq!(page.get("docker_exporter_reconciled_changes_total"), Some(5.0));
    reconciled(&engine, 6);
    assert_eq!(docker.page().get("docker_exporter_reconciled_changes_total"), Some(5.0));
}

/// Some end a stream after ten minutes, wherever it is (Tecnativa/docker-socket-proxy#62).
#[test]
fn a_proxy_that_cuts_the_stream() {
    const CRASHES: u32 = 12;
    let engine = FakeEngine::start(Version::V1_44);
    engine.container(runs(1, "web"));
    let proxy = Proxy::before(&engine);
    let docker = Docker::start_at(&format!("tcp://{}", proxy.address), &[]);
    docker.until(|page| page.names("container_state") == ["web"]);
    for crashes in 1..=CRASHES {
        crash(&engine, 1, "web", crashes, true);
        if crashes % 4 == 0 {
            docker.until(|page| page.get("docker_exporter_event_stream_connected") == Some(1.0));
            proxy.cut();
        }
        assert!(docker.page().is_up());
        thread::sleep(Duration::from_millis(200));
    }
    let all = Some(f64::from(CRASHES));
    docker.until(|page| page.total("container_restarts_total", "web") >= all);
    reconciled(&engine, 1);
    let page = docker.page();
    assert_eq!((page.total("container_restarts_total", "web"), exits(&page, "web")), (all, all));
    docker.until(|page| page.get("docker_exporter_event_stream_reconnects_total") >= Some(3.0));
    let log = docker.log();
    assert!(!log.contains("can't be followed"), "{log}");
}

/// Another client has heard nothing any more after one (podman-desktop/podman-desktop#14877).
#[test]
fn an_event_that_is_none() {
    let torn = ["<html>", r#"{"Type":"container","Action":[]}"#, r#"{"Type":"container","timeNano":"soon"}"#];
    thread::scope(|scope| {
        for torn in torn {
            scope.spawn(move || is_got_over(torn));
        }
    });
}

fn is_got_over(torn: &str) {
    let engine = FakeEngine::start(Version::V1_44);
    engine.container(runs(1, "web"));
    let docker = Docker::start(&engine, &[]);
    docker.until(|page| page.names("container_state") == ["web"]);
    let counts = |restarts: f64| {
        docker.until(|page| {
            assert!(page.is_up(), "{torn}");
            page.total("container_restarts_total", "web") >= Some(restarts)
        })
    };
    crash(&engine, 1, "web", 1, true);
    engine.raw_event(&format!("{torn}\n"));
    crash(&engine, 1, "web", 2, true);
    counts(2.0);
    crash(&engine, 1, "web", 3, true);
    counts(3.0);
    reconciled(&engine, 1);
    assert_eq!(docker.page().total("container_restarts_total", "web"), Some(3.0), "{torn}");
}

/// A stream that is asked for what was since a moment tells again what was at that moment.
#[test]
fn events_that_are_told_twice() {
    let engine = FakeEngine::start(Version::V1_41);
    for (number, name) in [(1, "one"), (2, "two")] {
        engine.container(
            json!({"Id": id(number), "Name": format!("/{name}"), "State": {"Health": {"Status": "healthy"}}}),
        );
    }
    let docker = Docker::start(&engine, &[]);
    docker.until(|page| page.names("container_state").len() == 2);
    let moment = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
    let moment = u64::try_from(moment).unwrap();
    for (number, name) in [(1, "one"), (2, "two")] {
        let health = json!({"Status": "unhealthy", "FailingStreak": 3});
        engine.container(json!({"Id": id(number), "Name": format!("/{name}"), "State": {"Health": health}}));
        for action in ["health_status: unhealthy", "oom"] {
            let mut event = event(number, name, action, "");
            event["timeNano"] = json!(moment);
            engine.event(event);
        }
    }
    let told = |page: &Page, name: &str| {
        let flips = page.get(&format!("container_health_transitions_total{{name=\"{name}\",to=\"unhealthy\"}}"));
        (flips, page.total("container_oom_kills_total", name))
    };
    let once = (Some(1.0), Some(1.0));
    docker.until(|page| told(page, "one") == once && told(page, "two") == once);
    for reconnects in 1..=3 {
        reconciled(&engine, 2);
        let page = docker.page();
        assert_eq!((told(&page, "one"), told(&page, "two")), (once, once));
        assert_eq!(page.get("docker_exporter_event_stream_reconnects_total"), Some(f64::from(reconnects)));
    }
}
