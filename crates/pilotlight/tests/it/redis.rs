use std::time::{Duration, Instant};

use testkit::http::get;
use testkit::process::Process;
use testkit::redis::{Answer, FakeRedis, error};

use crate::setting::{Setting, table};

/// Its row in the table, from the name on, with an address and variables.
fn row(address: &str, variables: &[(&str, &str)]) -> String {
    let setting = Setting::new();
    let mut command = setting.command();
    command.env("REDIS_ADDR", address).envs(variables.iter().copied());
    let process = Process::spawn(command, setting.page, "/-/ready").unwrap();
    let told = table(process);
    let row = told.lines().find_map(|line| line.strip_prefix("  redis    ")).unwrap().to_owned();
    assert_eq!(row.starts_with("on"), told.contains(&format!("  redis    on   http://{}/metrics\n", setting.redis)));
    row
}

#[test]
fn a_server_to_which_a_variable_leads() {
    let redis = FakeRedis::start();
    redis.ask_for(&["u", "canary"]);
    let setting = Setting::new();
    let mut command = setting.command();
    command.env("REDIS_ADDR", redis.url()).env("REDIS_USER", "u").env("REDIS_PASSWORD", "canary");
    let process = Process::spawn(command, setting.page, "/-/ready").unwrap();
    let page = get(setting.redis, "/metrics", &[]).unwrap().text();
    assert!(page.contains("\nredis_up 1\n"), "{page}");
    // Once to find it, and once for all pages.
    assert_eq!((redis.accepted(), redis.connections()), (2, 1));
    let told = table(process);
    let rows = format!("\n  redis    on   http://{}/metrics\n                collectors: redis\n", setting.redis);
    assert!(told.contains(&rows) && !told.contains("canary"), "{told}");
}

#[test]
fn none_and_where_it_was_looked_for() {
    let row = row("redis://:canary@127.0.0.1:1", &[]);
    assert!(row.starts_with("off  no Redis at redis://127.0.0.1:1 (refused: 127.0.0.1:1: "), "{row}");
    assert!(row.ends_with("; start it, or say where it is by --redis.addr or REDIS_ADDR"), "{row}");
}

#[test]
fn servers_that_do_not_let_it_in_or_do_not_speak() {
    let redis = FakeRedis::start();
    redis.ask_for(&["p"]);
    let off = format!("off  no Redis at {} (", redis.url());
    let refused = row(&redis.url(), &[("REDIS_PASSWORD", "canary")]);
    assert!(
        refused.starts_with(&format!("{off}auth: the server answers WRONGPASS")) && !refused.contains("canary"),
        "{refused}"
    );
    let redis = FakeRedis::start();
    redis.answer("INFO", error("LOADING Redis is loading the dataset in memory"));
    assert!(row(&redis.url(), &[]).starts_with("on   http://"), "it will have read its data at some time");
    redis.answer("INFO", Answer::Silence);
    let begin = Instant::now();
    let silent = row(&redis.url(), &[]);
    assert!(silent.contains("(timeout: no answer within 1s); start it"), "{silent}");
    assert!(begin.elapsed() < Duration::from_secs(10));
}

#[test]
fn flags_that_are_wrong() {
    assert_eq!(row("", &[]), "off  REDIS_ADDR is empty; it says where a server is");
    assert_eq!(row("redis://:canary@", &[]), "off  --redis.addr: the address names no host");
    let row = row("127.0.0.1:1", &[("REDIS_PASSWORD_FILE", "/none")]);
    assert!(row.starts_with("off  --redis.password-file: can't read the secret in /none"), "{row}");
}
