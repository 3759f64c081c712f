//! What somebody else has named is quoted in the log: one line each, of bounded length, with nothing in it that a
//! terminal or a reader of logs would take for its own.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use testkit::http::get;
use testkit::process::{Process, binary, free_address};
use testkit::raw::exchange;

use crate::tree::Tree;

/// Parts of names, each of which would be read as something else.
#[rustfmt::skip]
const HOSTILE: [&[u8]; 9] = [
    b"a\ntime=2026-01-01T00:00:00Z level=ERROR msg=forged",
    b"a\r\nb",
    b"a\"} , \"level\":\"ERROR\"",
    b"a\\n\\\"b\\",
    b"a\x1b[2J\x1b]0;owned\x07\x08\x7fb",
    "a\u{9b}31m\u{85}b".as_bytes(),
    "a\u{202e}gpj.exe\u{2066}\u{200f}b".as_bytes(),
    "a\u{2028}b\u{2029}\u{feff}\u{200b}c".as_bytes(),
    b"a\xff\xfeb",
];

/// Of a value 4 kB are kept, in which every byte may have to be escaped; a log's reader takes no more.
const LONGEST: usize = 32 << 10;

/// What a log line never holds: controls of terminals, other line ends, and what can't be seen or turns text around.
fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// The exporter, told to log everything, over files that nobody well-meaning would write.
fn start(folder: &Path, format: &str) -> Process {
    for (case, hostile) in HOSTILE.iter().enumerate() {
        let refused = [b"text/", *hostile, b".prom"].concat();
        fs::write(folder.join(OsStr::from_bytes(&refused)), [b"x{a=\"1\" ", *hostile].concat()).unwrap();
        let missing = [b"--collector.textfile.directory=".as_slice(), hostile].concat();
        assert!(!missing.contains(&0), "{case}");
    }
    let long = "x".repeat(64 << 10);
    for (name, text) in [
        // A series twice is refused when the page is staged.
        ("twice.prom", format!("{long} 1\n{long} 2\n")),
        ("help1.prom", format!("# HELP y{long} One.\ny{long} 1\n")),
        ("help2.prom", format!("# HELP y{long} Two.\ny{long} 1\n")),
        ("name.prom", format!("{long}! 1\n")),
    ] {
        fs::write(folder.join("text").join(name), text).unwrap();
    }
    let address = free_address().unwrap();
    let mut command = Command::new(binary("host-exporter").unwrap());
    command.arg(format!("--web.listen-address={address}")).args(["--log.level=debug", format]);
    command.arg(format!("--collector.textfile.directory={}", folder.join("text").display()));
    // Collectors that fail name the files that they miss.
    let nowhere = [b"--path.procfs=", folder.as_os_str().as_bytes(), &HOSTILE.concat()].concat();
    command.arg(OsStr::from_bytes(&nowhere.into_iter().filter(|byte| byte.is_ascii()).collect::<Vec<u8>>()));
    Process::spawn(command, address, "/-/ready").unwrap()
}

/// All that it has logged after requests of every kind, some of which say hostile things.
fn log(format: &str) -> String {
    let tree = Tree::fixture("container-guest");
    fs::create_dir(tree.path("text")).unwrap();
    let mut process = start(&tree.path(""), format);
    for path in ["/metrics", "/metrics?collect[]=%1b%0a", "/%0anothing?x=%0d%0a", "/"] {
        get(process.address(), path, &[("User-Agent", "a\u{9b}31m\u{202e}b")]).unwrap();
    }
    for hostile in HOSTILE {
        for (start, end) in [
            (b"GET / HTTP/1.1\r\nHost: ".as_slice(), b"\r\n\r\n".as_slice()),
            (b"GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: http://", b"\r\n\r\n"),
            (b"GET /", b" HTTP/1.1\r\nHost: localhost\r\n\r\n"),
            (b"", b" / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        ] {
            exchange(process.address(), &[start, hostile, end].concat(), Duration::from_millis(50)).unwrap();
        }
    }
    process.terminate().unwrap();
    assert!(process.wait(Duration::from_secs(10)).unwrap().success());
    process.stderr()
}

fn check(log: &str, is_line: impl Fn(&str) -> bool) {
    assert!(log.ends_with('\n'));
    for line in log.split_terminator('\n') {
        let shown: String = line.chars().take(300).collect();
        assert!(is_line(line), "{shown:?}");
        assert!(line.len() <= LONGEST, "{} bytes: {shown:?}", line.len());
        assert!(!line.contains(is_unsafe), "{shown:?}");
    }
    // The names were told: refused files, missing files, a metric that is there twice; long ones in part.
    for told in ["text file left out", "collector failed", "metrics refused", "help2.prom: yxxx", "xxx… ("] {
        assert!(log.contains(told), "{told}");
    }
    let told = log.matches("text file left out").count();
    assert!(told >= HOSTILE.len() + 2, "{told} lines");
}

/// What of a line stands outside of quotes.
fn unquoted(line: &str) -> String {
    let (mut plain, mut characters, mut in_quotes) = (String::new(), line.chars(), false);
    while let Some(character) = characters.next() {
        match character {
            '"' => in_quotes = !in_quotes,
            '\\' if in_quotes => drop(characters.next()),
            _ if in_quotes => {}
            _ => plain.push(character),
        }
    }
    plain
}

#[test]
fn hostile_names_in_logfmt() {
    check(&log("--log.format=logfmt"), |line| line.starts_with("time=2") && !unquoted(line).contains("level=ERROR"));
}

#[test]
fn hostile_names_in_json() {
    check(&log("--log.format=json"), |line| {
        let value: serde_json::Value = serde_json::from_str(line).unwrap_or_default();
        value["level"].is_string() && value["level"] != "ERROR" && value["message"].is_string()
    });
}
