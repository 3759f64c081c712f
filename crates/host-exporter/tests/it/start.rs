//! What keeps it from starting: one line says what and what to do, and the status tells a supervisor.

use std::fs;
use std::net::{Ipv6Addr, SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::time::Duration;

use testkit::http::get;
use testkit::process::{Ended, Process, binary, free_address, run};

/// It has nothing to wait for.
const LIMIT: Duration = Duration::from_secs(20);

fn ended(flags: &[&str]) -> Ended {
    let mut command = Command::new(binary("host-exporter").unwrap());
    command.args(flags);
    run(command, LIMIT).unwrap_or_else(|error| panic!("{flags:?}: {error}"))
}

/// One line has it all, and nothing looks like a defect of the program.
fn says_in_one_line(ended: &Ended, words: &[&str]) {
    let lines: Vec<&str> = ended.stderr.lines().filter(|line| words.iter().all(|word| line.contains(word))).collect();
    assert_eq!(lines.len(), 1, "{words:?}\n{}", ended.stderr);
    let errors = ended.stderr.lines().filter(|line| line.contains("level=ERROR") || line.starts_with("error: "));
    assert_eq!(errors.count(), 1, "{}", ended.stderr);
    for trace in ["panicked", "backtrace", "RUST_BACKTRACE", ".rs:", "Os {", "Error {", "thread '"] {
        assert!(!ended.stderr.contains(trace), "{trace}\n{}", ended.stderr);
    }
    assert_eq!(ended.stdout, "");
}

#[test]
fn addresses_that_can_not_be_had() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    for (address, remedy) in [
        (taken.as_str(), "stop the program that has it"),
        ("127.0.0.1", "--web.listen-address"),
        ("127.0.0.1:99999", "--web.listen-address"),
        ("127.0.0.1:port", "--web.listen-address"),
        ("::1:9100:", "--web.listen-address"),
        ("[::1]", "--web.listen-address"),
        ("192.0.2.1:9100", "--web.listen-address"),
        ("[2001:db8::1]:9100", "--web.listen-address"),
        ("", "--web.listen-address"),
        ("unix:/nowhere/host.sock", "/nowhere/host.sock"),
        ("unix:/proc/host.sock", "/proc/host.sock"),
    ] {
        let ended = ended(&[&format!("--web.listen-address={address}")]);
        assert!(matches!(ended.status.code(), Some(1 | 2)), "{address}: {}", ended.status);
        says_in_one_line(&ended, &[address, remedy]);
    }
    // The first of two is not kept.
    let free = free_address().unwrap().to_string();
    let both = ended(&[&format!("--web.listen-address={free}"), &format!("--web.listen-address={taken}")]);
    assert_eq!(both.status.code(), Some(1));
    says_in_one_line(&both, &[&taken, "stop the program that has it"]);
    drop(TcpListener::bind(free).unwrap());
}

#[test]
fn a_privileged_port_without_privilege() {
    let first = fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start").unwrap_or_default();
    // The machine may leave every port to everybody.
    let Some(port) = first.trim().parse::<u16>().unwrap_or(1024).checked_sub(1).filter(|port| *port > 0) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    // Where another user may run it.
    let program = folder.path().join("host-exporter");
    fs::copy(binary("host-exporter").unwrap(), &program).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = Command::new(program);
    command.arg(format!("--web.listen-address=127.0.0.1:{port}")).current_dir("/");
    if rustix::process::geteuid().is_root() {
        command.uid(65534).gid(65534);
    }
    let ended = run(command, LIMIT).unwrap();
    assert_eq!(ended.status.code(), Some(1), "{}", ended.stderr);
    says_in_one_line(&ended, &[&format!("127.0.0.1:{port}"), "choose a port above"]);
}

#[test]
fn version_6_alone() {
    let address = SocketAddr::from((Ipv6Addr::LOCALHOST, free_address().unwrap().port()));
    // A machine may have no such address.
    if TcpListener::bind(address).is_err() {
        return;
    }
    let mut command = Command::new(binary("host-exporter").unwrap());
    command.arg(format!("--web.listen-address={address}"));
    let process = Process::spawn(command, address, "/-/ready").unwrap();
    assert_eq!(get(address, "/metrics?collect[]=time", &[]).unwrap().status, 200);
    assert!(get(SocketAddr::from(([127, 0, 0, 1], address.port())), "/", &[]).is_err());
    assert!(!process.stderr().contains("level=WARN"), "{}", process.stderr());
}

#[test]
fn wrong_flags() {
    for (flag, words) in [
        ("--web.listen-adress=:9100", &["--web.listen-adress"][..]),
        ("--web.max-requests=-1", &["--web.max-requests", "-1"]),
        ("--web.max-requests=99999999999999999999", &["--web.max-requests"]),
        ("--web.telemetry-path=metrics", &["a path starts with /"]),
        ("--log.level=\u{1b}[31m", &["--log.level"]),
        ("--collector.netdev.device-exclude=(", &["--collector.netdev.device-exclude"]),
        ("stray", &["stray"]),
    ] {
        let ended = ended(&[flag]);
        assert_eq!(ended.status.code(), Some(2), "{flag}: {}", ended.stderr);
        says_in_one_line(&ended, &[&["error: "], words].concat());
    }
}

#[test]
fn files_of_the_web_configuration_that_are_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    let missing = missing.to_str().unwrap();
    for flag in ["web.config.file", "web.bearer-token-file"] {
        let ended = ended(&["--web.listen-address=127.0.0.1:0", &format!("--{flag}={missing}")]);
        assert!(matches!(ended.status.code(), Some(1 | 2)), "{flag}: {}", ended.status);
        says_in_one_line(&ended, &[missing]);
    }
    // Files that it names are looked for beside it.
    let config = folder.path().join("web.yml");
    fs::write(&config, "tls_server_config:\n  cert_file: missing\n  key_file: missing\n").unwrap();
    let ended = ended(&["--web.listen-address=127.0.0.1:0", &format!("--web.config.file={}", config.display())]);
    assert!(matches!(ended.status.code(), Some(1 | 2)), "{}", ended.status);
    says_in_one_line(&ended, &[missing]);
}
