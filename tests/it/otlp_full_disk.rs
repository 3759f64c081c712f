//! A disk that is full: senders are told to come again, the page goes on, and when there is room nothing is missing.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use testkit::http::{self, PROMETHEUS, RawResponse};
use testkit::otlp::Temporality::Delta;
use testkit::otlp::claude::{self, SERIES, Sample};
use testkit::page;
use testkit::process::{Process, binary, free_address};

use crate::tools::skip;

/// Requests after which a full disk must have been noticed: SQLite first uses again what it has.
const MOST_REQUESTS: u64 = 2_000;

#[test]
fn a_disk_that_is_full_for_a_while() {
    if !can_mount() {
        return skip("otlp_full_disk", "root, to mount a small file system");
    }
    let folder = tempfile::tempdir().expect("there is a folder for temporary files");
    let [otlp, grpc, address] = [(); 3].map(|()| free_address().expect("loopback has a free port"));
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", "mount -t tmpfs -o size=1m none \"$0\" && exec \"$@\""]).arg(folder.path());
    command.arg(binary("otlp-bridge").expect("the bridge is built"));
    command.arg(format!("--otlp.http-address={otlp}")).arg(format!("--otlp.grpc-address={grpc}"));
    command.arg(format!("--web.listen-address={address}"));
    command.arg(format!("--ledger.file={}", folder.path().join("ledger.db").display()));
    let bridge = Process::spawn(command, address, "/-/ready").expect("the bridge starts");
    let inside = PathBuf::from(format!("/proc/{}/root{}", bridge.id(), folder.path().display()));

    let post = |number| {
        let answer = http::post(otlp, "/v1/metrics", &[("Content-Type", "application/x-protobuf")], &export(number));
        answer.expect("the bridge answers")
    };
    let series = || page::series(&http::get(address, "/metrics", PROMETHEUS).expect("the bridge answers").body);
    let sessions = || {
        series()
            .iter()
            .filter(|(key, _)| key.starts_with("claude_code_session_count_total"))
            .map(|(_, v)| v)
            .sum::<f64>()
    };
    assert_eq!(post(1).status, 200);
    series();
    assert_eq!(sessions(), 1.0);

    let filler = fill(&inside);
    let mut acknowledged = 1;
    let refused: RawResponse = loop {
        let answer = post(acknowledged + 1);
        if answer.status != 200 {
            break answer;
        }
        acknowledged += 1;
        assert!(acknowledged < MOST_REQUESTS, "the disk never was full");
    };
    assert_eq!(refused.status, 503, "{}", refused.text());
    assert!(refused.header("retry-after").is_some_and(|seconds| seconds.parse::<u64>().is_ok()));
    let told = series();
    assert_eq!(told["pilotlight_ledger_writable"], 0.0);
    assert!(told["pilotlight_ledger_write_errors_total{reason=\"full\"}"] >= 1.0);
    assert_eq!(sessions(), as_count(acknowledged), "what was acknowledged, and nothing of what wasn't");
    assert_eq!(bridge.stderr().matches("can't be written").count(), 1, "{}", bridge.stderr());

    fs::remove_file(filler).expect("it is ours");
    let deadline = Instant::now() + Duration::from_secs(10);
    while post(acknowledged + 1).status != 200 {
        assert!(Instant::now() < deadline, "there is room again: {}", bridge.stderr());
        thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(sessions(), as_count(acknowledged + 1));
    assert_eq!(series()["pilotlight_ledger_writable"], 1.0);
}

fn as_count(requests: u64) -> f64 {
    f64::from(u32::try_from(requests).expect("there are few"))
}

/// The request of minute `number` of one session, in which every series grows by one of its smallest units.
fn export(number: u64) -> Vec<u8> {
    let start = 1_795_000_000_000_000_000 + number * 60_000_000_000;
    let sample = |series| Sample { series, amount: 1, start, time: start + 60_000_000_000 };
    claude::request(1, Delta, &(0..SERIES).map(sample).collect::<Vec<_>>()).protobuf()
}

/// Takes all the room that there is.
fn fill(folder: &Path) -> PathBuf {
    let path = folder.join("filler");
    let mut file = File::create(&path).expect("the folder is there");
    for size in [64 * 1024, 4096, 512] {
        while file.write_all(&vec![0; size]).is_ok() {}
    }
    path
}

fn can_mount() -> bool {
    let mounts = Command::new("unshare").args(["--mount", "true"]).output();
    rustix::process::geteuid().is_root() && mounts.is_ok_and(|output| output.status.success())
}
