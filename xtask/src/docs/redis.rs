//! The pages of redis-exporter.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use testkit::process::{Process, binary, free_address};
use testkit::redis::{FakeRedis, array, integer, nil, status, text};

use super::{Families, GENERATED, add_page, all_shown, declared, flags, table};
use crate::Failure;

/// INFO of servers of every kind.
const SERVERS: &str = "crates/redis-exporter/fixtures";
const SOURCES: &str = "crates/redis-exporter/src";

/// Show everything that there is to see at once.
const OPTIONS: [&str; 18] = [
    "--append-instance-role-label",
    "--check-search-indexes=.*",
    "--check-single-keys=db0=key",
    "--check-single-streams=db0=jobs",
    "--check-key-groups=^(.*)$",
    "--count-keys=db0=*",
    "--export-client-list",
    "--export-client-port",
    "--include-config-metrics",
    "--include-modules-metrics",
    "--include-rdb-file-size-metric",
    "--include-search-indexes-metrics",
    "--include-sentinel-peer-info",
    "--include-system-metrics",
    "--is-tile38",
    "--native-histograms",
    "--ping-on-connect",
    "--queue=stream=jobs,celery=mail,rq=mail,sidekiq=default,bullmq=video",
];

/// A script; its file stands in for that of the data.
const SCRIPT: &str = "return {'a', 1}";

/// What CONFIG GET says, besides the folder.
const CONFIG: [[&str; 2]; 5] = [
    ["maxmemory", "0"],
    ["maxclients", "100"],
    ["databases", "16"],
    ["client-output-buffer-limit", "normal 0 0 0"],
    ["dbfilename", "script.lua"],
];

/// The sections, in turn: a metric is in the first that it begins like.
const SECTIONS: [(&str, &str, &[&str]); 7] = [
    (
        "The exporter",
        "How a scrape went.",
        &["redis_exporter_", "redis_up", "redis_target_scrape_request_errors_total", "redis_scan_"],
    ),
    (
        "Queues, ours",
        "Of BullMQ, Bull, Celery, RQ and Sidekiq, which are found by themselves (`--no-queues` leaves that), and of streams that \
         `--queue` names. States are `waiting` and `active` with all of them; BullMQ has `paused`, `delayed`, `prioritized`, \
         `waiting-children`, `completed` and `failed`, RQ `delayed`, `deferred`, `completed`, `failed` and `canceled`, Sidekiq \
         `delayed`, `retry` and `dead`. Celery's messages do not say when they were sent, so that its queues have an age only \
         where somebody sets the header `timestamp`. What there is of Sidekiq follows its documentation; of the others it is \
         compared with the libraries themselves.",
        &["redis_queue"],
    ),
    (
        "Commands and errors",
        "",
        &[
            "redis_command",
            "redis_errors_total",
            "redis_latency_",
            "redis_latencies",
            "redis_slowlog_",
            "redis_last_slow",
        ],
    ),
    (
        "Keys",
        "",
        &["redis_key", "redis_stream_", "redis_db_", "redis_number_of_distinct_key_groups", "redis_last_key_groups"],
    ),
    ("Clients", "", &["redis_client", "redis_connected_client"]),
    ("Sentinels", "", &["redis_sentinel_"]),
    ("The server", "As INFO says it.", &["redis_"]),
];

/// What a test server says besides INFO: the words that a command begins with, and the reply.
fn answers() -> Vec<(&'static str, Vec<u8>)> {
    let texts = |texts: &[&str]| array(texts.iter().map(text));
    let map = |pairs: &[(&str, Vec<u8>)]| array(pairs.iter().flat_map(|(name, value)| [text(name), value.clone()]));
    let histogram = map(&[("calls", integer(1)), ("histogram_usec", array([integer(1), integer(1)]))]);
    let client = "id=3 addr=127.0.0.1:5 name=web fd=8 age=3 idle=0 flags=N db=0 sub=0 psub=0 ssub=0 qbuf=26 qbuf-free=20448 \
                  obl=0 oll=0 omem=0 tot-mem=22272 cmd=get user=default lib-name=redis-py resp=2 watch=0\n";
    let master =
        texts(&["name", "m", "ip", "10.0.0.1", "port", "6379", "flags", "master", "num-slaves", "1", "quorum", "2"]);
    let instance = array([texts(&["name", "a", "ip", "10.0.0.2", "port", "26379", "runid", "x", "flags", "sentinel"])]);
    let found = |name: &str| array([text("0"), texts(&[name])]);
    let stream = [
        ("length", integer(1)),
        ("radix-tree-keys", integer(1)),
        ("radix-tree-nodes", integer(2)),
        ("last-generated-id", text("2-0")),
        ("max-deleted-entry-id", text("0-0")),
        ("entries-added", integer(1)),
        ("groups", integer(1)),
        ("first-entry", array([text("2-0"), texts(&["a", "1"])])),
        ("last-entry", array([text("2-0"), texts(&["a", "1"])])),
    ];
    let group = [
        ("name", text("workers")),
        ("consumers", integer(1)),
        ("pending", integer(1)),
        ("last-delivered-id", text("1-0")),
        ("entries-read", integer(1)),
        ("lag", integer(1)),
    ];
    let consumer = [("name", text("c")), ("pending", integer(1)), ("idle", integer(5))];
    vec![
        ("CLIENT LIST", text(client)),
        ("CLUSTER INFO", text("cluster_state:ok\r\ncluster_slots_ok:16384\r\ncluster_size:3\r\n")),
        ("COMMANDLOG LEN", integer(1)),
        ("LATENCY LATEST", array([array([text("command"), integer(5), integer(1), integer(2)])])),
        ("LATENCY HISTOGRAM", array([text("get"), histogram])),
        ("SLOWLOG LEN", integer(1)),
        ("SLOWLOG GET", array([array([integer(1), integer(1), integer(9), texts(&["get", "k"])])])),
        ("SENTINEL MASTERS", array([master])),
        ("SENTINEL CONFIG GET", texts(&["resolve-hostnames", "no"])),
        ("SENTINEL CKQUORUM", status("OK 3 usable Sentinels.")),
        ("SENTINEL SENTINELS", instance.clone()),
        ("SENTINEL SLAVES", instance),
        ("SERVER EXT", texts(&["tile38_num_points", "3"])),
        ("FT._LIST", texts(&["docs"])),
        ("FT.INFO", map(&[("index_name", text("docs")), ("num_docs", integer(1)), ("number_of_uses", integer(1))])),
        ("SELECT", status("OK")),
        ("TIME", texts(&["1795290600", "0"])),
        ("DBSIZE", integer(1)),
        ("SCAN", found("key")),
        ("SSCAN", array([text("0"), array([])])),
        ("TYPE", status("string")),
        ("TYPE jobs", status("stream")),
        ("MEMORY USAGE", integer(56)),
        ("STRLEN", integer(2)),
        ("GETRANGE", text("42")),
        ("XINFO STREAM", map(&stream)),
        ("XINFO GROUPS", array([map(&group)])),
        ("XINFO CONSUMERS", array([map(&consumer)])),
        ("XPENDING", array([integer(1), text("1-0"), text("1-0"), array([])])),
        ("XRANGE", array([array([text("2-0"), texts(&["a", "1"])])])),
        ("LLEN", integer(1)),
        ("ZCARD", integer(1)),
        ("SCARD", integer(1)),
        ("HLEN", integer(1)),
        ("EXISTS", integer(0)),
        ("LINDEX", text("1")),
        ("LINDEX queue:default", text(r#"{"enqueued_at":1795290535.25}"#)),
        ("HGET", text("1795290535502")),
        ("HMGET", array([text("bullmq:6.7.0"), nil(), nil()])),
        ("MGET", texts(&["5", "1"])),
    ]
}

/// The page of its metrics.
pub(super) fn metrics_page() -> Result<String, Failure> {
    let mut families = families()?;
    let ours = declared(Path::new(SOURCES), "name: \"", &["redis_"])?;
    let shown = families.keys().collect::<BTreeSet<_>>();
    all_shown(ours, &shown, &format!("no server in {SERVERS} brings up"))?;
    let mut page = format!(
        "{GENERATED}# Metrics of redis-exporter\n\n\
         Names, types and labels are redis_exporter's, but for what is beyond it. A metric is absent where the server does not tell \
         its value. Other fields of INFO that begin with `db` or `cluster_` and are numbers are shown under their own names. \
         `--namespace` puts another word in the place of `redis`, and `--append-instance-role-label` the label `instance_role` on \
         every series.\n\n\
         Every page also has `process_*`, `promhttp_*` and `pilotlight_*` about the exporter itself, unless \
         `--web.disable-exporter-metrics` is given.\n"
    );
    for (heading, remark, starts) in SECTIONS {
        let (taken, left) = std::mem::take(&mut families)
            .into_iter()
            .partition::<Families, _>(|(name, _)| starts.iter().any(|start| name.starts_with(start)));
        families = left;
        write!(page, "\n## {heading}\n")?;
        if !remark.is_empty() {
            write!(page, "\n{remark}\n")?;
        }
        page.push_str(&table(taken.iter(), &["instance_role"])?);
    }
    Ok(page)
}

/// The page of its flags.
pub(super) fn flags_page() -> Result<String, Failure> {
    flags::page(
        redis_exporter::command(),
        redis_exporter::LISTEN_ADDRESS,
        "redis-exporter",
        " Those of redis_exporter have its variables too, and take one dash or two.",
    )
}

/// What the exporter shows of every server.
fn families() -> Result<Families, Failure> {
    let mut families = Families::new();
    let folder = tempfile::tempdir()?;
    let script = folder.path().join("script.lua");
    fs::write(&script, SCRIPT)?;
    for server in fs::read_dir(SERVERS)? {
        let path = server?.path();
        if path.extension().is_none_or(|extension| extension != "txt") || path.ends_with("redis_exporter_fields.txt") {
            continue;
        }
        let redis = FakeRedis::start();
        answers().into_iter().for_each(|(command, reply)| redis.answer(command, reply));
        // No server that was looked at has a certificate to show to others.
        let info = fs::read_to_string(&path)?.replace("tls_client_cert_serial:none", "tls_client_cert_serial:02B3");
        redis.answer("INFO", text(info));
        redis.answer("EVAL", |words: &[String]| match words.get(1).map(String::as_str) {
            Some(SCRIPT) => array([text("a"), text("1")]),
            _ => array([text("key"), array([integer(1), integer(1)])]),
        });
        let place = folder.path().display().to_string();
        redis.answer("CONFIG GET", array(CONFIG.iter().flatten().copied().chain(["dir", &place]).map(text)));
        redis.answer("PING", status("PONG"));
        redis.answer("CLIENT SETNAME", status("OK"));
        let address = free_address()?;
        let mut command = Command::new(binary("redis-exporter")?);
        command.args([format!("--web.listen-address={address}"), format!("--redis.addr={}", redis.url())]);
        command.args(OPTIONS).arg(format!("--script={}", script.display()));
        let process = Process::spawn(command, address, "/-/ready")?;
        add_page(process.address(), "/metrics", &mut families)?;
    }
    families.retain(|name, _| name.starts_with("redis_"));
    Ok(families)
}
