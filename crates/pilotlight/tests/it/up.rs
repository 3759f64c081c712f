use std::net::TcpListener;
use std::process::Command;
use std::time::Duration;

use testkit::Validator;
use testkit::http::{PROMETHEUS, scrape};
use testkit::process::{Process, binary};

use crate::setting::{Setting, table};

#[test]
fn serves_the_host_and_says_so() {
    let setting = Setting::new();
    let process = Process::spawn(setting.command(), setting.host, "/-/ready").unwrap();
    scrape(setting.host, PROMETHEUS, &Validator::default(), None).unwrap();
    let table = table(process);
    assert!(table.contains(&format!("\n  host     on   http://{}/metrics\n", setting.host)), "{table}");
    assert!(table.contains("collectors: "), "{table}");
    assert!(table.contains(&format!("\nNext: curl http://{}/metrics ", setting.host)), "{table}");
}

#[test]
fn a_taken_port_is_told_and_with_nothing_else_to_serve_ends_it() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let [table, _] = Setting::new().ends("HOST_EXPORTER_WEB_LISTEN_ADDRESS", &address);
    assert!(table.contains(&format!("  host     off  can't listen on {address}: ")), "{table}");
    assert!(table.contains("HOST_EXPORTER_WEB_LISTEN_ADDRESS"), "{table}");
    assert!(table.ends_with("\nNothing can be served. Mend what is off, then start again.\n"), "{table}");
}

#[test]
fn a_wrong_setting_is_named() {
    let [table, _] = Setting::new().ends("HOST_EXPORTER_COLLECTOR_NETDEV_DEVICE_EXCLUDE", "(");
    assert!(table.contains("  host     off  invalid value '(' for '--collector.netdev.device-exclude"), "{table}");
    assert!(table.contains("  otlp     off  invalid value 'nothing' for '--compat"), "{table}");
}

#[test]
fn a_wrong_flag_ends_it_with_status_2() {
    let output = Command::new(binary("pilotlight").unwrap()).arg("--port=9100").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("--port"));
}

/// The table is for a terminal, and what is wrong with a file is told without what is secret in it.
#[test]
fn a_bad_file_and_a_path_of_somebody_s_own() {
    let setting = Setting::new();
    let config = setting.folder.path().join("web\u{1b}[2J\u{202e}.yml");
    std::fs::write(&config, "basic_auth_users:\n  alice: canary-password\n").unwrap();
    for text in setting.ends("HOST_EXPORTER_WEB_CONFIG_FILE", &config) {
        assert!(text.contains("basic_auth_users.alice") && !text.contains("canary"), "{text}");
        assert!(!text.contains(|c: char| c == '\u{202e}' || (c.is_control() && c != '\n')), "{text:?}");
    }
}

#[test]
fn healthy_while_one_of_its_exporters_answers() {
    let setting = Setting::new();
    let healthcheck = |address: String| {
        let mut command = setting.command();
        let output = command.arg("--healthcheck").env("HOST_EXPORTER_WEB_LISTEN_ADDRESS", address).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let host = setting.host.to_string();
    let (status, log) = healthcheck(host.clone());
    assert_eq!(status, Some(1));
    for exporter in ["host", "otlp"] {
        assert!(log.contains(&format!("level=ERROR msg=\"not healthy\" exporter={exporter} ")), "{log}");
    }

    let _process = Process::spawn(setting.command(), setting.page, "/-/ready").unwrap();
    assert_eq!(healthcheck(host), (Some(0), String::new()));
    assert_eq!(healthcheck("127.0.0.1:1".to_owned()), (Some(0), String::new()));
}

#[test]
fn an_interrupt_ends_all_of_it() {
    let setting = Setting::new();
    let mut process = Process::spawn(setting.command(), setting.page, "/-/ready").unwrap();
    process.signal(testkit::process::Signal::INT).unwrap();
    assert!(process.wait(Duration::from_secs(10)).unwrap().success());
    assert!(process.stderr().contains("msg=stopping"), "{}", process.stderr());
    // Nobody who asks next finds it.
    for address in [setting.host, setting.redis, setting.page, setting.grpc, setting.http] {
        assert!(testkit::http::get(address, "/", &[]).is_err());
    }
}
