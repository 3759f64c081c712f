//! Pages that redis_exporter 1.88 has shown of a Redis 7.0.15: ours of a server in the same state has their names, types and labels.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use testkit::{http, page};

use super::exporter::Exporter;
use super::load::load;
use super::server::Server;
use crate::tools::{entries, repository, text};

/// Of each name, its type, and which labels its series have.
type Shape = BTreeMap<String, (String, BTreeSet<String>)>;

#[test]
fn pages_of_redis_exporter_1_88() {
    let allowed = entries("parity/redis.toml", "recorded");
    let mut needed = BTreeSet::new();
    let mut wrong = Vec::new();
    for (state, is_loaded) in [("empty", false), ("10k", true)] {
        let Some(server) = Server::redis(&[]) else { return };
        if is_loaded {
            load(&server);
        }
        let exporter = Exporter::start(&server, &[]);
        // Asked twice: what a scrape asks itself is counted by then.
        exporter.page().is_good();
        let ours = http::get(exporter.process().address(), "/metrics", &[]).expect("it answers").body;
        let file = repository().join(format!("tests/fixtures/redis/redis_exporter_1.88_{state}.txt"));
        let (theirs, ours) = (shape(&fs::read(file).expect("the page is there")), shape(&ours));
        for (name, theirs) in &theirs {
            if ours.get(name) == Some(theirs) {
                continue;
            }
            let entry = allowed.iter().position(|entry| {
                let metric = text(entry, "metric");
                let is_metric = metric.strip_suffix('*').map_or(metric == name, |start| name.starts_with(start));
                is_metric && !text(entry, "reason").is_empty()
            });
            match entry {
                Some(entry) => drop(needed.insert(entry)),
                None => wrong.push(format!("{state}: {name} is {theirs:?} there, {:?} here", ours.get(name))),
            }
        }
    }
    let unneeded = (0..allowed.len()).filter(|entry| !needed.contains(entry));
    wrong.extend(unneeded.map(|entry| format!("tests/parity/redis.toml: {} is not needed any more", allowed[entry])));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn shape(body: &[u8]) -> Shape {
    let types = page::types(body);
    let mut shape = Shape::new();
    for series in page::series(body).keys() {
        let (name, labels) = series.split_once('{').unwrap_or((series, ""));
        let family = ["_bucket", "_sum", "_count"].iter().find_map(|end| types.get(name.strip_suffix(end)?));
        let kind = types.get(name).or(family).cloned().unwrap_or_default();
        let entry = shape.entry(name.to_owned()).or_insert_with(|| (kind, BTreeSet::new()));
        let names = labels.split("\",").map(|label| label.split('=').next().unwrap_or_default().trim_matches('}'));
        entry.1.extend(names.filter(|name| !name.is_empty()).map(str::to_owned));
    }
    shape
}
