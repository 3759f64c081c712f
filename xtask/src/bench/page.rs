//! What two pages have in common.

use std::collections::BTreeSet;

/// The number of series on an uncompressed text page.
pub(crate) fn series(page: &str) -> usize {
    samples(page).count()
}

/// The names, or starts of names and a `*`, that only one page may have: `[[difference]]` entries of the kinds `missing`
/// and `extra` in the parity suite's allow-list. Fails when it isn't such a list.
pub(crate) fn allowed(list: &str) -> Result<Vec<String>, toml::de::Error> {
    let list: toml::Table = toml::from_str(list)?;
    let entries = list.get("difference").and_then(toml::Value::as_array).into_iter().flatten();
    let text = |entry: &toml::Value, key: &str| entry.get(key).and_then(toml::Value::as_str).map(str::to_owned);
    let in_one = entries.filter(|entry| matches!(text(entry, "kind").as_deref(), Some("missing" | "extra")));
    Ok(in_one.filter_map(|entry| text(entry, "metric")).collect())
}

/// What the node_* metrics of one page lack that the other has, a line each; None when they are the same but for those
/// allowed. Metrics by which exporters describe themselves are their own.
pub(crate) fn difference(ours: &str, peer: &str, allowed: &[String]) -> Option<String> {
    let (ours, peer) = (node_metrics(ours), node_metrics(peer));
    let counts = |name: &&&str| !allowed.iter().any(|pattern| matches(name, pattern));
    let missing = peer.difference(&ours).filter(counts).map(|name| format!("- {name}"));
    let surplus = ours.difference(&peer).filter(counts).map(|name| format!("+ {name}"));
    let lines: Vec<String> = missing.chain(surplus).collect();
    (!lines.is_empty()).then(|| format!("(- only the peer has it, + only ours has it)\n{}", lines.join("\n")))
}

fn matches(name: &str, pattern: &str) -> bool {
    pattern.strip_suffix('*').map_or(name == pattern, |start| name.starts_with(start))
}

fn node_metrics(page: &str) -> BTreeSet<&str> {
    let names = samples(page).filter_map(|line| line.split(['{', ' ']).next());
    names.filter(|name| name.starts_with("node_")).collect()
}

fn samples(page: &str) -> impl Iterator<Item = &str> {
    page.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: &str = "# HELP node_load1 1m load average.\n# TYPE node_load1 gauge\nnode_load1 0.21\n\
                        node_cpu_seconds_total{cpu=\"0\",mode=\"idle\"} 1\ngo_threads 5\n";

    #[test]
    fn same_metrics_with_other_values_and_order() {
        let ours = "node_cpu_seconds_total{cpu=\"1\"} 2\nnode_load1 7\nprocess_threads 1\n";
        assert_eq!(difference(ours, PEER, &[]), None);
        assert_eq!(series(PEER), 3);
    }

    #[test]
    fn metric_missing_and_another_added() {
        let expected = "(- only the peer has it, + only ours has it)\n- node_cpu_seconds_total\n+ node_load2";
        assert_eq!(difference("node_load1 1\nnode_load2 1\n", PEER, &[]), Some(expected.to_owned()));
    }

    #[test]
    fn differences_that_the_allow_list_permits() {
        let list = "[[difference]]\nmetric = \"node_cpu*\"\nkind = \"missing\"\nreason = \"x\"\n\
                    [[difference]]\nmetric = \"node_load1\"\nkind = \"value\"\nreason = \"x\"\n\
                    [[difference]]\nmetric = \"node_load2\"\nkind = \"extra\"\nreason = \"x\"\n";
        let allowed = allowed(list).unwrap();
        assert_eq!(allowed, ["node_cpu*", "node_load2"]);
        assert_eq!(difference("node_load1 1\nnode_load2 1\n", PEER, &allowed), None);
        assert!(difference("node_load2 1\n", PEER, &allowed).is_some());
    }
}
