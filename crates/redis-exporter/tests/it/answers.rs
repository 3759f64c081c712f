//! What no Redis answers, or not all of it: the scrape says so in time, the next one is good.

use std::time::Duration;

use testkit::redis::{FakeRedis, Manner, array, error, integer, nil, text};

use crate::setting::Exporter;

/// A scrape of the server in its new manner fails with this class before and after a good one; the one after that is good.
#[track_caller]
fn fails_and_recovers(redis: &FakeRedis, exporter: &Exporter, manner: &Manner, class: &str) {
    for _ in 0..2 {
        redis.behave(manner.clone());
        exporter.page_within(0.6).is_down(class);
        redis.behave(Manner::Answer);
        exporter.page().is_good();
    }
}

#[test]
fn bytes_that_are_no_replies() {
    let redis = FakeRedis::start();
    let exporter = Exporter::start(&redis, &[]);
    let http = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n\r\n<html>";
    for bytes in [
        http.as_bytes(),
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x15\x03\x01\x00\x02\x02\x46",
        b"\0\0\0\0",
        b"redis_version:7.0.15\r\n",
        b"$abc\r\nabc\r\n",
        b"$1.5\r\nab\r\n",
        b"$999999999999\r\nredis",
        b"$9223372036854775807\r\nredis",
        b"$99999999999999999999\r\nredis",
        b"*999999999999\r\n:1\r\n",
        b"$2\r\nredis_version:7.0.15\r\n",
        b"+OK\n",
        b":1\n\r\n",
        b"*1\r\n".repeat(10_000).as_slice(),
        b"+".repeat(1 << 20).as_slice(),
    ] {
        fails_and_recovers(&redis, &exporter, &Manner::Say(bytes.to_vec()), "protocol");
    }
}

#[test]
fn less_than_a_reply() {
    let redis = FakeRedis::start();
    let exporter = Exporter::start(&redis, &[]);
    for part in [&b"$100\r\nredis_version:7.0.15\r\n"[..], b"$", b"$1", b"$100\r", b"*2\r\n$3\r\nabc\r\n", b"+OK"] {
        fails_and_recovers(&redis, &exporter, &Manner::Say(part.to_vec()), "timeout");
        fails_and_recovers(&redis, &exporter, &Manner::SayAndClose(part.to_vec()), "io");
    }
}

#[test]
fn replies_of_another_kind_than_text() {
    let redis = FakeRedis::start();
    let exporter = Exporter::start(&redis, &[]);
    for reply in [integer(7), nil(), array([text("redis_version:7.0.15"), nil()]), array([]), b"*-1\r\n".to_vec()] {
        redis.answer("INFO", reply);
        exporter.page().is_down("protocol");
    }
    redis.answer("INFO", text("redis_version:7.0.15\r\n"));
    exporter.page().is_good();
}

/// What is said of a server is its own affair: its words come in no other series than those of its words.
#[test]
fn info_that_no_server_has() {
    let redis = FakeRedis::start();
    let exporter = Exporter::start(&redis, &[]);
    let long = "x".repeat(1 << 20);
    for info in [
        "",
        "\r\n\r\n\r\n",
        ":",
        "redis_version",
        "redis_version:7.0.15\nuptime_in_seconds:7\n",
        "redis_version:99999999999999999999.-1.x\r\nuptime_in_seconds:-1\r\nconnected_clients:NaN\r\nused_memory:1e999\r\n",
        "uptime_in_seconds:1,5\r\nused_memory:0x10\r\nmaxmemory: 1\r\nconnected_clients:99999999999999999999999\r\n",
        "# Keyspace\r\ndb0:\r\ndb1:keys\r\ndb2:keys=\r\ndb3:keys=x,expires=1\r\ndb:keys=1\r\ndb99999999999:keys=1,expires=0,avg_ttl=-5\r\n",
        "# Commandstats\r\ncmdstat_:\r\ncmdstat_get:calls=-1,usec=NaN\r\ncmdstat_a\"b\\c\u{1}:calls=1,usec=1,usec_per_call=1\r\n",
        "# Errorstats\r\nerrorstat_:count=\r\nerrorstat_\"}1:count=1\r\n",
        "# Latencystats\r\nlatency_percentiles_usec_:p50=1\r\nlatency_percentiles_usec_get:p50=,p=1,pNaN=inf,p99\r\n",
        "# Replication\r\nrole:\r\nslave0:\r\nslave1:ip=,port=,state=,offset=x,lag=\r\nslave99:ip=a\"\\,port=1,state=online,offset=1,lag=0\r\n",
        "# Replication\r\nrole:slave\r\nmaster_host:\"\\\r\nmaster_port:\r\nmaster_link_status:strange\r\n",
        &format!("role:{long}\r\nredis_version:{long}\r\ndb0:keys={long}\r\n{long}:1\r\ncmdstat_{long}:calls=1\r\n"),
    ] {
        redis.answer("INFO", text(info));
        exporter.page().is_good();
    }
    redis.answer(
        "INFO",
        text(b"redis_version:7.0.15\r\nrole:\xff\xfe\r\n\xff:1\r\ncmdstat_\xff:calls=1,usec=1,usec_per_call=1\r\n"),
    );
    exporter.page().is_good();
    assert!(!exporter.end().contains("panicked"));
}

/// Whatever else is asked, strange replies leave out what they are about, and nothing more.
#[test]
fn strange_replies_to_everything_but_info() {
    let redis = FakeRedis::start();
    let exporter = Exporter::start(&redis, &[]);
    exporter.page().is_good();
    for reply in [
        integer(-1),
        nil(),
        b"*-1\r\n".to_vec(),
        text(""),
        text(b"\xff\0\r\n"),
        array([]),
        array([nil()]),
        array([text("maxmemory")]),
        array([text("databases"), text("99999999999"), text("maxmemory"), nil(), integer(1), array([nil()])]),
        array([array([array([array([integer(i64::MIN)])])])]),
        error("ERR"),
        error(""),
        error("MOVED 3999 127.0.0.1:6381"),
    ] {
        for command in
            ["CONFIG", "LATENCY", "SLOWLOG", "CLIENT", "CLUSTER", "COMMANDLOG", "MODULE", "SENTINEL", "EVAL", "SCAN"]
        {
            redis.answer(command, reply.clone());
        }
        exporter.page().is_good();
        exporter.page().is_good();
    }
    assert!(!exporter.end().contains("panicked"));
}

/// `redis_exporter`: the pipeline of 1.88 reads the reply of one command as that of the next.
#[test]
fn a_connection_whose_replies_came_too_late_is_not_used_again() {
    let redis = FakeRedis::start();
    let exporter = Exporter::start(&redis, &[]);
    exporter.page().is_good();
    redis.behave(Manner::Drip(Duration::from_millis(40)));
    exporter.page_within(0.5).is_down("timeout");
    redis.behave(Manner::Answer);
    redis.answer("INFO", text("redis_version:7.0.15\r\nuptime_in_seconds:77\r\n"));
    exporter.page().is_good();
    assert_eq!(redis.accepted(), 2);
}
