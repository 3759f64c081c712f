//! Conversations with an engine that does as it is told.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use testkit::engine::{Answer, FakeEngine, Version, id};

use crate::container::{Container, State};
use crate::engine::model::Summary;
use crate::engine::{Api, Endpoint, Engine, EngineError, Environment, Finder, Places};

/// No test waits for it.
const LONG: Duration = Duration::from_secs(60);
/// For what never comes.
const SHORT: Duration = Duration::from_millis(100);

fn places(host: &str) -> Places {
    Finder { host: Some(host.parse().unwrap()), environment: Environment::default() }.find().unwrap()
}

async fn met(engine: &FakeEngine) -> Engine {
    Engine::meet(&places(&engine.host()), LONG).await.unwrap()
}

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

/// Waits for what another thread is about to do.
fn until(done: impl Fn() -> bool) {
    while !done() {
        thread::yield_now();
    }
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
async fn versions_of_engines() {
    let fake = FakeEngine::start(Version::V1_41);
    for (most, least, api) in [
        (json!("1.41"), json!("1.12"), Ok(41)),
        (json!("1.99"), json!("1.44"), Ok(55)),
        (json!("1.56"), json!("1.55"), Ok(55)),
        // Podman, and an engine before one-shot statistics.
        (json!("1.24"), Value::Null, Ok(24)),
        (
            json!("1.60"),
            json!("1.56"),
            Err(
                "the engine speaks API 1.56 and newer, this exporter 1.55 at most; update it, or set min-api-version in \
                 the engine's daemon.json",
            ),
        ),
        (Value::Null, Value::Null, Err("the engine does not say which version of its API it has")),
        (json!("2.0"), json!("1.12"), Err("the engine does not say which version of its API it has")),
        (
            json!(1.41),
            json!("1.12"),
            Err("the answer to GET /version is not what an engine's is, at line 1, column 18"),
        ),
    ] {
        fake.answer("/version", Answer::Json(200, json!({"ApiVersion": most, "MinAPIVersion": least})));
        let met = Engine::meet(&places(&fake.host()), LONG).await;
        let met = met.map(|engine| engine.api().minor).map_err(|error| error.to_string());
        assert_eq!(met, api.map_err(str::to_owned));
    }
}

/// What a request comes to when the list is answered so.
async fn told(fake: &FakeEngine, answer: Answer, limit: Duration) -> String {
    fake.answer_truly();
    let engine = Engine::meet(&places(&fake.host()), LONG).await.unwrap().with_limit(limit);
    fake.answer("/containers/json", answer);
    let mut session = engine.open();
    let error = session.list().await.unwrap_err().to_string();
    // The next question is not harmed by what came before it.
    session.info().await.unwrap();
    error
}

#[tokio::test]
async fn answers_that_no_engine_should_give() {
    let fake = FakeEngine::start(Version::V1_44);
    let json = "application/json";
    for (answer, message) in [
        (
            Answer::Forbidden,
            "GET /containers/json is forbidden (403) by the proxy before the engine; allow it there, for docker-socket-proxy \
             by CONTAINERS=1",
        ),
        (
            Answer::Html(200),
            "GET /containers/json is answered 200 with text/html, not with an engine's JSON; name the engine itself, or a \
             socket proxy, by --docker.host",
        ),
        (
            Answer::Html(503),
            "GET /containers/json is answered 503 with text/html, not with an engine's JSON; the proxy there does not reach \
             the engine",
        ),
        (
            Answer::Text(400, "text/plain", "Client sent an HTTP request to an HTTPS server.".to_owned()),
            "GET /containers/json is answered 400 with text/plain, not with an engine's JSON; if it wants TLS, use its Unix \
             socket or a socket proxy",
        ),
        (
            Answer::Text(302, json, "{}".to_owned()),
            "GET /containers/json is answered 302 with application/json, not with an engine's JSON; name the engine itself, \
             or a socket proxy, by --docker.host",
        ),
        (
            Answer::Json(500, json!({"message": "database is\nlocked"})),
            "the engine answers GET /containers/json with 500: database is locked",
        ),
        (Answer::Json(500, json!(null)), "the engine answers GET /containers/json with 500; its log says more"),
        (
            Answer::Json(404, json!({"message": "page not found"})),
            "the engine answers GET /containers/json with 404: page not found",
        ),
        (
            Answer::Json(200, json!({"a": 1})),
            "the answer to GET /containers/json is not what an engine's is, at line 1, column 1",
        ),
        (Answer::Text(200, json, "[{\"Id\":".to_owned()), "the answer to GET /containers/json ends too early"),
        (Answer::Text(200, json, "[".repeat(100_000)), "the answer to GET /containers/json ends too early"),
        (Answer::Break, "the answer to GET /containers/json broke off; the engine may be restarting"),
        (Answer::Close, "the answer to GET /containers/json broke off; the engine may be restarting"),
        (Answer::Garbage, "the answer to GET /containers/json broke off; the engine may be restarting"),
    ] {
        assert_eq!(told(&fake, answer, LONG).await, message);
    }
}

#[tokio::test]
async fn an_engine_that_hangs() {
    let fake = FakeEngine::start(Version::V1_44);
    for answer in [Answer::Hang, Answer::HangWithin] {
        fake.answer_truly();
        let engine = met(&fake).await.with_limit(SHORT);
        fake.answer("/containers/json", answer);
        assert_eq!(
            engine.open().list().await.unwrap_err().to_string(),
            "no whole answer to GET /containers/json within 0.1 s; the engine hangs or is overloaded"
        );
    }
}

/// What is said of a length takes no memory, and what comes without one is not read beyond the limit.
#[tokio::test]
async fn answers_of_100_megabytes() {
    let fake = FakeEngine::start(Version::V1_44);
    let large = Answer::Large(100 << 20);
    let too_large = "the answer to GET /containers/json is larger than 16384 KiB, which no engine's is";
    assert_eq!(told(&fake, large.clone(), LONG).await, too_large);
    assert!(fake.sent() < 2 << 20, "{}", fake.sent());
    fake.in_chunks(1 << 20);
    assert_eq!(told(&fake, large, LONG).await, too_large);
    assert!(fake.sent() < 20 << 20, "{}", fake.sent());
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

/// fussybeaver/bollard#701: one state that was not known failed the whole list.
#[tokio::test]
async fn a_list_of_which_not_everything_is_known() {
    let fake = FakeEngine::start(Version::V1_44);
    let list = json!([
        {"Id": id(1), "State": "hibernating", "Names": null, "Status": null, "Health": null, "New": {"a": [1, null]}},
        null,
        5,
        {"Id": null},
        {"Names": ["/x"]},
        {"Id": "short"},
        {"Id": id(2), "Names": "/not-a-list"},
        {"Id": id(3), "State": "running"},
    ]);
    fake.answer("/containers/json", Answer::Json(200, list));
    let engine = met(&fake).await;
    let mut session = engine.open();
    let list = session.list().await.unwrap();
    let known: Vec<(&str, &str)> = list.containers.iter().map(|one| (one.id.as_str(), one.state.as_str())).collect();
    assert_eq!((known, list.unreadable), (vec![(id(1).as_str(), "hibernating"), (id(3).as_str(), "running")], 6));
    fake.answer("/containers/json", Answer::Json(200, Value::Null));
    assert_eq!(session.list().await.unwrap().containers, []);
}

#[tokio::test]
async fn null_for_everything() {
    let fake = FakeEngine::start(Version::V1_44);
    fake.container(json!({
        "Id": id(1), "Name": null, "Image": null, "Created": null, "RestartCount": null, "State": null, "HostConfig": null,
        "Config": null, "NetworkSettings": null, "Mounts": null,
    }));
    let engine = met(&fake).await;
    let inspect = engine.open().inspect(&id(1)).await.unwrap().unwrap();
    assert_eq!(Container::from(inspect), Container { id: id(1), ..Container::default() });
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
async fn an_engine_that_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("docker.sock");
    let host = format!("unix://{}", socket.display());
    let error = Engine::meet(&places(&host), LONG).await.unwrap_err();
    assert_eq!(error.to_string(), format!("there is no {host}; start the engine, or mount its socket there"));
    // The socket of an engine that has ended.
    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    let error = Engine::meet(&places(&host), LONG).await.unwrap_err();
    assert_eq!(error.to_string(), format!("nobody listens at {host}; start the engine"));
}

/// The first of the known places may be of an engine that has ended.
#[tokio::test]
async fn the_second_of_two_places() {
    let fake = FakeEngine::start(Version::V1_44);
    let folder = tempfile::tempdir().unwrap();
    let nobody = Endpoint::Unix(folder.path().join("docker.sock"));
    let mut places = places(&fake.host());
    places.endpoints.insert(0, nobody.clone());
    assert_eq!(Engine::meet(&places, LONG).await.unwrap().endpoint(), &Endpoint::Unix(fake.socket()));
    places.endpoints.pop();
    let error = Engine::meet(&places, LONG).await.unwrap_err();
    assert_eq!(error.to_string(), format!("there is no {nobody}; start the engine, or mount its socket there"));
    places.endpoints.clear();
    places.missing = vec!["/a".to_owned(), "/b".to_owned()];
    let error = Engine::meet(&places, LONG).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "no Docker engine: none of /a, /b is there; start it, or say where it is by --docker.host or DOCKER_HOST"
    );
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

/// An event as it is told apart in tests: its action, its container's name, its time.
async fn next(events: &mut crate::engine::Events) -> Result<Option<(String, String, u64)>, String> {
    let event = events.next().await.map_err(|error| error.to_string())?;
    Ok(event.map(|event| (event.action, event.actor.attributes.name, event.time_nanos)))
}

fn event(action: &str, nanos: u64) -> Value {
    json!({"Action": action, "timeNano": nanos, "Actor": {"ID": id(1), "Attributes": {"name": "web", "password": "x"}}})
}

#[tokio::test]
async fn events_that_were_and_events_that_come() {
    for version in [Version::V1_41, Version::V1_52, Version::V1_55] {
        let fake = FakeEngine::start(version);
        let web = |action: &str, nanos| Ok(Some((action.to_owned(), "web".to_owned(), nanos)));
        for (action, nanos) in [("create", 1_000_000_000), ("start", 1_000_000_001), ("exec_die", 1_000_000_002)] {
            fake.event(event(action, nanos));
        }
        let engine = met(&fake).await;
        let mut events = engine.events(Some(1_000_000_001)).await.unwrap();
        assert_eq!(next(&mut events).await, web("start", 1_000_000_001));
        fake.event(event("health_status: unhealthy", 1_000_000_003));
        fake.event(event("die", 1_000_000_004));
        assert_eq!(next(&mut events).await, web("health_status: unhealthy", 1_000_000_003));
        assert_eq!(next(&mut events).await, web("die", 1_000_000_004));
        fake.end_streams();
        assert_eq!(next(&mut events).await, Ok(None));
        // 300 events while nobody listens: what the engine has forgotten is not told.
        fake.noise(300);
        fake.event(event("start", u64::MAX));
        let mut events = engine.events(Some(1_000_000_004)).await.unwrap();
        assert_eq!(next(&mut events).await, web("start", u64::MAX));
        drop(events);
        until(|| fake.connections() == 0);
    }
}

#[tokio::test]
async fn events_however_they_are_separated() {
    let fake = FakeEngine::start(Version::V1_41);
    let engine = met(&fake).await;
    let mut events = engine.events(None).await.unwrap();
    for bytes in
        [r#"{"Action":"a"}{"Action":"b"}"#, "\n\n", "{\"Action\"\r\n:", "\"c\"}\x1e", " {\"Action\":\"d{\"}", "\r\n"]
    {
        fake.raw_event(bytes);
    }
    for action in ["a", "b", "c", "d{"] {
        assert_eq!(next(&mut events).await, Ok(Some((action.to_owned(), String::new(), 0))));
    }
    fake.end_streams();
    assert_eq!(next(&mut events).await, Ok(None));
}

/// podman-desktop/podman-desktop#14877: after one event that could not be read none came any more, and nobody was told.
#[tokio::test]
async fn an_event_that_is_none() {
    let broken = "the answer to GET /events is not what an engine's is, at line 1, column";
    for (bytes, message) in [
        ("<html>canary</html>", format!("{broken} 1")),
        ("[]", format!("{broken} 1")),
        (r#"{"Action":"canary"#, "the answer to GET /events ends too early".to_owned()),
        (r#"{"Action":["canary"]}"#, format!("{broken} 10")),
        (r#"{"Action":}"#, format!("{broken} 11")),
    ] {
        let fake = FakeEngine::start(Version::V1_55);
        let mut events = met(&fake).await.events(None).await.unwrap();
        fake.event(event("start", 1));
        fake.raw_event(bytes);
        assert!(next(&mut events).await.unwrap().is_some());
        fake.end_streams_after(2);
        assert_eq!(next(&mut events).await, Err(message), "{bytes}");
    }
}

#[tokio::test]
async fn an_event_that_is_too_large() {
    let fake = FakeEngine::start(Version::V1_44);
    let mut events = met(&fake).await.events(None).await.unwrap();
    let labels = "x".repeat(1 << 20);
    fake.event(json!({"Action": "start", "Actor": {"Attributes": {"label": &labels[1000..]}}}));
    fake.event(json!({"Action": "start", "Actor": {"Attributes": {"label": labels}}}));
    assert!(next(&mut events).await.unwrap().is_some());
    let message = "the answer to GET /events is larger than 1024 KiB, which no engine's is";
    assert_eq!(next(&mut events).await, Err(message.to_owned()));
}

/// Whoever waits for an event and for something else loses none when it is the other that comes.
#[tokio::test]
async fn an_event_that_is_waited_for_in_vain() {
    let fake = FakeEngine::start(Version::V1_44);
    let mut events = met(&fake).await.events(None).await.unwrap();
    fake.raw_event(r#"{"Action":"#);
    for _ in 0..3 {
        assert!(tokio::time::timeout(Duration::from_millis(5), events.next()).await.is_err());
    }
    fake.raw_event(r#""start"}"#);
    assert_eq!(next(&mut events).await, Ok(Some(("start".to_owned(), String::new(), 0))));
}

#[tokio::test]
async fn an_event_stream_that_does_not_begin() {
    let fake = FakeEngine::start(Version::V1_44);
    for (answer, limit, message) in [
        (Answer::Hang, SHORT, "no whole answer to GET /events within 0.1 s; the engine hangs or is overloaded"),
        (
            Answer::Forbidden,
            LONG,
            "GET /events is forbidden (403) by the proxy before the engine; allow it there, for docker-socket-proxy by \
             EVENTS=1",
        ),
        (
            Answer::Json(400, json!({"message": "x"})),
            LONG,
            "the engine answers GET /events with 400; its log says more",
        ),
    ] {
        fake.answer("/events", answer);
        let engine = met(&fake).await.with_limit(limit);
        assert_eq!(engine.events(None).await.map(drop).unwrap_err().to_string(), message);
    }
    fake.answer("/events", Answer::Break);
    let mut events = met(&fake).await.events(None).await.unwrap();
    let message = "the answer to GET /events broke off; the engine may be restarting";
    assert_eq!(events.next().await.unwrap_err().to_string(), message);
}
