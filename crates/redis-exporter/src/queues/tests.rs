//! The part before servers made of a few replies.

use exposition::{Families, Format};

use super::*;
use crate::resp::{Refused, scanned};

/// Replies by command, in RESP; a command that is not listed is answered as if there were nothing.
type Answers<'a> = &'a [(&'a str, &'a str)];

const CLOCK: &str = "*2\r\n$10\r\n1795290600\r\n$6\r\n500000\r\n";

fn text(text: &str) -> String {
    format!("${}\r\n{text}\r\n", text.len())
}

fn texts(texts: &[&str]) -> String {
    format!("*{}\r\n{}", texts.len(), texts.iter().map(|each| text(each)).collect::<String>())
}

/// The reply to SCAN and SSCAN.
fn found(names: &[&str]) -> String {
    format!("*2\r\n{}{}", text("0"), texts(names))
}

/// What is answered where there is nothing.
fn nothing(command: &str) -> &'static str {
    match command.split(' ').next().unwrap_or_default() {
        "SCAN" | "SSCAN" => "*2\r\n$1\r\n0\r\n*0\r\n",
        "TIME" => CLOCK,
        "TYPE" if command.ends_with(":id") => "+string\r\n",
        "TYPE" => "+none\r\n",
        "SELECT" => "+OK\r\n",
        "LINDEX" | "HGET" => "$-1\r\n",
        "MGET" => "*2\r\n$-1\r\n$-1\r\n",
        "HMGET" => "*3\r\n$-1\r\n$-1\r\n$-1\r\n",
        "XRANGE" => "*0\r\n",
        _ => ":0\r\n",
    }
}

struct Scraped {
    /// The commands of each round trip.
    rounds: Vec<Vec<String>>,
    /// Samples of queues.
    page: Vec<String>,
}

impl Scraped {
    fn has(&self, sample: &str) -> bool {
        self.page.iter().any(|line| line == sample)
    }
}

fn server(keyspace: &str) -> Server {
    let mut server = Server::default();
    server.info.set(format!("# Keyspace\r\n{keyspace}\r\n").as_bytes());
    server
}

/// The words of the commands, as they are sent.
fn sent(commands: &Commands) -> Vec<String> {
    let mut described = Commands::without(&Refused::new());
    (0..commands.sent()).for_each(|_| described.add("", [""]));
    let scanner = scanned(&described, commands.bytes());
    let mut lines = Replies::new(&described, commands.bytes(), scanner.extents());
    std::iter::from_fn(|| lines.next())
        .map(|words| {
            let words: Vec<_> =
                words.array().filter_map(Reply::bytes).map(|word| word.escape_ascii().to_string()).collect();
            words.join(" ")
        })
        .collect()
}

fn scrape(queues: &mut Queues, server: &mut Server, answers: Answers<'_>) -> Scraped {
    let mut rounds = Vec::new();
    loop {
        let mut commands = Commands::without(&Refused::new());
        queues.ask(server, &mut commands);
        let lines = sent(&commands);
        let answer = |line: &String| {
            let listed = answers.iter().find_map(|(command, reply)| (command == line).then_some(*reply));
            listed.unwrap_or_else(|| nothing(line))
        };
        let bytes: String = lines.iter().map(answer).collect();
        rounds.push(lines);
        let scanner = scanned(&commands, bytes.as_bytes());
        let mut replies = Replies::new(&commands, bytes.as_bytes(), scanner.extents());
        if queues.take(server, &mut replies) == Next::Done {
            break;
        }
    }
    let (mut page, mut text) = (Families::default(), Vec::new());
    queues.samples(server, &mut Out::new(&mut page, "redis", None));
    Format::Text.encode(&mut page, &mut text);
    let text = String::from_utf8(text).unwrap();
    Scraped { rounds, page: text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect() }
}

fn queues(named: &[&str]) -> Queues {
    let named = named.iter().map(|queue| queue.parse().unwrap()).collect();
    Queues::new(QueueSettings { on: true, database: 0, named, max_queues: 100 })
}

#[test]
fn a_server_without_queues_is_asked_next_to_nothing() {
    let mut queues = queues(&[]);
    for keyspace in ["", "db1:keys=5,expires=0,avg_ttl=0", "db0:keys=70,expires=70,avg_ttl=9000"] {
        let scraped = scrape(&mut queues, &mut server(keyspace), &[]);
        assert_eq!((scraped.rounds, scraped.page), (vec![vec![]], vec![]), "{keyspace}: no key that lasts");
    }
    let scraped = scrape(&mut queues, &mut server("db0:keys=71,expires=70,avg_ttl=9000"), &[]);
    assert_eq!(
        scraped.rounds,
        [[
            "SSCAN queues 0 COUNT 1000",
            "SSCAN rq:queues 0 COUNT 1000",
            "SSCAN _kombu.binding.celery 0 COUNT 1000",
            "SCAN 0 MATCH *bull*:id COUNT 1000",
            "SCAN 0 MATCH _kombu.binding.* COUNT 1000",
        ]]
    );
    assert_eq!(scraped.page, <[&str; 0]>::default());

    // It says how often commands are called, and those that make queues are not among them.
    let mut counting = server("db0:keys=71,expires=70\r\n# Commandstats\r\ncmdstat_get:calls=9,usec=7");
    let walks = |queues: &mut Queues, server: &mut Server| {
        scrape(queues, server, &[]).rounds[0].iter().filter(|line| line.starts_with("SCAN")).count()
    };
    let mut fresh = Queues::new(queues.settings.clone());
    assert_eq!([(); 3].map(|()| walks(&mut fresh, &mut counting)), [2, 0, 0]);
    counting.info.set(b"# Keyspace\r\ndb0:keys=71,expires=70\r\n# Commandstats\r\ncmdstat_incr:calls=1,usec=7\r\n");
    assert_eq!([(); 3].map(|()| walks(&mut fresh, &mut counting)), [1, 0, 0], "somebody has counted up");
}

#[test]
fn a_queue_of_bullmq_is_found_and_then_costs_no_round_trip() {
    let (mut queues, mut server) = (queues(&[]), server("db0:keys=9,expires=0,avg_ttl=0"));
    let (scan, id, timestamp) = (found(&["bull:video:id"]), text("41"), text("1795290535502"));
    let mut answers = vec![
        ("SCAN 0 MATCH *bull*:id COUNT 1000", scan.as_str()),
        ("LLEN bull:video:wait", ":3\r\n"),
        ("ZCARD bull:video:failed", ":2\r\n"),
        ("LINDEX bull:video:wait -1", &id),
        ("HMGET bull:video:meta version opts.maxLenEvents paused", "*3\r\n$12\r\nbullmq:6.7.0\r\n$-1\r\n$-1\r\n"),
        ("HGET bull:video:41 timestamp", &timestamp),
    ];
    let first = scrape(&mut queues, &mut server, &answers);
    assert_eq!(first.rounds.len(), 3, "its name, what it has, and of its oldest job the time");
    assert_eq!(
        first.page,
        [
            r#"redis_queue_jobs{framework="bullmq",queue="video",state="waiting"} 3"#,
            r#"redis_queue_jobs{framework="bullmq",queue="video",state="active"} 0"#,
            r#"redis_queue_jobs{framework="bullmq",queue="video",state="paused"} 0"#,
            r#"redis_queue_jobs{framework="bullmq",queue="video",state="delayed"} 0"#,
            r#"redis_queue_jobs{framework="bullmq",queue="video",state="prioritized"} 0"#,
            r#"redis_queue_jobs{framework="bullmq",queue="video",state="waiting-children"} 0"#,
            r#"redis_queue_jobs{framework="bullmq",queue="video",state="completed"} 0"#,
            r#"redis_queue_jobs{framework="bullmq",queue="video",state="failed"} 2"#,
            r#"redis_queue_oldest_job_age_seconds{framework="bullmq",queue="video",state="waiting"} 64.99799990653992"#,
            r#"redis_queue_paused{framework="bullmq",queue="video"} 0"#,
            r#"redis_queues{framework="bullmq"} 1"#,
        ]
    );
    let second = scrape(&mut queues, &mut server, &answers);
    assert_eq!((second.rounds.len(), second.page), (1, first.page), "nothing is new");
    let (id, timestamp) = (text("42"), text("1795290600000"));
    answers[3].1 = &id;
    answers.push(("HGET bull:video:42 timestamp", &timestamp));
    let third = scrape(&mut queues, &mut server, &answers);
    assert_eq!(third.rounds[1..], [["HGET bull:video:42 timestamp"]], "another job is the oldest");
    assert!(third.has(r#"redis_queue_oldest_job_age_seconds{framework="bullmq",queue="video",state="waiting"} 0.5"#));
    answers[3].1 = "$-1\r\n";
    let drained = scrape(&mut queues, &mut server, &answers);
    assert!(!drained.page.iter().any(|line| line.contains("oldest")), "{:?}", drained.page);
}

#[test]
fn paused_queues_and_markers_of_older_versions() {
    let id = text("0:1795290535502");
    let answers = [
        ("LLEN bull:old:wait", ":1\r\n"),
        ("LINDEX bull:old:wait -1", id.as_str()),
        ("EXISTS bull:old:meta-paused", ":1\r\n"),
    ];
    let scraped = scrape(&mut queues(&["bull=old"]), &mut server(""), &answers);
    assert!(scraped.has(r#"redis_queue_jobs{framework="bull",queue="old",state="waiting"} 0"#), "{:?}", scraped.page);
    assert!(scraped.has(r#"redis_queue_paused{framework="bull",queue="old"} 1"#));
    assert_eq!(scraped.rounds.len(), 1, "a marker is no job, so it has no time");
}

#[test]
fn a_queue_that_is_gone_and_comes_back() {
    let (mut queues, mut server) = (queues(&[]), server("db0:keys=5000,expires=0,avg_ttl=0"));
    let scan = found(&["bull:video:id"]);
    let there = [("SCAN 0 MATCH *bull*:id COUNT 1000", scan.as_str())];
    let shown = |scraped: Scraped| scraped.has(r#"redis_queues{framework="bullmq"} 1"#);
    assert!(shown(scrape(&mut queues, &mut server, &there)));
    // A walk takes its time.
    let gone = [("SCAN 0 MATCH *bull*:id COUNT 1000", "*2\r\n$1\r\n7\r\n*0\r\n"), ("TYPE bull:video:id", "+none\r\n")];
    assert!(!shown(scrape(&mut queues, &mut server, &gone)), "it is known to be gone before");
    let back = [("SCAN 7 MATCH *bull*:id COUNT 1000", scan.as_str())];
    let scrapes: Vec<_> = (0..2).map(|_| shown(scrape(&mut queues, &mut server, &back))).collect();
    assert_eq!(scrapes.last(), Some(&true));
}

#[test]
fn a_job_that_is_called_id_makes_no_queue() {
    let (mut queues, mut server) = (queues(&[]), server("db0:keys=9,expires=0,avg_ttl=0"));
    let scan = found(&["bull:video:x:id"]);
    let answers = [("SCAN 0 MATCH *bull*:id COUNT 1000", scan.as_str()), ("TYPE bull:video:x:id", "+hash\r\n")];
    let rounds = [2, 1, 1].map(|expected| (scrape(&mut queues, &mut server, &answers), expected));
    for (scraped, expected) in rounds {
        assert_eq!((scraped.rounds.len(), scraped.page), (expected, vec![]));
    }
}

#[test]
fn celery_adds_up_priorities_and_says_no_age_unless_a_message_does() {
    let (mut queues, mut server) = (queues(&[]), server("db0:keys=9,expires=0,avg_ttl=0"));
    let exchanges = found(&["_kombu.binding.mail", "_kombu.binding.celery.pidbox"]);
    let bindings = found(&["mail\x06\x16\x06\x16mail"]);
    let (plain, told) = (text(r#"{"headers":{}}"#), text(r#"{"headers":{"timestamp":1795290600}}"#));
    let answers = [
        ("SCAN 0 MATCH _kombu.binding.* COUNT 1000", exchanges.as_str()),
        ("SSCAN _kombu.binding.mail 0 COUNT 1000", &bindings),
        ("LLEN mail", ":2\r\n"),
        (r"LLEN mail\x06\x169", ":5\r\n"),
        ("LINDEX mail -1", &plain),
        (r"LINDEX mail\x06\x169 -1", &told),
        ("HLEN unacked", ":4\r\n"),
    ];
    let first = scrape(&mut queues, &mut server, &answers);
    assert_eq!(first.rounds.len(), 3, "the exchange, its queue, and what that has");
    assert_eq!(
        first.page,
        [
            r#"redis_queue_jobs{framework="celery",queue="mail",state="waiting"} 7"#,
            r#"redis_queue_jobs{framework="celery",queue="",state="active"} 4"#,
            r#"redis_queue_oldest_job_age_seconds{framework="celery",queue="mail",state="waiting"} 0.5"#,
            r#"redis_queues{framework="celery"} 1"#,
        ]
    );
    assert_eq!(scrape(&mut queues, &mut server, &answers).rounds.len(), 1);
}

#[test]
fn empty_lists_leave_room_for_the_jobs_of_others() {
    let names: Vec<_> = (0..100).map(|number| format!("celery=q{number:02}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let (mut queues, mut server) = (queues(&names), server(""));
    let looks = |scraped: Scraped| scraped.rounds[0].iter().filter(|line| line.starts_with("LINDEX")).count();
    assert_eq!(looks(scrape(&mut queues, &mut server, &[])), 256, "what they have is not known yet");
    let later: Vec<_> = (0..20).map(|_| looks(scrape(&mut queues, &mut server, &[]))).collect();
    assert_eq!((later[0], later.last()), (256, Some(&400)));
}

#[test]
fn sidekiq_and_rq_list_their_queues() {
    let (mut queues, mut server) = (queues(&[]), server("db0:keys=9,expires=0,avg_ttl=0"));
    let (sidekiq, rq) = (found(&["default"]), found(&["rq:queue:mail"]));
    let job = text(r#"{"class":"A","args":[],"jid":"b4a577edbccf1d805744efa9","enqueued_at":1795290535.25}"#);
    let (id, enqueued, counters) = (text("59b1ee08"), text("2026-11-21T19:49:05.500000Z"), texts(&["120", "7"]));
    let answers = [
        ("SSCAN queues 0 COUNT 1000", sidekiq.as_str()),
        ("SSCAN rq:queues 0 COUNT 1000", &rq),
        ("LLEN queue:default", ":2\r\n"),
        ("LINDEX queue:default -1", &job),
        ("ZCARD retry", ":3\r\n"),
        ("SCARD processes", ":1\r\n"),
        ("MGET stat:processed stat:failed", &counters),
        ("ZCARD rq:failed:mail", ":1\r\n"),
        ("LINDEX rq:queue:mail 0", &id),
        ("HGET rq:job:59b1ee08 enqueued_at", &enqueued),
        ("SCARD rq:workers:mail", ":2\r\n"),
    ];
    let first = scrape(&mut queues, &mut server, &answers);
    for sample in [
        r#"redis_queue_jobs{framework="sidekiq",queue="default",state="waiting"} 2"#,
        r#"redis_queue_jobs{framework="sidekiq",queue="",state="retry"} 3"#,
        r#"redis_queue_oldest_job_age_seconds{framework="sidekiq",queue="default",state="waiting"} 65.25"#,
        r#"redis_queue_workers{framework="sidekiq",queue=""} 1"#,
        r#"redis_queue_processed_total{framework="sidekiq"} 120"#,
        r#"redis_queue_failed_total{framework="sidekiq"} 7"#,
        r#"redis_queue_jobs{framework="rq",queue="mail",state="failed"} 1"#,
        r#"redis_queue_oldest_job_age_seconds{framework="rq",queue="mail",state="waiting"} 55"#,
        r#"redis_queue_workers{framework="rq",queue="mail"} 2"#,
    ] {
        assert!(first.has(sample), "{sample} is not in {:#?}", first.page);
    }
    assert_eq!(scrape(&mut queues, &mut server, &answers).rounds.len(), 1);
}

#[test]
fn a_set_that_is_called_queues_is_not_yet_sidekiq() {
    let sets = found(&["north", "south"]);
    let answers = [("SSCAN queues 0 COUNT 1000", sets.as_str())];
    let mut server = server("db0:keys=9,expires=0,avg_ttl=0");
    assert_eq!(scrape(&mut queues(&[]), &mut server, &answers).page, <[&str; 0]>::default());
    assert_eq!(
        scrape(&mut queues(&["sidekiq=north"]), &mut server, &answers).page.len(),
        2 + 4 + 1,
        "somebody says so"
    );
}

/// A group of XINFO GROUPS, as Redis 7 has it.
fn group(name: &str, pending: u8, delivered: &str, lag: &str) -> String {
    format!(
        "*1\r\n*12\r\n{}{}{}:1\r\n{}:{pending}\r\n{}{}{}:9\r\n{}{lag}\r\n",
        text("name"),
        text(name),
        text("consumers"),
        text("pending"),
        text("last-delivered-id"),
        text(delivered),
        text("entries-read"),
        text("lag"),
    )
}

#[test]
fn a_stream_as_a_queue() {
    let (mut queues, mut server) = (queues(&["stream=jobs"]), server("db0:keys=9,expires=9,avg_ttl=0"));
    let groups = group("w\"1", 2, "1795290560000-0", ":4");
    let pending = format!("*4\r\n:2\r\n{}{}*0\r\n", text("1795290550500-1"), text("1795290560000-0"));
    let entry = format!("*1\r\n*2\r\n{}{}", text("1795290590500-0"), texts(&["a", "1"]));
    let mut answers = vec![
        ("TYPE jobs", "+stream\r\n"),
        ("XINFO GROUPS jobs", groups.as_str()),
        (r#"XPENDING jobs w\"1"#, &pending),
        ("XRANGE jobs 1795290560000-1 + COUNT 1", &entry),
    ];
    let first = scrape(&mut queues, &mut server, &answers);
    assert_eq!(first.rounds.len(), 3);
    let expected = [
        r#"redis_queue_jobs{framework="stream",group="w\"1",queue="jobs",state="waiting"} 4"#,
        r#"redis_queue_jobs{framework="stream",group="w\"1",queue="jobs",state="active"} 2"#,
        r#"redis_queue_oldest_job_age_seconds{framework="stream",group="w\"1",queue="jobs",state="waiting"} 10"#,
        r#"redis_queue_oldest_job_age_seconds{framework="stream",group="w\"1",queue="jobs",state="active"} 50"#,
        r#"redis_queues{framework="stream"} 1"#,
    ];
    assert_eq!(first.page, expected);
    let second = scrape(&mut queues, &mut server, &answers);
    assert_eq!((second.rounds.len(), second.page), (1, first.page));
    // The group is given the next entry, and there is none behind it.
    let groups = group("w\"1", 2, "1795290590500-0", "$-1");
    answers[1].1 = &groups;
    let third = scrape(&mut queues, &mut server, &answers);
    assert_eq!(third.rounds.len(), 2);
    assert_eq!(third.page, [expected[1], expected[3], expected[4]], "how far behind it is is not known");
    answers[0].1 = "+none\r\n";
    answers[1].1 = "-ERR no such key\r\n";
    assert_eq!(scrape(&mut queues, &mut server, &answers).page, [expected[4]]);
}

#[test]
fn another_database_is_selected_around_everything() {
    let settings =
        QueueSettings { on: true, database: 3, named: vec!["celery=mail".parse().unwrap()], max_queues: 100 };
    let mut server = server("db0:keys=9,expires=0,avg_ttl=0\r\ndb3:keys=2,expires=2,avg_ttl=5");
    let answers = [("LLEN mail", ":2\r\n")];
    let scraped = scrape(&mut Queues::new(settings.clone()), &mut server, &answers);
    let [round] = &scraped.rounds[..] else { panic!("{:?}", scraped.rounds) };
    assert_eq!((round.first().unwrap().as_str(), round.last().unwrap().as_str()), ("SELECT 3", "SELECT 0"));
    assert!(scraped.has(r#"redis_queue_jobs{framework="celery",queue="mail",state="waiting"} 2"#));

    let mut queues = Queues::new(settings);
    let answers = [("SELECT 3", "-ERR DB index is out of range\r\n"), answers[0]];
    let scraped = scrape(&mut queues, &mut server, &answers);
    assert_eq!(scraped.page, <[&str; 0]>::default(), "what was said is about database 0");
    assert_eq!(
        scrape(&mut queues, &mut server, &answers).rounds,
        [<[&str; 0]>::default()],
        "it is not asked in vain again"
    );
    queues.forget();
    assert_ne!(scrape(&mut queues, &mut server, &answers).rounds, [<[&str; 0]>::default()]);
}

#[test]
fn keys_of_other_nodes_and_of_another_type_are_left_alone_for_a_while() {
    let mut server = server("db0:keys=9,expires=0,avg_ttl=0");
    let moved = "-MOVED 1234 10.0.0.2:6379\r\n";
    let named =
        ["LLEN mail", r"LLEN mail\x06\x163", r"LLEN mail\x06\x166", r"LLEN mail\x06\x169"].map(|line| (line, moved));
    let answers = [&[("SSCAN queues 0 COUNT 1000", "-WRONGTYPE Operation against a key\r\n")][..], &named].concat();
    let mut queues = queues(&["celery=mail"]);
    let scrapes: Vec<_> = (0..21).map(|_| scrape(&mut queues, &mut server, &answers)).collect();
    for line in ["LLEN mail", "SSCAN queues 0 COUNT 1000"] {
        let asked = scrapes.iter().map(|scraped| scraped.rounds[0].iter().any(|sent| sent == line));
        assert_eq!(asked.filter(|asked| *asked).count(), 2, "{line} at first, and 20 scrapes later");
    }
    assert!(
        !scrapes.iter().any(|scraped| scraped.page.iter().any(|line| line.contains("jobs") && line.contains("mail")))
    );
}

#[test]
fn a_server_that_reads_its_data_keeps_its_queues() {
    let (mut queues, mut server) = (queues(&["celery=mail"]), server("db0:keys=9,expires=9,avg_ttl=0"));
    let loading = [("LLEN mail", "-LOADING Redis is loading the dataset in memory\r\n")];
    scrape(&mut queues, &mut server, &loading);
    let scraped = scrape(&mut queues, &mut server, &[("LLEN mail", ":1\r\n")]);
    assert!(scraped.has(r#"redis_queue_jobs{framework="celery",queue="mail",state="waiting"} 1"#));
}

#[test]
fn more_queues_than_have_series() {
    let names: Vec<_> = (0..150).map(|number| format!("bull:{number:03}:id")).collect();
    let scan = found(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let answers = [("SCAN 0 MATCH *bull*:id COUNT 1000", scan.as_str())];
    let mut server = server("db0:keys=900,expires=0,avg_ttl=0");
    let scraped = scrape(&mut queues(&["rq=mail"]), &mut server, &answers);
    let with = |text: &str| scraped.page.iter().filter(|line| line.contains(text)).count();
    assert_eq!(
        (with("redis_queue_paused"), with("queue=\"mail\",state=\"waiting\"")),
        (99, 1),
        "what was named comes first"
    );
    assert!(scraped.has(r#"redis_queues{framework="bullmq"} 150"#));
}

#[test]
fn what_a_scrape_left_behind_is_not_shown() {
    let mut queues = queues(&["celery=mail"]);
    let mut server = server("");
    scrape(&mut queues, &mut server, &[]);
    queues.forget();
    let mut page = Families::default();
    queues.samples(&server, &mut Out::new(&mut page, "redis", None));
    assert_eq!(page.samples(), 0);
}
