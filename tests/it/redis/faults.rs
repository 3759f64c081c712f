//! Servers that do not answer, not now, or not any more.

use std::thread;
use std::time::Duration;

use testkit::process::Signal;
use testkit::redis::Value;

use super::exporter::Exporter;
use super::load::load;
use super::server::{Make, Server, wait_until};

#[test]
fn a_server_that_has_enough_clients() {
    let Some(server) = Server::redis(&["--maxclients", "1"]) else { return };
    let mut client = server.client();
    // The one by which the suite has seen that it listens may still be on its way out.
    wait_until("this is the only client", || {
        let is_in = client.ask("PING").is_ok_and(|reply| reply.text() == "PONG");
        if !is_in {
            client = server.client();
        }
        is_in
    });
    let exporter = Exporter::start(&server, &[]);
    for _ in 0..3 {
        exporter.page().is_down("maxclients");
    }
    drop(client);
    wait_until("there is room again", || exporter.page().get("redis_up") == Some(1.0));
}

#[test]
fn a_script_that_does_not_end() {
    let Some(server) = Server::redis(&["--busy-reply-threshold", "1"]) else { return };
    let [known, new] = [(); 2].map(|()| Exporter::start(&server, &[]));
    known.page().is_good();
    let mut client = server.client();
    client.send("EVAL repeat\nuntil(false) 0").expect("it is sent");
    let is_busy = || {
        server.client().ask("PING").is_ok_and(|reply| matches!(reply, Value::Error(text) if text.starts_with("BUSY")))
    };
    wait_until("it is busy", is_busy);
    for exporter in [&known, &new, &known] {
        exporter.page().is_down("busy");
    }
    server.ask("SCRIPT KILL");
    wait_until("the script has ended", || !is_busy());
    for exporter in [&known, &new] {
        exporter.page().is_good();
    }
}

#[test]
fn a_server_that_is_stopped_and_goes_on() {
    let Some(mut server) = Server::redis(&[]) else { return };
    let exporter = Exporter::start(&server, &[]);
    exporter.page().is_good();
    server.process().signal(Signal::STOP).expect("it runs");
    for _ in 0..5 {
        exporter.page_within(0.4).is_down("timeout");
    }
    server.process().signal(Signal::CONT).expect("it runs");
    exporter.page().is_good();
    exporter.page().is_good();
    wait_until("what was left open is closed", || server.info().number("connected_clients") == 2.0);
}

#[test]
fn a_server_that_sleeps_for_a_while() {
    let Some(server) = Server::redis(&["--enable-debug-command", "yes"]) else { return };
    let exporter = Exporter::start(&server, &[]);
    exporter.page().is_good();
    let mut client = server.client();
    client.send("DEBUG SLEEP 0.5").expect("it is sent");
    thread::sleep(Duration::from_millis(50));
    exporter.page_within(0.4).is_down("timeout");
    client.reply().expect("it has slept");
    client.send("DEBUG SLEEP 0.5").expect("it is sent");
    thread::sleep(Duration::from_millis(50));
    exporter.page_within(3.0).is_good();
}

/// A scrape that finds its connection closed opens another one: nobody is told that the server is down which is not.
#[test]
fn a_server_that_is_killed_and_started_again_between_two_scrapes() {
    let Some(program) = Make::Redis.find("redis") else { return };
    let mut server = Server::start(&program, &[]);
    load(&server);
    let exporter = Exporter::start(&server, &[]);
    for _ in 0..3 {
        exporter.page().is_good();
        let (folder, address) = server.kill();
        exporter.forget();
        server = Server::start_in(folder, &program, address, &[]);
        let page = exporter.page();
        page.is_good();
        assert_eq!(page.sum("redis_db_keys"), 0.0, "this one is empty");
        assert_eq!(page.series("redis_instance_info").count(), 1);
    }
    let (folder, address) = server.kill();
    exporter.page().is_down("refused");
    exporter.page().is_down("refused");
    exporter.forget();
    let _server = Server::start_in(folder, &program, address, &[]);
    exporter.page().is_good();
    let warnings = exporter.log().lines().filter(|line| line.contains("level=WARN")).count();
    assert_eq!(warnings, 1, "{}", exporter.log());
}

#[test]
fn connections_that_someone_kills_and_that_time_out() {
    let Some(server) = Server::redis(&[]) else { return };
    let exporter = Exporter::start(&server, &[]);
    for opened in 1..5 {
        let page = exporter.page();
        page.is_good();
        assert_eq!(page.get("redis_exporter_connections_opened_total"), Some(f64::from(opened)));
        server.ask("CLIENT KILL TYPE normal SKIPME yes");
    }
    assert!(!exporter.log().contains("level=WARN"), "{}", exporter.log());
}

#[test]
fn statistics_that_begin_anew() {
    let Some(server) = Server::redis(&[]) else { return };
    load(&server);
    let exporter = Exporter::start(&server, &[]);
    let before = exporter.page();
    server.ask("CONFIG RESETSTAT");
    exporter.forget();
    let after = exporter.page();
    for metric in ["redis_commands_processed_total", "redis_keyspace_hits_total", "redis_net_input_bytes_total"] {
        assert!(after.get(metric) < before.get(metric), "{metric}");
    }
    assert!(!after.shows("redis_commands_total{cmd=\"hset\"}"), "what has not been called since");
    assert_eq!(after.sum("redis_db_keys"), before.sum("redis_db_keys"));
}

/// A server that reads its data answers INFO: what the exporter shows is how far it is.
#[test]
fn a_server_that_is_loading() {
    let Some(program) = Make::Redis.find("redis") else { return };
    let server = Server::start(&program, &[]);
    load(&server);
    server.ask("SAVE");
    let (folder, address) = server.kill();
    // Half a millisecond for each of ten thousand keys.
    let slowly = ["--key-load-delay", "500", "--loading-process-events-interval-bytes", "1024"];
    let server = Server::start_in(folder, &program, address, &slowly);
    let exporter = Exporter::start(&server, &[]);
    let page = exporter.page();
    page.is_good();
    assert_eq!(page.get("redis_loading_dump_file"), Some(1.0));
    let (loaded, total) =
        (page.get("redis_loading_loaded_bytes").unwrap(), page.get("redis_loading_total_bytes").unwrap());
    assert!(loaded < total && total > 100_000.0, "{loaded} of {total}");
    assert!(page.get("redis_loading_eta_seconds").is_some_and(|seconds| seconds >= 0.0));
    server.ask("CONFIG SET key-load-delay 0");
    wait_until("it has loaded", || exporter.page().get("redis_loading_dump_file") == Some(0.0));
    assert!(exporter.page().sum("redis_db_keys") > 10_000.0);
}
