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
        Engine { now: 100 * SECOND, container, events: VecDeque::new(), truth: Truth::default() }
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

    fn run_out_of_memory(&mut self) {
        self.truth.oom_kills += 1;
        self.container.oom_killed = true;
        self.tell("oom", Attributes::default());
        self.end(137, Reason::Oom);
        self.container.state = Some(State::Restarting);
        self.container.restart_count += 1;
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
        assert!(!inventory.inspected(engine.container.clone(), Look::First));
        inventory.begin(engine.now);
        Watcher { inventory, suspects: false }
    }

    fn hear(&mut self, engine: &mut Engine, count: usize) {
        for event in engine.events.drain(..count.min(engine.events.len())) {
            self.inventory.apply(&event);
        }
    }

    fn look(&mut self, engine: &Engine) {
        self.suspects |= self.inventory.inspected(engine.container.clone(), Look::First);
    }

    /// A second has passed: what was told has been heard.
    fn settle(&mut self, engine: &mut Engine) {
        self.hear(engine, usize::MAX);
        if std::mem::take(&mut self.suspects) {
            assert!(!self.inventory.inspected(engine.container.clone(), Look::Again));
        }
    }

    fn found(&self) -> Truth {
        let record = &self.inventory.records["web"];
        let transitions = record.health_transitions.iter().filter(|(_, count)| **count > 0);
        Truth {
            restarts: record.restarts,
            exits: record.exits.clone(),
            oom_kills: record.oom_kills,
            transitions: transitions.map(|(health, count)| (*health, *count)).collect(),
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Crash(i64),
    Oom,
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
        Just(Step::Oom),
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
        Step::Oom if is_up => engine.run_out_of_memory(),
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
