//! The connections that are open, and who has to go when there are too many.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tokio::task::AbortHandle;
use tokio::time::Instant;

use crate::lock::lock;
use crate::web::connection::{Clock, Phase};

/// The open connections of one server.
pub(crate) struct Crowd {
    limit: usize,
    members: Mutex<Members>,
}

#[derive(Default)]
struct Members {
    next: u64,
    open: BTreeMap<u64, Member>,
    /// The weights of all.
    weight: usize,
}

struct Member {
    clock: Clock,
    /// What it counts for.
    weight: usize,
    /// Ends the connection; absent until its task runs.
    task: Option<AbortHandle>,
}

/// A connection's place; given back when dropped.
pub(crate) struct Place {
    crowd: Arc<Crowd>,
    id: u64,
}

impl Crowd {
    /// For connections that weigh at most `limit` together.
    pub(crate) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Crowd { limit, members: Mutex::default() })
    }

    /// A place for a new connection. Where there is no room, those which have waited longest for a header make it; `None`
    /// when every one has a request under way.
    pub(crate) fn enter(self: &Arc<Self>, clock: Clock, weight: usize) -> Option<Place> {
        let mut members = lock(&self.members);
        while members.weight + weight > self.limit {
            if !members.close_longest_waiting() {
                return None;
            }
        }
        let id = members.next;
        members.next += 1;
        members.weight += weight;
        members.open.insert(id, Member { clock, weight, task: None });
        Some(Place { crowd: Arc::clone(self), id })
    }

    /// Closes the connection that has waited longest for a header; `false` when none waits for one.
    pub(crate) fn close_longest_waiting(&self) -> bool {
        lock(&self.members).close_longest_waiting()
    }
}

impl Members {
    fn close_longest_waiting(&mut self) -> bool {
        let waiting = self.open.iter().filter(|(_, member)| member.task.is_some());
        let waiting = waiting.filter_map(|(id, member)| Some((patience_for(&member.clock)?, *id)));
        let Some((_, id)) = waiting.min() else { return false };
        if let Some(task) = self.remove(id).and_then(|member| member.task) {
            task.abort();
        }
        true
    }

    fn remove(&mut self, id: u64) -> Option<Member> {
        let member = self.open.remove(&id)?;
        self.weight -= member.weight;
        Some(member)
    }
}

/// What orders connections that wait for their client, first whoever has to go first: those whose header or body is due
/// before those that may be idle. `None` for one with a request under way.
fn patience_for(clock: &Clock) -> Option<(bool, Instant)> {
    let (phase, since) = clock.now();
    match phase {
        Phase::Handshake | Phase::Header | Phase::Body => Some((false, since)),
        Phase::Idle => Some((true, since)),
        Phase::Serving | Phase::Writing => None,
    }
}

impl Place {
    /// The task that serves the connection, by which it can be closed.
    pub(crate) fn served_by(&self, task: AbortHandle) {
        if let Some(member) = lock(&self.crowd.members).open.get_mut(&self.id) {
            member.task = Some(task);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        lock(&self.crowd.members).remove(self.id);
    }
}

#[cfg(test)]
mod tests {
    use std::mem::forget;
    use std::time::Duration;

    use super::*;

    /// A connection in this phase since now.
    fn clock(phase: Phase) -> Clock {
        let clock = Clock::new(Phase::Handshake);
        match phase {
            Phase::Handshake => {}
            Phase::Header => clock.agreed(false),
            Phase::Body => {
                forget((clock.serving(), clock.awaits_body()));
            }
            Phase::Serving => forget(clock.serving()),
            Phase::Writing => clock.serving().writing(),
            Phase::Idle => {
                clock.agreed(true);
                clock.serving().writing();
                clock.handed_over(None);
            }
        }
        assert_eq!(clock.now().0, phase);
        clock
    }

    /// Which of connections in these phases, begun one after the other, are closed for others one by one.
    async fn closed(phases: &[Phase]) -> Vec<usize> {
        let crowd = Crowd::new(phases.len());
        let mut open = Vec::new();
        for phase in phases {
            let place = crowd.enter(clock(*phase), 1).unwrap();
            let task = tokio::spawn(std::future::pending::<()>());
            place.served_by(task.abort_handle());
            open.push((place, task));
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        let mut closed = Vec::new();
        let mut newcomers = Vec::new();
        while let Some(newcomer) = crowd.enter(clock(Phase::Serving), 1) {
            newcomers.push(newcomer);
            tokio::task::yield_now().await;
            closed.extend(
                (0..open.len()).filter(|&at| open[at].1.is_finished() && !closed.contains(&at)).collect::<Vec<_>>(),
            );
        }
        closed
    }

    #[tokio::test(start_paused = true)]
    async fn who_goes_when_there_are_too_many() {
        use Phase::{Body, Handshake, Header, Idle, Serving, Writing};
        assert_eq!(closed(&[Header, Header, Header]).await, [0, 1, 2]);
        assert_eq!(closed(&[Idle, Serving, Header, Idle, Handshake, Writing]).await, [2, 4, 0, 3]);
        assert_eq!(closed(&[Idle, Body, Header]).await, [1, 2, 0]);
        assert_eq!(closed(&[Serving, Writing]).await, [] as [usize; 0]);
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_weighs_more_takes_the_place_of_several() {
        let crowd = Crowd::new(4);
        let light: Vec<_> = (0..4).map(|_| crowd.enter(clock(Phase::Header), 1).unwrap()).collect();
        let tasks: Vec<_> = light.iter().map(|_| tokio::spawn(std::future::pending::<()>())).collect();
        light.iter().zip(&tasks).for_each(|(place, task)| place.served_by(task.abort_handle()));
        let _heavy = crowd.enter(clock(Phase::Serving), 3).unwrap();
        tokio::task::yield_now().await;
        assert_eq!(tasks.iter().filter(|task| task.is_finished()).count(), 3);
        drop(light);
        assert!(crowd.enter(clock(Phase::Header), 2).is_none());
        assert!(crowd.enter(clock(Phase::Header), 1).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_place_that_is_given_back() {
        let crowd = Crowd::new(1);
        let place = crowd.enter(clock(Phase::Serving), 1).unwrap();
        assert!(crowd.enter(clock(Phase::Header), 1).is_none());
        drop(place);
        assert!(crowd.enter(clock(Phase::Header), 1).is_some());
    }
}
