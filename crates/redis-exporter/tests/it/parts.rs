//! What is asked besides INFO: how often, and what one answer does to the others.

use testkit::messages::{PROTOBUF_TYPE, bytes, float, signed, whole};
use testkit::redis::{FakeRedis, array, error, integer, nil, status, text};
use testkit::{Validator, http};

use crate::setting::Exporter;

const REDIS: &str = "redis_version:7.0.15\r\nrun_id:a\r\nconnected_clients:1\r\nrole:master\r\n";

/// A map as RESP2 has it.
fn map(pairs: &[(&str, &str)]) -> Vec<u8> {
    array(pairs.iter().flat_map(|(name, value)| [text(name), text(value)]))
}

/// How often a command has come that begins like this.
fn count(redis: &FakeRedis, start: &str) -> usize {
    redis.commands().iter().filter(|command| command.starts_with(start)).count()
}

#[test]
fn settings_are_read_once_and_again_of_another_server() {
    let redis = FakeRedis::start();
    redis.answer("INFO", text(REDIS));
    redis.answer("CONFIG GET", map(&[("maxmemory", "1000"), ("databases", "2")]));
    let exporter = Exporter::start(&redis, &[]);
    for _ in 0..3 {
        let page = exporter.page();
        assert_eq!(page.get("redis_config_maxmemory"), Some(1000.0));
        assert_eq!(page.labels("redis_db_keys{db=\"").count(), 2);
    }
    assert_eq!(count(&redis, "CONFIG GET"), 1);
    // It was started anew behind a connection that something in between has kept, with another setting.
    redis.answer("INFO", text(REDIS.replace("run_id:a", "run_id:b")));
    redis.answer("CONFIG GET", map(&[("maxmemory", "2000")]));
    let page = exporter.page();
    assert_eq!(page.get("redis_config_maxmemory"), Some(2000.0));
    assert_eq!((count(&redis, "CONFIG GET"), redis.accepted()), (2, 1));
}

#[test]
fn everything_takes_one_round_trip() {
    let redis = FakeRedis::start();
    redis.answer("INFO", text(REDIS.to_owned() + "cluster_enabled:1\r\n"));
    redis.answer("FT._LIST", array([text("idx")]));
    redis.answer("FT.INFO", map(&[("num_docs", "5")]));
    redis.answer("CLIENT LIST", text("id=1 addr=192.0.2.1:5 name=a user=u lib-name=l\n"));
    let exporter = Exporter::start(&redis, &["--include-search-indexes-metrics", "--export-client-list"]);
    exporter.page().is_good();
    for _ in 0..2 {
        let before = redis.round_trips();
        let page = exporter.page();
        assert_eq!(redis.round_trips() - before, 1);
        assert_eq!(page.get("redis_search_index_num_docs{index_name=\"idx\"}"), Some(5.0));
        assert_eq!(page.get("redis_clients{lib=\"l\",name=\"a\",user=\"u\"}"), Some(1.0));
    }
    assert_eq!(count(&redis, "FT.INFO idx"), 3);
}

/// redis_exporter: a script that fails makes `up` 0.
#[test]
fn a_script_that_fails_is_told_of_once() {
    let folder = tempfile::tempdir().unwrap();
    let script = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.into_os_string().into_string().unwrap()
    };
    let (good, bad) = (script("good.lua", "good"), script("bad.lua", "bad"));
    let redis = FakeRedis::start();
    redis.answer("EVAL good", array([text("jobs"), integer(7)]));
    redis.answer("EVAL bad", error("ERR Error running script (call to f_1): @user_script:1: not allowed"));
    let exporter = Exporter::start(&redis, &[&format!("--script={bad},{good}")]);
    for _ in 0..3 {
        let page = exporter.page();
        page.is_good();
        let result = |file: &str| page.get(&format!("redis_script_result{{filename=\"{file}\"}}"));
        assert_eq!((result(&good), result(&bad)), (Some(1.0), Some(0.0)));
        assert_eq!(page.get(&format!("redis_script_values{{filename=\"{good}\",key=\"jobs\"}}")), Some(7.0));
        assert_eq!(page.get("redis_exporter_command_success{command=\"EVAL\"}"), Some(0.0));
    }
    assert_eq!(count(&redis, "EVAL bad"), 3, "it is tried again");
    assert_eq!(exporter.log().matches("command=EVAL ").count(), 1, "{}", exporter.log());
}

#[test]
fn a_sentinel_that_finds_no_quorum() {
    let redis = FakeRedis::start();
    redis.answer("", error("ERR unknown command"));
    redis.answer("INFO", text("redis_version:7.0.15\r\nredis_mode:sentinel\r\n# Sentinel\r\nsentinel_masters:1\r\n"));
    redis.answer("SENTINEL MASTERS", array([map(&[("name", "main"), ("ip", "192.0.2.1"), ("port", "6379")])]));
    redis.answer(
        "SENTINEL CKQUORUM main",
        error("NOQUORUM 1 usable Sentinels. Not enough available Sentinels to reach the majority and authorize a failover"),
    );
    redis.answer("SENTINEL SENTINELS main", array([map(&[("name", "s"), ("flags", "s_down,sentinel,disconnected")])]));
    redis.answer("SENTINEL SLAVES main", array([map(&[("name", "r"), ("flags", "slave")])]));
    let exporter = Exporter::start(&redis, &["--set-client-name=false", "--count-clients=false"]);
    let labels = "{master_address=\"192.0.2.1:6379\",master_name=\"main\"}";
    for round_trips in [3, 1] {
        let before = redis.round_trips();
        let page = exporter.page();
        assert_eq!(redis.round_trips() - before, round_trips);
        let status = "redis_sentinel_master_ckquorum_status{master_name=\"main\",message=\"no majority\"}";
        assert_eq!(page.get(status), Some(0.0));
        assert_eq!(page.get(&format!("redis_sentinel_master_ok_sentinels{labels}")), Some(1.0));
        assert_eq!(page.get(&format!("redis_sentinel_master_ok_slaves{labels}")), Some(1.0));
        assert_eq!(page.get("redis_exporter_command_success{command=\"SENTINEL CKQUORUM\"}"), Some(1.0));
        assert_eq!(
            page.labels("redis_exporter_command_success{command=\"").filter(|(_, value)| *value == 0.0).count(),
            0
        );
    }
    assert_eq!(exporter.log().matches("level=WARN").count(), 0, "{}", exporter.log());
}

#[test]
fn native_histograms_for_who_takes_protobuf() {
    let redis = FakeRedis::start();
    let stats = "cmdstat_get:calls=3,usec=40,usec_per_call=13.33,rejected_calls=0,failed_calls=0\r\n";
    redis.answer("INFO", text(format!("{REDIS}# Commandstats\r\n{stats}")));
    let buckets = array([1, 2, 33, 3].map(integer));
    let get = array([text("calls"), integer(3), text("histogram_usec"), buckets]);
    redis.answer("LATENCY HISTOGRAM", array([text("get"), get]));
    let exporter = Exporter::start(&redis, &["--native-histograms"]);
    let page = exporter.page();
    let of = |family: &str, rest: &str| page.get(&format!("redis_command{family}{{cmd=\"get\"{rest}}}"));
    assert_eq!(of("s_latencies_usec_bucket", ",le=\"16.0\""), Some(2.0));
    assert_eq!(of("_latency_seconds_bucket", ",le=\"+Inf\""), Some(3.0));
    assert_eq!((of("s_latencies_usec_sum", ""), of("_latency_seconds_sum", "")), (Some(40.0), Some(0.000_04)));

    let response = http::get(exporter.address(), "/metrics", &[("Accept", PROTOBUF_TYPE)]).unwrap();
    let defects = Validator::default().check(&response.raw, None);
    assert!(defects.is_empty(), "{defects:?}");
    // Two of up to 2^-20 s in the bucket of zero, and one of up to 2^-15 s.
    let native = [
        [signed(5, 0), float(6, (-20.0_f64).exp2()), whole(7, 2)].concat(),
        bytes(12, [signed(1, -15), whole(2, 1)].concat()),
        bytes(13, [2]),
        whole(1, 3),
    ];
    let native = native.concat();
    assert!(response.raw.windows(native.len()).any(|window| window == native));
}

#[test]
fn secrets_of_settings_are_on_no_page() {
    let redis = FakeRedis::start();
    redis.answer("INFO", text(REDIS));
    redis.answer("CONFIG GET *", map(&[("requirepass", "hush-1"), ("masterauth", "hush-2"), ("maxclients", "7")]));
    let exporter = Exporter::start(&redis, &["--include-config-metrics"]);
    let page = exporter.page();
    assert_eq!(page.get("redis_config_key_value{key=\"maxclients\",value=\"7\"}"), Some(1.0));
    assert!(!page.text().contains("hush") && !exporter.log().contains("hush"));
    let exporter = Exporter::start(&redis, &["--include-config-metrics", "--redact-config-metrics=false"]);
    assert_eq!(exporter.page().get("redis_config_key_value{key=\"requirepass\",value=\"hush-1\"}"), Some(1.0));
}

#[test]
fn replies_of_another_shape_are_no_samples() {
    let redis = FakeRedis::start();
    redis.answer("INFO", text(REDIS.to_owned() + "cluster_enabled:1\r\n"));
    let exporter = Exporter::start(&redis, &["--export-client-list", "--include-search-indexes-metrics"]);
    let good = exporter.page();
    good.is_good();
    let pages = [nil(), integer(-1), status("OK"), array([]), array([nil(), array([array([nil()])])])].map(|reply| {
        for command in ["LATENCY", "SLOWLOG", "CONFIG", "CLUSTER", "CLIENT LIST", "FT._LIST", "FT.INFO"] {
            redis.answer(command, reply.clone());
        }
        redis.disconnect();
        exporter.page()
    });
    for page in pages {
        page.is_good();
        let names =
            ["redis_commands_latencies", "redis_latency_spike", "redis_cluster_state", "redis_connected_client_info"];
        assert!(names.iter().all(|name| !page.text().contains(name)), "{}", page.text());
    }
}
