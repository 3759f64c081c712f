//! A name that leads to another server than before, as after a failover.

use std::fs;
use std::process::Command;

use testkit::process::{binary, free_address};
use testkit::redis::{FakeRedis, text};

use super::exporter::Exporter;
use crate::tools::skip;

#[test]
fn a_name_that_gets_another_address() {
    let namespaces = Command::new("unshare").args(["--mount", "true"]).output();
    if !namespaces.is_ok_and(|output| output.status.success()) {
        return skip("redis_dns", "root, to give a program another /etc/hosts");
    }
    let folder = tempfile::tempdir().expect("there is a folder for temporary files");
    let hosts = folder.path().join("hosts");
    let port = free_address().expect("loopback has a free port").port();
    let server = |host: &str| {
        let redis = FakeRedis::start_at(format!("{host}:{port}").parse().expect("it is an address"));
        redis.answer("INFO", text(format!("redis_version:7.0.15\r\nrun_id:{host}\r\nrole:master\r\n")));
        redis
    };
    // The same file each time, as it is mounted.
    let leads_to = |host: &str| fs::write(&hosts, format!("{host} redis.test\n")).expect("the folder is ours");

    leads_to("127.0.0.2");
    let mut command = Command::new("unshare");
    let script = "mount --bind \"$0\" /etc/hosts && exec \"$@\"";
    command.args(["--mount", "sh", "-c", script]).arg(&hosts).arg(binary("redis-exporter").expect("it is built"));
    command.arg(format!("--redis.addr=redis://redis.test:{port}"));
    let exporter = Exporter::spawn(command);
    exporter.page().is_down("refused");
    let old = server("127.0.0.2");
    exporter.page().is_good();
    assert_eq!(old.accepted(), 1);

    // The name moves, and then the old server ends.
    let new = server("127.0.0.3");
    leads_to("127.0.0.3");
    exporter.page().is_good();
    assert_eq!((old.accepted(), new.accepted()), (1, 0), "while the old one answers, there is no reason to look");
    drop(old);
    exporter.page().is_good();
    assert_eq!(new.accepted(), 1);

    // The old server lives on, as a replica.
    let replica = server("127.0.0.2");
    leads_to("127.0.0.2");
    new.answer("INFO", text("redis_version:7.0.15\r\nrole:slave\r\n"));
    exporter.page().is_good();
    exporter.page().is_good();
    assert_eq!(replica.accepted(), 1, "after a change of roles the name is looked up again");

    fs::write(&hosts, "").expect("the folder is ours");
    drop((new, replica));
    assert!(["dns", "refused"].contains(&exporter.page_within(3.0).error()));
}
