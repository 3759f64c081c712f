//! The command line: the peer's as a whole, and what is wrong with one.

use std::fs;

use testkit::redis::FakeRedis;

use crate::setting::{Exporter, command, ends};

/// Every flag of redis_exporter 1.88 but `version`, as Go takes them.
const PEER: [&str; 58] = [
    "-redis.user=",
    "-redis.password=",
    "-redis.password-file=",
    "-namespace=redis",
    "-check-keys=db0=a*",
    "-check-single-keys=b",
    "-check-key-groups=^(.*)_",
    "-check-streams=c*",
    "-check-single-streams=db1=d",
    "-streams-exclude-consumer-metrics",
    "-count-keys=e*,db3=f*",
    "-check-keys-batch-size=500",
    "-script=",
    "-lua-script-read-only=t",
    "-web.telemetry-path=/metrics",
    "-config-command=-",
    "-connection-timeout=1m30s",
    "-tls-client-key-file=",
    "-tls-client-cert-file=",
    "-tls-ca-cert-file=",
    "-tls-server-name=",
    "-tls-server-key-file=",
    "-tls-server-cert-file=",
    "-tls-server-ca-cert-file=",
    "-tls-server-min-version=TLS1.1",
    "-max-distinct-key-groups=7",
    "-debug=false",
    "-log-level=WARNING",
    "-log-format=txt",
    "-set-client-name=0",
    "-is-tile38=F",
    "-is-cluster=FALSE",
    "-cluster-discover-hostnames",
    "-export-client-list=1",
    "-export-client-port",
    "-redis-only-metrics",
    "-include-go-runtime-metrics",
    "-ping-on-connect=T",
    "-include-config-metrics=TRUE",
    "-include-modules-metrics=True",
    "-include-search-indexes-metrics",
    "-include-sentinel-peer-info",
    "-check-search-indexes=^a",
    "-disable-exporting-key-values",
    "-exclude-latency-histogram-metrics",
    "-redact-config-metrics=false",
    "-include-system-metrics",
    "-include-rdb-file-size-metric",
    "-skip-tls-verification",
    "-skip-checkkeys-for-role-master",
    "-basic-auth-username=",
    "-basic-auth-password=",
    "-basic-auth-hash-password=",
    "-disable-scrape-endpoint",
    "-include-metrics-for-empty-databases=false",
    "-append-instance-role-label=false",
    // With a value as the next argument.
    "-redis.addr",
    "127.0.0.1:1",
];

#[test]
fn a_command_line_with_every_flag_of_the_peer() {
    let redis = FakeRedis::start();
    let mut flags = PEER;
    let url = redis.url();
    flags[57] = &url;
    let exporter = Exporter::run(&flags, &[]);
    let page = exporter.series("/metrics");
    assert_eq!(page["redis_up"], 1.0);
    assert!(page.contains_key("redis_exporter_last_scrape_ping_time_seconds"), "{page:?}");
    assert!(!page.keys().any(|series| series.starts_with("process_") || series.contains("build_info{build_date")));
    assert!(!redis.commands().iter().any(|command| command.starts_with("CLIENT SETNAME")));
    assert_eq!(exporter.get("/scrape?target=x").status, 404);
    let log = exporter.end();
    for flag in ["--include-go-runtime-metrics", "--tls-server-min-version"] {
        assert_eq!(log.matches(flag).count(), 1, "{log}");
    }
    assert!(!log.contains("level=INFO"), "{log}");
}

#[test]
fn the_same_by_variables() {
    let redis = FakeRedis::start();
    redis.ask_for(&["u", "canary"]);
    let url = redis.url();
    let variables = [
        ("REDIS_ADDR", url.as_str()),
        ("REDIS_USER", "u"),
        ("REDIS_PASSWORD", "canary"),
        ("REDIS_EXPORTER_NAMESPACE", "cache"),
        ("REDIS_EXPORTER_LOG_LEVEL", "INFO"),
        ("REDIS_EXPORTER_LOG_FORMAT", "txt"),
        ("REDIS_EXPORTER_PING_ON_CONNECT", "1"),
        ("REDIS_EXPORTER_INCL_SYSTEM_METRICS", ""),
    ];
    let exporter = Exporter::run(&[], &variables);
    let page = exporter.series("/metrics");
    assert_eq!(page["cache_up"], 1.0);
    assert!(page.contains_key("cache_exporter_last_scrape_ping_time_seconds"), "{page:?}");
    assert!(page.contains_key("cache_target_scrape_request_errors_total"), "{page:?}");
    let help = command().arg("--help").env("REDIS_PASSWORD", "canary").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    assert!(help.contains("[env: REDIS_PASSWORD]") && !help.contains("canary"), "{help}");
    let log = exporter.end();
    assert!(log.contains("level=INFO") && !log.contains("canary"), "{log}");
}

#[test]
fn debugging_goes_before_the_level() {
    for (flags, variable, logs) in [
        (&["-debug"][..], "", true),
        (&["-debug", "-log-level=error"], "", true),
        (&[], "true", true),
        (&["-debug=false"], "true", false),
        (&["--log-level=DEBUG"], "", true),
    ] {
        let flags = [&["-redis.addr="], flags].concat();
        let exporter = Exporter::run(&flags, &[("REDIS_EXPORTER_DEBUG", variable)]);
        exporter.series("/metrics");
        let log = exporter.end();
        assert_eq!(log.contains("level=DEBUG"), logs, "{flags:?} {variable}: {log}");
    }
}

#[test]
fn logs_in_json() {
    let log = Exporter::run(&["-redis.addr=", "-log-format", "json"], &[]).end();
    assert!(log.lines().all(|line| line.starts_with('{')), "{log}");
}

#[test]
fn its_version() {
    for flag in ["-version", "--version", "-version=true", "-V"] {
        let output = command().arg(flag).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && text.starts_with("redis-exporter 0."), "{flag}: {text}");
    }
}

#[test]
fn what_it_was_built_from_under_the_peers_name() {
    let exporter = Exporter::run(&["--redis.addr="], &[]);
    let page = exporter.series("/metrics");
    let series = page.keys().find(|series| series.starts_with("redis_exporter_build_info{")).unwrap();
    for label in ["commit_sha=\"", "golang_version=\"rustc 1.", "version=\"0."] {
        assert!(series.contains(label), "{series}");
    }
}

#[test]
fn mistakes_end_it_with_status_2_and_the_remedy() {
    for (flag, remedy) in [
        ("--redis.adr=x", "--redis.addr"),
        ("--redis.addr=http://canary", "--redis.addr: not an address of Redis: host:port, redis://"),
        ("--redis.addr=redis://u:canary@h:99999", "the address's port is no number from 1 to 65535"),
        ("--redis.addr=redis://u:canary%zz@h", "%25"),
        ("--check-keys=db0=a=canary", "%3D"),
        ("--check-streams=canary=a", "db0"),
        ("--check-key-groups=\"canary", "a quote is not closed"),
        ("--connection-timeout=15", "50ms, 15s or 1m30s"),
        ("--scan-time=0s", "50ms, 15s or 1m30s"),
        ("--check-keys-batch-size=0", "1..=1000000"),
        ("--check-search-indexes=(", "Go's syntax"),
        ("--namespace=a-b", "letters, digits and _"),
        ("--tls-server-min-version=TLS2", "TLS1.0, TLS1.1, TLS1.2, TLS1.3"),
        ("--scrape.allow-target=redis://h", "host:port, either of which may be *"),
        ("--set-client-name=maybe", "maybe"),
        ("--log-level=loud", "debug, info, warn, error"),
        ("--log-format=xml", "logfmt, json"),
        ("--redis.password-file=/none", "--redis.password-file: can't read the secret in /none"),
        ("--script=/none", "--script: /none: No such file"),
        ("--tls-ca-cert-file=/none", "--tls-ca-cert-file /none: No such file"),
        ("--tls-client-cert-file=/none", "--tls-client-cert-file"),
        ("--tls-server-cert-file=/none", "--tls-server-cert-file: needs --tls-server-key-file"),
        ("stray", "stray"),
    ] {
        let (output, text) = ends(&[flag], &[]);
        assert_eq!(output.status.code(), Some(2), "{flag}: {text}");
        assert!(text.contains(remedy), "{flag}: {text}");
        assert!(!text.contains("u:canary") && !text.contains("http://canary"), "{flag}: {text}");
    }
    let (output, text) = ends(&[], &[("REDIS_ADDR", "redis://u:canary@")]);
    assert!(output.status.code() == Some(2) && !text.contains("canary"), "{text}");
}

#[test]
fn scripts_are_read_when_it_starts() {
    let folder = tempfile::tempdir().unwrap();
    let (good, bad) = (folder.path().join("a.lua"), folder.path().join("b.lua"));
    fs::write(&good, "return {}").unwrap();
    fs::write(&bad, b"return '\xff'").unwrap();
    let flag = format!("--script={},{}", good.display(), bad.display());
    let (output, text) = ends(&[&flag], &[]);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("b.lua: it is not UTF-8") && !text.contains("a.lua:"), "{text}");
}

/// As with the peer: who scrapes other servers alone has none of their own.
#[test]
fn no_server_of_its_own() {
    for (flags, variables) in [(&["--redis.addr="][..], &[][..]), (&[], &[("REDIS_ADDR", "")])] {
        let page = Exporter::run(flags, variables).series("/metrics");
        assert!(!page.contains_key("redis_up") && page.contains_key("redis_target_scrape_request_errors_total"));
    }
}
