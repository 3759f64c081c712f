//! What sweeps ask for, and when.

use super::*;

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
    let [passing, counting] = &keys.sweeps[..] else { panic!() };
    assert_eq!((passing.subject.kind, counting.subject.kind), (Kind::Keys, Kind::Count));
    assert!(counting.completed > 2, "the other one has had its turn: {}", counting.completed);
    let matched = scrape(&mut keys, &mut server, &master(), "check_keys_matched");
    assert_eq!(matched, ["check_keys_matched{db=\"db0\",pattern=\"*\"} 29"]);
}
