//! Servers that answer, and say no.

use testkit::redis::{FakeRedis, Manner, error, text};

use crate::setting::Exporter;

#[test]
fn a_server_that_refuses_info() {
    let redis = FakeRedis::start();
    let exporter = Exporter::start(&redis, &[]);
    for (words, class) in [
        ("LOADING Redis is loading the dataset in memory", "loading"),
        ("BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.", "busy"),
        ("NOAUTH Authentication required.", "auth"),
        ("NOPERM this user has no permissions to run the 'info' command", "denied"),
        ("DENIED Redis is running in protected mode because protected mode is enabled", "denied"),
        ("ERR unknown command 'INFO'", "denied"),
        ("MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", "denied"),
    ] {
        redis.answer("INFO", error(words));
        exporter.page().is_down(class);
        exporter.page().is_down(class);
        redis.answer("INFO", text("redis_version:7.0.15\r\n"));
        exporter.page().is_good();
    }
    // Not only to who connects anew.
    for words in ["LOADING Redis is loading the dataset in memory", "BUSY Redis is busy running a script."] {
        exporter.page().is_good();
        redis.answer("INFO", error(words));
        assert!(!exporter.page().is_up());
        redis.answer("INFO", text("redis_version:7.0.15\r\n"));
    }
}

#[test]
fn a_server_that_has_enough_clients() {
    let redis = FakeRedis::start();
    let exporter = Exporter::start(&redis, &[]);
    for words in ["ERR max number of clients reached", "ERR max number of clients + cluster connections reached"] {
        redis.disconnect();
        redis.behave(Manner::Refuse(error(words)));
        exporter.page().is_down("maxclients");
        redis.behave(Manner::Answer);
        exporter.page().is_good();
    }
    assert!(exporter.log().contains("max number of clients"), "{}", exporter.log());
}

/// What may not be asked is left out, and told of; the rest is there.
#[test]
fn a_user_who_may_only_ask_for_info() {
    let redis = FakeRedis::start();
    let info = "redis_version:7.0.15\r\nrole:master\r\ndb0:keys=5,expires=2,avg_ttl=1000\r\n";
    redis.answer("", error("NOPERM this user has no permissions to run this command"));
    redis.answer("INFO", text(info));
    let exporter = Exporter::start(&redis, &[]);
    let page = exporter.page();
    page.is_good();
    assert_eq!(page.get("redis_exporter_command_success{command=\"INFO\"}"), Some(1.0));
    assert_eq!(page.get("redis_exporter_command_success{command=\"CLIENT SETNAME\"}"), Some(0.0));
    let log = exporter.log();
    for _ in 0..3 {
        let again = exporter.page();
        again.is_good();
        assert_eq!(again.len(), page.len());
    }
    assert_eq!(exporter.log(), log, "nothing new is to be told");
    // What is refused by a rule is not asked again.
    let mut refused: Vec<_> = redis.commands().into_iter().filter(|command| !command.starts_with("INFO")).collect();
    let all = refused.len();
    refused.sort();
    refused.dedup();
    assert_eq!(refused.len(), all, "{refused:?}");
}

/// CONFIG is renamed on managed servers; the databases that it would tell of are those that Redis has by default.
#[test]
fn a_server_without_config() {
    let redis = FakeRedis::start();
    redis.answer("CONFIG", error("ERR unknown command 'CONFIG', with args beginning with: 'GET' "));
    let exporter = Exporter::start(&redis, &[]);
    let page = exporter.page();
    page.is_good();
    assert_eq!(page.get("redis_db_keys{db=\"db0\"}"), Some(5.0));
    assert_eq!(page.labels("redis_db_keys{db=\"").count(), 16);
}
