//! A page of another site makes a browser send requests to this machine. It must not read what is answered.

use testkit::http::{PROMETHEUS, get};

use crate::tree::{Host, Tree};

fn status(host: &Host, headers: &[(&str, &str)]) -> u16 {
    let answer = get(host.address(), "/metrics", headers).unwrap();
    let body = answer.text();
    assert_eq!(answer.status == 200, body.contains("node_"), "{headers:?}");
    // Nothing lets another site read it.
    assert_eq!(answer.header("access-control-allow-origin"), None);
    answer.status
}

/// DNS rebinding: the attacker's name is made to stand for this machine, and the browser takes both for one site.
#[test]
fn names_that_nobody_calls_this_machine_by() {
    let host = Tree::fixture("container-guest").start_here(&[]);
    let port = host.address().port();
    let own = rustix::system::uname().nodename().to_string_lossy().into_owned();
    for name in [
        "127.0.0.1",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "[::1]",
        "192.168.1.7",
        "[fe80::1]",
        "10.0.0.1",
        "host-exporter",
        &own,
    ] {
        assert_eq!(status(&host, &[("Host", name)]), 200, "{name}");
        assert_eq!(status(&host, &[("Host", &format!("{name}:{port}"))]), 200, "{name}");
        assert_eq!(status(&host, &[&[("Host", name)][..], PROMETHEUS].concat()), 200, "{name}");
    }
    for name in [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "7f000001.rbndr.example",
        "evil.example.",
        "EVIL.EXAMPLE",
        "127.0.0.1.nip.io",
        "0x7f.1.evil.example",
        "a:b@evil.example",
        "[::1].evil.example",
        "[evil.example]",
        "evil.example:127.0.0.1",
        "localhost@evil.example",
        "evil.example/localhost",
        "evil.example, localhost",
    ] {
        for host_header in [name.to_owned(), format!("{name}:{port}")] {
            let status = status(&host, &[("Host", &host_header)]);
            assert!(matches!(status, 400 | 403), "{host_header}: {status}");
        }
    }
    assert_eq!(status(&host, &[("Host", "evil.example")]), 403);
}

#[test]
fn a_name_that_the_operator_allows() {
    let host = Tree::fixture("container-guest").start_here(&["--web.allowed-host=metrics.corp.example"]);
    assert_eq!(status(&host, &[("Host", "metrics.corp.example:443")]), 200);
    assert_eq!(status(&host, &[("Host", "other.corp.example")]), 403);
}

#[test]
fn requests_that_another_site_has_made_a_browser_send() {
    let host = Tree::fixture("container-guest").start_here(&[]);
    let own = format!("http://{}", host.address());
    for (headers, expected) in [
        (&[][..], 200),
        (&[("Origin", own.as_str())], 200),
        (&[("Origin", "http://evil.example")], 403),
        (&[("Origin", "https://evil.example")], 403),
        (&[("Origin", "null")], 403),
        (&[("Origin", "http://localhost:1")], 403),
        (&[("Origin", "")], 403),
        (&[("Sec-Fetch-Site", "none")], 200),
        (&[("Sec-Fetch-Site", "same-origin")], 200),
        (&[("Sec-Fetch-Site", "same-site")], 403),
        (&[("Sec-Fetch-Site", "cross-site")], 403),
        (&[("Sec-Fetch-Site", "anything")], 403),
        (&[("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "no-cors"), ("Sec-Fetch-Dest", "script")], 403),
        (&[("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "cors"), ("Sec-Fetch-Dest", "empty")], 403),
        (&[("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "iframe")], 403),
        // A link on another site that somebody follows: what comes is seen by them alone.
        (&[("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document")], 200),
        (&[("Origin", "http://evil.example"), ("Sec-Fetch-Site", "same-origin")], 403),
    ] {
        assert_eq!(status(&host, headers), expected, "{headers:?}");
    }
}

#[test]
fn what_is_turned_away_is_counted() {
    let host = Tree::fixture("container-guest").start_here(&[]);
    for headers in [[("Host", "evil.example")], [("Origin", "http://evil.example")], [("Sec-Fetch-Site", "cross-site")]]
    {
        assert_eq!(get(host.address(), "/", &headers).unwrap().status, 403);
    }
    let series = testkit::page::series(&get(host.address(), "/metrics", &[]).unwrap().body);
    assert_eq!(series["pilotlight_refused_requests_total{reason=\"host\"}"], 1.0);
    assert_eq!(series["pilotlight_refused_requests_total{reason=\"origin\"}"], 2.0);
}
