//! A Docker engine that does what a test says: its API on a Unix socket, in the shapes of several versions, and in those that
//! no engine should have.
//!
//! ```no_run
//! # use testkit::engine::{Answer, FakeEngine, Version, id};
//! # use serde_json::json;
//! let engine = FakeEngine::start(Version::V1_41);
//! engine.container(json!({"Id": id(1), "Name": "/web", "State": {"Status": "running", "Pid": 4242}}));
//! engine.event(json!({"Action": "die", "Actor": {"ID": id(1), "Attributes": {"name": "web", "exitCode": "1"}}}));
//! engine.answer("/info", Answer::Forbidden);
//! // … a client at engine.host() …
//! assert_eq!(engine.requests(), ["GET /version", "GET /v1.41/containers/json?all=1"]);
//! ```

mod serve;
mod shapes;
mod state;

use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use serde_json::Value;
use tempfile::TempDir;

use state::Shared;

/// Versions of the API, each with shapes of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// Engine 20.10, on cgroup v1.
    V1_41,
    /// Engine 25, on cgroup v2 like all that follow.
    V1_44,
    /// Engine 29.0: health in the list, events without `status`, `id` and `from`, no API before 1.44.
    V1_52,
    /// Engine 29.7: a storage backend in what is inspected, API 1.40 and on.
    V1_55,
}

/// What a path is answered with instead of the truth.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// A status and JSON.
    Json(u16, Value),
    /// A status and a page in HTML, as a proxy has it.
    Html(u16),
    /// What a proxy answers that does not let a request through.
    Forbidden,
    /// A status, a Content-Type and a body.
    Text(u16, &'static str, String),
    /// Nothing, ever.
    Hang,
    /// A head and half of a body, and no more.
    HangWithin,
    /// A head and half of a body, and the end of the connection.
    Break,
    /// The end of the connection.
    Close,
    /// White space of so many bytes, as JSON.
    Large(usize),
    /// No HTTP.
    Garbage,
}

/// An engine on a thread. Whatever it is told to do it does from the next request on; dropping it closes every connection.
pub struct FakeEngine {
    folder: TempDir,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// The id of a container, or of an image without its `sha256:`: 64 hexadecimal digits that are this number.
pub fn id(number: u32) -> String {
    format!("{number:064x}")
}

impl FakeEngine {
    /// An engine without containers.
    ///
    /// # Panics
    /// If there is no place for a socket.
    pub fn start(version: Version) -> FakeEngine {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let listener = UnixListener::bind(folder.path().join("docker.sock")).expect("the folder is empty");
        let shared = Arc::new(Shared::new(version));
        let thread = thread::spawn({
            let shared = Arc::clone(&shared);
            move || serve::accept(&listener, &shared)
        });
        FakeEngine { folder, shared, thread: Some(thread) }
    }

    /// The path of its socket.
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("docker.sock")
    }

    /// The same as `DOCKER_HOST` has it.
    pub fn host(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    /// Puts a container there, or in place of the one with its `Id`. `inspect` says what is of interest, in the words of
    /// `docker inspect`; anything else is as a plain running container has it. The list tells the same.
    ///
    /// # Panics
    /// Without an `Id`.
    pub fn container(&self, inspect: Value) {
        self.shared.change(|state| state.put(inspect));
    }

    /// Takes a container away.
    pub fn remove(&self, id: &str) {
        self.shared.change(|state| state.remove(id));
    }

    /// An image, by its `Id`, as `docker image inspect` has it.
    ///
    /// # Panics
    /// Without an `Id`.
    pub fn image(&self, inspect: Value) {
        self.shared.change(|state| state.put_image(inspect));
    }

    /// What the statistics of a container say in place of the usual; the rest is as a running container has it.
    pub fn stats(&self, id: &str, stats: Value) {
        self.shared.change(|state| state.put_stats(id, stats));
    }

    /// Something happens. What is not said is as in an event of a container of this moment.
    pub fn event(&self, event: Value) {
        self.shared.change(|state| state.push(event));
    }

    /// So many events happen which nobody asked for, as each health check writes three. They push others out of the engine's
    /// memory, which holds 256.
    pub fn noise(&self, events: usize) {
        self.shared.change(|state| state.make_noise(events));
    }

    /// Bytes that come as the next event, with nothing behind them, whatever a stream asked for.
    pub fn raw_event(&self, bytes: &str) {
        self.shared.change(|state| state.push_raw(bytes));
    }

    /// Ends every event stream that is open.
    pub fn end_streams(&self) {
        self.shared.change(|state| state.end_streams());
    }

    /// Ends every event stream once it has told so many events.
    pub fn end_streams_after(&self, events: usize) {
        self.shared.change(|state| state.stream_length = Some(events));
    }

    /// Ends every event stream and forgets what happened, as an engine that is started again.
    pub fn restart(&self) {
        self.shared.change(|state| state.restart());
    }

    /// Answers paths that begin like this (without version) in this way until told otherwise.
    pub fn answer(&self, path: &str, answer: Answer) {
        self.shared.change(|state| state.answers.push((path.to_owned(), answer)));
    }

    /// Tells the truth again.
    pub fn answer_truly(&self) {
        self.shared.change(|state| state.answers.clear());
    }

    /// Sends bodies in chunks of at most so many bytes, not with a length.
    pub fn in_chunks(&self, bytes: usize) {
        self.shared.change(|state| state.chunk = Some(bytes));
    }

    /// Closes the connection behind each answer, as some proxies do.
    pub fn without_keep_alive(&self) {
        self.shared.change(|state| state.keep_alive = false);
    }

    /// Every request so far: method and path.
    pub fn requests(&self) -> Vec<String> {
        self.shared.read(|state| state.requests.clone())
    }

    /// How many connections are open.
    pub fn connections(&self) -> usize {
        self.shared.read(|state| state.connections)
    }

    /// How many connections there have been.
    pub fn accepted(&self) -> usize {
        self.shared.read(|state| state.accepted)
    }

    /// How many bytes of [`Answer::Large`] have been taken from it, or lie in a socket's buffer.
    pub fn sent(&self) -> usize {
        self.shared.read(|state| state.sent)
    }
}

impl Drop for FakeEngine {
    fn drop(&mut self) {
        self.shared.stop();
        wake(&self.socket());
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || thread::panicking(), "the engine's thread panicked");
        }
    }
}

/// Lets a listener see that it is to stop.
fn wake(socket: &Path) {
    drop(UnixStream::connect(socket));
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};

    use serde_json::json;

    use super::*;

    /// The answer to one request, as it came.
    fn get(engine: &FakeEngine, path: &str) -> String {
        let mut stream = UnixStream::connect(engine.socket()).unwrap();
        stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n").as_bytes()).unwrap();
        let mut answer = String::new();
        #[allow(clippy::disallowed_methods, reason = "what it says itself ends")]
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn body(answer: &str) -> Value {
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    }

    #[test]
    fn a_container_in_the_list_and_by_itself() {
        for version in [Version::V1_41, Version::V1_44, Version::V1_52, Version::V1_55] {
            let engine = FakeEngine::start(version);
            let health = json!({"Status": "healthy", "FailingStreak": 0, "Log": []});
            engine.container(json!({"Id": id(1), "Name": "/web", "State": {"Health": health}}));
            engine.container(json!({"Id": id(2), "Name": "/job", "State": {"Status": "exited", "ExitCode": 3}}));
            let list = body(&get(&engine, "/containers/json?all=1"));
            assert_eq!(list[0]["Names"], json!(["/web"]));
            assert_eq!(list[0]["Health"].is_null(), version < Version::V1_52);
            assert_eq!(list[0]["Status"], "Up 5 minutes (healthy)");
            assert_eq!((&list[1]["State"], &list[1]["Status"]), (&json!("exited"), &json!("Exited (3) 5 minutes ago")));
            let inspect = body(&get(&engine, &format!("/containers/{}/json", id(2))));
            assert_eq!(inspect["State"]["Running"], false);
            assert_eq!(inspect["NetworkSettings"]["Bridge"].is_null(), version >= Version::V1_52);
            engine.remove(&id(2));
            assert!(get(&engine, &format!("/containers/{}/json", id(2))).starts_with("HTTP/1.1 404 Not Found\r\n"));
        }
    }

    #[test]
    fn versions_that_it_does_not_speak() {
        let engine = FakeEngine::start(Version::V1_52);
        assert_eq!(
            body(&get(&engine, "/v1.53/info"))["message"],
            "client version 1.53 is too new. Maximum supported API version is 1.52"
        );
        assert_eq!(
            body(&get(&engine, "/v1.41/info"))["message"],
            "client version 1.41 is too old. Minimum supported API version is 1.44, please upgrade your client to a newer \
             version"
        );
        assert_eq!(body(&get(&engine, "/v1.44/info"))["CgroupVersion"], "2");
        assert_eq!(engine.requests(), ["GET /v1.53/info", "GET /v1.41/info", "GET /v1.44/info"]);
    }

    #[test]
    fn events_that_were_and_that_come() {
        let engine = FakeEngine::start(Version::V1_41);
        for (action, nanos) in
            [("create", 1_000_000_000_u64), ("start", 2_000_000_000), ("exec_start: x", 2_500_000_000)]
        {
            engine.event(json!({"Action": action, "Actor": {"ID": id(1)}, "timeNano": nanos}));
        }
        engine.end_streams_after(1);
        let answer = get(&engine, "/v1.41/events?since=2.000000000&filters=%7B%22event%22%3A%5B%22start%22%5D%7D");
        assert!(answer.contains(r#""Action":"start""#) && answer.contains(r#""status":"start""#), "{answer}");
        // 256 others have pushed them out.
        engine.noise(256);
        engine.end_streams_after(0);
        assert!(!get(&engine, "/v1.41/events?since=1").contains("Action"));
    }
}
