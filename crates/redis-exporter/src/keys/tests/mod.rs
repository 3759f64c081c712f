//! Keys of a server in memory, and what is shown of them.

mod fake;
mod of_groups;
mod of_keys;
mod of_streams;
mod of_sweeps;

use std::sync::Arc;
use std::time::Duration;

use exposition::{Families, Format};
use proptest::prelude::*;
use testkit::page;

use super::*;
use crate::page::Out;
use crate::settings::KeySettings;
use fake::{Content, Fake, bulk, integer};

const SECOND: Duration = Duration::from_secs(1);
const MILLI: Duration = Duration::from_millis(1);

fn of(database: u32, patterns: &[&str]) -> Vec<DatabasePattern> {
    patterns.iter().map(|pattern| DatabasePattern { database, pattern: (*pattern).to_owned() }).collect()
}

fn keys(settings: KeySettings) -> Keys {
    Keys::new(Arc::new(Settings { keys: settings, ..Settings::default() }))
}

/// Names that are counted only.
fn counted(patterns: &[&str], batch_size: u32) -> Keys {
    keys(KeySettings { count: of(0, patterns), batch_size, ..KeySettings::default() })
}

fn info(text: &str) -> Info {
    let mut info = Info::default();
    info.set(format!("redis_version:7.0.15\r\n{text}").as_bytes());
    info
}

fn master() -> Info {
    info("run_id:a\r\nrole:master\r\n# Keyspace\r\ndb0:keys=100,expires=0\r\n")
}

/// A scrape, and the series that it shows whose names have this in them, each with its value.
fn scrape(keys: &mut Keys, server: &mut Fake, info: &Info, names: &str) -> Vec<String> {
    server.connected = true;
    server.heard.clear();
    keys.read_from(server, info, SECOND);
    assert!(!server.connected || server.heard.iter().filter(|(_, words)| words.starts_with("SELECT")).count() % 2 == 0);
    let (mut page, mut text) = (Families::default(), Vec::new());
    super::page::samples(keys, &mut Out::new(&mut page, "redis", None));
    assert_eq!(page.refused().total(), 0, "{:?}", page.refused());
    Format::Text.encode(&mut page, &mut text);
    let series = page::series(&text).into_iter().filter(|(series, _)| series.contains(names));
    series.map(|(series, value)| format!("{} {value}", series.trim_start_matches("redis_"))).collect()
}

/// A map as servers send it: numbers as such, `nil` as nothing.
fn map(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut reply = format!("*{}\r\n", fields.len() * 2).into_bytes();
    for (name, value) in fields {
        reply.extend(bulk(name.as_bytes()));
        reply.extend(match value.parse() {
            Ok(number) => integer(number),
            Err(_) if *value == "nil" => b"$-1\r\n".to_vec(),
            Err(_) if value.starts_with('*') => value.as_bytes().to_vec(),
            Err(_) => bulk(value.as_bytes()),
        });
    }
    reply
}

fn array(elements: &[Vec<u8>]) -> Vec<u8> {
    [format!("*{}\r\n", elements.len()).into_bytes(), elements.concat()].concat()
}

/// What a server may say, most of it to another question.
const WORDS: [&str; 14] = [
    "+OK\r\n",
    "+string\r\n",
    "+list\r\n",
    "$4\r\nHYLL\r\n",
    "$-1\r\n",
    "*-1\r\n",
    "*0\r\n",
    ":-9223372036854775808\r\n",
    ":9223372036854775807\r\n",
    "-NOPERM no\r\n",
    "-MOVED 1 127.0.0.1:7001\r\n",
    "*2\r\n$20\r\n18446744073709551615\r\n*2\r\n$1\r\na\r\n:5\r\n",
    "*2\r\n$1\r\n0\r\n*3\r\n$1\r\na\r\n$1\r\nb\r\n*3\r\n$1\r\na\r\n:9223372036854775807\r\n:9223372036854775807\r\n",
    "*4\r\n$4\r\nname\r\n$1\r\na\r\n$11\r\nfirst-entry\r\n*1\r\n$3\r\n-5-\r\n",
];

proptest! {
    #[test]
    fn nothing_that_a_server_says_breaks_anything(said in proptest::collection::vec(0..WORDS.len(), 1..60)) {
        let mut server = Fake::new();
        server.price = MILLI;
        server.said = said.into_iter().map(|word| WORDS[word].as_bytes().to_vec()).collect();
        let some = [of(0, &["a*", "b"]), of(1, &["*"])].concat();
        let mut keys = keys(KeySettings {
            check: some.clone(),
            check_single: some.clone(),
            count: some.clone(),
            groups: vec!["a".to_owned()],
            streams: some.clone(),
            single_streams: some,
            ..KeySettings::default()
        });
        for _ in 0..5 {
            server.connected = true;
            keys.read_from(&mut server, &master(), SECOND);
            super::page::samples(&keys, &mut Out::new(&mut Families::default(), "redis", None));
        }
    }
}
