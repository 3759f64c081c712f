//! Proxies before an engine's socket: one that passes on what a rule allows and remembers what it was asked, and HAProxy.

use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use tempfile::TempDir;
use testkit::process::{Process, free_address};

use super::engine::Engine;
use crate::stack::replaced;
use crate::tools::{find_program, skip};

/// A proxy that ends with the process of the test.
pub(crate) struct Proxy {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

/// Whether a request may pass: `GET /path?query`.
type Rule = Arc<dyn Fn(&str) -> bool + Send + Sync>;

impl Proxy {
    /// On loopback.
    pub(crate) fn start(engine: &Engine, rule: impl Fn(&str) -> bool + Send + Sync + 'static) -> Proxy {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port");
        Proxy::on(listener, engine, rule)
    }

    /// Where someone listens already.
    pub(crate) fn on(
        listener: TcpListener,
        engine: &Engine,
        rule: impl Fn(&str) -> bool + Send + Sync + 'static,
    ) -> Proxy {
        let address = listener.local_addr().expect("a bound listener has an address");
        let asked = Arc::default();
        let (socket, rule, log): (_, Rule, _) = (engine.socket(), Arc::new(rule), Arc::clone(&asked));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (socket, rule, log) = (socket.clone(), Arc::clone(&rule), Arc::clone(&log));
                // A client that leaves, or an engine that is not there, is the end of one connection.
                thread::spawn(move || pass(&client, &socket, &*rule, &log).ok());
            }
        });
        Proxy { address, asked }
    }

    /// Where it listens, as clients of the engine want to be told.
    pub(crate) fn host(&self) -> String {
        format!("tcp://{}", self.address)
    }

    /// What it was asked since it was last taken. A request that did not pass begins with `denied`.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Serves a connection until it ends. What is asked has no body.
fn pass(client: &TcpStream, socket: &Path, rule: &dyn Fn(&str) -> bool, log: &Mutex<Vec<String>>) -> io::Result<()> {
    let engine = UnixStream::connect(socket)?;
    let (mut answers, mut back) = (engine.try_clone()?, client.try_clone()?);
    thread::spawn(move || {
        io::copy(&mut answers, &mut back).ok();
        back.shutdown(Shutdown::Both).ok();
    });
    let mut requests = BufReader::new(client);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if requests.read_line(&mut head)? == 0 {
                return engine.shutdown(Shutdown::Both);
            }
        }
        let request = head.split(" HTTP/").next().unwrap_or_default().to_owned();
        let passes = rule(&request);
        let line = if passes { request } else { format!("denied {request}") };
        log.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        if !passes {
            return (&*client).write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
        (&engine).write_all(head.as_bytes())?;
    }
}

/// HAProxy, with its file.
pub(crate) struct HaProxy {
    pub(crate) process: Process,
    pub(crate) address: SocketAddr,
    _folder: TempDir,
}

impl HaProxy {
    /// With rules that listen at `:2375` and ask `/var/run/docker.sock`, for which another address and socket are put. `None`, and
    /// a line that says so, where there is no HAProxy.
    pub(crate) fn start(suite: &str, rules: &str, socket: &Path) -> Option<HaProxy> {
        let Some(haproxy) = find_program("haproxy") else {
            skip(suite, "haproxy (apt-get install haproxy)");
            return None;
        };
        let address = free_address().expect("loopback has a free port");
        let rules = replaced(rules, "bind :2375", &format!("bind {address}"));
        let rules = replaced(&rules, "/var/run/docker.sock", &socket.display().to_string());
        let folder = tempfile::tempdir().expect("there is a folder for temporary files");
        let file: PathBuf = folder.path().join("haproxy.cfg");
        fs::write(&file, rules).expect("the folder is ours");
        let mut command = Command::new(haproxy);
        command.arg("-db").arg("-f").arg(file);
        let process = Process::listen(command, address).unwrap_or_else(|err| panic!("{err}"));
        Some(HaProxy { process, address, _folder: folder })
    }
}
