//! What has become of containers by the engine's own account, counted as the exporter is to count it.

use std::collections::BTreeMap;
use std::process::Command;

use testkit::process::Process;

use super::engine::Engine;

/// By the values of its labels, where it is not 0.
type Series = BTreeMap<String, f64>;

/// What the exporter counts of containers.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Counts {
    pub(crate) restarts: Series,
    pub(crate) exits: Series,
    pub(crate) oom_kills: Series,
    pub(crate) health: Series,
    pub(crate) created: Series,
    pub(crate) destroyed: Series,
}

/// Hears every event of an engine from its start on. The engine itself remembers few.
pub(crate) struct Truth(Process);

/// What is told of an event, each on a line of its own: health checks that run are not among them.
const FORMAT: &str = "{{.Action}}\t{{.Actor.ID}}\t{{.Actor.Attributes.name}}\t{{.Actor.Attributes.exitCode}}\t\
                      {{.Actor.Attributes.signal}}\t{{index .Actor.Attributes \"com.docker.compose.project\"}}";
const ACTIONS: [&str; 7] = ["create", "destroy", "die", "health_status", "kill", "oom", "start"];

impl Truth {
    /// Hears from now on, and what was before.
    pub(crate) fn of(engine: &Engine) -> Truth {
        let mut command = Command::new("docker");
        command.args(["--host", &engine.host(), "events", "--since=0", "--filter=type=container", "--format", FORMAT]);
        command.args(ACTIONS.map(|action| format!("--filter=event={action}")));
        Truth(Process::until(command, "its output", || true).expect("docker starts"))
    }

    /// What has happened until now.
    pub(crate) fn counts(&self) -> Counts {
        count(&self.0.stdout())
    }

    /// How often a container has been through this.
    pub(crate) fn times(&self, name: &str, action: &str) -> usize {
        let events = self.0.stdout();
        let events = events.lines().map(Event::of);
        events.filter(|event| event.name == name && event.action == action).count()
    }
}

#[derive(Clone, Copy)]
struct Event<'t> {
    action: &'t str,
    id: &'t str,
    name: &'t str,
    code: &'t str,
    signal: &'t str,
    project: &'t str,
}

impl<'t> Event<'t> {
    fn of(line: &'t str) -> Event<'t> {
        let mut words = line.split('\t');
        let mut word = || words.next().filter(|word| *word != "<no value>").unwrap_or_default();
        Event { action: word(), id: word(), name: word(), code: word(), signal: word(), project: word() }
    }
}

/// A container on its way through the events.
#[derive(Default)]
struct Course<'t> {
    has_run: bool,
    /// Since it was started last: an end was asked for, and the kernel has killed.
    asked: bool,
    killed: bool,
    /// An end whose reason is not known before the next start: the engine may tell of a kill after the end.
    end: Option<Event<'t>>,
}

impl Course<'_> {
    fn ends(&mut self, counts: &mut Counts) {
        let Some(end) = self.end.take() else { return };
        let class = match end.code.parse().expect("an end has a code") {
            0 => "0",
            1..=125 => "1_125",
            126 | 127 => "126_127",
            137 => "137",
            143 => "143",
            _ => "signal_other",
        };
        let reason = match (self.asked, class, self.killed) {
            (true, _, _) => "stopped",
            (false, "137", true) => "oom",
            (false, _, _) => "exited",
        };
        add(&mut counts.exits, &[end.name, class, reason]);
    }
}

fn count(events: &str) -> Counts {
    let mut counts = Counts::default();
    let mut courses: BTreeMap<&str, Course<'_>> = BTreeMap::new();
    for event in events.lines().map(Event::of) {
        let course = courses.entry(event.id).or_default();
        match event.action {
            "create" => add(&mut counts.created, &[event.project]),
            "destroy" => add(&mut counts.destroyed, &[event.project]),
            "start" => {
                course.ends(&mut counts);
                if course.has_run {
                    add(&mut counts.restarts, &[event.name]);
                }
                *course = Course { has_run: true, ..Course::default() };
            }
            "kill" => course.asked |= ["9", "15"].contains(&event.signal),
            "oom" => {
                course.killed = true;
                add(&mut counts.oom_kills, &[event.name]);
            }
            "die" => course.end = Some(event),
            action => {
                let (_, health) = action.split_once(": ").expect("nothing else was asked for");
                add(&mut counts.health, &[event.name, health]);
            }
        }
    }
    courses.values_mut().for_each(|course| course.ends(&mut counts));
    counts
}

fn add(series: &mut Series, labels: &[&str]) {
    *series.entry(labels.join(" ")).or_default() += 1.0;
}

#[test]
fn a_course_of_events() {
    let events = "create\ta1\tweb\t\t\tshop\nstart\ta1\tweb\nhealth_status: healthy\ta1\tweb\ndie\ta1\tweb\t137\noom\ta1\tweb\n\
                  start\ta1\tweb\nkill\ta1\tweb\t\t1\ndie\ta1\tweb\t1\nstart\ta1\tweb\nkill\ta1\tweb\t<no value>\t15\n\
                  die\ta1\tweb\t137\ndestroy\ta1\tweb\t\t\tshop\n";
    let series = |of: &[(&str, f64)]| of.iter().map(|(labels, count)| ((*labels).to_owned(), *count)).collect();
    let expected = Counts {
        restarts: series(&[("web", 2.0)]),
        exits: series(&[("web 1_125 exited", 1.0), ("web 137 oom", 1.0), ("web 137 stopped", 1.0)]),
        oom_kills: series(&[("web", 1.0)]),
        health: series(&[("web healthy", 1.0)]),
        created: series(&[("shop", 1.0)]),
        destroyed: series(&[("shop", 1.0)]),
    };
    assert_eq!(count(events), expected);
}
