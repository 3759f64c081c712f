//! What follows from an event.

use std::sync::Arc;
use std::time::Duration;

use crate::container::{Container, Health, PROJECT, State};
use crate::engine::model::{Attributes, Event};
use crate::inventory::run::Run;
use crate::inventory::{Inventory, MOST_BEFORE};

/// What the words before a health check's new word are.
const HEALTH: &str = "health_status: ";

impl Inventory {
    /// Takes an event of a container. Whether the container is to be inspected, as the event does not say all.
    pub(crate) fn apply(&mut self, event: &Event) -> bool {
        let (id, at_nanos) = (event.actor.id.as_str(), event.time_nanos);
        let attributes = &event.actor.attributes;
        self.now_nanos = self.now_nanos.max(at_nanos);
        match event.action.as_str() {
            "create" => self.churn.created(&attributes.project),
            "destroy" => {
                self.churn.destroyed(&attributes.project);
                self.remove(id, at_nanos);
                return false;
            }
            _ => {}
        }
        if !self.containers.contains_key(id) && !self.meet(event) {
            return false;
        }
        let known = self.containers.get_mut(id).expect("it was met");
        let (records, now) = (&mut self.records, self.now_nanos);
        match event.action.as_str() {
            "start" => {
                if let Some(before) = known.run.starts(at_nanos) {
                    known.record(records, now).restarts.add(u64::from(before.has_begun()));
                    known.before.push(before);
                    if known.is_explained() || known.before.len() > MOST_BEFORE {
                        known.count_ends(records, now);
                    }
                    known.change(|container| {
                        container.state = Some(State::Running);
                        (container.health, container.pid, container.exit_code) = (None, None, None);
                        (container.started_nanos, container.oom_killed) = (None, false);
                    });
                }
            }
            "die" => {
                if known.run.ends(at_nanos) {
                    let ran = seconds(&attributes.exec_duration).or_else(|| known.run.lasted(at_nanos));
                    let code = attributes.exit_code.parse().ok();
                    known.end(code, at_nanos, ran);
                    known.change(|container| {
                        (container.state, container.exit_code) = (Some(State::Exited), code);
                        (container.health, container.pid) = (None, None);
                        container.finished_nanos = Some(at_nanos);
                    });
                }
            }
            "kill" => {
                let container = Arc::clone(&known.entry.container);
                known.run.signalled(attributes.signal.parse().ok(), &container, at_nanos);
                return false;
            }
            // Told after the end; the end was asked for, however long it took.
            "stop" if known.run.end.is_some() => known.run.stopped = true,
            "oom" => {
                let more = known.killed_run(at_nanos).kills.told();
                known.count_kills(records, more, now);
                return false;
            }
            "pause" => known.change(|container| container.state = Some(State::Paused)),
            "unpause" => known.change(|container| container.state = Some(State::Running)),
            "rename" => {
                let (old, name) = (known.entry.container.name.clone(), name(attributes));
                known.change(|container| container.name = name);
                self.vacate(&old, at_nanos);
            }
            action => {
                let health = action.strip_prefix(HEALTH).and_then(|word| Health::from_word(word.trim()));
                if let Some(health) = health.filter(|health| known.run.health != Some(*health)) {
                    known.run.health = Some(health);
                    known.change(|container| container.health = Some(health));
                    known.record(records, now).transitions(health, now).add(1);
                }
            }
        }
        self.settle(id);
        true
    }

    /// Makes a container known of which only an event has told. Whether there was room.
    fn meet(&mut self, event: &Event) -> bool {
        let attributes = &event.actor.attributes;
        let project = (!attributes.project.is_empty()).then(|| (PROJECT.to_owned(), attributes.project.clone()));
        let container = Container {
            id: event.actor.id.clone(),
            name: name(attributes),
            image: attributes.image.clone(),
            labels: project.into_iter().collect(),
            state: Some(State::Created),
            created_nanos: (event.action == "create").then_some(event.time_nanos),
            ..Container::default()
        };
        self.add(container, Run::default(), false)
    }
}

fn name(attributes: &Attributes) -> String {
    attributes.name.trim_start_matches('/').to_owned()
}

fn seconds(text: &str) -> Option<Duration> {
    text.parse().ok().map(Duration::from_secs)
}
