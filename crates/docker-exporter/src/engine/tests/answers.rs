//! Answers that are not what they should be, and engines that are not there.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::engine::{Answer, FakeEngine, Version, id};

use crate::container::Container;
use crate::engine::tests::{LONG, SHORT, met, places};
use crate::engine::{Endpoint, Engine};

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
        (
            Answer::Break,
            "the answer to GET /containers/json broke off; the engine, or a proxy before it, ended the connection",
        ),
        (
            Answer::Close,
            "the answer to GET /containers/json broke off; the engine, or a proxy before it, ended the connection",
        ),
        (
            Answer::Garbage,
            "the answer to GET /containers/json broke off; the engine, or a proxy before it, ended the connection",
        ),
    ] {
        assert_eq!(told(&fake, answer, LONG).await, message);
    }
}

#[tokio::test]
async fn an_answer_about_another_container() {
    let fake = FakeEngine::start(Version::V1_44);
    let engine = met(&fake).await;
    for other in [json!({"Id": id(2)}), json!({}), json!([])] {
        fake.answer("/containers/", Answer::Json(200, other));
        let error = engine.open().inspect(&id(1)).await.unwrap_err();
        assert_eq!(error.to_string(), "the answer to GET /containers/ID/json is about another container");
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
