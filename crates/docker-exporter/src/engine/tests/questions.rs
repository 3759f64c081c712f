//! Questions, and answers that are what they should be.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

use serde_json::json;
use testkit::engine::{Answer, FakeEngine, Version, id};

use crate::container::{Container, State};
use crate::engine::model::Summary;
use crate::engine::paths::Api;
use crate::engine::tests::{LONG, met, places, until};
use crate::engine::{Endpoint, Engine, EngineError};

/// Everything that is asked for at a time goes over one connection, and none is held behind it.
#[tokio::test]
async fn a_batch_of_questions() {
    let fake = FakeEngine::start(Version::V1_41);
    let image = format!("sha256:{}", id(7));
    fake.container(json!({"Id": id(1), "Name": "/web", "Image": image, "HostConfig": {"Memory": 16_777_216}}));
    fake.image(json!({"Id": image, "RepoDigests": ["box@sha256:4242"]}));
    let engine = met(&fake).await;
    assert_eq!((engine.api(), engine.version().version.as_str()), (Api { minor: 41 }, "20.10.24"));
    assert_eq!(engine.endpoint(), &Endpoint::Unix(fake.socket()));
    let before = fake.accepted();

    let mut session = engine.open();
    let info = session.info().await.unwrap();
    assert_eq!((info.cpus, info.mem_total, info.cgroup_version.as_str()), (4, 8_318_783_488, "1"));
    let list = session.list().await.unwrap();
    let summary = Summary {
        id: id(1),
        names: vec!["/web".to_owned()],
        state: "running".to_owned(),
        status: "Up 5 minutes".to_owned(),
        health: None,
    };
    assert_eq!((list.containers, list.unreadable), (vec![summary], 0));
    let inspect = session.inspect(&id(1)).await.unwrap().unwrap();
    assert!(!format!("{inspect:?}").contains("canary"), "a container's environment is never read");
    let container = Container::from(inspect);
    assert_eq!((container.name.as_str(), container.state, container.pid), ("web", Some(State::Running), Some(4242)));
    assert_eq!(container.limits.memory_bytes, Some(16_777_216));
    let (usage, interfaces) = session.stats(&id(1)).await.unwrap().unwrap().usage().unwrap();
    assert_eq!((usage.threads, usage.memory.working_set_bytes()), (Some(3), Some(450_560)));
    assert_eq!(interfaces.first().map(|interface| interface.name.as_str()), Some("eth0"));
    assert_eq!(session.image(&image).await.unwrap().unwrap().repo_digests, ["box@sha256:4242"]);

    assert_eq!(fake.accepted() - before, 1);
    drop(session);
    until(|| fake.connections() == 0);
    let one = id(1);
    assert_eq!(
        fake.requests(),
        [
            "GET /version".to_owned(),
            "GET /v1.41/info".to_owned(),
            "GET /v1.41/containers/json?all=1".to_owned(),
            format!("GET /v1.41/containers/{one}/json"),
            format!("GET /v1.41/containers/{one}/stats?stream=false&one-shot=true"),
            format!("GET /v1.41/images/{image}/json"),
        ]
    );
}

#[tokio::test]
async fn the_same_container_in_the_shapes_of_every_version() {
    for (version, minor, in_list) in [
        (Version::V1_41, 41, false),
        (Version::V1_44, 44, false),
        (Version::V1_52, 52, true),
        (Version::V1_55, 55, true),
    ] {
        let fake = FakeEngine::start(version);
        let health = json!({"Status": "unhealthy", "FailingStreak": 4, "Log": [{"Output": "canary-of-the-check"}]});
        fake.container(json!({"Id": id(1), "Name": "/web", "State": {"Health": health}}));
        fake.in_chunks(10);
        let engine = met(&fake).await;
        assert_eq!(engine.api(), Api { minor });
        let mut session = engine.open();
        let health = session.list().await.unwrap().containers.remove(0).health;
        assert_eq!(
            health.map(|health| (health.status, health.failing_streak)),
            in_list.then(|| ("unhealthy".to_owned(), 4))
        );
        let inspect = session.inspect(&id(1)).await.unwrap().unwrap();
        assert!(!format!("{inspect:?}").contains("canary"));
        assert_eq!(inspect.state.health.map(|health| health.failing_streak), Some(4));
        let (usage, _) = session.stats(&id(1)).await.unwrap().unwrap().usage().unwrap();
        assert_eq!(usage.memory.rss_bytes, Some(57_344));
    }
}

#[tokio::test]
async fn a_container_that_vanishes_and_one_that_stops() {
    let fake = FakeEngine::start(Version::V1_44);
    fake.container(json!({"Id": id(1)}));
    fake.container(json!({"Id": id(2)}));
    let engine = met(&fake).await;
    let mut session = engine.open();
    assert_eq!(session.list().await.unwrap().containers.len(), 2);
    fake.remove(&id(1));
    fake.container(json!({"Id": id(2), "Name": "/renamed", "State": {"Status": "exited", "ExitCode": 137}}));
    assert_eq!(session.inspect(&id(1)).await.unwrap(), None);
    assert_eq!(session.stats(&id(1)).await.unwrap(), None);
    assert_eq!(session.image(&format!("sha256:{}", id(9))).await.unwrap(), None);
    let container = Container::from(session.inspect(&id(2)).await.unwrap().unwrap());
    assert_eq!((container.name.as_str(), container.exit_code), ("renamed", Some(137)));
    assert_eq!(session.stats(&id(2)).await.unwrap().unwrap().usage(), None);
    // Podman.
    fake.answer(
        &format!("/containers/{}/stats", id(2)),
        Answer::Json(409, json!({"message": "container state improper"})),
    );
    assert_eq!(session.stats(&id(2)).await.unwrap(), None);
}

#[tokio::test]
async fn what_is_no_id_is_not_asked_for() {
    let fake = FakeEngine::start(Version::V1_44);
    let engine = met(&fake).await;
    let mut session = engine.open();
    for bad in ["", "web", "../../version", "json?all=1#"] {
        assert!(matches!(session.inspect(bad).await, Err(EngineError::NoId { .. })));
        assert!(matches!(session.stats(bad).await, Err(EngineError::NoId { .. })));
        assert!(matches!(session.image(bad).await, Err(EngineError::NoId { .. })));
    }
    assert_eq!(fake.requests(), ["GET /version"]);
}

#[tokio::test]
async fn five_hundred_containers() {
    let fake = FakeEngine::start(Version::V1_52);
    for number in 1..=500 {
        fake.container(json!({"Id": id(number)}));
    }
    let engine = met(&fake).await;
    let before = fake.accepted();
    let mut session = engine.open();
    let list = session.list().await.unwrap();
    for summary in &list.containers {
        assert_eq!(session.inspect(&summary.id).await.unwrap().unwrap().id, summary.id);
    }
    assert_eq!((list.containers.len(), list.unreadable, fake.accepted() - before), (500, 0, 1));
}

#[tokio::test]
async fn a_proxy_that_closes_behind_each_answer() {
    let fake = FakeEngine::start(Version::V1_44);
    fake.without_keep_alive();
    let engine = met(&fake).await;
    let mut session = engine.open();
    for _ in 0..3 {
        session.list().await.unwrap();
    }
    assert_eq!((fake.accepted(), fake.requests().len()), (4, 4));
}

#[tokio::test]
async fn an_engine_behind_tcp() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let thread = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        let mut byte = [0];
        while !request.ends_with(b"\r\n\r\n") {
            stream.read_exact(&mut byte).unwrap();
            request.push(byte[0]);
        }
        let body = r#"{"ApiVersion":"1.43"}"#;
        let head =
            format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.len());
        stream.write_all((head + body).as_bytes()).unwrap();
        String::from_utf8(request).unwrap()
    });
    let engine = Engine::meet(&places(&format!("tcp://{address}")), LONG).await.unwrap();
    assert_eq!(engine.api(), Api { minor: 43 });
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(
        thread.join().unwrap(),
        format!(
            "GET /version HTTP/1.1\r\nhost: {address}\r\nuser-agent: docker-exporter/{version}\r\n\
             accept: application/json\r\n\r\n"
        )
    );
}
