//! The main job, for real: Prometheus scrapes the host exporter in both text formats, a rule fires, and Alertmanager
//! delivers the alert and its end.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;
use testkit::http;
use testkit::process::Process;

use crate::receiver::Receiver;
use crate::stack::{self, Stack, replaced, shipped};
use crate::tools::Tools;

/// Scrapes of each job, one a second.
const SCRAPES: f64 = 20.0;

/// The labels of what is known of the host, of its containers and of its Redis.
const HOST: &str = "job=host instance=127.0.0.1:9100";
const DOCKER: &str = "job=docker instance=127.0.0.1:9487";
const REDIS: &str = "job=redis instance=127.0.0.1:9121";

/// Faults of one machine that are told beside each other.
const TOLD: &[&str] = &[
    "DiskFillsUp severity=critical mountpoint=/fast",
    "DiskSpaceLow severity=critical mountpoint=/full",
    "DiskFillsUp severity=warning mountpoint=/slow",
    "DiskInodesLow severity=critical mountpoint=/full fstype=ext4",
    "HighTemperature severity=critical chip=cpu",
    "HighTemperature severity=warning chip=nvme",
    "RaidDegraded severity=critical device=md0",
    "RaidDiskFailed severity=warning device=md1",
    "HighLoad severity=warning",
    "SwapThrashing severity=warning",
    "ClockNotSynchronised severity=warning",
    "ContainerRestartLoop severity=critical name=loops",
    "ContainerDown severity=critical name=down",
    "ContainerMissing severity=critical name=missing",
    "ContainerOOMKilled severity=critical name=grows",
    "ContainerDisappeared severity=warning name=removed",
    "ContainerCrashed severity=warning name=job",
    "ContainerUnhealthy severity=warning name=unwell",
    "ContainerMemoryPressure severity=warning name=thrashes",
    "RedisSnapshotFails severity=critical",
    "RedisRefusesWrites severity=critical err=OOM",
    "RedisMemoryNearLimit severity=critical",
    "RedisClusterDown severity=critical",
    "RedisReplicaLags severity=warning slave_ip=10.0.0.3 slave_port=6379",
    "RedisReplicaBehind severity=warning slave_ip=10.0.0.4 slave_port=6379",
    "QueueJobWaits severity=warning framework=bullmq queue=video",
    "QueueGrows severity=warning framework=celery queue=video",
];

/// The same faults once more, less urgent or as what they bring with them, and what is only shown.
const MUTED: &[&str] = &[
    "DiskSpaceLow severity=critical mountpoint=/fast",
    "DiskSpaceLow severity=warning mountpoint=/fast",
    "DiskFillsUp severity=warning mountpoint=/full",
    "DiskSpaceLow severity=warning mountpoint=/slow",
    "DiskInodesLow severity=critical mountpoint=/full fstype=xfs",
    "HighTemperature severity=warning chip=cpu",
    "RaidDiskFailed severity=warning device=md0",
    "HighCPUUsage severity=warning",
    "HighMemoryUsage severity=warning",
    "ClockSkew severity=warning",
    "HostRebooted severity=info",
    "ContainerDown severity=critical name=loops",
    "ContainerMissing severity=critical name=loops",
    "ContainerCrashed severity=warning name=loops",
    "ContainerUnhealthy severity=warning name=loops",
    "ContainerHealthFlaps severity=warning name=loops",
    "ContainerMissing severity=critical name=down",
    "ContainerCrashed severity=warning name=down",
    "ContainerDisappeared severity=warning name=missing",
    "ContainerCrashed severity=warning name=grows",
    "ContainerMemoryPressure severity=warning name=grows",
    "ContainerMemoryNearLimit severity=warning name=thrashes",
    "ContainerHealthFlaps severity=warning name=unwell",
    "RedisRefusesWrites severity=critical err=MISCONF",
    "RedisMemoryHigh severity=warning",
    "RedisEvictsKeys severity=warning",
    "RedisClusterSlotsUnserved severity=warning",
    "RedisReplicaBehind severity=warning slave_ip=10.0.0.3 slave_port=6379",
    "QueueGrows severity=warning framework=bullmq queue=video",
];

#[test]
fn a_full_disk_is_scraped_alerted_delivered_and_resolved() {
    let Some(tools) = Tools::find("alerting", stack::TOOLS) else { return };
    let receiver = Receiver::start();
    let stack = Stack::start(&tools, &receiver.url);
    each_job_gets_its_format(&stack);
    alerts_say_what_and_where(&stack);
    stack.wait_for("scrape of each job", || (stack.query("up == 1").len() == 4).then_some(()));

    stack.write_rules("lowered.yml", &disk_rules(">= 0", ">= 0"));
    let disks = stack.wait_for("firing disks of both jobs", || {
        let firing = stack.query(r#"ALERTS{alertname="DiskSpaceLow",severity="critical",alertstate="firing"}"#);
        let disks: BTreeSet<String> = firing.iter().map(|(labels, _)| disk(labels)).collect();
        ["host ", "openmetrics "].iter().all(|job| disks.iter().any(|disk| disk.starts_with(job))).then_some(disks)
    });
    delivered(&stack, &receiver, "firing", &disks);
    // A warning whose critical alert ends a moment before it would be told for that moment: the warnings end first.
    stack.write_rules("lowered.yml", &disk_rules("> 2", ">= 0"));
    stack.wait_for("end of the warnings", || (!stack.alerted("DiskSpaceLow", "warning")).then_some(()));
    stack.write_rules("lowered.yml", &disk_rules("> 2", "> 2"));
    delivered(&stack, &receiver, "resolved", &disks);

    stack.wait_for("twenty scrapes of each job", || {
        let scrapes = stack.query(r#"count_over_time(up{job=~"host|openmetrics"}[5m])"#);
        (scrapes.len() == 2 && scrapes.iter().all(|(_, count)| *count >= SCRAPES)).then_some(())
    });
    nothing_was_lost(&stack);
    assert_eq!(receiver.rest(), Vec::<Value>::new(), "notifications that nothing calls for");
}

/// A host that falls silent while something is wrong with it is down, and not recovered from the rest.
#[test]
fn a_silent_host_is_down_and_nothing_else() {
    let Some(tools) = Tools::find("alerting", &["alertmanager", "amtool"]) else { return };
    let (folder, receiver) = (tempfile::tempdir().expect("there is a folder for temporary files"), Receiver::start());
    let alertmanager = stack::alertmanager(&tools, folder.path(), &receiver.url);
    let send = |alert, resolved| send(&tools, &alertmanager, alert, HOST, resolved);
    let next = |patience| told(&receiver, patience);

    send("HighMemoryUsage severity=warning", false);
    assert_eq!(next(20).as_deref(), Some(r#""HighMemoryUsage" "firing""#));
    send("ServiceDown severity=critical", false);
    assert_eq!(next(20).as_deref(), Some(r#""ServiceDown" "firing""#));
    send("HighMemoryUsage severity=warning", true);
    assert_eq!(next(4), None, "{}", alertmanager.stderr());
    send("ServiceDown severity=critical", true);
    assert_eq!(next(20).as_deref(), Some(r#""ServiceDown" "resolved""#));
}

/// An engine that does not answer has its containers' alerts muted, and not those of the host. An exporter that does not
/// answer is one step further.
#[test]
fn an_engine_that_is_down_is_told_and_its_containers_are_not() {
    let Some(tools) = Tools::find("alerting", &["alertmanager", "amtool"]) else { return };
    let (folder, receiver) = (tempfile::tempdir().expect("there is a folder for temporary files"), Receiver::start());
    let alertmanager = stack::alertmanager(&tools, folder.path(), &receiver.url);
    let send = |alert, target| send(&tools, &alertmanager, alert, target, false);
    let next = |patience| told(&receiver, patience);

    send("DockerEngineDown severity=critical", DOCKER);
    assert_eq!(next(20).as_deref(), Some(r#""DockerEngineDown" "firing""#));
    send("ContainerDown severity=critical name=redis", DOCKER);
    send("ContainerMissing severity=critical name=redis", DOCKER);
    send("ContainerDisappeared severity=warning name=db", DOCKER);
    send("CollectorFailed severity=warning collector=inventory", DOCKER);
    assert_eq!(next(4), None, "{}", alertmanager.stderr());
    send("HighMemoryUsage severity=warning", HOST);
    assert_eq!(next(20).as_deref(), Some(r#""HighMemoryUsage" "firing""#));
    send("ServiceDown severity=critical", DOCKER);
    assert_eq!(next(20).as_deref(), Some(r#""ServiceDown" "firing""#));
}

#[test]
fn a_redis_that_is_down_is_told_and_nothing_else_of_it() {
    let Some(tools) = Tools::find("alerting", &["alertmanager", "amtool"]) else { return };
    let (folder, receiver) = (tempfile::tempdir().expect("there is a folder for temporary files"), Receiver::start());
    let alertmanager = stack::alertmanager(&tools, folder.path(), &receiver.url);
    let send = |alert| send(&tools, &alertmanager, alert, REDIS, false);
    let next = |patience| told(&receiver, patience);

    send("RedisDown severity=critical");
    assert_eq!(next(20).as_deref(), Some(r#""RedisDown" "firing""#));
    send("RedisReplicationBroken severity=critical master_host=10.0.0.1");
    send("QueueJobWaits severity=warning framework=rq queue=mail");
    assert_eq!(next(4), None, "{}", alertmanager.stderr());
    send("ServiceDown severity=critical");
    assert_eq!(next(20).as_deref(), Some(r#""ServiceDown" "firing""#));
}

#[test]
fn one_fault_is_told_once() {
    let Some(tools) = Tools::find("alerting", &["alertmanager", "amtool"]) else { return };
    let (folder, receiver) = (tempfile::tempdir().expect("there is a folder for temporary files"), Receiver::start());
    let alertmanager = stack::alertmanager(&tools, folder.path(), &receiver.url);

    TOLD.iter().for_each(|alert| send(&tools, &alertmanager, alert, HOST, false));
    let mut told = BTreeSet::new();
    while told.len() < TOLD.len() {
        let body = receiver.next(Duration::from_secs(20)).unwrap_or_else(|| panic!("only {told:#?} were told"));
        told.extend(body["alerts"].as_array().into_iter().flatten().map(|alert| sent(&alert["labels"])));
    }
    assert_eq!(told, TOLD.iter().map(|alert| (*alert).to_owned()).collect());

    MUTED.iter().for_each(|alert| send(&tools, &alertmanager, alert, HOST, false));
    assert_eq!(receiver.next(Duration::from_secs(4)), None, "{}", alertmanager.stderr());
}

/// Sends an alert, given as its name and labels and those of its target, as Prometheus would: with an end in the past for
/// what is resolved.
fn send(tools: &Tools, alertmanager: &Process, alert: &str, target: &str, resolved: bool) {
    let mut amtool = tools.command("amtool");
    amtool.arg(format!("--alertmanager.url=http://{}", alertmanager.address()));
    amtool.args(["alert", "add"]).args(alert.split(' ')).args(target.split(' '));
    if resolved {
        amtool.args(["--start=2020-01-01T00:00:00Z", "--end=2020-01-01T00:00:01Z"]);
    }
    assert!(amtool.status().expect("amtool starts").success());
}

/// What the receiver is told within some seconds: the alert's name and whether it fires.
fn told(receiver: &Receiver, patience: u64) -> Option<String> {
    let body = receiver.next(Duration::from_secs(patience))?;
    Some(format!("{} {}", body["groupLabels"]["alertname"], body["status"]))
}

/// An alert as [`send`] takes it, from its labels at the receiver.
fn sent(labels: &Value) -> String {
    let names = [
        "severity",
        "mountpoint",
        "fstype",
        "device",
        "chip",
        "name",
        "err",
        "slave_ip",
        "slave_port",
        "framework",
        "queue",
    ];
    let labelled = names.iter().filter_map(|name| Some(format!(" {name}={}", labels[name].as_str()?)));
    labels["alertname"].as_str().unwrap_or_default().to_owned() + &labelled.collect::<String>()
}

/// The exporter answers stock Prometheus in text and the second job in OpenMetrics.
fn each_job_gets_its_format(stack: &Stack) {
    for (headers, format) in [(http::PROMETHEUS, "text/plain;"), (http::OPENMETRICS, "application/openmetrics-text;")] {
        let page = http::get(stack.exporter.address(), "/metrics", headers).expect("the exporter answers");
        let content_type = page.header("content-type").unwrap_or_default();
        assert!(content_type.starts_with(format), "{content_type:?} is not {format}");
    }
}

/// Every alert has a severity that is routed, texts that name the instance, and outlives a gap in the data.
fn alerts_say_what_and_where(stack: &Stack) {
    let answer = stack.api("rules?type=alert");
    let groups = answer["data"]["groups"].as_array().expect("Prometheus has rules");
    let rules: Vec<&Value> = groups.iter().flat_map(|group| group["rules"].as_array().into_iter().flatten()).collect();
    assert!(!rules.is_empty(), "{answer}");
    for rule in rules {
        let texts = ["summary", "description"].map(|text| rule["annotations"][text].as_str().unwrap_or_default());
        assert!(texts.iter().all(|text| text.contains("{{ $labels.instance }}")), "{rule:#}");
        assert!(["critical", "warning", "info"].map(Value::from).contains(&rule["labels"]["severity"]), "{rule:#}");
        assert!(rule["keepFiringFor"].as_f64().is_some_and(|seconds| seconds >= 300.0), "{rule:#}");
    }
}

/// The shipped rules on disks, with other thresholds and without delays.
fn disk_rules(warning: &str, critical: &str) -> String {
    let start = "      - alert: ";
    let rules = shipped("prometheus/rules/host-disk.yml");
    let disk = rules.split(start).filter(|rule| rule.starts_with("DiskSpaceLow")).map(|rule| format!("{start}{rule}"));
    let disk = replaced(&replaced(&disk.collect::<String>(), "> 0.80", warning), "> 0.85", critical);
    format!("groups:\n  - name: lowered\n    rules:\n{}", replaced(&disk, "for: 5m", "for: 0s"))
}

/// What an alert is about.
fn disk(labels: &Value) -> String {
    let label = |name: &str| labels[name].as_str().unwrap_or_default();
    format!("{} {} {}", label("job"), label("device"), label("mountpoint"))
}

/// Waits until the receiver has been told of all `disks`, in one body or several. Whatever it is told is critical: the
/// warnings are inhibited.
fn delivered(stack: &Stack, receiver: &Receiver, status: &str, disks: &BTreeSet<String>) {
    let mut told = BTreeSet::new();
    stack.wait_for(&format!("{status} {disks:?} at the receiver"), || {
        let body = receiver.next(Duration::from_millis(1))?;
        assert_eq!((&body["version"], &body["receiver"]), (&"4".into(), &"webhook".into()), "{body:#}");
        assert_eq!(body["groupLabels"]["alertname"], "DiskSpaceLow", "{body:#}");
        assert_eq!(body["groupLabels"]["instance"], stack.exporter.address().to_string(), "{body:#}");
        assert_eq!(body["commonLabels"]["severity"], "critical", "{body:#}");
        let alerts = body["alerts"].as_array().into_iter().flatten();
        told.extend(alerts.filter(|alert| alert["status"] == status).map(|alert| disk(&alert["labels"])));
        told.is_superset(disks).then_some(())
    });
}

/// Prometheus took every sample of every scrape.
fn nothing_was_lost(stack: &Stack) {
    for (labels, up) in stack.query("min_over_time(up[5m])") {
        assert_eq!(up, 1.0, "{labels} was down for a scrape");
    }
    let left_off = stack.query("pilotlight_refused_metrics_total");
    assert!(!left_off.is_empty(), "the exporter does not count what it leaves off its page");
    for (labels, count) in left_off {
        assert_eq!(count, 0.0, "{labels}");
    }
    // Prometheus' own counters of samples that it refuses or drops, and of limits that a target exceeds.
    let refused = stack.query(r#"{__name__=~"prometheus_target_scrapes?_(sample|pool_exceeded|exceeded)_.+_total"}"#);
    for name in ["duplicate_timestamp", "out_of_order", "out_of_bounds"] {
        let name = format!("prometheus_target_scrapes_sample_{name}_total");
        assert!(refused.iter().any(|(labels, _)| labels["__name__"] == name), "this Prometheus has no {name}");
    }
    for (labels, count) in refused {
        assert_eq!(count, 0.0, "{labels}");
    }
    let lost = "max_over_time((scrape_samples_scraped - scrape_samples_post_metric_relabeling)[5m:1s])";
    for (labels, samples) in stack.query(lost) {
        assert_eq!(samples, 0.0, "{labels} lost samples");
    }
    assert_eq!(stack.complaints(), Vec::<String>::new());
}
