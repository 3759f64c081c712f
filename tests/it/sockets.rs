//! Sockets that are not TCP ports of our own: a Unix socket that Prometheus scrapes, and those that systemd opens.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use testkit::process::{Process, binary, free_address};

use crate::prometheus::{query, wait_until};
use crate::tools::{Tools, find_program, skip};

/// The whole answer of a server behind a Unix socket.
#[expect(clippy::disallowed_methods, reason = "our own program, and a page of a few bytes")]
fn get(socket: &Path, path: &str) -> String {
    let mut stream = UnixStream::connect(socket).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("it is a socket");
    let request = format!("GET {path} HTTP/1.1\r\nHost: any.example\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    answer
}

#[test]
fn prometheus_scrapes_a_unix_socket() {
    let Some(tools) = Tools::find("sockets", &["prometheus"]) else { return };
    let folder = tempfile::tempdir().expect("there is a folder for temporary files");
    let socket = folder.path().join("host.sock");
    let listen = format!("--web.listen-address=unix:{}", socket.display());
    let mut exporter = Process::start("host-exporter", &[&listen, "--web.socket-mode=0600"]).expect("it starts");
    assert_eq!(fs::metadata(&socket).expect("it is there").permissions().mode() & 0o777, 0o600);

    let config = format!(
        "global: {{scrape_interval: 1s}}\nscrape_configs:\n  - job_name: unix\n    static_configs:\n      \
         - targets: [host]\n        labels: {{__unix_socket__: {}}}\n",
        socket.display()
    );
    fs::write(folder.path().join("prometheus.yml"), config).expect("the folder is ours");
    let address = free_address().expect("loopback has a free port");
    let mut command = tools.command("prometheus");
    command.args(["--config.file=prometheus.yml", "--storage.tsdb.path=data"]).current_dir(folder.path());
    command.arg(format!("--web.listen-address={address}"));
    let prometheus = Process::spawn(command, address, "/-/ready").unwrap_or_else(|error| panic!("{error}"));
    wait_until(&prometheus, "up", || query(&prometheus, "up{job=\"unix\"} == 1").len() == 1);
    assert_eq!(query(&prometheus, "node_boot_time_seconds{job=\"unix\"}").len(), 1);

    exporter.terminate().expect("it runs");
    assert!(exporter.wait(Duration::from_secs(10)).expect("it ends").success());
    assert!(!socket.exists(), "its socket is left behind");
}

#[test]
fn sockets_of_systemd_are_served_and_no_others() {
    let Some(activate) = find_program("systemd-socket-activate") else {
        return skip("sockets", "systemd-socket-activate, of Debian's package systemd");
    };
    let folder = tempfile::tempdir().expect("there is a folder for temporary files");
    let path = folder.path().join("activated.sock");
    let [activated, unused] =
        [free_address(), free_address()].map(|address| address.expect("loopback has a free port"));

    // It starts the exporter, in its own place, when the first connection comes: that of the question whether it is ready.
    let mut command = Command::new(activate);
    command.arg(format!("--listen={activated}")).arg(format!("--listen={}", path.display()));
    command.arg(binary("host-exporter").expect("it is built"));
    command.arg("--web.systemd-socket").arg(format!("--web.listen-address={unused}"));
    let exporter = Process::spawn(command, activated, "/-/ready").unwrap_or_else(|error| panic!("{error}"));
    assert!(get(&path, "/-/healthy").starts_with("HTTP/1.1 200 "));
    assert!(TcpStream::connect(unused).is_err(), "it listens on an address beside them");
    drop(exporter);
    assert!(path.exists(), "the socket is systemd's to remove");
}

#[test]
fn without_sockets_of_systemd_it_says_so() {
    let mut command = Command::new(binary("host-exporter").expect("it is built"));
    let output = command.arg("--web.systemd-socket").output().expect("it starts");
    assert_eq!(output.status.code(), Some(1));
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(log.contains("passed none") && log.contains(".socket unit"), "{log}");
}
