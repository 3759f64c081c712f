//! The files that guard a server, while they change under it.

use std::fs;
use std::path::PathBuf;

use exporter_toolkit::{Security, Web};
use tempfile::TempDir;

use crate::served::{Served, steady};

/// alice's password is `open sesame`.
const USERS: &str = "basic_auth_users:\n  alice: $2a$04$p9vcIWz52fZX/972ZvnRaePAQ52ltgHkMMuEA9tkOs2Cm4HquB49u\n";
const ALICE: &str = "Basic YWxpY2U6b3BlbiBzZXNhbWU=";
const CURRENT: &str = "pilotlight_web_config_last_reload_successful";

struct Files {
    folder: TempDir,
}

impl Files {
    fn new() -> Self {
        Files { folder: tempfile::tempdir().unwrap() }
    }

    fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }
}

fn served(security: Security) -> Served {
    Served::guarded(vec![steady("a")], Web::default(), security)
}

fn status(served: &Served, authorization: &str) -> u16 {
    served.get("/metrics", &[("Authorization", authorization)]).status
}

/// What the page says of the files.
fn current(served: &Served, authorization: &str) -> Option<f64> {
    let page = served.get("/metrics", &[("Authorization", authorization)]);
    assert_eq!(page.status, 200);
    testkit::page::series(&page.body).get(CURRENT).copied()
}

#[test]
fn without_files_nothing_is_said_of_them() {
    let served = served(Security::open(None, None).unwrap());
    assert_eq!(served.scrape("10").get(CURRENT), None);
}

#[test]
fn a_token_and_users_either_of_which_will_do() {
    let files = Files::new();
    let (config, token) = (files.write("web.yml", USERS), files.write("token", "t0ken\n"));
    let served = served(Security::open(Some(&config), Some(&token)).unwrap());
    for (authorization, expected) in [
        (ALICE, 200),
        ("Bearer t0ken", 200),
        ("bearer t0ken", 200),
        ("Bearer t0ken2", 401),
        ("Bearer ", 401),
        ("Basic dDBrZW46", 401),
        ("", 401),
    ] {
        assert_eq!(status(&served, authorization), expected, "{authorization}");
    }
    let refused = served.get("/", &[]);
    assert_eq!((refused.status, refused.text().as_str()), (401, "unauthorized\n"));
    let offered: Vec<_> =
        refused.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("www-authenticate")).collect();
    assert_eq!(offered.len(), 2, "{offered:?}");
    let page = served.get("/metrics", &[("Authorization", ALICE)]);
    let series = testkit::page::series(&page.body);
    assert_eq!(series["pilotlight_refused_requests_total{reason=\"unauthorized\"}"], 5.0);
}

#[test]
fn a_token_that_is_changed_and_one_that_is_gone() {
    let files = Files::new();
    let token = files.write("token", "first");
    let served = served(Security::open(None, Some(&token)).unwrap());
    assert_eq!(current(&served, "Bearer first"), Some(1.0));
    files.write("token", "second");
    assert_eq!((status(&served, "Bearer first"), status(&served, "Bearer second")), (401, 200));
    fs::remove_file(&token).unwrap();
    assert_eq!(current(&served, "Bearer second"), Some(0.0), "what was there stays in force");
    files.write("token", "third");
    assert_eq!(current(&served, "Bearer third"), Some(1.0));
}

/// A file that is being written is empty for a moment, and half of it may well be a good file.
#[test]
fn what_would_lay_the_server_open_takes_a_restart() {
    let files = Files::new();
    let config = files.write("web.yml", USERS);
    let served = served(Security::open(Some(&config), None).unwrap());
    for open in ["", "rate_limit: {}\n", "basic_auth_users: {}\n", "basic_auth_users:\n  alice: x\n", "]"] {
        files.write("web.yml", open);
        assert_eq!(status(&served, ""), 401, "{open:?}");
        assert_eq!(current(&served, ALICE), Some(0.0), "{open:?}");
    }
    files.write("web.yml", USERS);
    assert_eq!((status(&served, ""), current(&served, ALICE)), (401, Some(1.0)));
}

#[test]
fn users_and_headers_that_come_while_it_serves() {
    let files = Files::new();
    let config = files.write("web.yml", "");
    let served = served(Security::open(Some(&config), None).unwrap());
    assert_eq!(current(&served, ""), Some(1.0));
    files.write("web.yml", &format!("{USERS}http_server_config: {{headers: {{X-Frame-Options: sameorigin}}}}\n"));
    let refused = served.get("/", &[]);
    assert_eq!((refused.status, refused.header("x-frame-options")), (401, Some("sameorigin")));
    assert_eq!(status(&served, ALICE), 200);
}

#[test]
fn files_that_a_server_can_not_start_with() {
    let files = Files::new();
    let bad = files.write("web.yml", "rate_limit:\n  burst: 1\n  bursts: 2\n");
    let empty = files.write("token", "\n");
    let missing = files.folder.path().join("missing");
    for (config, token, said) in [
        (Some(&bad), None, "line 3: rate_limit.bursts"),
        (Some(&missing), None, "No such file"),
        (None, Some(&empty), "is empty"),
        (None, Some(&missing), "No such file"),
    ] {
        let error = Security::open(config.map(|path| path.as_path()), token.map(|path| path.as_path()));
        let error = error.map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(said) && error.contains(files.folder.path().to_str().unwrap()), "{error}");
    }
}
