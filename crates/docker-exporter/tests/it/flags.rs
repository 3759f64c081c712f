//! The command line: what it changes on the page, cAdvisor's, and what is wrong with one.

use std::process::Output;

use serde_json::json;
use testkit::engine::{FakeEngine, Version, id};
use testkit::http;
use testkit::process::binary;

use crate::setting::{Docker, Page, alone, event, now, runs};

fn ends(flags: &[&str], variables: &[(&str, &str)]) -> (Output, String) {
    let home = tempfile::tempdir().unwrap();
    let mut command = alone(&binary("docker-exporter").unwrap(), home.path());
    let output = command.args(flags).envs(variables.iter().copied()).output().unwrap();
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    (output, text)
}

#[test]
fn mistakes_end_it_with_status_2_and_the_remedy() {
    for (flag, remedy) in [
        ("--docker.hots=x", "--docker.host"),
        ("--usage=both", "auto, cgroup, stats"),
        ("--reconcile-interval=5s", "from 30s to 60s"),
        ("--max-containers=many", "many"),
        ("--state-onehot=some", "all, current"),
        ("--last-seen-linger=5", "5"),
        ("--collector.disk.device-include=(", "'('"),
        ("--disable_metrics=moon", "moon"),
        ("-port", "--port"),
        ("--store_container_labels=maybe", "--store_container_labels"),
        ("stray", "stray"),
    ] {
        let (output, text) = ends(&[flag], &[]);
        assert_eq!(output.status.code(), Some(2), "{flag}: {text}");
        assert!(text.contains(remedy), "{flag}: {text}");
    }
}

#[test]
fn addresses_that_lead_to_no_engine() {
    for (address, remedy) in [
        ("ssh://user@host", "ssh:// is not supported; let ssh forward the socket (ssh -L "),
        ("tcp://user:canary@proxy:2375", "a user or a password in the address is not supported; use a socket proxy"),
        ("https://proxy:2376", "TLS to the engine is not supported; use its Unix socket"),
        ("/var/run/docker.sock", "not an address of an engine; use unix:///PATH or tcp://HOST:PORT"),
    ] {
        let (output, text) = ends(&[&format!("--docker.host={address}")], &[]);
        assert_eq!(output.status.code(), Some(2), "{address}: {text}");
        assert!(text.contains(remedy) && text.contains("--docker.host") && !text.contains("canary"), "{text}");
    }
}

/// The variable is the docker command's, which may have uses for it that this program has not.
#[test]
fn a_variable_that_leads_to_no_engine_is_told_and_ends_nothing() {
    let docker = Docker::run(&[], |command| {
        command.env("DOCKER_HOST", "ssh://user@host");
    });
    assert_eq!(docker.page().get("docker_up"), Some(0.0));
    assert!(docker.log().contains("DOCKER_HOST: ssh:// is not supported; let ssh forward the socket"));
}

#[test]
fn command_lines_that_people_have_for_cadvisor() {
    let engine = FakeEngine::start(Version::V1_44);
    engine.container(json!({
        "Id": id(1),
        "Name": "/web",
        "Config": {"Labels": {"com.docker.compose.project": "shop", "tier": "front", "secret": "canary"}},
    }));
    let host = engine.host();
    let flags = [
        "-docker_only=true",
        "--housekeeping_interval=10s",
        "-docker",
        &host,
        "-logtostderr",
        "--store_container_labels=false",
        "--whitelisted_container_labels",
        "tier",
        "--disable_metrics=percpu,sched,tcp,udp,diskIO",
        "-v=0",
        "--disable_root_cgroup_stats=true",
        "-url_base_prefix=/cadvisor",
        "--usage",
        "stats",
    ];
    let docker = Docker::run(&flags, |_| {});
    let text = |path| http::get(docker.address(), path, &[]).unwrap();
    assert_eq!(text("/metrics").status, 404);
    let page = text("/cadvisor/metrics").text();
    assert!(page.contains("container_label_tier=\"front\",id="), "{page}");
    assert!(
        !page.contains("container_label_com_docker") && !page.contains("canary") && !page.contains("\ncontainer_fs_")
    );
    let log = docker.log();
    for flag in ["--docker_only", "--housekeeping_interval", "--logtostderr"] {
        assert_eq!(log.matches(&format!("msg=\"has no effect\" flag={flag} ")).count(), 1, "{log}");
    }
}

#[test]
fn names_that_are_expected() {
    let engine = FakeEngine::start(Version::V1_44);
    engine.container(runs(1, "web"));
    engine.container(json!({"Id": id(2), "Name": "/db", "Config": {"Labels": {"pilotlight.expected": "true"}}}));
    engine.container(runs(3, "job"));
    let page = Docker::start(&engine, &["--expect=web,cache", "--expect=queue"]).page();
    assert_eq!(page.names("container_expected"), ["cache", "db", "queue", "web"]);
    assert_eq!(page.total("container_expected_running", "web"), Some(1.0));
    assert_eq!(page.total("container_expected_running", "cache"), None);
}

#[test]
fn labels_of_containers() {
    let labels = json!({"com.docker.compose.project": "shop", "tier": "front", "a b": "c", "none": ""});
    let engine = FakeEngine::start(Version::V1_44);
    engine.container(json!({"Id": id(1), "Name": "/web", "Config": {"Labels": labels}}));
    for (flag, expected) in [
        (None, "container_label_com_docker_compose_project=\"shop\","),
        (Some("--container-label=tier,a b"), "container_label_a_b=\"c\",container_label_tier=\"front\","),
        (Some("--container-label="), ""),
        (
            Some("--container-label=*"),
            "container_label_a_b=\"c\",container_label_com_docker_compose_project=\"shop\",container_label_tier=\"front\",",
        ),
    ] {
        let page = Docker::start(&engine, flag.as_slice()).page();
        let series = format!("container_threads{{{expected}id=");
        assert!(page.shows(&series), "{flag:?}: {:?}", page.series("container_threads{"));
    }
}

#[test]
fn two_containers_of_five() {
    let engine = FakeEngine::start(Version::V1_44);
    (1..=4).for_each(|number| {
        engine.container(json!({"Id": id(number), "Name": format!("/box-{number}"), "Created": format!("2026-11-21T1{number}:00:00Z")}));
    });
    engine.container(
        json!({"Id": id(5), "Name": "/job", "Created": "2026-11-21T16:00:00Z", "State": {"Status": "exited"}}),
    );
    let docker = Docker::start(&engine, &["--max-containers=2"]);
    let dropped = |page: &Page| {
        ["max_containers", "max_names", "no_room"]
            .map(|reason| page.get(&format!("docker_exporter_series_dropped_total{{reason=\"{reason}\"}}")).unwrap())
    };
    // Those that are up, and the newest of them, counted with each page.
    for pages in [1.0, 2.0] {
        let page = docker.page();
        assert_eq!(page.names("container_state"), ["box-3", "box-4"]);
        assert_eq!(page.names("container_memory_usage_bytes"), ["box-3", "box-4"]);
        assert_eq!(page.names("container_restarts_total").len(), 2);
        assert_eq!(dropped(&page), [3.0 * pages, 3.0 * pages, 0.0]);
        assert_eq!(page.get("docker_containers{state=\"running\"}"), Some(4.0));
    }
}

#[test]
fn the_present_state_alone() {
    let engine = FakeEngine::start(Version::V1_44);
    engine.container(runs(1, "web"));
    let page = Docker::start(&engine, &["--state-onehot=current"]).page();
    let state = format!(
        "container_state{{id=\"/system.slice/docker-{}.scope\",image=\"box:1\",name=\"web\",state=\"running\"}} 1",
        id(1)
    );
    assert_eq!(page.series("container_state{"), [state]);
}

fn last_seen(page: &Page, name: &str) -> Option<f64> {
    let series =
        page.series("container_last_seen").into_iter().find(|series| series.contains(&format!("name=\"{name}\"")))?;
    series.rsplit(' ').next()?.parse().ok()
}

#[test]
fn when_it_was_last_seen_stands_still_and_then_goes() {
    let engine = FakeEngine::start(Version::V1_44);
    for (number, name) in [(1, "web"), (2, "ended"), (3, "removed")] {
        engine.container(runs(number, name));
    }
    let docker = Docker::start(&engine, &["--last-seen-linger=4s"]);
    docker.until(|page| page.names("container_last_seen") == ["ended", "removed", "web"]);
    let state = json!({"Status": "exited", "FinishedAt": now()});
    engine.container(json!({"Id": id(2), "Name": "/ended", "State": state}));
    engine.event(event(2, "ended", "die", "0"));
    engine.remove(&id(3));
    engine.event(event(3, "removed", "die", "0"));
    engine.event(event(3, "removed", "destroy", ""));
    let page = docker.until(|page| page.names("container_memory_usage_bytes") == ["web"]);
    let then = ["ended", "removed"].map(|name| last_seen(&page, name));
    let web = last_seen(&page, "web");
    assert!(then.iter().all(Option::is_some), "{then:?}");
    let page = docker.until(|page| last_seen(page, "web") > web.map(|web| web + 1.0));
    let still = ["ended", "removed"].map(|name| last_seen(&page, name));
    assert!(still.iter().zip(then).all(|(still, then)| still.is_none() || *still == then), "{still:?} {then:?}");
    docker.until(|page| page.names("container_last_seen") == ["web"]);
}

#[test]
fn a_new_total_is_0_at_first() {
    let engine = FakeEngine::start(Version::V1_44);
    engine.container(runs(1, "web"));
    let docker = Docker::start(&engine, &["--new-total-zero=3s"]);
    docker.until(Page::is_up);
    engine.event(event(1, "web", "die", "1"));
    engine.event(event(1, "web", "start", ""));
    engine.container(
        json!({"Id": id(1), "Name": "/web", "RestartCount": 1, "State": {"StartedAt": "2026-11-21T10:00:01.5Z"}}),
    );
    let exits = "container_exits_total{code_class=\"1_125\",name=\"web\",reason=\"exited\"}";
    let page = docker.until(|page| page.get(exits).is_some());
    assert_eq!(page.get(exits), Some(0.0));
    docker.until(|page| page.get(exits) == Some(1.0));
}

#[test]
fn collectors_of_which_a_request_asks_for_one() {
    let engine = FakeEngine::start(Version::V1_44);
    engine.container(runs(1, "web"));
    let docker = Docker::start(&engine, &[]);
    docker.until(Page::is_up);
    let text = |path| http::get(docker.address(), path, &[]).unwrap().text();
    let usage = text("/metrics?collect[]=usage");
    assert!(
        usage.contains("\ncontainer_memory_usage_bytes{")
            && !usage.contains("\ncontainer_state{")
            && !usage.contains("\ndocker_up")
    );
    let containers = text("/metrics?collect[]=containers");
    assert!(!containers.contains("\ncontainer_memory_usage_bytes{") && containers.contains("\ncontainer_state{"));
}
