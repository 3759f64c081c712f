use std::fs::{self, Permissions};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;

use testkit::Validator;
use testkit::http::{PROMETHEUS, get, post, scrape};
use testkit::process::{Process, binary};

use crate::setting::{Setting, table};

/// What Claude Code sends of one session.
const EXPORT: &[u8] = include_bytes!("../../../../tests/fixtures/otlp/claude-code/delta.metrics.pb");
const TYPE: [(&str, &str); 1] = [("Content-Type", "application/x-protobuf")];
/// 65534 is nobody, whom permissions stop.
const NOBODY: u32 = 65_534;

/// The host is served, whatever has become of the bridge.
fn assert_host_alone(setting: &Setting) {
    assert_eq!(get(setting.host, "/metrics?collect[]=time", &[]).unwrap().status, 200);
    assert!(get(setting.page, "/metrics", &[]).is_err());
}

fn tokens(page: SocketAddr) -> Vec<String> {
    let page = get(page, "/metrics", &[]).unwrap().text();
    let lines = page.lines().filter(|line| line.starts_with("claude_code_token_usage_tokens_total{"));
    let mut values: Vec<_> = lines.filter_map(|line| line.rsplit(' ').next()).map(str::to_owned).collect();
    values.sort_unstable();
    values
}

#[test]
fn its_page_and_ports_are_in_the_table_and_its_totals_in_a_file() {
    let setting = Setting::new();
    let process = Process::spawn(setting.command(), setting.page, "/-/ready").unwrap();
    let answer = post(setting.http, "/v1/metrics", &TYPE, EXPORT).unwrap();
    assert_eq!((answer.status, answer.body), (200, Vec::new()));
    scrape(setting.page, PROMETHEUS, &Validator::default(), None).unwrap();
    let told = table(process);
    let Setting { page, grpc, http, .. } = setting;
    let rows = format!(
        "  otlp     on   http://{page}/metrics\n                grpc: http://{grpc}\n                http: http://{http}\n"
    );
    assert!(told.contains(&rows), "{told}");
    assert!(told.contains(&format!(" OTEL_EXPORTER_OTLP_ENDPOINT=http://{http} claude\n")), "{told}");
    assert!(setting.ledger().is_file());

    // The same folder later, for whoever has not seen it before.
    let process = Process::spawn(setting.command(), setting.page, "/-/ready").unwrap();
    assert_eq!(tokens(setting.page), ["10000", "119", "2468", "4000"]);
    table(process);
}

#[test]
fn a_taken_otlp_port_switches_it_off_alone() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    for (setting, variable) in [
        (Setting { grpc: address, ..Setting::new() }, "OTLP_BRIDGE_OTLP_GRPC_ADDRESS"),
        (Setting { http: address, ..Setting::new() }, "OTLP_BRIDGE_OTLP_HTTP_ADDRESS"),
    ] {
        let process = Process::spawn(setting.command(), setting.host, "/-/ready").unwrap();
        assert_host_alone(&setting);
        let told = table(process);
        let off = format!("\n  otlp     off  can't listen on {address}: ");
        let row = told.split_once(&off).and_then(|(_, row)| row.lines().next()).unwrap_or_else(|| panic!("{told}"));
        assert!(row.ends_with(&format!("(here by {variable})")), "{row}");
        assert!(!told.contains("Claude Code"), "{told}");
    }
}

#[test]
fn started_twice_the_second_says_who_has_the_ledger() {
    let first = Setting::new();
    let one = Process::spawn(first.command(), first.page, "/-/ready").unwrap();
    let second = Setting::new();
    let mut command = second.command();
    command.env("OTLP_BRIDGE_LEDGER_FILE", first.ledger());
    let two = Process::spawn(command, second.host, "/-/ready").unwrap();
    assert_host_alone(&second);
    let told = table(two);
    let (path, id) = (first.ledger(), one.id());
    let path = path.display();
    let off =
        format!("  otlp     off  the ledger {path} is in use by process {id}; stop that, or choose another file\n");
    assert!(told.contains(&off), "{told}");
    // The first has not noticed.
    assert_eq!(post(first.http, "/v1/metrics", &TYPE, EXPORT).unwrap().status, 200);
    table(one);
}

#[test]
fn a_ledger_of_a_later_version_is_left_alone() {
    let setting = Setting::new();
    table(Process::spawn(setting.command(), setting.page, "/-/ready").unwrap());
    let path = setting.ledger();
    for suffix in ["-wal", "-shm"] {
        // What is not there need not go.
        drop(fs::remove_file(format!("{}{suffix}", path.display())));
    }
    let mut file = fs::read(&path).unwrap();
    // SQLite's header has the version there (user_version), big-endian.
    file[60..64].copy_from_slice(&99_u32.to_be_bytes());
    fs::write(&path, &file).unwrap();

    let process = Process::spawn(setting.command(), setting.host, "/-/ready").unwrap();
    assert_host_alone(&setting);
    let told = table(process);
    assert!(told.contains("  otlp     off  the ledger ") && told.contains(" has version 99, "), "{told}");
    assert!(told.contains("; use the later program\n"), "{told}");
    assert_eq!(fs::read(&path).unwrap(), file);
}

#[test]
fn a_folder_that_cannot_be_written() {
    let setting = Setting::new();
    let state = setting.ledger().parent().unwrap().to_owned();
    fs::create_dir_all(&state).unwrap();
    fs::set_permissions(&state, Permissions::from_mode(0o555)).unwrap();
    let mut command = setting.command();
    if fs::metadata(&state).unwrap().uid() == 0 {
        command = as_nobody(&setting);
    }
    let process = Process::spawn(command, setting.host, "/-/ready").unwrap();
    assert_host_alone(&setting);
    let told = table(process);
    let row =
        told.lines().find(|line| line.starts_with("  otlp     off  can't write ")).unwrap_or_else(|| panic!("{told}"));
    assert!(row.contains(&state.display().to_string()), "{row}");
    assert!(row.ends_with("; make it and its folder writable for this user"), "{row}");
}

/// Root may write everywhere: a copy of the program, where another user can reach it, as that user.
fn as_nobody(setting: &Setting) -> std::process::Command {
    let folder = setting.folder.path();
    fs::set_permissions(folder, Permissions::from_mode(0o755)).unwrap();
    let program = folder.join("pilotlight");
    let built = binary("pilotlight").unwrap();
    fs::hard_link(&built, &program).or_else(|_| fs::copy(&built, &program).map(drop)).unwrap();
    let own = |path: &Path| chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    setting.ledger().parent().unwrap().ancestors().take_while(|path| *path != folder).for_each(own);
    let mut command = setting.command_of(&program);
    command.uid(NOBODY).gid(NOBODY);
    command
}
