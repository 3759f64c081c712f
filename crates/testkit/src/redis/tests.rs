use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::Instant;

use super::*;
use crate::tls::Identity;

/// What comes for these bytes until the server says no more, or has closed the connection.
fn exchange(redis: &FakeRedis, bytes: &[u8]) -> (Vec<u8>, bool) {
    let answer = crate::raw::exchange(redis.address(), bytes, Duration::from_millis(100)).unwrap();
    (answer.bytes, answer.is_closed)
}

const PING: &[u8] = b"*1\r\n$4\r\nPING\r\n";

#[test]
fn commands_that_come_together_and_one_after_the_other() {
    let redis = FakeRedis::start();
    redis.answer("CONFIG GET", array([text("port"), text("6379")]));
    redis.answer("GET", |words: &[String]| text(words.join("/")));
    let mut client = Client::connect(redis.address()).unwrap();
    let both = client.ask_all(&[vec!["PING"], vec!["get", "a b"]]).unwrap();
    assert_eq!(both, [Value::Text("PONG".into()), Value::Text("get/a b".into())]);
    let config = client.ask("CONFIG GET port").unwrap();
    assert_eq!(config, Value::Array(vec![Value::Text("port".into()), Value::Text("6379".into())]));
    assert!(matches!(client.ask("FLUSHALL").unwrap(), Value::Error(text) if text.starts_with("ERR unknown command")));
    assert_eq!(redis.commands(), ["PING", "get a b", "CONFIG GET port", "FLUSHALL"]);
    assert_eq!((redis.round_trips(), redis.connections(), redis.accepted()), (3, 1, 1));
    redis.disconnect();
    assert!(client.ask("PING").is_err());
}

#[test]
fn a_password() {
    let redis = FakeRedis::start();
    redis.ask_for(&["mia", "secret"]);
    let mut client = Client::connect(redis.address()).unwrap();
    assert_eq!(client.ask("INFO").unwrap(), Value::Error("NOAUTH Authentication required.".into()));
    assert!(matches!(client.ask("AUTH mia no").unwrap(), Value::Error(text) if text.starts_with("WRONGPASS")));
    assert_eq!(client.ask("AUTH mia secret").unwrap(), Value::Text("OK".into()));
    assert!(client.ask("INFO").unwrap().text().contains("redis_version:7.0.15"));
}

#[test]
fn manners() {
    let redis = FakeRedis::start();
    for (manner, came) in [
        (Manner::Answer, (&b"+PONG\r\n"[..], false)),
        (Manner::FallSilent(3), (b"+PO", false)),
        (Manner::FallSilent(0), (b"", false)),
        (Manner::Say(b"HTTP/1.1 400".to_vec()), (b"HTTP/1.1 400", false)),
        (Manner::SayAndClose(b"$9\r\n".to_vec()), (b"$9\r\n", true)),
        (Manner::CloseAfter(1), (b"+PONG\r\n", true)),
        (Manner::Reset, (b"", true)),
    ] {
        redis.behave(manner.clone());
        let (bytes, is_closed) = exchange(&redis, PING);
        assert_eq!((bytes.as_slice(), is_closed), came, "{manner:?}");
    }
    redis.behave(Manner::Refuse(error("ERR max number of clients reached")));
    assert_eq!(exchange(&redis, b""), (b"-ERR max number of clients reached\r\n".to_vec(), true));
    redis.behave(Manner::Drip(Duration::from_millis(60)));
    assert_eq!(exchange(&redis, PING), (b"+".to_vec(), false));
}

#[test]
fn single_answers_that_never_come() {
    let redis = FakeRedis::start();
    redis.answer("PING", Answer::Silence);
    assert_eq!(exchange(&redis, PING), (Vec::new(), false));
    redis.answer("PING", Answer::End);
    assert_eq!(exchange(&redis, PING), (Vec::new(), true));
}

#[test]
fn it_ends_at_once_whatever_it_does() {
    let begin = Instant::now();
    let redis = FakeRedis::start();
    redis.behave(Manner::Drip(Duration::from_secs(60)));
    let mut stream = TcpStream::connect(redis.address()).unwrap();
    stream.write_all(PING).unwrap();
    while redis.round_trips() == 0 {}
    drop(redis);
    assert!(begin.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_socket_and_tls() {
    let redis = FakeRedis::start_on_socket();
    let mut stream = UnixStream::connect(redis.url().strip_prefix("unix://").unwrap()).unwrap();
    stream.write_all(PING).unwrap();
    let mut answer = [0; 7];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"+PONG\r\n");

    let identity = Identity::new().unwrap();
    let redis = FakeRedis::start_with_tls(identity.server(None).unwrap());
    redis.behave(Manner::CloseAfter(1));
    let answer = identity.client().unwrap().exchange(redis.address(), PING).unwrap();
    assert_eq!((answer.as_str(), redis.url()), ("+PONG\r\n", format!("rediss://localhost:{}", redis.address().port())));
}
