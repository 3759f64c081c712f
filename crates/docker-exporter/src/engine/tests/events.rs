//! Event streams.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::engine::{Answer, FakeEngine, Version, id};

use crate::engine::Events;
use crate::engine::tests::{LONG, SHORT, met, until};

/// An event as it is told apart in tests: its action, its container's name, its time.
async fn next(events: &mut Events) -> Result<Option<(String, String, u64)>, String> {
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
    let message = "the answer to GET /events broke off; the engine, or a proxy before it, ended the connection";
    assert_eq!(events.next().await.unwrap_err().to_string(), message);
}
