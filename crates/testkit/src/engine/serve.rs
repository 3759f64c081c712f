//! HTTP/1.1, as far as an engine needs it.

use std::io::{self, Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::state::{Happened, Shared, State};
use super::{Answer, shapes};

/// No client sends more before its first empty line.
const MOST_HEAD: usize = 64 << 10;
/// Waits for ever, as far as a test is concerned.
const EVER: Duration = Duration::from_secs(600);

/// Serves each connection on a thread of its own until the engine is to stop, and then ends them all.
pub(super) fn accept(listener: &UnixListener, shared: &Arc<Shared>) {
    let mut open = Vec::new();
    while let Ok((stream, _)) = listener.accept() {
        if shared.read(|state| state.stopped) {
            break;
        }
        shared.change(|state| {
            state.connections += 1;
            state.accepted += 1;
        });
        let Ok(twin) = stream.try_clone() else { break };
        let shared = Arc::clone(shared);
        open.push((
            twin,
            thread::spawn(move || {
                // However a client goes away is its own affair.
                drop(serve(&stream, &shared));
                drop(stream.shutdown(Shutdown::Both));
                shared.change(|state| state.connections -= 1);
            }),
        ));
    }
    for (stream, thread) in open {
        drop(stream.shutdown(Shutdown::Both));
        thread.join().expect("no connection's thread panics");
    }
}

/// Where an answer goes, and how.
struct Out<'c> {
    stream: &'c UnixStream,
    shared: &'c Shared,
    chunk: Option<usize>,
    keep_alive: bool,
}

fn serve(stream: &UnixStream, shared: &Shared) -> io::Result<()> {
    let mut came = Vec::new();
    loop {
        let Some(head) = head(stream, &mut came)? else { return Ok(()) };
        let request =
            head.lines().next().and_then(|line| line.rsplit_once(' ')).map_or("", |(request, _)| request).to_owned();
        let asked = !head.to_ascii_lowercase().contains("\r\nconnection: close");
        let (out, told) = shared.change(|state| {
            state.requests.push(request.clone());
            let path = request.split_once(' ').map_or("", |(_, path)| path);
            let out = Out { stream, shared, chunk: state.chunk, keep_alive: state.keep_alive && asked };
            (out, tell(state, path))
        });
        match told {
            Told::Answer(answer) => out.answer(answer)?,
            Told::Events(events) => return out.while_there(|gone| out.events(&events, gone)),
        }
        if !out.keep_alive {
            return Ok(());
        }
    }
}

/// The next head, with what ends it; none if the client has gone.
fn head(mut stream: &UnixStream, came: &mut Vec<u8>) -> io::Result<Option<String>> {
    loop {
        if let Some(end) = came.windows(4).position(|window| window == b"\r\n\r\n") {
            let head: Vec<u8> = came.drain(..end + 4).collect();
            return Ok(Some(String::from_utf8_lossy(&head).into_owned()));
        }
        let mut buffer = [0; 4096];
        let read = stream.read(&mut buffer)?;
        if read == 0 || came.len() > MOST_HEAD {
            return Ok(None);
        }
        came.extend_from_slice(buffer.get(..read).unwrap_or_default());
    }
}

/// What a request comes to.
enum Told {
    Answer(Answer),
    Events(Stream),
}

/// An event stream that is asked for.
struct Stream {
    next: usize,
    actions: Option<Vec<String>>,
    streams: usize,
    media: &'static str,
}

fn tell(state: &State, request: &str) -> Told {
    let (path, query) = request.split_once('?').unwrap_or((request, ""));
    let (asked, path) = match path.strip_prefix("/v1.").and_then(|rest| rest.split_once('/')) {
        Some((minor, _)) => (Some(minor), path.get("/v1.".len() + minor.len()..).unwrap_or_default()),
        None => (None, path),
    };
    if let Some((_, answer)) = state.answers.iter().rev().find(|(prefix, _)| path.starts_with(prefix.as_str())) {
        return Told::Answer(answer.clone());
    }
    if let Some(refusal) = asked.and_then(|minor| unspoken(state, minor)) {
        return Told::Answer(Answer::Json(400, json!({"message": refusal})));
    }
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    Told::Answer(match *parts {
        ["events"] => return Told::Events(stream(state, query, asked)),
        ["_ping"] => Answer::Text(200, "text/plain; charset=utf-8", "OK".to_owned()),
        ["version"] => Answer::Json(200, shapes::version(state.version)),
        ["info"] => Answer::Json(200, shapes::info(state.version, state.containers.len())),
        ["containers", "json"] => Answer::Json(200, list(state)),
        ["containers", id, "json"] => of_container(state, id, Value::clone),
        ["containers", id, "stats"] => {
            of_container(state, id, |container| shapes::stats(state.version, container, state.stats.get(id)))
        }
        ["images", id, "json"] => match state.images.get(id) {
            Some(image) => Answer::Json(200, image.clone()),
            None => Answer::Json(404, json!({"message": format!("No such image: {id}")})),
        },
        _ => Answer::Json(404, json!({"message": "page not found"})),
    })
}

/// What is said of a version that the engine does not speak.
fn unspoken(state: &State, minor: &str) -> Option<String> {
    let number = |api: &str| api.rsplit('.').next().and_then(|minor| minor.parse::<u32>().ok()).unwrap_or(0);
    let (least, most) = (state.version.least_api(), state.version.api());
    if number(minor) > number(most) {
        return Some(format!("client version 1.{minor} is too new. Maximum supported API version is {most}"));
    }
    (number(minor) < number(least)).then(|| {
        format!(
            "client version 1.{minor} is too old. Minimum supported API version is {least}, please upgrade your client to \
             a newer version"
        )
    })
}

fn list(state: &State) -> Value {
    state.containers.iter().map(|container| shapes::summary(state.version, container)).collect()
}

fn of_container(state: &State, id: &str, told: impl FnOnce(&Value) -> Value) -> Answer {
    match state.containers.iter().find(|container| container["Id"] == id) {
        Some(container) => Answer::Json(200, told(container)),
        None => Answer::Json(404, json!({"message": format!("No such container: {id}")})),
    }
}

fn stream(state: &State, query: &str, asked: Option<&str>) -> Stream {
    let parameter = |name: &str| {
        query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name).map(|(_, value)| value)
    };
    let filters: Value =
        parameter("filters").and_then(|text| serde_json::from_str(&decoded(text)).ok()).unwrap_or_default();
    let actions = filters["event"].as_array();
    let actions = actions.map(|words| words.iter().filter_map(|word| word.as_str().map(str::to_owned)).collect());
    let minor: u32 = asked.unwrap_or_else(|| state.version.api().trim_start_matches("1.")).parse().unwrap_or(0);
    Stream {
        next: state.first_since(parameter("since").map(nanos)),
        actions,
        streams: state.streams,
        media: if minor < 52 { "application/json" } else { "application/jsonl" },
    }
}

/// Of seconds with nine digits behind the point, or none.
fn nanos(since: &str) -> u64 {
    let (seconds, rest) = since.split_once('.').unwrap_or((since, "0"));
    let number = |text: &str| text.parse::<u64>().unwrap_or(0);
    number(seconds) * 1_000_000_000 + number(rest)
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits: String = rest.by_ref().take(2).map(char::from).collect();
        bytes.push(u8::from_str_radix(&digits, 16).unwrap_or(b'?'));
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

impl Out<'_> {
    fn answer(&self, answer: Answer) -> io::Result<()> {
        let json = "application/json";
        let html = "<!DOCTYPE html><html><body><h1>canary-of-the-proxy</h1></body></html>\n".to_owned();
        match answer {
            Answer::Json(status, value) => self.whole(status, json, &(value.to_string() + "\n")),
            Answer::Html(status) => self.whole(status, "text/html", &html),
            Answer::Forbidden => self.whole(403, "text/html", &html),
            Answer::Text(status, media, body) => self.whole(status, media, &body),
            Answer::Hang => self.hang(),
            Answer::HangWithin => self.half().and_then(|()| self.hang()),
            Answer::Break => self.half().and_then(|()| self.stream.shutdown(Shutdown::Both)),
            Answer::Close => self.stream.shutdown(Shutdown::Both),
            Answer::Large(bytes) => self.large(bytes),
            Answer::Garbage => self.write(b"SSH-2.0-server\r\n").and_then(|()| self.stream.shutdown(Shutdown::Both)),
        }
    }

    fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let mut stream = self.stream;
        stream.write_all(bytes)
    }

    fn head(&self, status: u16, media: &str, framing: &str) -> io::Result<()> {
        let reason = match status {
            200 => "OK",
            400 => "Bad Request",
            403 => "Forbidden",
            404 => "Not Found",
            500 => "Internal Server Error",
            _ => "Unnamed",
        };
        let close = if self.keep_alive { "" } else { "Connection: close\r\n" };
        let head = format!(
            "HTTP/1.1 {status} {reason}\r\nContent-Type: {media}\r\nApi-Version: 1.41\r\n{close}{framing}\r\n\r\n"
        );
        self.write(head.as_bytes())
    }

    fn whole(&self, status: u16, media: &str, body: &str) -> io::Result<()> {
        match self.chunk {
            None => {
                self.head(status, media, &format!("Content-Length: {}", body.len()))?;
                self.write(body.as_bytes())
            }
            Some(bytes) => {
                self.head(status, media, "Transfer-Encoding: chunked")?;
                body.as_bytes().chunks(bytes).try_for_each(|chunk| self.chunk(chunk))?;
                self.write(b"0\r\n\r\n")
            }
        }
    }

    fn chunk(&self, bytes: &[u8]) -> io::Result<()> {
        self.write(&[format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat())
    }

    fn half(&self) -> io::Result<()> {
        self.head(200, "application/json", "Content-Length: 100")?;
        self.write(br#"{"Id":"#)
    }

    fn hang(&self) -> io::Result<()> {
        self.while_there(|gone| {
            self.shared.wait(EVER, |_| gone.load(Ordering::Relaxed).then_some(()));
            Ok(())
        })
    }

    /// Does what takes long, which is told when the client has gone, and ends the connection.
    fn while_there(&self, long: impl FnOnce(&AtomicBool) -> io::Result<()>) -> io::Result<()> {
        let gone = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                let mut stream = self.stream;
                while stream.read(&mut [0; 64]).is_ok_and(|read| read > 0) {}
                self.shared.change(|_| gone.store(true, Ordering::Relaxed));
            });
            let done = long(&gone);
            self.stream.shutdown(Shutdown::Both).and(done)
        })
    }

    fn large(&self, mut bytes: usize) -> io::Result<()> {
        match self.chunk {
            None => self.head(200, "application/json", &format!("Content-Length: {bytes}"))?,
            Some(_) => self.head(200, "application/json", "Transfer-Encoding: chunked")?,
        }
        while bytes > 0 {
            let part = vec![b' '; bytes.min(64 << 10)];
            let sent = if self.chunk.is_some() { self.chunk(&part) } else { self.write(&part) };
            sent?;
            self.shared.change(|state| state.sent += part.len());
            bytes -= part.len();
        }
        Ok(())
    }

    /// Tells events, those that were first, until the stream is to end.
    fn events(&self, stream: &Stream, gone: &AtomicBool) -> io::Result<()> {
        self.head(200, stream.media, "Transfer-Encoding: chunked")?;
        let mut next = stream.next;
        let mut told = 0;
        let wanted = |event: &Happened| match (&stream.actions, &event.action) {
            (Some(actions), Some(action)) => actions.contains(action),
            _ => true,
        };
        loop {
            let line = self.shared.wait(EVER, |state| {
                let is_over =
                    state.streams > stream.streams || state.stream_length.is_some_and(|length| told >= length);
                if is_over || gone.load(Ordering::Relaxed) {
                    return Some(None);
                }
                let position = state.events.iter().skip(next).position(wanted);
                next = position.map_or(state.events.len(), |position| next + position + 1);
                position.map(|_| state.events.get(next - 1).map(|event| event.line.clone()))
            });
            let Some(Some(line)) = line else { return self.write(b"0\r\n\r\n") };
            self.chunk(line.as_bytes())?;
            told += 1;
        }
    }
}
