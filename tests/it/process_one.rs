//! Process 1 of a container, whom the kernel protects from every signal that it does not handle itself.

use std::fs;
use std::process::Command;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use testkit::http::get;
use testkit::process::{Process, binary, free_address, run};

use crate::tools::skip;

const PATIENCE: Duration = Duration::from_secs(15);

/// A command that runs its arguments as process 1 of a namespace; they end with it.
fn unshare() -> Command {
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--pid", "--fork", "--kill-child"]);
    command
}

#[test]
fn a_signal_to_process_one_ends_it_well() {
    let mut nothing = unshare();
    nothing.arg("true");
    if !run(nothing, PATIENCE).is_ok_and(|ended| ended.status.success()) {
        skip("process_one", "unshare and namespaces");
        return;
    }
    for signal in [Signal::TERM, Signal::INT] {
        let address = free_address().expect("loopback has a free port");
        let mut command = unshare();
        command.arg(binary("host-exporter").expect("it is built")).arg(format!("--web.listen-address={address}"));
        let mut process = Process::spawn(command, address, "/-/ready").expect("it serves");
        assert_eq!(get(address, "/metrics?collect[]=time", &[]).expect("it answers").status, 200);

        let children = fs::read_to_string(format!("/proc/{0}/task/{0}/children", process.id()));
        let exporter = children.expect("unshare runs").trim().parse().ok().and_then(Pid::from_raw);
        let exporter = exporter.expect("it has one child");
        let status = fs::read_to_string(format!("/proc/{}/status", exporter.as_raw_nonzero())).expect("it runs");
        let inner = status.lines().find_map(|line| line.strip_prefix("NSpid:")).expect("the kernel knows namespaces");
        assert_eq!(inner.split_whitespace().next_back(), Some("1"), "{status}");

        kill_process(exporter, signal).expect("it runs");
        let ended = process.wait(PATIENCE).expect("it ends");
        assert_eq!(ended.code(), Some(0), "{signal:?}: {}", process.stderr());
        assert!(process.stderr().contains("msg=stopping"), "{}", process.stderr());
    }
}
