//! How it ends: what is under way is answered, a second signal does not wait, and a log that nobody reads ends nothing.

use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, kill_process};
use testkit::http::get;
use testkit::page;
use testkit::process::{Process, Signal, binary, free_address};
use testkit::raw::Raw;
use testkit::usage::Processor;

use crate::tree::{Host, Tree};

/// What is under way gets five seconds; a busy machine some more.
const PATIENCE: Duration = Duration::from_secs(15);

/// An exporter that takes a while for a page, and a request for it that is under way.
fn scraping() -> (Host, Raw) {
    let tree = Tree::fixture("container-guest");
    fs::create_dir(tree.path("text")).unwrap();
    let lines = (0..60_000).map(|number| format!("slow{{number=\"{number}\"}} {number}\n"));
    fs::write(tree.path("text/slow.prom"), lines.collect::<String>()).unwrap();
    let flags = ["--collector.disable-defaults", "--collector.textfile"];
    let folder = format!("--collector.textfile.directory={}", tree.path("text").display());
    let host = tree.start_here(&[&flags[..], &[&folder]].concat());
    let before = Processor::of(host.id()).unwrap();
    let mut request = Raw::connect(host.address()).unwrap();
    request.send(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let begin = Instant::now();
    while Processor::of(host.id()).unwrap().since(&before) < Duration::from_millis(20) {
        assert!(begin.elapsed() < PATIENCE, "it does nothing");
        thread::sleep(Duration::from_millis(1));
    }
    let mut nothing = [0];
    request.stream().set_nonblocking(true).unwrap();
    let early = request.stream().peek(&mut nothing);
    request.stream().set_nonblocking(false).unwrap();
    assert!(early.is_err(), "the page was there before the signal: make it larger");
    (host, request)
}

#[test]
fn a_page_under_way_is_served_whole_before_the_end() {
    for signal in [Signal::TERM, Signal::INT] {
        let (mut host, mut request) = scraping();
        host.signal(signal).unwrap();
        let answer = request.answer(PATIENCE);
        assert_eq!((answer.status(), answer.is_closed), (Some(200), true), "{signal:?}");
        let body = answer.bytes.windows(4).position(|end| end == b"\r\n\r\n").unwrap();
        assert_eq!(page::series(&answer.bytes[body + 4..])["slow{number=\"59999\"}"], 59_999.0);
        let status = host.wait(PATIENCE).unwrap();
        assert_eq!(status.code(), Some(0), "{signal:?}: {}", host.stderr());
        assert!(host.stderr().contains("msg=stopping") && !host.stderr().contains("under way"), "{}", host.stderr());
    }
}

#[test]
fn a_second_signal_does_not_wait_for_the_page() {
    for (first, second) in [(Signal::TERM, Signal::TERM), (Signal::INT, Signal::TERM)] {
        let (mut host, mut request) = scraping();
        host.signal(first).unwrap();
        // Two signals of one kind that come at once are one.
        let begin = Instant::now();
        while !host.stderr().contains("msg=stopping") {
            assert!(begin.elapsed() < PATIENCE);
            thread::sleep(Duration::from_millis(1));
        }
        host.signal(second).unwrap();
        assert_eq!(host.wait(PATIENCE).unwrap().code(), Some(1), "{}", host.stderr());
        assert_eq!(request.answer(PATIENCE).status(), None);
    }
}

/// A terminal that closes ends it as any program; under nohup it goes on.
#[test]
fn a_terminal_that_closes() {
    let mut host = Tree::fixture("container-guest").start_here(&[]);
    host.signal(Signal::HUP).unwrap();
    assert_eq!(host.wait(PATIENCE).unwrap().signal(), Some(Signal::HUP.as_raw()));

    let address = free_address().unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' HUP; exec \"$0\" \"$@\""]).arg(binary("host-exporter").unwrap());
    command.arg(format!("--web.listen-address={address}"));
    let mut process = Process::spawn(command, address, "/-/ready").unwrap();
    process.signal(Signal::HUP).unwrap();
    assert_eq!(get(address, "/metrics?collect[]=time", &[]).unwrap().status, 200);
    process.terminate().unwrap();
    assert!(process.wait(PATIENCE).unwrap().success());
}

/// A program that is started without what [`Process`] needs; killed when dropped.
struct Started(Child);

impl Started {
    fn start(mut command: Command) -> Started {
        Started(command.stdin(Stdio::null()).spawn().unwrap())
    }

    fn runs(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }

    /// Sends SIGTERM, and waits for the end.
    fn end(&mut self) -> ExitStatus {
        kill_process(Pid::from_child(&self.0), Signal::TERM).unwrap();
        let begin = Instant::now();
        while self.runs() {
            assert!(begin.elapsed() < PATIENCE, "it does not end");
            thread::sleep(Duration::from_millis(1));
        }
        self.0.wait().unwrap()
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        // Both fail only for a program that has ended.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Starts it with these outputs, lets it log, and ends it.
fn logs_into(stdout: Stdio, stderr: Stdio) {
    let tree = Tree::fixture("container-guest");
    let address = free_address().unwrap();
    let mut command = Command::new(binary("host-exporter").unwrap());
    command.arg(format!("--web.listen-address={address}")).arg("--log.level=debug");
    command.arg(format!("--path.procfs={}", tree.path("nowhere").display()));
    command.stdout(stdout).stderr(stderr);
    let mut started = Started::start(command);
    let begin = Instant::now();
    while get(address, "/-/ready", &[]).is_err() {
        assert!(begin.elapsed() < PATIENCE && started.runs(), "it does not serve");
        thread::sleep(Duration::from_millis(10));
    }
    let panics = (0..3).map(|_| {
        let answer = get(address, "/metrics", &[]).unwrap();
        assert_eq!(answer.status, 200);
        page::series(&answer.body).keys().filter(|name| name.starts_with("pilotlight_collector_panics")).count()
    });
    assert_eq!(panics.sum::<usize>(), 0);
    assert_eq!(started.end().code(), Some(0));
}

#[test]
fn outputs_that_take_nothing() {
    // A pipe whose reader has gone, as of a log shipper that died.
    let broken = || {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        Stdio::from(writer)
    };
    logs_into(broken(), broken());
    let full = || Stdio::from(File::options().write(true).open("/dev/full").unwrap());
    logs_into(full(), full());
}

/// Ended at every moment of its start: it has not begun to listen for signals and dies of one, or it ends well; and the
/// port is free for the next.
#[test]
fn a_signal_at_any_moment() {
    let tree = Tree::fixture("container-guest");
    let address = free_address().unwrap();
    for millis in 0..40 {
        let mut command = Command::new(binary("host-exporter").unwrap());
        command.arg(format!("--web.listen-address={address}")).args(testkit::tree::flags(&tree.path("")));
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        let mut started = Started::start(command);
        thread::sleep(Duration::from_millis(millis));
        let status = started.end();
        let mut log = [0; 4096];
        let length = started.0.stderr.take().unwrap().read(&mut log).unwrap();
        let log = String::from_utf8_lossy(&log[..length]);
        let is_well = status.code() == Some(0) || status.signal() == Some(Signal::TERM.as_raw());
        assert!(is_well && !log.contains("level=ERROR"), "{status} after {millis} ms\n{log}");
    }
    let last = Tree::fixture("container-guest").start_here(&[]);
    assert_eq!(get(last.address(), "/", &[]).unwrap().status, 200);
}
