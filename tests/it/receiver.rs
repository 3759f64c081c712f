//! A webhook of the suite's own, as Alertmanager's last mile.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// Takes every POST on a loopback port until the test ends, and answers 200.
pub(crate) struct Receiver {
    /// Where the notifications are to be sent.
    pub(crate) url: String,
    bodies: mpsc::Receiver<Value>,
}

impl Receiver {
    /// Listens from now on.
    pub(crate) fn start() -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let url = format!("http://{}/", listener.local_addr().expect("a bound listener has an address"));
        let (sender, bodies) = mpsc::channel();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let Ok(body) = receive(stream) else { continue };
                if sender.send(body).is_err() {
                    break; // The test is over.
                }
            }
        });
        Receiver { url, bodies }
    }

    /// The next body, in the order of arrival; `None` if none came within `patience`.
    pub(crate) fn next(&self, patience: Duration) -> Option<Value> {
        self.bodies.recv_timeout(patience).ok()
    }

    /// The bodies that have come and that nobody has asked for.
    pub(crate) fn rest(&self) -> Vec<Value> {
        self.bodies.try_iter().collect()
    }
}

/// Reads one request with a length, answers it and closes.
fn receive(stream: TcpStream) -> io::Result<Value> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let header = line.trim_end().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    reader.into_inner().write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")?;
    Ok(serde_json::from_slice(&body)?)
}
