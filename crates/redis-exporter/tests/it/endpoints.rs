//! What is at other paths than the page's.

use testkit::http;
use testkit::redis::{Answer, FakeRedis, error, text};

use crate::setting::Exporter;

#[test]
fn its_health_is_its_own() {
    let exporter = Exporter::run(&["--redis.addr=127.0.0.1:1"], &[]);
    let health = exporter.get("/health");
    assert_eq!((health.status, health.text().as_str()), (200, "ok"));
    assert_eq!(exporter.up("/metrics"), Err("refused".to_owned()));
    let landing = exporter.get("/").text();
    assert!(landing.contains("/scrape?target=host:port") && !landing.contains("/discover-cluster-nodes"), "{landing}");
}

#[test]
fn nothing_to_reload() {
    let exporter = Exporter::run(&["--redis.addr="], &[]);
    let reload = exporter.get("/-/reload");
    assert_eq!((reload.status, reload.text().as_str()), (400, "there is no --redis.password-file\n"));
    let foreign = http::post(exporter.address(), "/-/reload", &[("Origin", "http://evil.example")], b"").unwrap();
    assert_eq!(foreign.status, 403);
    assert_eq!(http::post(exporter.address(), "/health", &[], b"").unwrap().status, 405);
}

const NODES: &str = "\
07c3 10.0.0.1:7000@17000,one.example myself,master - 0 1 1 connected 0-5460\n\
67ed 10.0.0.2:7001@17001,,shard-id=ab slave 07c3 0 2 1 connected\n\
292f 10.0.0.3:7002@17002 master,fail? - 1 2 3 connected 5461-10922\n\
6ec2 10.0.0.4:7003@17003 master,fail - 1 2 3 disconnected\n\
824f 10.0.0.5:7004@17004 handshake - 0 0 0 disconnected\n\
e7d1 :0@0 master,noaddr - 1 2 3 disconnected\n\
a1b2 fd00::6:7005@17005,?,shard-id=cd master - 0 2 1 connected\n\
nonsense\n";

fn nodes(answer: impl Into<Answer>, flags: &[&str]) -> (u16, String) {
    let redis = FakeRedis::start();
    redis.answer("CLUSTER NODES", answer);
    let exporter = Exporter::run(&[&["--redis.addr", &redis.url()], flags].concat(), &[]);
    let answer = exporter.get("/discover-cluster-nodes");
    if answer.status == 200 {
        assert_eq!(answer.header("content-type"), Some("application/json"));
    }
    (answer.status, answer.text())
}

/// redis_exporter: nodes that have failed, or that nobody can reach, were targets too, and names had shard-id in them.
#[test]
fn nodes_of_a_cluster() {
    let (status, json) = nodes(text(NODES), &["--is-cluster"]);
    let expected = r#"[
  {
    "targets": [
      "redis://10.0.0.1:7000",
      "redis://10.0.0.2:7001",
      "redis://10.0.0.3:7002",
      "redis://[fd00::6]:7005"
    ],
    "labels": {}
  }
]"#;
    assert_eq!((status, json.as_str()), (200, expected));
    let (_, json) = nodes(text(NODES), &["--is-cluster", "--cluster-discover-hostnames"]);
    assert_eq!(json, expected.replace("10.0.0.1", "one.example"));
    // One that has met no other knows no address of its own.
    let (_, json) = nodes(text("07c3 :7000@17000 myself,master - 0 0 1 connected\n"), &["--is-cluster"]);
    assert!(json.contains("\"redis://127.0.0.1:7000\""), "{json}");
}

#[test]
fn nodes_that_are_not_known() {
    let without = (400, "the nodes of a cluster are named with --is-cluster alone, and --redis.addr\n".to_owned());
    assert_eq!(nodes(text(NODES), &[]), without);
    let unknown = (500, "the nodes of the cluster are not known; the log says why\n".to_owned());
    assert_eq!(nodes(error("ERR This instance has cluster support disabled"), &["--is-cluster"]), unknown);
    assert_eq!(nodes(Answer::End, &["--is-cluster"]), unknown);
}

/// Who asks for nodes of a server that says nothing does not keep others from their pages.
#[test]
fn a_server_that_says_nothing_of_its_nodes() {
    let redis = FakeRedis::start();
    redis.answer("CLUSTER NODES", Answer::Silence);
    let exporter = Exporter::run(&["--redis.addr", &redis.url(), "--is-cluster"], &[]);
    std::thread::scope(|scope| {
        let asked = [(); 5].map(|()| scope.spawn(|| http::get(exporter.address(), "/discover-cluster-nodes", &[])));
        std::thread::sleep(std::time::Duration::from_millis(300));
        assert_eq!(exporter.up("/metrics"), Ok(()));
        // One asks for all of them; the page has a connection of its own.
        assert_eq!(redis.accepted(), 2);
        drop(redis);
        for asked in asked {
            assert_eq!(asked.join().unwrap().unwrap().status, 500);
        }
    });
}
