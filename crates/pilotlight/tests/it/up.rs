use std::net::TcpListener;
use std::process::Command;
use std::time::Duration;

use testkit::Validator;
use testkit::http::{PROMETHEUS, scrape};
use testkit::process::{Process, binary, free_address};

fn up(address: &str) -> Command {
    let mut command = Command::new(binary("pilotlight").unwrap());
    command.env("HOST_EXPORTER_WEB_LISTEN_ADDRESS", address);
    command
}

#[test]
fn serves_the_host_and_says_so() {
    let address = free_address().unwrap();
    let mut process = Process::spawn(up(&address.to_string()), address, "/-/ready").unwrap();
    scrape(address, PROMETHEUS, &Validator::default(), None).unwrap();
    process.terminate().unwrap();
    assert!(process.wait(Duration::from_secs(5)).unwrap().success());
    let table = process.stdout();
    assert!(table.contains(&format!("\n  host     on   http://{address}/metrics\n")), "{table}");
    assert!(table.contains("collectors: "), "{table}");
    assert!(table.contains(&format!("\nNext: curl http://{address}/metrics ")), "{table}");
}

#[test]
fn a_taken_port_is_told_and_with_nothing_else_to_serve_ends_it() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = up(&address).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(table.contains(&format!("  host     off  can't listen on {address}: ")), "{table}");
    assert!(table.contains("HOST_EXPORTER_WEB_LISTEN_ADDRESS"), "{table}");
}

#[test]
fn a_wrong_setting_is_named() {
    let output = up("127.0.0.1:0").env("HOST_EXPORTER_COLLECTOR_NETDEV_DEVICE_EXCLUDE", "(").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(table.contains("  host     off  invalid value '(' for '--collector.netdev.device-exclude"), "{table}");
}

#[test]
fn a_wrong_flag_ends_it_with_status_2() {
    let output = Command::new(binary("pilotlight").unwrap()).arg("--port=9100").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("--port"));
}
