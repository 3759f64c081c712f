//! What is shown of streams.

use super::*;

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
fn consumers_beyond_the_bound_are_not_asked_for() {
    let mut server = Fake::new();
    server.instead = |_, words| match words {
        ["XINFO", "STREAM", _] => Some(map(&[("length", "1")])),
        ["XINFO", "GROUPS", _] => Some(array(&[map(&[("name", "g")])])),
        ["XINFO", "CONSUMERS", ..] => Some(array(&(0..10).map(|_| map(&[("pending", "1")])).collect::<Vec<_>>())),
        _ => None,
    };
    let mut room = Room::new(1, true);
    let look =
        |server: &mut Fake, room: &mut Room| stream::look(server, 0, &["a"], room).unwrap()[0].group[0].consumer.len();
    assert_eq!((look(&mut server, &mut room), room.overflowed), (10, false));
    assert_eq!((look(&mut server, &mut room), room.overflowed), (0, true));
    assert_eq!(server.times("XINFO CONSUMERS"), 1);
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
