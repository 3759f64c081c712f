//! Pages of INFO as servers of several makers and versions answer it.
//!
//! `redis-7.0` and `sentinel-7.0` were answered by servers; the others are written from what the servers' sources and
//! documentation say that they print.

use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use exposition::{Families, Format};
use testkit::{Rule, Validator, golden, page, responses};

use crate::info::{Info, info};
use crate::page::Out;
use crate::page::info::samples;
use crate::server::Server;
use crate::settings::Settings;

/// What is a counter and has no `_total` there.
const WITHOUT_TOTAL: &[&str] = &[
    "redis_dump_payload_sanitizations",
    "redis_io_threaded_reads_processed",
    "redis_io_threaded_writes_processed",
    "redis_storage_provider_read_hits",
    "redis_storage_provider_read_misses",
    "redis_total_error_replies",
    "redis_total_reads_processed",
    "redis_total_writes_processed",
    "redis_unexpected_error_replies",
];

/// The page, if nothing of it was refused.
pub(super) fn text(families: &mut Families) -> Vec<u8> {
    assert_eq!(families.refused().total(), 0, "{:?}", families.refused());
    let mut text = Vec::new();
    Format::Text.encode(families, &mut text);
    text
}

/// The page of a server.
pub(super) fn page_of(server: &Server, settings: &Settings) -> Vec<u8> {
    let mut families = Families::default();
    samples(server, settings, &mut Out::new(&mut families, "redis", None));
    text(&mut families)
}

/// The series of a server whose names start so, sorted, each with its value.
pub(super) fn series_of(server: &Server, settings: &Settings, starts: &[&str]) -> Vec<String> {
    let series = page::series(&page_of(server, settings)).into_iter();
    let series = series.filter(|(series, _)| starts.iter().any(|start| series.starts_with(start)));
    series.map(|(series, value)| format!("{series} {value}")).collect()
}

/// As [`series_of`], for a server that has answered INFO with a text.
pub(super) fn series(text: &str, settings: &Settings, starts: &[&str]) -> Vec<String> {
    series_of(&Server { info: info(text), databases: None }, settings, starts)
}

/// What a server answered, from `fixtures/`; asked a minute after that was written down.
pub(super) fn fixture(name: &str) -> Info {
    let mut info = info(&fixture_text(name));
    info.learn_start(UNIX_EPOCH + Duration::from_secs(1_795_226_954));
    info
}

/// The text of it.
pub(super) fn fixture_text(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/{name}.txt"));
    std::fs::read_to_string(path).unwrap()
}

fn is_golden(name: &str, settings: &Settings) {
    let page = page_of(&Server { info: fixture(name), databases: Some(2) }, settings);
    // Percentiles are given as such, not as quantiles.
    let validator = Validator { without_total: WITHOUT_TOTAL, ..Validator::default() };
    let defects = validator.check(&responses::text(&page), None);
    let defects: Vec<_> = defects.into_iter().filter(|defect| defect.rule != Rule::Quantile).collect();
    assert_eq!(defects, []);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{name}.prom"));
    golden::check(&path, &page, &[]).unwrap();
}

#[test]
fn another_namespace_and_the_role_in_every_series() {
    let mut families = Families::default();
    let server = Server { info: fixture("valkey-9.1"), databases: None };
    samples(&server, &Settings::default(), &mut Out::new(&mut families, "cache", Some("master")));
    let series = page::series(&text(&mut families));
    let plain = page::series(&page_of(&server, &Settings::default()));
    assert_eq!(series.len(), plain.len());
    let is_meant = |series: &String| series.starts_with("cache_") && series.contains("instance_role=\"master\"");
    assert_eq!(series.keys().filter(|series| !is_meant(series)).collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn redis_6_2_that_replicates() {
    is_golden("redis-6.2-replica", &Settings::default());
}

#[test]
fn redis_7_0() {
    is_golden("redis-7.0", &Settings::default());
}

#[test]
fn redis_7_2_with_replicas() {
    is_golden("redis-7.2-master", &Settings::default());
}

#[test]
fn redis_7_4_in_a_cluster_while_it_loads() {
    is_golden("redis-7.4-cluster", &Settings::default());
}

#[test]
fn redis_8_with_modules() {
    is_golden("redis-8", &Settings { modules: true, ..Settings::default() });
}

#[test]
fn valkey_8_0_that_replicates() {
    is_golden("valkey-8.0-replica", &Settings::default());
}

#[test]
fn valkey_9_1_with_certificates() {
    is_golden("valkey-9.1", &Settings::default());
}

#[test]
fn keydb_with_two_masters() {
    is_golden("keydb-6.3", &Settings::default());
}

#[test]
fn dragonfly() {
    is_golden("dragonfly", &Settings::default());
}

#[test]
fn a_sentinel() {
    is_golden("sentinel-7.0", &Settings { system: false, ..Settings::default() });
}
