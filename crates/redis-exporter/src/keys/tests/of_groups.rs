//! What is shown of groups of keys.

use super::*;

#[test]
fn groups_of_all_pages_and_databases_come_together() {
    let mut server = Fake::new();
    server.instead = |database, words| {
        let ["EVAL", _, "0", cursor, "1000", "^(a):", "^(b):"] = words else { return None };
        let group = |name: &str, keys, memory| {
            [&b"*3\r\n"[..], &bulk(name.as_bytes()), &integer(keys), &integer(memory)].concat()
        };
        Some(match (database, *cursor) {
            (0, "0") => [&b"*2\r\n$2\r\n17\r\n*2\r\n"[..], &group("a", 2, 200), &group("unclassified", 5, 50)].concat(),
            (0, "17") => {
                [&b"*2\r\n$1\r\n0\r\n*3\r\n"[..], &group("b", 1, 300), &group("a", 3, 300), &group("", 1, 1)].concat()
            }
            _ => [&b"*2\r\n$1\r\n0\r\n*1\r\n"[..], &group("b", 7, 70)].concat(),
        })
    };
    let groups = ["^(a):", "^(b):"].map(str::to_owned).to_vec();
    let mut keys = keys(KeySettings { groups, max_groups: 2, ..KeySettings::default() });
    let with_keys = info("# Keyspace\r\ndb0:keys=12,expires=0\r\ndb3:keys=7,expires=0\r\n");
    assert_eq!(
        scrape(&mut keys, &mut server, &with_keys, "group"),
        [
            "key_group_count{db=\"db0\",key_group=\"a\"} 5",
            "key_group_count{db=\"db0\",key_group=\"b\"} 1",
            "key_group_count{db=\"db0\",key_group=\"overflow\"} 6",
            "key_group_count{db=\"db3\",key_group=\"b\"} 7",
            "key_group_memory_usage_bytes{db=\"db0\",key_group=\"a\"} 500",
            "key_group_memory_usage_bytes{db=\"db0\",key_group=\"b\"} 300",
            "key_group_memory_usage_bytes{db=\"db0\",key_group=\"overflow\"} 51",
            "key_group_memory_usage_bytes{db=\"db3\",key_group=\"b\"} 70",
            "last_key_groups_scrape_duration_milliseconds 0",
            "number_of_distinct_key_groups{db=\"db0\"} 4",
            "number_of_distinct_key_groups{db=\"db3\"} 1",
            "scan_sweep_age_seconds{db=\"db0\",kind=\"groups\"} 0",
            "scan_sweep_age_seconds{db=\"db3\",kind=\"groups\"} 0",
            "scan_sweep_progress_ratio{db=\"db0\",kind=\"groups\"} 1",
            "scan_sweep_progress_ratio{db=\"db3\",kind=\"groups\"} 1",
            "scan_sweeps_completed_total{db=\"db0\",kind=\"groups\"} 1",
            "scan_sweeps_completed_total{db=\"db3\",kind=\"groups\"} 1",
            "scan_truncated{db=\"db0\",kind=\"groups\"} 0",
            "scan_truncated{db=\"db3\",kind=\"groups\"} 0",
        ]
    );
    // A database that has lost its keys has no groups.
    let page = scrape(&mut keys, &mut server, &info("# Keyspace\r\ndb3:keys=7,expires=0\r\n"), "group_count");
    assert_eq!(page, ["key_group_count{db=\"db3\",key_group=\"b\"} 7"]);
}

#[test]
fn a_pattern_that_is_none_leaves_out_the_groups_alone() {
    let mut server = Fake::new().lists(3);
    server.instead = |_, words| {
        (words[0] == "EVAL_RO")
            .then(|| b"-ERR user_script:9: malformed pattern script: f1, on @user_script:9.\r\n".to_vec())
    };
    let settings = KeySettings { groups: vec!["(".to_owned()], count: of(0, &["*"]), ..KeySettings::default() };
    let mut keys = Keys::new(Arc::new(Settings { keys: settings, scripts_read_only: true, ..Settings::default() }));
    for _ in 0..2 {
        assert_eq!(scrape(&mut keys, &mut server, &master(), "count{"), ["keys_count{db=\"db0\",key=\"*\"} 3"]);
        assert_eq!(server.times("EVAL_RO"), 1);
    }
}
