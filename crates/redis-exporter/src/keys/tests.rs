//! Keys of a server in memory, and what is shown of them.

use std::sync::Arc;
use std::time::Duration;

use exposition::{Families, Format};
use testkit::page;

use super::fake::{Content, Fake, bulk, integer};
use super::*;
use crate::settings::KeySettings;

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
    keys.samples(&mut Out::new(&mut page, "redis", None));
    assert_eq!(page.refused().total(), 0, "{:?}", page.refused());
    Format::Text.encode(&mut page, &mut text);
    let series = page::series(&text).into_iter().filter(|(series, _)| series.contains(names));
    series.map(|(series, value)| format!("{} {value}", series.trim_start_matches("redis_"))).collect()
}

#[test]
fn keys_of_every_sort() {
    let mut server = Fake::new()
        .text(0, "number", "-1.5e3")
        .text(0, "text", "a\"b")
        .text(0, "empty", "")
        .text(0, "long", "€".repeat(100))
        .text(0, "many digits", "9".repeat(128))
        .text(0, "beyond", format!("1e{}", "9".repeat(9)))
        .text(0, b"\xffbinary", b"\x00\xff")
        .set(0, "list", Content::List(7));
    let mut keys = keys(KeySettings { check: of(0, &["*"]), ..KeySettings::default() });
    assert_eq!(
        scrape(&mut keys, &mut server, &master(), "key_"),
        [
            "key_memory_usage_bytes{db=\"db0\",key=\"beyond\"} 61".to_owned(),
            "key_memory_usage_bytes{db=\"db0\",key=\"empty\"} 50".to_owned(),
            "key_memory_usage_bytes{db=\"db0\",key=\"list\"} 107".to_owned(),
            "key_memory_usage_bytes{db=\"db0\",key=\"long\"} 350".to_owned(),
            "key_memory_usage_bytes{db=\"db0\",key=\"many digits\"} 178".to_owned(),
            "key_memory_usage_bytes{db=\"db0\",key=\"number\"} 56".to_owned(),
            "key_memory_usage_bytes{db=\"db0\",key=\"text\"} 53".to_owned(),
            "key_memory_usage_bytes{db=\"db0\",key=\"\u{fffd}binary\"} 52".to_owned(),
            "key_size{db=\"db0\",key=\"beyond\"} 11".to_owned(),
            "key_size{db=\"db0\",key=\"empty\"} 0".to_owned(),
            "key_size{db=\"db0\",key=\"list\"} 7".to_owned(),
            "key_size{db=\"db0\",key=\"long\"} 300".to_owned(),
            "key_size{db=\"db0\",key=\"many digits\"} 128".to_owned(),
            "key_size{db=\"db0\",key=\"number\"} 6".to_owned(),
            "key_size{db=\"db0\",key=\"text\"} 3".to_owned(),
            "key_size{db=\"db0\",key=\"\u{fffd}binary\"} 2".to_owned(),
            "key_value_as_string{db=\"db0\",key=\"beyond\",val=\"1e999999999\"} 1".to_owned(),
            format!("key_value_as_string{{db=\"db0\",key=\"long\",val=\"{}\"}} 1", "€".repeat(42)),
            "key_value_as_string{db=\"db0\",key=\"text\",val=\"a\\\"b\"} 1".to_owned(),
            "key_value_as_string{db=\"db0\",key=\"\u{fffd}binary\",val=\"\0\u{fffd}\"} 1".to_owned(),
            format!("key_value{{db=\"db0\",key=\"many digits\"}} {}", 1e128),
            "key_value{db=\"db0\",key=\"number\"} -1500".to_owned(),
            "last_key_groups_scrape_duration_milliseconds 0".to_owned(),
        ]
    );
    assert_eq!(
        scrape(&mut keys, &mut server, &master(), "check_keys"),
        [
            "check_keys_matched{db=\"db0\",pattern=\"*\"} 8",
            "check_keys_memory_usage_bytes{db=\"db0\",pattern=\"*\"} 907",
            "check_keys_size{db=\"db0\",pattern=\"*\"} 457"
        ]
    );
}

#[test]
fn values_are_not_fetched_unless_they_are_shown() {
    let mut server = Fake::new().text(0, "k", "secret").text(0, "hll", "HYLL\x01");
    server.instead = |_, words| (*words == ["PFCOUNT", "hll"]).then(|| integer(3));
    let single = of(0, &["k", "hll"]);
    let mut keys = keys(KeySettings { check_single: single, values: false, ..KeySettings::default() });
    assert_eq!(
        scrape(&mut keys, &mut server, &master(), "key_s").concat()
            + &scrape(&mut keys, &mut server, &master(), "key_v").concat(),
        "key_size{db=\"db0\",key=\"hll\"} 3key_size{db=\"db0\",key=\"k\"} 6"
    );
    let ranges: Vec<_> = server.heard.iter().filter(|(_, words)| words.starts_with("GETRANGE")).collect();
    assert_eq!(ranges, [&(0, "GETRANGE hll 0 3".to_owned()), &(0, "GETRANGE k 0 3".to_owned())]);
}

/// redis_exporter asks PFCOUNT of every string, and the server counts an error for each.
#[test]
fn only_what_begins_like_a_hyperloglog_is_counted_as_one() {
    let mut server = Fake::new().text(0, "hll", "HYLL\x01\x00").text(0, "like", "HYLLO").text(0, "text", "a");
    server.instead = |_, words| match words {
        ["PFCOUNT", "hll"] => Some(integer(11)),
        ["PFCOUNT", _] => Some(b"-WRONGTYPE Key is not a valid HyperLogLog string value.\r\n".to_vec()),
        _ => None,
    };
    let mut keys = keys(KeySettings { check: of(0, &["*"]), ..KeySettings::default() });
    assert_eq!(
        scrape(&mut keys, &mut server, &master(), "key_s"),
        [
            "key_size{db=\"db0\",key=\"hll\"} 11",
            "key_size{db=\"db0\",key=\"like\"} 5",
            "key_size{db=\"db0\",key=\"text\"} 1"
        ]
    );
    assert_eq!(scrape(&mut keys, &mut server, &master(), "key_v").len(), 2, "a HyperLogLog has no value");
    assert_eq!(server.times("PFCOUNT"), 2);
}

/// oliver006/redis_exporter#1008, oliver006/redis_exporter#891
#[test]
fn keys_that_are_not_there_are_absent_and_hide_no_others() {
    let mut server = Fake::new().set(3, "here", Content::List(2)).set(0, "too", Content::List(1));
    let check_single = [of(3, &["gone", "here"]), of(0, &["gone", "too"])].concat();
    // What has no wildcard is a name.
    let mut keys = keys(KeySettings { check_single, check: of(0, &["too"]), ..KeySettings::default() });
    assert_eq!(
        scrape(&mut keys, &mut server, &master(), "key_s"),
        ["key_size{db=\"db0\",key=\"too\"} 1", "key_size{db=\"db3\",key=\"here\"} 2"]
    );
    assert_eq!(server.times("SCAN"), 0);
}

/// redis_exporter: an error to TYPE leaves the reply to MEMORY USAGE to the next key.
#[test]
fn an_error_about_one_key_shifts_no_reply() {
    let mut server = Fake::new().lists(4).text(0, "k:4", "abc");
    server.instead = |_, words| match words {
        ["TYPE", "k:0"] => Some(b"-NOPERM No permissions to access a key\r\n".to_vec()),
        ["TYPE", "k:1"] => Some(b"-MOVED 1 127.0.0.1:7001\r\n".to_vec()),
        ["LLEN", "k:2"] => Some(b"-WRONGTYPE Operation against a key holding the wrong kind of value\r\n".to_vec()),
        // It went between the two.
        ["LLEN", "k:3"] => Some(integer(0)),
        _ => None,
    };
    let mut keys = keys(KeySettings { check: of(0, &["*"]), ..KeySettings::default() });
    assert_eq!(
        scrape(&mut keys, &mut server, &master(), "key_"),
        [
            "key_memory_usage_bytes{db=\"db0\",key=\"k:2\"} 101",
            "key_memory_usage_bytes{db=\"db0\",key=\"k:4\"} 53",
            "key_size{db=\"db0\",key=\"k:4\"} 3",
            "key_value_as_string{db=\"db0\",key=\"k:4\",val=\"abc\"} 1",
            "last_key_groups_scrape_duration_milliseconds 0",
        ]
    );
}

#[test]
fn a_user_who_may_not_ask_for_types_still_has_the_memory() {
    let mut server = Fake::new().lists(2);
    server.instead = |_, words| {
        (words[0] == "TYPE").then(|| b"-NOPERM User x has no permissions to run the 'type' command\r\n".to_vec())
    };
    let mut keys = keys(KeySettings { check: of(0, &["*"]), ..KeySettings::default() });
    for _ in 0..2 {
        assert_eq!(
            scrape(&mut keys, &mut server, &master(), "key_m"),
            [
                "key_memory_usage_bytes{db=\"db0\",key=\"k:0\"} 101",
                "key_memory_usage_bytes{db=\"db0\",key=\"k:1\"} 101"
            ]
        );
    }
    assert_eq!(server.times("TYPE"), 0);
}

/// redis_exporter: what follows a SELECT that failed is taken from the wrong database.
#[test]
fn a_database_that_is_not_there_is_skipped() {
    let mut server =
        Fake::new().set(0, "a", Content::List(1)).set(1, "a", Content::List(2)).set(1, "b", Content::List(2));
    server.databases = 2;
    let count = [of(0, &["*"]), of(1, &["*"]), of(5, &["*"])].concat();
    let check_single = [of(0, &["a"]), of(1, &["a"]), of(7, &["a"])].concat();
    let mut keys = keys(KeySettings { count, check_single, ..KeySettings::default() });
    let expected = ["keys_count{db=\"db0\",key=\"*\"} 1", "keys_count{db=\"db1\",key=\"*\"} 2"];
    assert_eq!(scrape(&mut keys, &mut server, &master(), "keys_count"), expected);
    assert_eq!(
        scrape(&mut keys, &mut server, &master(), "key_s"),
        ["key_size{db=\"db0\",key=\"a\"} 1", "key_size{db=\"db1\",key=\"a\"} 2"]
    );
    assert!(server.connected);
}

#[test]
fn a_connection_that_does_not_come_back_to_database_0_is_let_go() {
    let mut server = Fake::new().set(1, "a", Content::List(2));
    server.instead = |database, words| (database == 1 && *words == ["SELECT", "0"]).then(|| b"-ERR no\r\n".to_vec());
    let mut keys = keys(KeySettings { check_single: of(1, &["a"]), ..KeySettings::default() });
    keys.read_from(&mut server, &master(), SECOND);
    assert!(!server.connected);
}

#[test]
fn a_keyspace_that_fits_is_complete_in_one_scrape() {
    let mut server = Fake::new().lists(100);
    let mut keys = counted(&["k:*", "k:1*"], 10);
    assert_eq!(
        scrape(&mut keys, &mut server, &master(), ""),
        [
            "keys_count{db=\"db0\",key=\"k:*\"} 100",
            "keys_count{db=\"db0\",key=\"k:1*\"} 11",
            "last_key_groups_scrape_duration_milliseconds 0",
            "scan_sweep_age_seconds{db=\"db0\",kind=\"count\",pattern=\"k:*\"} 0",
            "scan_sweep_age_seconds{db=\"db0\",kind=\"count\",pattern=\"k:1*\"} 0",
            "scan_sweep_progress_ratio{db=\"db0\",kind=\"count\",pattern=\"k:*\"} 1",
            "scan_sweep_progress_ratio{db=\"db0\",kind=\"count\",pattern=\"k:1*\"} 1",
            "scan_sweeps_completed_total{db=\"db0\",kind=\"count\",pattern=\"k:*\"} 1",
            "scan_sweeps_completed_total{db=\"db0\",kind=\"count\",pattern=\"k:1*\"} 1",
            "scan_truncated{db=\"db0\",kind=\"count\",pattern=\"k:*\"} 0",
            "scan_truncated{db=\"db0\",kind=\"count\",pattern=\"k:1*\"} 0",
        ]
    );
    assert_eq!(server.times("SCAN"), 20);
}

#[test]
fn a_longer_sweep_goes_on_with_the_next_scrape_and_is_shown_when_it_is_complete() {
    let mut server = Fake::new().lists(100);
    // Ten keys take 11 ms with the command, and 50 ms are five steps.
    server.price = MILLI;
    let mut keys = counted(&["*"], 10);
    let progress = "scan_sweep_progress_ratio{db=\"db0\",kind=\"count\",pattern=\"*\"}";
    assert_eq!(scrape(&mut keys, &mut server, &master(), "keys_count"), [""; 0], "nothing is known yet");
    let page = scrape(&mut keys, &mut server, &master(), "");
    assert!(page.iter().any(|line| line.starts_with(progress)), "{page:?}");
    let mut scrapes = 2;
    while scrape(&mut keys, &mut server, &master(), "keys_count").is_empty() {
        scrapes += 1;
    }
    assert!((2..=10).contains(&scrapes), "{scrapes}");
    // The result stays while the next sweep is under way.
    server.keys.clear();
    server = server.lists(50);
    server.now += SECOND;
    let page = scrape(&mut keys, &mut server, &master(), "");
    assert!(page.contains(&"keys_count{db=\"db0\",key=\"*\"} 100".to_owned()), "{page:?}");
    let age = keys.found.sweeps[0].age.unwrap();
    assert!((SECOND..SECOND + 100 * MILLI).contains(&age), "{age:?}");
}

#[test]
fn no_step_begins_after_the_budget() {
    let mut server = Fake::new().lists(1000);
    server.price = MILLI;
    let mut keys = counted(&["*"], 100);
    let mut longest = Duration::ZERO;
    for scrapes in 0..20 {
        let begin = server.now;
        scrape(&mut keys, &mut server, &master(), "");
        if scrapes > 0 {
            // The first step of the first scrape has 100 keys; the next ones are as small as the server bears.
            longest = longest.max(server.now - begin);
        }
    }
    assert!(longest <= 65 * MILLI, "{longest:?}");
}

#[test]
fn sweeps_have_the_same_time() {
    let mut server = Fake::new().lists(500).set(0, "x", Content::List(1));
    server.price = MILLI / 10;
    let check = of(0, &["k:*"]);
    let mut keys = keys(KeySettings { check, count: of(0, &["x*", "k:1*"]), batch_size: 50, ..KeySettings::default() });
    let mut scrapes = 0;
    while keys.sweeps.iter().any(|sweep| sweep.completed == 0) {
        scrape(&mut keys, &mut server, &master(), "");
        scrapes += 1;
        assert!(scrapes < 50);
    }
    let completed: Vec<_> = keys.sweeps.iter().map(|sweep| (sweep.subject.kind, sweep.completed)).collect();
    // Looking at 500 keys costs 1500 commands, 0.1 ms each, and counting 500 passed keys.
    assert_eq!(completed[0], (Kind::Keys, 1));
    assert!(completed[1..].iter().all(|(kind, completed)| *kind == Kind::Count && *completed >= 2), "{completed:?}");
}

#[test]
fn another_server_or_role_starts_anew() {
    let mut server = Fake::new().lists(10);
    let mut keys = counted(&["*"], 1);
    let count = |keys: &mut Keys, server: &mut Fake, text| scrape(keys, server, &info(text), "keys_count");
    assert_eq!(count(&mut keys, &mut server, "run_id:a\r\nrole:master\r\n"), ["keys_count{db=\"db0\",key=\"*\"} 10"]);
    server.price = 100 * MILLI;
    let same = count(&mut keys, &mut server, "run_id:a\r\nrole:master\r\n");
    assert_eq!(same, ["keys_count{db=\"db0\",key=\"*\"} 10"]);
    assert_eq!(server.heard, [(0, "SCAN 0 MATCH * COUNT 1".to_owned())]);
    for other in ["run_id:b\r\nrole:master\r\n", "run_id:b\r\nrole:slave\r\n"] {
        assert_eq!(count(&mut keys, &mut server, other), [""; 0]);
        assert_eq!(server.heard, [(0, "SCAN 0 MATCH * COUNT 1".to_owned())], "from the beginning");
    }
}

/// redis_exporter counts them twice, and has their series twice.
#[test]
fn keys_that_scan_repeats_are_one() {
    let mut server = Fake::new().lists(20);
    server.repeats = true;
    let check = of(0, &["k:*"]);
    let mut keys = keys(KeySettings { check: check.clone(), count: check, batch_size: 3, ..KeySettings::default() });
    assert_eq!(scrape(&mut keys, &mut server, &master(), "keys_count"), ["keys_count{db=\"db0\",key=\"k:*\"} 20"]);
    assert_eq!(
        scrape(&mut keys, &mut server, &master(), "check_keys_matched"),
        ["check_keys_matched{db=\"db0\",pattern=\"k:*\"} 20"]
    );
}

#[test]
fn the_largest_have_series_and_all_are_summed_up() {
    let mut server = Fake::new();
    for length in 1..=300 {
        server = server.set(0, format!("k:{length}"), Content::List(length));
    }
    let check = of(0, &["k:*", "k:3*"]);
    let check_single = of(0, &["k:1", "k:300"]);
    let mut keys = keys(KeySettings { check, check_single, max_series: 3, ..KeySettings::default() });
    assert_eq!(
        scrape(&mut keys, &mut server, &master(), "key_size"),
        ["1", "298", "299", "300", "39"].map(|n| format!("key_size{{db=\"db0\",key=\"k:{n}\"}} {n}")),
        "three, and those that are named"
    );
    assert_eq!(
        scrape(&mut keys, &mut server, &master(), "check_keys"),
        [
            "check_keys_matched{db=\"db0\",pattern=\"k:*\"} 300".to_owned(),
            "check_keys_matched{db=\"db0\",pattern=\"k:3*\"} 12".to_owned(),
            format!("check_keys_memory_usage_bytes{{db=\"db0\",pattern=\"k:*\"}} {}", 300 * 100 + 45_150),
            format!("check_keys_memory_usage_bytes{{db=\"db0\",pattern=\"k:3*\"}} {}", 12 * 100 + 3 + 345 + 300),
            "check_keys_size{db=\"db0\",pattern=\"k:*\"} 45150".to_owned(),
            "check_keys_size{db=\"db0\",pattern=\"k:3*\"} 648".to_owned(),
        ]
    );
}

#[test]
fn long_names_that_become_the_same_label_are_one_series() {
    let long = "a".repeat(200);
    let mut server =
        Fake::new().set(0, format!("{long}1"), Content::List(1)).set(0, format!("{long}2"), Content::List(2));
    let mut keys = keys(KeySettings { check: of(0, &["*"]), ..KeySettings::default() });
    assert_eq!(
        scrape(&mut keys, &mut server, &master(), "key_size"),
        [format!("key_size{{db=\"db0\",key=\"{}\"}} 2", &long[..128])]
    );
}

#[test]
fn nothing_is_asked_of_a_master_that_is_to_be_spared_but_for_groups() {
    let settings = KeySettings {
        check_single: of(0, &["k:1"]),
        count: of(0, &["*"]),
        groups: vec!["^(k)".to_owned()],
        skip_master: true,
        ..KeySettings::default()
    };
    let mut keys = keys(settings);
    let mut server = Fake::new().lists(3);
    scrape(&mut keys, &mut server, &master(), "");
    assert_eq!((server.times(""), server.times("EVAL")), (1, 1));
    let replica = info("role:slave\r\n");
    assert_eq!(
        scrape(&mut keys, &mut server, &replica, "key"),
        [
            "key_memory_usage_bytes{db=\"db0\",key=\"k:1\"} 101",
            "key_size{db=\"db0\",key=\"k:1\"} 1",
            "keys_count{db=\"db0\",key=\"*\"} 3",
            "last_key_groups_scrape_duration_milliseconds 0"
        ]
    );
    assert_eq!(
        scrape(&mut keys, &mut server, &master(), "keys_count"),
        [""; 0],
        "what the replica said is not shown of a master"
    );
}

#[test]
fn nothing_is_asked_while_the_server_loads() {
    let mut server = Fake::new().lists(3);
    let mut keys = counted(&["*"], 10);
    assert_eq!(scrape(&mut keys, &mut server, &info("loading:1\r\n"), "keys_count"), [""; 0]);
    assert_eq!(server.heard, []);
}

#[test]
fn a_key_that_breaks_the_connection_is_passed_over_in_the_end() {
    let mut server = Fake::new().lists(30);
    server.poison = b"k:17";
    let mut keys = keys(KeySettings { check: of(0, &["*"]), count: of(0, &["*"]), ..KeySettings::default() });
    let mut scrapes = 0;
    while scrape(&mut keys, &mut server, &master(), "check_keys_matched").is_empty() {
        scrapes += 1;
        assert!(scrapes < 20);
    }
    assert_eq!(
        scrape(&mut keys, &mut server, &master(), "keys_count"),
        ["keys_count{db=\"db0\",key=\"*\"} 30"],
        "other sweeps have their turn"
    );
    assert_eq!(keys.sweeps[0].last.as_ref().map(|last| last.truncated), Some(false));
}

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

/// What Redis 7.0 says of a stream with two groups, of which one was set to an identifier that is none of an entry.
fn streams_of_7(_: u32, words: &[&str]) -> Option<Vec<u8>> {
    Some(match words {
        ["XINFO", "STREAM", "orders"] => map(&[
            ("length", "2"),
            ("radix-tree-keys", "1"),
            ("radix-tree-nodes", "2"),
            ("last-generated-id", "1638006862417-2"),
            ("max-deleted-entry-id", "0-0"),
            ("entries-added", "2"),
            ("recorded-first-entry-id", "1638006862416-0"),
            ("groups", "2"),
            ("first-entry", "*2\r\n$15\r\n1638006862416-0\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n"),
            ("last-entry", "*2\r\n$15\r\n1638006862417-2\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n"),
        ]),
        ["XINFO", "GROUPS", "orders"] => array(&[
            map(&[
                ("name", "mail"),
                ("consumers", "1"),
                ("pending", "1"),
                ("last-delivered-id", "1638006862416-0"),
                ("entries-read", "1"),
                ("lag", "1"),
            ]),
            map(&[
                ("name", "new"),
                ("consumers", "0"),
                ("pending", "0"),
                ("last-delivered-id", "5-0"),
                ("entries-read", "nil"),
                ("lag", "nil"),
            ]),
        ]),
        ["XINFO", "CONSUMERS", "orders", "mail"] => {
            array(&[map(&[("name", "worker-1"), ("pending", "1"), ("idle", "1500"), ("inactive", "1500")])])
        }
        ["XINFO", "CONSUMERS", "orders", "new"] => array(&[]),
        ["XINFO", "STREAM" | "GROUPS", "empty"] => {
            map(&[("length", "0"), ("first-entry", "nil"), ("last-entry", "nil")])
        }
        ["XINFO", _, "list"] => b"-WRONGTYPE Operation against a key holding the wrong kind of value\r\n".to_vec(),
        ["XINFO", ..] => b"-ERR no such key\r\n".to_vec(),
        ["SCAN", "0", "MATCH", "o*", "COUNT", "1000", "TYPE", "stream"] => {
            array(&[bulk(b"0"), array(&[bulk(b"orders")])])
        }
        ["SCAN", "0", "MATCH", "o*", "COUNT", "1000"] => array(&[bulk(b"0"), array(&[bulk(b"list"), bulk(b"orders")])]),
        _ => return None,
    })
}

#[test]
fn streams_with_groups_and_consumers() {
    let mut server = Fake::new();
    server.instead = streams_of_7;
    let single_streams = of(0, &["empty", "gone", "list", "orders"]);
    let mut keys = keys(KeySettings { single_streams, streams: of(0, &["o*"]), ..KeySettings::default() });
    assert_eq!(
        scrape(&mut keys, &mut server, &master(), "stream_"),
        [
            "stream_entries_added_total{db=\"db0\",stream=\"orders\"} 2",
            "stream_first_entry_id{db=\"db0\",stream=\"orders\"} 1638006862416",
            "stream_group_consumer_idle_seconds{consumer=\"worker-1\",db=\"db0\",group=\"mail\",stream=\"orders\"} 1.5",
            "stream_group_consumer_messages_pending{consumer=\"worker-1\",db=\"db0\",group=\"mail\",stream=\"orders\"} 1",
            "stream_group_consumers{db=\"db0\",group=\"mail\",stream=\"orders\"} 1",
            "stream_group_consumers{db=\"db0\",group=\"new\",stream=\"orders\"} 0",
            "stream_group_entries_read{db=\"db0\",group=\"mail\",stream=\"orders\"} 1",
            "stream_group_lag{db=\"db0\",group=\"mail\",stream=\"orders\"} 1",
            "stream_group_last_delivered_id{db=\"db0\",group=\"mail\",stream=\"orders\"} 1638006862416",
            "stream_group_last_delivered_id{db=\"db0\",group=\"new\",stream=\"orders\"} 5",
            "stream_group_messages_pending{db=\"db0\",group=\"mail\",stream=\"orders\"} 1",
            "stream_group_messages_pending{db=\"db0\",group=\"new\",stream=\"orders\"} 0",
            "stream_groups{db=\"db0\",stream=\"orders\"} 2",
            "stream_last_entry_id{db=\"db0\",stream=\"orders\"} 1638006862417",
            "stream_last_generated_id{db=\"db0\",stream=\"orders\"} 1638006862417",
            "stream_length{db=\"db0\",stream=\"empty\"} 0",
            "stream_length{db=\"db0\",stream=\"orders\"} 2",
            "stream_max_deleted_entry_id{db=\"db0\",stream=\"orders\"} 0",
            "stream_radix_tree_keys{db=\"db0\",stream=\"orders\"} 1",
            "stream_radix_tree_nodes{db=\"db0\",stream=\"orders\"} 2",
        ]
    );
}

#[test]
fn consumers_are_not_asked_for_unless_they_are_shown() {
    let mut server = Fake::new();
    server.instead = streams_of_7;
    let streams = of(0, &["o*"]);
    let mut keys = keys(KeySettings { streams, stream_consumers: false, ..KeySettings::default() });
    assert_eq!(scrape(&mut keys, &mut server, &master(), "stream_group_consumer").len(), 2);
    assert_eq!((server.times("XINFO GROUPS"), server.times("XINFO CONSUMERS")), (1, 0));
}

/// SCAN has TYPE from Redis 6.
#[test]
fn streams_of_a_server_whose_scan_has_no_type() {
    let mut server = Fake::new();
    server.instead = streams_of_7;
    let mut keys = keys(KeySettings { streams: of(0, &["o*"]), ..KeySettings::default() });
    let mut info = Info::default();
    info.set(b"redis_version:5.0.14\r\n");
    assert_eq!(
        scrape(&mut keys, &mut server, &info, "stream_length"),
        ["stream_length{db=\"db0\",stream=\"orders\"} 2"]
    );
}

#[test]
fn groups_and_consumers_have_a_bound() {
    let mut server = Fake::new();
    server.instead = |_, words| match words {
        ["XINFO", "STREAM", _] => Some(map(&[("length", "1")])),
        ["XINFO", "GROUPS", _] => {
            Some(array(&(0..30).map(|group| map(&[("name", &format!("g{group}"))])).collect::<Vec<_>>()))
        }
        ["XINFO", "CONSUMERS", ..] => Some(array(&[map(&[("name", "a"), ("pending", "1")])])),
        ["SCAN", ..] => Some(array(&[bulk(b"0"), array(&[bulk(b"a"), bulk(b"b")])])),
        _ => None,
    };
    let mut keys = keys(KeySettings { streams: of(0, &["*"]), max_series: 2, ..KeySettings::default() });
    let page = scrape(&mut keys, &mut server, &master(), "");
    let of_consumers = page.iter().filter(|line| line.starts_with("stream_group_consumer_messages_pending"));
    assert_eq!(of_consumers.count(), 20, "ten times as many as streams");
    assert!(page.contains(&"scan_truncated{db=\"db0\",kind=\"streams\",pattern=\"*\"} 1".to_owned()), "{page:?}");
}
