//! Texts that no server means: nothing panics, nothing is refused, nothing grows without bound.

use std::fmt::Write as _;
use std::time::{Duration, Instant, UNIX_EPOCH};

use exposition::parse::parse_text;
use exposition::{Families, Format};
use proptest::prelude::*;

use crate::info::Info;
use crate::page::Out;
use crate::page::info::golden::{fixture_text, text};
use crate::page::info::samples;
use crate::server::Server;
use crate::settings::Settings;

const FIXTURES: [&str; 10] = [
    "dragonfly",
    "keydb-6.3",
    "redis-6.2-replica",
    "redis-7.0",
    "redis-7.2-master",
    "redis-7.4-cluster",
    "redis-8",
    "sentinel-7.0",
    "valkey-8.0-replica",
    "valkey-9.1",
];

/// What is put in place of something else.
const WORDS: [&str; 15] =
    ["", "-1", "NaN", "inf", "1e308", "18446744073709551616", "=", ",", ":", "\"", "\\", "é", "0", "ok", "other"];

/// Names that mean something, or nearly so.
const NAMES: &str = "db[0-9]{1,3}|db_keys[a-z_]{0,9}|db[0-9]_distrib_[a-z]{1,7}_(sizes|items)|slave[0-9]|master[0-9]|\
    master_[0-9]?_?(host|port|link_status)|cmdstat_[a-z|_.-]{1,3}|errorstat_[A-Z]{1,2}|\
    latency_percentiles_usec_[a-z]{1,2}|engine_[0-9]|io_thread_[0-9]|used_active_time_io_thread_[0-9]|\
    cluster_[a-z_]{1,6}|role|used_memory|tls_ca_cert_serial";
const VALUES: &str = "([a-z_]{1,8}=[0-9a-z.K-]{0,6},?){0,4}|(keys|calls|name|offset)=[0-9]{1,2},(expires|usec|count)=[0-9]|\
    p[0-9]{1,2}=[0-9.]{1,4},p99=1|[0-9.-]{0,5}|ok|fail";

/// Stages the page of what a server says; everything that the command line can switch on is on.
fn stage(bytes: &[u8], families: &mut Families) {
    let mut info = Info::default();
    info.set(bytes);
    info.learn_start(UNIX_EPOCH + Duration::from_secs(1_795_226_954));
    let settings = Settings { modules: true, tile38: true, ..Settings::default() };
    samples(&Server { info, databases: None }, &settings, &mut Out::new(families, "redis", None));
}

/// The page of what a server says reads back, and nothing of it was refused.
fn is_good(bytes: &[u8]) {
    let mut families = Families::default();
    stage(bytes, &mut families);
    let page = text(&mut families);
    parse_text(&page).unwrap();
}

/// One change to a text: a line is doubled, dropped or cut, or something in it becomes something else.
fn change(lines: &mut Vec<String>, kind: u8, at: usize, word: &str) {
    let at = at % lines.len().max(1);
    let Some(line) = lines.get(at).cloned() else { return };
    match kind {
        0 => lines.push(line),
        1 => drop(lines.remove(at)),
        2 => lines[at] = line.chars().take(line.chars().count() / 2).collect(),
        3 => lines[at] = line.replacen(|c: char| c.is_ascii_digit(), word, 1),
        4 => lines[at] = line.replacen(['=', ':', ',', '_'], word, 1),
        _ => lines[at] = format!("{}:{word}", line.split(':').next().unwrap_or_default()),
    }
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof![prop::sample::select(&WORDS[..]).prop_map(str::to_owned), ".{0,8}"]
}

proptest! {
    // A page is some hundred series, and is read back.
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        is_good(&bytes);
    }

    #[test]
    fn lines_that_look_like_fields(lines in prop::collection::vec((NAMES, VALUES), 0..60)) {
        let mut text = String::new();
        lines.iter().for_each(|(name, value)| writeln!(text, "{name}:{value}").unwrap());
        is_good(text.as_bytes());
    }

    #[test]
    fn texts_of_servers_with_changes(
        fixture in prop::sample::select(&FIXTURES[..]),
        changes in prop::collection::vec((0..6_u8, any::<usize>(), word()), 0..30),
    ) {
        let mut lines: Vec<String> = fixture_text(fixture).lines().map(str::to_owned).collect();
        changes.iter().for_each(|(kind, at, word)| change(&mut lines, *kind, *at, word));
        is_good(lines.join("\r\n").as_bytes());
    }
}

#[test]
fn everything_twice() {
    let texts = FIXTURES.map(fixture_text);
    texts.iter().for_each(|text| is_good(text.repeat(2).as_bytes()));
    is_good(texts.concat().as_bytes());
}

#[test]
fn ten_megabytes_of_commands_and_errors() {
    let mut info = "# Commandstats\r\n".to_owned();
    for index in 0..20_000 {
        let name = format!("{index}{}", "x".repeat(130));
        write!(info, "cmdstat_{name}:calls=1,usec=2,usec_per_call=2.00,rejected_calls=0,failed_calls=0\r\n").unwrap();
        write!(info, "errorstat_{name}:count=1\r\n").unwrap();
        write!(info, "latency_percentiles_usec_{name}:p50=1.003,p99=2.007,p99.9=3.007\r\n").unwrap();
    }
    assert!(info.len() > 10_000_000, "{}", info.len());
    let mut families = Families::default();
    let begin = Instant::now();
    stage(info.as_bytes(), &mut families);
    let took = begin.elapsed();
    // An optimized build takes a twentieth of it.
    assert!(took < Duration::from_secs(4), "{took:?}");
    assert!(families.samples() < 200 * 9 + 129 + 50, "{}", families.samples());
    let mut page = Vec::new();
    Format::Text.encode(&mut families, &mut page);
    let page = String::from_utf8(page).unwrap();
    assert!(page.contains("redis_commands_total{cmd=\"other\"} 19800\n"));
    assert!(page.contains("redis_errors_total{err=\"other\"} 19872\n"));
}
