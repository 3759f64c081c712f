//! What it asks for, what it never shows, and how it ends.

use std::time::{Duration, Instant};

use serde_json::json;
use testkit::engine::{Answer, FakeEngine, Version, id};
use testkit::http;

use crate::setting::{Docker, Page, event, runs, until};

#[test]
fn a_signal_ends_it_and_its_stream() {
    let engine = FakeEngine::start(Version::V1_44);
    engine.container(runs(1, "web"));
    let mut docker = Docker::start(&engine, &[]);
    docker.until(Page::is_up);
    // The stream: a proxy that is to stop waits for its end (Tecnativa/docker-socket-proxy#181).
    assert!(engine.connections() >= 1);
    let begin = Instant::now();
    docker.terminate().unwrap();
    assert!(docker.wait(Duration::from_secs(20)).unwrap().success());
    until(|| engine.connections() == 0);
    // Nobody is waited for: the engine would hold the stream for ever.
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
}

#[test]
fn a_signal_while_the_engine_hangs() {
    for path in ["/version", "/events", "/containers/json"] {
        let engine = FakeEngine::start(Version::V1_44);
        engine.answer(path, Answer::Hang);
        let mut docker = Docker::start(&engine, &[]);
        until(|| engine.requests().iter().any(|request| request.contains(path)));
        let begin = Instant::now();
        docker.terminate().unwrap();
        assert!(docker.wait(Duration::from_secs(20)).unwrap().success());
        assert!(begin.elapsed() < Duration::from_secs(4), "{path}: {:?}", begin.elapsed());
        until(|| engine.connections() == 0);
    }
}

/// Whoever may ask an engine may do anything with the machine.
#[test]
fn nothing_is_asked_but_what_is_on_the_list() {
    let engine = FakeEngine::start(Version::V1_44);
    engine.container(runs(1, "web"));
    engine.container(json!({"Id": id(2), "Name": "/../../containers/web/kill"}));
    engine.image(json!({"Id": format!("sha256:{:064x}", 0xbead), "RepoDigests": ["box@sha256:1"]}));
    let docker = Docker::start(&engine, &[]);
    docker.until(Page::is_up);
    let strange = json!({"Action": "die", "Actor": {"ID": "web/kill?signal=9#", "Attributes": {"name": "x"}}});
    for event in [event(1, "web", "die", "1"), event(1, "web", "start", ""), strange, event(2, "x", "destroy", "")] {
        engine.event(event);
    }
    for path in
        ["/", "/metrics", "/containers/web/kill", "/metrics?collect[]=usage", "/metrics?id=../../v1.44/containers"]
    {
        http::get(docker.address(), path, &[]).unwrap();
        http::post(docker.address(), path, &[("Content-Type", "application/json")], b"{}").unwrap();
    }
    engine.end_streams();
    docker.until(|page| page.get("docker_exporter_event_stream_reconnects_total") >= Some(1.0));
    docker.log();
    let (one, two) = (id(1), id(2));
    for request in engine.requests() {
        let path = request.strip_prefix("GET ").unwrap_or_else(|| panic!("{request}"));
        let path = path.strip_prefix("/v1.44").unwrap_or(path);
        let is_listed = ["/version", "/info", "/containers/json?all=1"].contains(&path)
            || path.starts_with("/events?filters=%7B%22type%22%3A%5B%22container%22%5D")
            || path == format!("/images/sha256:{:064x}/json", 0xbead)
            || [&one, &two].into_iter().any(|id| {
                path == format!("/containers/{id}/json")
                    || path == format!("/containers/{id}/stats?stream=false&one-shot=true")
            });
        assert!(is_listed, "{request}");
    }
}

#[test]
fn secrets_of_containers_are_nowhere() {
    let engine = FakeEngine::start(Version::V1_41);
    let secret = json!({
        "Id": id(1),
        "Name": "/web",
        "Path": "canary-of-the-path",
        "Args": ["--password=canary-of-the-arguments"],
        "State": {"Error": "canary-of-the-error", "Health": {"Status": "healthy", "Log": [{"Output": "canary-of-the-check"}]}},
        "Config": {
            "Env": ["PASSWORD=canary-of-the-environment"],
            "Cmd": ["canary-of-the-command"],
            "Labels": {"token": "canary-of-the-label", "com.docker.compose.project": "shop"},
        },
        "Mounts": [{"Source": "/canary-of-the-mount"}],
    });
    engine.container(secret);
    let docker = Docker::start(&engine, &["--log.level=debug"]);
    docker.until(Page::is_up);
    let attributes = json!({"name": "web", "image": "box:1", "exitCode": "1", "token": "canary-of-the-event"});
    engine.event(json!({"Action": "die", "Actor": {"ID": id(1), "Attributes": attributes}}));
    docker.until(|page| page.get("docker_exporter_events_total{action=\"die\"}") == Some(1.0));
    // What an engine says of a failure may hold what was sent; that of a proxy is not repeated at all.
    engine.answer("/containers/json", Answer::Json(200, json!("canary-of-the-list")));
    engine.answer("/info", Answer::Html(500));
    engine.end_streams();
    until(|| docker.stderr().contains("level=WARN"));
    engine.answer_truly();
    let mut shown = String::new();
    for path in ["/", "/metrics", "/-/healthy", "/-/ready"] {
        shown += &http::get(docker.address(), path, &[]).unwrap().text();
    }
    shown += &docker.log();
    assert!(
        !shown.contains("canary"),
        "{}",
        shown.lines().filter(|line| line.contains("canary")).collect::<Vec<_>>().join("\n")
    );
}

#[test]
fn names_and_labels_of_strangers() {
    let hostile = [
        "quo\"te",
        "new\nline 1",
        "{a=\"b\"} 1\n# TYPE x counter",
        "\u{1b}[2J\u{1b}]0;owned\u{7}",
        "\u{202e}evil",
        "back\\slash\\n",
        "\0",
    ];
    let engine = FakeEngine::start(Version::V1_44);
    let long = "x".repeat(64 << 10);
    for (number, name) in (1..).zip(hostile.into_iter().chain([long.as_str()])) {
        let labels = json!({"com.docker.compose.project": name, "org.label-schema.group": long, name: name});
        engine.container(json!({
            "Id": id(number),
            "Name": format!("/{name}"),
            "Config": {"Image": name, "Labels": labels},
            "HostConfig": {"NetworkMode": name},
        }));
        engine.event(event(number, name, "create", ""));
    }
    let docker = Docker::start(&engine, &["--log.level=debug", "--container-label=*"]);
    let page = docker.until(|page| {
        page.get("docker_containers{state=\"running\"}") == Some(8.0) && page.series("container_threads{").len() == 8
    });
    let longest = page.series("container_threads{").iter().map(String::len).max();
    assert!(longest < Some(3 * (64 << 10)), "{longest:?}");
    for (number, name) in (1..).zip(hostile) {
        engine.event(event(number, name, "die", "1"));
        engine.answer(&format!("/containers/{}/json", id(number)), Answer::Json(500, json!({"message": name})));
    }
    docker.until(|page| page.get("docker_exporter_events_total{action=\"die\"}") == Some(7.0));
    docker.until(|page| page.get("docker_exporter_inspect_failures_total") >= Some(7.0));
    engine.answer("/info", Answer::Json(500, json!({"message": hostile.concat()})));
    engine.end_streams();
    until(|| docker.stderr().contains("level=WARN"));
    let log = docker.log();
    assert!(!log.contains(|c: char| c == '\u{202e}' || (c.is_control() && c != '\n')), "{log:?}");
    assert!(log.lines().all(|line| line.starts_with("time=20")), "{log}");
}
