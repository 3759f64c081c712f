//! An engine in miniature, whose truth the inventory has to find from what it is told.

use std::collections::{BTreeMap, VecDeque};

use proptest::prelude::*;

use super::*;
use crate::container::{Policy, State};
use crate::engine::model::{Actor, Attributes, Event, Summary};

const SECOND: u64 = 1_000_000_000;
const ID: &str = "4a";

/// One container of an engine, and what the engine has said of it.
#[derive(Debug)]
struct Engine {
    now: u64,
    container: Container,
    /// Told and not yet heard.
    events: VecDeque<Event>,
    /// A kill for memory of which it is told later than of the end.
    owed: bool,
    truth: Truth,
}

#[derive(Debug, Default, Clone, PartialEq)]
struct Truth {
    restarts: u64,
    exits: BTreeMap<Exit, u64>,
    oom_kills: u64,
    transitions: BTreeMap<Health, u64>,
}

impl Engine {
    fn new() -> Engine {
        let mut container = Container {
            id: ID.to_owned(),
            name: "web".to_owned(),
            policy: Policy::Always,
            state: Some(State::Running),
            restart_count: 7,
            ..Container::default()
        };
        (container.created_nanos, container.started_nanos) = (Some(SECOND), Some(2 * SECOND));
        Engine { now: 100 * SECOND, container, events: VecDeque::new(), owed: false, truth: Truth::default() }
    }

    /// An event, which is told a little after what it tells of.
    fn tell(&mut self, action: &str, attributes: Attributes) {
        self.now += SECOND / 1000;
        let actor = Actor { id: ID.to_owned(), attributes: Attributes { name: "web".to_owned(), ..attributes } };
        self.events.push_back(Event { kind: "container".into(), action: action.into(), actor, time_nanos: self.now });
    }

    fn start(&mut self) {
        self.now += SECOND / 10;
        let container = &mut self.container;
        (container.state, container.started_nanos) = (Some(State::Running), Some(self.now));
        (container.exit_code, container.oom_killed, container.health) = (None, false, Some(Health::Starting));
        self.truth.restarts += 1;
        self.tell("start", Attributes::default());
    }

    fn end(&mut self, code: i64, reason: Reason) {
        self.pay();
        self.now += SECOND;
        let container = &mut self.container;
        (container.state, container.finished_nanos) = (Some(State::Exited), Some(self.now));
        (container.exit_code, container.health) = (Some(code), None);
        *self.truth.exits.entry(Exit { class: CodeClass::of(Some(code)), reason }).or_default() += 1;
        self.tell("die", Attributes { exit_code: code.to_string(), ..Attributes::default() });
    }

    /// It ends by itself, and waits to be started again.
    fn crash(&mut self, code: i64) {
        self.end(code, Reason::Exited);
        self.container.state = Some(State::Restarting);
        self.container.restart_count += 1;
    }

    /// Of some kills the engine tells too late for its own account of the container.
    fn run_out_of_memory(&mut self, late: bool) {
        self.pay();
        self.truth.oom_kills += 1;
        self.now += SECOND;
        if !late {
            self.container.oom_killed = true;
            self.tell("oom", Attributes::default());
        }
        self.end(137, Reason::Oom);
        self.owed = late;
        self.container.state = Some(State::Restarting);
        self.container.restart_count += 1;
    }

    /// What it owes to tell.
    fn pay(&mut self) {
        if std::mem::take(&mut self.owed) {
            self.tell("oom", Attributes::default());
        }
    }

    fn stop(&mut self) {
        self.tell("kill", Attributes { signal: "15".into(), ..Attributes::default() });
        self.end(143, Reason::Stopped);
        self.tell("stop", Attributes::default());
        self.container.restart_count = 0;
    }

    fn turn(&mut self, health: Health) {
        if self.container.health != Some(health) {
            self.container.health = Some(health);
            *self.truth.transitions.entry(health).or_default() += 1;
            self.tell(&format!("health_status: {}", health.word()), Attributes::default());
        }
    }
}

/// The program: an inventory, and whether it is to look again.
struct Watcher {
    inventory: Inventory,
    suspects: bool,
}

impl Watcher {
    fn of(engine: &Engine) -> Watcher {
        let mut inventory = Inventory::default();
        assert!(!inventory.inspected(engine.container.clone(), engine.now, Look::First));
        inventory.begin(engine.now);
        Watcher { inventory, suspects: false }
    }

    fn hear(&mut self, engine: &mut Engine, count: usize) {
        for event in engine.events.drain(..count.min(engine.events.len())) {
            self.inventory.apply(&event);
        }
    }

    fn look(&mut self, engine: &Engine) {
        self.suspects |= self.inventory.inspected(engine.container.clone(), engine.now, Look::First);
    }

    /// A second has passed: what was told has been heard.
    fn settle(&mut self, engine: &mut Engine) {
        engine.pay();
        self.hear(engine, usize::MAX);
        if std::mem::take(&mut self.suspects) {
            assert!(!self.inventory.inspected(engine.container.clone(), engine.now, Look::Again));
        }
    }

    fn found(&self) -> Truth {
        let record = &self.inventory.records["web"];
        let transitions = record.health_transitions.iter().filter(|(_, count)| count.value() > 0);
        Truth {
            restarts: record.restarts.value(),
            exits: record.exits.iter().map(|(exit, count)| (*exit, count.value())).collect(),
            oom_kills: record.oom_kills.value(),
            transitions: transitions.map(|(health, count)| (*health, count.value())).collect(),
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Crash(i64),
    Oom { late: bool },
    Pay,
    Stop,
    Start,
    Turn(Health),
    Hear(usize),
    Look,
    Settle,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        prop_oneof![Just(0), Just(1), Just(127), Just(137), Just(139)].prop_map(Step::Crash),
        any::<bool>().prop_map(|late| Step::Oom { late }),
        Just(Step::Pay),
        Just(Step::Stop),
        Just(Step::Start),
        prop_oneof![Just(Health::Healthy), Just(Health::Unhealthy)].prop_map(Step::Turn),
        (1_usize..4).prop_map(Step::Hear),
        Just(Step::Look),
        Just(Step::Settle),
    ];
    prop::collection::vec(step, 0..40)
}

/// What happens at the engine, where it can.
fn happen(engine: &mut Engine, step: Step) {
    let is_up = engine.container.is_up();
    match step {
        Step::Crash(code) if is_up => engine.crash(code),
        Step::Oom { late } if is_up => engine.run_out_of_memory(late),
        Step::Pay => engine.pay(),
        Step::Stop if is_up => engine.stop(),
        Step::Start if !is_up => engine.start(),
        Step::Turn(health) if is_up => engine.turn(health),
        _ => {}
    }
}

proptest! {
    #[test]
    fn everything_is_counted_once_however_late_it_is_told_and_whenever_one_looks(steps in steps()) {
        let mut engine = Engine::new();
        let mut watcher = Watcher::of(&engine);
        for step in steps {
            match step {
                Step::Hear(count) => watcher.hear(&mut engine, count),
                Step::Look => watcher.look(&engine),
                Step::Settle => watcher.settle(&mut engine),
                step => happen(&mut engine, step),
            }
        }
        watcher.settle(&mut engine);
        watcher.look(&engine);
        watcher.settle(&mut engine);
        prop_assert_eq!(watcher.found(), engine.truth);
    }

    #[test]
    fn of_what_is_never_told_at_least_one_restart_is_found_and_never_too_much(
        before in steps(), lost in steps(), after in steps(),
    ) {
        let mut engine = Engine::new();
        let mut watcher = Watcher::of(&engine);
        before.into_iter().for_each(|step| happen(&mut engine, step));
        watcher.settle(&mut engine);
        watcher.look(&engine);
        watcher.settle(&mut engine);
        let known = watcher.found();
        prop_assert_eq!(&known, &engine.truth);

        lost.into_iter().for_each(|step| happen(&mut engine, step));
        engine.pay();
        engine.events.clear();
        watcher.look(&engine);
        watcher.settle(&mut engine);
        let found = watcher.found();
        let exits = |truth: &Truth| truth.exits.values().sum::<u64>();
        prop_assert!(found.restarts <= engine.truth.restarts);
        prop_assert!(exits(&found) <= exits(&engine.truth));
        prop_assert!(found.oom_kills <= engine.truth.oom_kills);
        prop_assert_eq!(found.restarts > known.restarts, engine.truth.restarts > known.restarts);
        prop_assert_eq!(exits(&found) > exits(&known), exits(&engine.truth) > exits(&known));

        // What is told again is counted exactly again.
        let base = (watcher.found(), engine.truth.clone());
        after.into_iter().for_each(|step| happen(&mut engine, step));
        watcher.settle(&mut engine);
        watcher.look(&engine);
        watcher.settle(&mut engine);
        let found = watcher.found();
        prop_assert_eq!(found.restarts - base.0.restarts, engine.truth.restarts - base.1.restarts);
        prop_assert_eq!(exits(&found) - exits(&base.0), exits(&engine.truth) - exits(&base.1));
    }
}

/// An event of a container, at a second.
fn told(inventory: &mut Inventory, second: u64, id: &str, name: &str, action: &str, attributes: Attributes) -> bool {
    let actor = Actor { id: id.into(), attributes: Attributes { name: name.into(), ..attributes } };
    inventory.apply(&Event { kind: "container".into(), action: action.into(), actor, time_nanos: second * SECOND })
}

fn tell(inventory: &mut Inventory, second: u64, id: &str, name: &str, actions: &[&str]) {
    for action in actions {
        let attributes = match *action {
            "die" => Attributes { exit_code: "1".into(), ..Attributes::default() },
            "kill" => Attributes { signal: "15".into(), ..Attributes::default() },
            _ => Attributes::default(),
        };
        told(inventory, second, id, name, action, attributes);
    }
}

fn begun() -> Inventory {
    let mut inventory = Inventory::default();
    inventory.begin(SECOND);
    inventory
}

fn exits(inventory: &Inventory, name: &str) -> Vec<(&'static str, &'static str, u64)> {
    let exits = inventory.records[name].exits.iter();
    exits.map(|(exit, count)| (exit.class.word(), exit.reason.word(), count.value())).collect()
}

#[test]
fn a_container_that_lives_a_moment_is_known_from_events_alone() {
    let mut inventory = begun();
    tell(&mut inventory, 10, "a1", "job", &["create", "start", "oom"]);
    let killed = Attributes { exit_code: "137".into(), exec_duration: "3".into(), ..Attributes::default() };
    assert!(told(&mut inventory, 13, "a1", "job", "die", killed));
    tell(&mut inventory, 13, "a1", "job", &["destroy"]);
    assert_eq!(exits(&inventory, "job"), [("137", "oom", 1)]);
    let record = &inventory.records["job"];
    assert_eq!((record.oom_kills.value(), record.restarts.value(), record.expected_running), (1, 0, None));
    let exit = LastExit { code: Some(137), at_nanos: 13 * SECOND, ran: Some(Duration::from_secs(3)) };
    assert_eq!(record.last_exit, Some(exit));
    assert_eq!(inventory.entries().count(), 0);
    assert_eq!(inventory.removed().map(|entry| entry.last_up_nanos).collect::<Vec<_>>(), [Some(13 * SECOND)]);
}

#[test]
fn a_kill_for_memory_that_is_told_after_the_next_start() {
    let mut inventory = begun();
    tell(&mut inventory, 10, "a1", "web", &["create", "start"]);
    let killed = || Attributes { exit_code: "137".into(), ..Attributes::default() };
    told(&mut inventory, 11, "a1", "web", "die", killed());
    tell(&mut inventory, 11, "a1", "web", &["start", "oom"]);
    // And one that nothing is told of.
    told(&mut inventory, 12, "a1", "web", "die", killed());
    tell(&mut inventory, 12, "a1", "web", &["start", "destroy"]);
    assert_eq!(exits(&inventory, "web"), [("137", "exited", 1), ("137", "oom", 1)]);
    assert_eq!(inventory.records["web"].oom_kills.value(), 1);
}

#[test]
fn totals_go_on_when_the_name_gets_another_container() {
    let mut inventory = begun();
    tell(&mut inventory, 10, "a1", "web", &["create", "start", "die", "start", "kill", "die", "destroy"]);
    assert_eq!(inventory.records["web"].vanished_nanos, Some(10 * SECOND));
    tell(&mut inventory, 12, "b2", "web", &["create", "start", "die", "start"]);
    let record = &inventory.records["web"];
    assert_eq!((record.restarts.value(), record.vanished_nanos), (2, None));
    assert_eq!(exits(&inventory, "web"), [("1_125", "exited", 2), ("1_125", "stopped", 1)]);
}

#[test]
fn a_signal_that_ends_nothing_excuses_no_later_crash() {
    let mut inventory = begun();
    tell(&mut inventory, 10, "a1", "web", &["create", "start"]);
    told(&mut inventory, 11, "a1", "web", "kill", Attributes { signal: "1".into(), ..Attributes::default() });
    tell(&mut inventory, 12, "a1", "web", &["die", "start", "kill"]);
    // Long after it was to stop: it did not, and ends by itself.
    tell(&mut inventory, 100, "a1", "web", &["die", "destroy"]);
    assert_eq!(exits(&inventory, "web"), [("1_125", "exited", 2)]);
}

#[test]
fn a_stop_that_takes_an_hour_is_still_one() {
    let mut inventory = begun();
    tell(&mut inventory, 10, "a1", "web", &["create", "start", "kill"]);
    tell(&mut inventory, 3_600, "a1", "web", &["die", "stop", "destroy"]);
    assert_eq!(exits(&inventory, "web"), [("1_125", "stopped", 1)]);
}

#[test]
fn a_renamed_container_counts_for_its_new_name() {
    let mut inventory = begun();
    tell(&mut inventory, 10, "a1", "old", &["create", "start", "die", "start"]);
    tell(&mut inventory, 11, "a1", "new", &["rename", "die", "start"]);
    assert_eq!(inventory.records["old"].restarts.value(), 1);
    assert_eq!(inventory.records["old"].vanished_nanos, Some(11 * SECOND));
    assert_eq!(inventory.records["new"].restarts.value(), 1);
    assert_eq!(inventory.entries().map(|entry| entry.container.name.as_str()).collect::<Vec<_>>(), ["new"]);
}

#[test]
fn what_a_container_has_been_through_before_anybody_looked_is_not_counted() {
    let past = Container {
        id: ID.into(),
        name: "db".into(),
        policy: Policy::Always,
        state: Some(State::Running),
        restart_count: 7,
        oom_killed: true,
        created_nanos: Some(SECOND),
        started_nanos: Some(5 * SECOND),
        ..Container::default()
    };
    let mut inventory = Inventory::default();
    inventory.inspected(past.clone(), 10 * SECOND, Look::First);
    inventory.begin(10 * SECOND);
    inventory.kernel_kills(ID, Some(5 * SECOND), 3);
    let record = &inventory.records["db"];
    assert_eq!((record.restarts.value(), record.oom_kills.value()), (0, 0));
    assert_eq!(exits(&inventory, "db"), []);
    // What comes then is, by whichever source, once.
    inventory.kernel_kills(ID, Some(5 * SECOND), 4);
    tell(&mut inventory, 20, ID, "db", &["oom"]);
    inventory.kernel_kills(ID, Some(5 * SECOND), 4);
    tell(&mut inventory, 21, ID, "db", &["oom"]);
    assert_eq!(inventory.records["db"].oom_kills.value(), 2);
    assert_eq!(inventory.containers[ID].entry.oom_kills.value(), 2);
}

#[test]
fn how_a_container_ended_before_anybody_looked_is_shown() {
    let past = Container {
        id: ID.into(),
        name: "job".into(),
        state: Some(State::Exited),
        started_nanos: Some(5 * SECOND),
        finished_nanos: Some(9 * SECOND),
        exit_code: Some(2),
        ..Container::default()
    };
    let mut inventory = Inventory::default();
    inventory.inspected(past, 10 * SECOND, Look::First);
    let exit = LastExit { code: Some(2), at_nanos: 9 * SECOND, ran: Some(Duration::from_secs(4)) };
    assert_eq!(inventory.records["job"].last_exit, Some(exit));
    assert_eq!(exits(&inventory, "job"), []);
}

#[test]
fn a_container_that_a_list_lacks_is_gone_once_no_event_tells_how() {
    let mut inventory = begun();
    tell(&mut inventory, 10, "a1", "web", &["create", "start"]);
    assert_eq!(inventory.listed(&[], 20 * SECOND), ["a1"]);
    assert!(inventory.missing("a1", 20 * SECOND, Look::First));
    assert_eq!(inventory.entries().count(), 1);
    assert!(!inventory.missing("a1", 21 * SECOND, Look::Again));
    assert_eq!((inventory.entries().count(), inventory.found()), (0, 1));
    assert_eq!(inventory.records["web"].vanished_nanos, Some(21 * SECOND));
}

#[test]
fn which_containers_of_a_list_are_looked_at() {
    let container = |id: &str, started: u64, health| Container {
        id: id.into(),
        name: id.into(),
        state: Some(State::Running),
        health,
        started_nanos: Some(started * SECOND),
        ..Container::default()
    };
    let mut inventory = Inventory::default();
    for (id, started, health) in [("a0", 10, None), ("b1", 10, Some(Health::Healthy)), ("c2", 900, None)] {
        inventory.inspected(container(id, started, health), SECOND, Look::First);
    }
    inventory.begin(SECOND);
    let summary = |id: &str, status: &str, state: &str| Summary {
        id: id.into(),
        names: vec![format!("/{id}")],
        state: state.into(),
        status: status.into(),
        health: None,
    };
    let long = "Up 16 minutes";
    let mut looked = |list: &[Summary]| inventory.listed(list, 1_000 * SECOND);
    let list = [summary("a0", long, "running"), summary("b1", &format!("{long} (healthy)"), "running")];
    // Missing; and how many checks failed is in no list before API 1.52.
    assert_eq!(looked(&list), ["c2", "b1"]);
    let with_health = |word: &str| {
        let health = crate::engine::model::HealthState { status: word.into(), failing_streak: 2 };
        [Summary { health: Some(health), ..summary("b1", long, "running") }]
    };
    assert_eq!(looked(&with_health("healthy")), ["a0", "c2"]);
    assert_eq!(looked(&with_health("unhealthy")), ["a0", "c2", "b1"]);
    // Young, a run that the list knows to be shorter, another state, another name, one that is new.
    assert_eq!(looked(&[summary("c2", "Up About a minute", "running")]), ["a0", "b1", "c2"]);
    assert_eq!(looked(&[summary("a0", "Up 3 seconds", "running")]), ["b1", "c2", "a0"]);
    assert_eq!(looked(&[summary("a0", "Exited (0)", "exited")]), ["b1", "c2", "a0"]);
    let renamed = Summary { names: vec!["/z".into()], ..summary("a0", long, "running") };
    assert_eq!(looked(&[renamed]), ["b1", "c2", "a0"]);
    assert_eq!(looked(&[summary("d3", long, "running")]), ["a0", "b1", "c2", "d3"]);
}

#[test]
fn names_are_forgotten_a_day_after_their_last_container() {
    let mut inventory = Inventory { expected: ["always".to_owned()].into(), ..begun() };
    for name in ["web", "always"] {
        tell(&mut inventory, 10, name, name, &["create", "start", "die", "destroy"]);
    }
    let linger = Duration::from_secs(300);
    inventory.forget(200 * SECOND, linger);
    assert_eq!((inventory.removed().count(), inventory.records().count()), (2, 2));
    inventory.forget(311 * SECOND, linger);
    assert_eq!((inventory.removed().count(), inventory.records().count()), (0, 2));
    inventory.forget((10 + 24 * 3600) * SECOND, linger);
    assert_eq!(inventory.records().map(|(name, _)| name).collect::<Vec<_>>(), ["always"]);
}

#[test]
fn more_names_than_are_kept() {
    let mut inventory = begun();
    for number in 0..MOST_NAMES as u64 + 10 {
        tell(&mut inventory, 10 + number, "a1", &number.to_string(), &["create", "start", "die", "destroy"]);
    }
    inventory.forget(5_000 * SECOND, Duration::from_secs(300));
    assert_eq!(inventory.records.len(), MOST_NAMES);
    // The oldest went first.
    assert!(!inventory.records.contains_key("9") && inventory.records.contains_key("10"));
}
