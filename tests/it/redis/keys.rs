//! Keys that people and their programs really have, and some that nobody should.

use testkit::redis::Client;

use super::exporter::{Exporter, label};
use super::server::{Server, wait_until};

/// Puts a key there, with blanks and whatever else in name and value.
fn set(client: &mut Client, key: &str, value: &str) {
    client.ask_all(&[vec!["SET", key, value]]).expect("the server takes it");
}

#[test]
fn names_and_values_of_strangers() {
    let Some(server) = Server::redis(&[]) else { return };
    let mut client = server.client();
    let hostile = [
        "quo\"te",
        "new\nline 1",
        "{a=\"b\"} 1\n# TYPE x counter",
        "back\\slash",
        "\u{1b}[2J",
        "\u{202e}evil",
        "\0",
        " ",
    ];
    for key in hostile {
        set(&mut client, key, key);
    }
    set(&mut client, &"long".repeat(1 << 18), "1");
    set(&mut client, "large", &"x".repeat(1 << 20));
    for value in ["NaN", "-inf", "1e400", "0x10", "1_000", "7"] {
        set(&mut client, &format!("number:{value}"), value);
    }
    let exporter = Exporter::start(&server, &["--check-keys=db0=*"]);
    let keys = hostile.len() + 8;
    wait_until("all have been looked at", || exporter.page().series("redis_key_size").count() == keys);
    let page = exporter.page();
    page.is_good();
    for metric in ["redis_key_size", "redis_key_value", "redis_key_value_as_string", "redis_key_memory_usage_bytes"] {
        let longest = page.series(metric).map(|(series, _)| series.len()).max();
        assert!(longest.is_some_and(|longest| longest < 8 << 10), "{metric}: {longest:?}");
    }
    let keys = page.labels("redis_key_size", "key");
    assert!(keys.contains(&"back\\\\slash") && keys.contains(&"new\\nline 1"), "{keys:?}");
    assert_eq!(page.get("redis_key_value{db=\"db0\",key=\"number:7\"}"), Some(7.0));
}

/// What is there when it is found may be gone, or something else, when it is looked at.
#[test]
fn keys_that_come_and_go_while_they_are_looked_at() {
    let Some(server) = Server::redis(&[]) else { return };
    let exporter = Exporter::start(&server, &["--check-keys=db0=job:*", "--count-keys=db0=job:*", "--scan-time=5ms"]);
    let mut client = server.client();
    for round in 0..20 {
        let commands: Vec<Vec<String>> = (0..2000)
            .map(|number| {
                let line = match (number + round) % 4 {
                    0 => format!("SET job:{number} {round} PX 3"),
                    1 => format!("DEL job:{number}"),
                    2 => format!("RPUSH job:{number} a"),
                    _ => format!("HSET job:{number} a b"),
                };
                line.split(' ').map(str::to_owned).collect()
            })
            .collect();
        client.ask_all(&commands).expect("the server takes them");
        exporter.page().is_good();
    }
    server.ask("FLUSHALL");
    client.ask("SET job:1 7").expect("the server takes it");
    wait_until("what is left is shown", || {
        let page = exporter.page();
        let keys: Vec<_> = page.series("redis_key_size").map(|(series, _)| label(series, "key").to_owned()).collect();
        keys == ["job:1"] && page.sum("redis_keys_count") == 1.0
    });
    assert!(!exporter.log().contains("panicked"), "{}", exporter.log());
}
