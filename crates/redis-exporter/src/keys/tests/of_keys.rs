//! What is shown of keys.

use super::*;

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
