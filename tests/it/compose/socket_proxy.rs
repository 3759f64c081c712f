//! What docker-exporter's proxy passes on to the engine: HAProxy with the shipped rules over a socket that answers everything, and
//! the same rules as the documentation has them for another proxy.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixListener;
use std::thread;

use regex_lite::Regex;

use crate::docker::proxy::HaProxy;
use crate::stack::shipped;

/// The number of a container or an image.
const ID: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// What docker-exporter asks, with ID for a number.
const ASKED: [&str; 10] = [
    "/_ping",
    "/version",
    "/v1.41/version",
    "/v1.55/info",
    "/v1.41/containers/json?all=1",
    "/v1.41/containers/ID/json",
    "/v1.41/containers/ID/stats?stream=false&one-shot=true",
    "/containers/ID/json",
    "/v1.41/images/sha256:ID/json",
    "/v1.41/events?since=1&filters=%7B%7D",
];

/// What has a container's files, logs and processes, what changes something, and ways around a rule.
const FOREIGN: [&str; 20] = [
    "/",
    "/v1.41/containers/ID/archive?path=/",
    "/v1.41/containers/ID/attach/ws",
    "/v1.41/containers/ID/export",
    "/v1.41/containers/ID/logs?stdout=1",
    "/v1.41/containers/ID/top",
    "/v1.41/containers/name/json",
    "/v1.41/containers/ID/json/",
    "/v1.41/containers/ID/../ID/logs",
    "/v1.41/containers/ID%2flogs?/json",
    "/v1.41/containers/json/../../secrets",
    "/v1.41/images/json",
    "/v1.41/images/sha256:ID/get",
    "/v1.41/networks",
    "/v1.41/secrets",
    "/v1.41/system/df",
    "/v1.41//version",
    "/v1.41/version/_ping",
    "/v2.0/version",
    "/x/v1.41/version",
];

#[test]
fn only_what_the_exporter_asks_reaches_the_engine() {
    let folder = tempfile::tempdir().expect("there is a folder for temporary files");
    let socket = folder.path().join("docker.sock");
    let engine = UnixListener::bind(&socket).expect("the folder is ours");
    thread::spawn(move || answer_everything(&engine));

    let rules = shipped("deploy/compose/socket-proxy.cfg");
    let Some(HaProxy { process, address, .. }) = &HaProxy::start("compose", &rules, &socket) else { return };

    for path in ASKED {
        assert_eq!(status(*address, "GET", path), "200", "{path}");
        for method in ["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "get"] {
            assert_eq!(status(*address, method, path), "403", "{method} {path}");
        }
    }
    for path in FOREIGN {
        assert_eq!(status(*address, "GET", path), "403", "{path}");
    }
    assert!(!process.stderr().contains("WARNING"), "{}", process.stderr());
}

#[test]
fn the_rules_for_another_proxy_are_the_same() {
    let readme = shipped("deploy/docker/README.md");
    let rule = readme.lines().find_map(|line| line.trim_start().strip_prefix("- -allowGET=")).expect("it has the rule");
    // That proxy matches whole paths, without what follows a question mark.
    let rule = Regex::new(&format!("^{rule}$")).expect("it is a pattern");
    let allows = |path: &str| rule.is_match(path.replace("ID", ID).split('?').next().unwrap_or_default());
    assert_eq!(ASKED.into_iter().filter(|path| !allows(path)).collect::<Vec<_>>(), [""; 0]);
    assert_eq!(FOREIGN.into_iter().filter(|path| allows(path)).collect::<Vec<_>>(), [""; 0]);
}

/// The status of an answer.
fn status(address: SocketAddr, method: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("the proxy listens");
    let path = path.replace("ID", ID);
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: socket-proxy:2375\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )
    .expect("the proxy reads");
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).expect("the proxy answers");
    line.split(' ').nth(1).unwrap_or_default().to_owned()
}

/// Says 200 to each connection, whatever it asks; ends with the process.
fn answer_everything(engine: &UnixListener) {
    for stream in engine.incoming() {
        let stream = stream.expect("the socket is ours");
        let head = BufReader::new(&stream).lines().take_while(|line| line.as_ref().is_ok_and(|line| !line.is_empty()));
        if head.count() > 0 {
            (&stream).write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").ok();
        }
    }
}
