//! The thread that does the bcrypt: one, so that passwords never cost more than one processor.

use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use ring::rand::{SecureRandom as _, SystemRandom};
use tokio::sync::watch;
use zeroize::Zeroizing;

use super::Verdict;
use super::cache::{Cache, Tag, Tagger};
use super::users::{Hash, Users};
use crate::lock::lock;

/// Checks that wait for the one that the thread is at.
pub(super) const MOST_WAITING: usize = 8;
/// A check takes less than 16 kB, the tables of bcrypt in it, and the end of one that panicked up to 32 kB; what is not touched
/// is no memory.
const STACK_BYTES: usize = 128 * 1024;

/// After a check the thread rests for this part of the time that it took: what a flood of passwords costs, their requests
/// included, stays below one processor.
const REST: u32 = 8;

/// Whether a hash is that of a password; takes its time.
pub(super) type Compare = dyn Fn(&Hash, &[u8]) -> bool + Send + Sync;

/// Answers from the cache, or has the thread find out.
pub(super) struct Thread {
    tagger: Tagger,
    shared: Arc<Shared>,
}

struct Shared {
    compare: Box<Compare>,
    /// Stands in for the hash of a user who is not there, and for what is left to do after a refusal.
    decoy: [u8; 47],
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    cache: Cache,
    waiting: VecDeque<Check>,
    /// Those that wait, and the one that the thread is at.
    in_flight: Vec<(Tag, watch::Sender<Option<Verdict>>)>,
    /// Whether the thread lives; it ends when nothing waits.
    working: bool,
}

/// A password that is to be checked.
struct Check {
    tag: Tag,
    user: Vec<u8>,
    hash: Option<Hash>,
    password: Zeroizing<Vec<u8>>,
    highest_cost: u32,
    /// How many users there are.
    configured: usize,
}

impl Thread {
    pub(super) fn new(compare: Box<Compare>) -> io::Result<Self> {
        let random = SystemRandom::new();
        let mut decoy = [0; 47];
        let filled = random.fill(&mut decoy).and_then(|()| Tagger::new(&random));
        let tagger = filled.map_err(|_| io::Error::other("the system has no random bytes"))?;
        Ok(Thread { tagger, shared: Arc::new(Shared { compare, decoy, state: Mutex::default() }) })
    }

    /// The verdict on a user's password: at once if it is known, else when the thread has come to it. The same question,
    /// asked again meanwhile, waits for the same answer.
    pub(super) async fn check(&self, users: &Users, user: &[u8], password: Zeroizing<Vec<u8>>) -> Verdict {
        let hash = users.hash_of(user);
        let tag = self.tagger.tag(user, hash, &password);
        let mut verdict = {
            let mut state = lock(&self.shared.state);
            if let Some(right) = state.cache.get(&tag) {
                return Verdict::on(right);
            }
            match state.in_flight.iter().find(|(asked, _)| *asked == tag) {
                Some((_, publish)) => publish.subscribe(),
                None if state.in_flight.len() > MOST_WAITING => return Verdict::Busy,
                None => {
                    let (hash, user) = (hash.cloned(), user.to_vec());
                    let (highest_cost, configured) = (users.highest_cost(), users.len());
                    match self.ask(&mut state, Check { tag, user, hash, password, highest_cost, configured }) {
                        Ok(verdict) => verdict,
                        Err(error) => {
                            tracing::debug!(%error, "can't start the thread that checks passwords");
                            return Verdict::Busy;
                        }
                    }
                }
            }
        };
        // Asked to the end even when the client does not wait for it: its next request finds the answer.
        verdict.wait_for(Option::is_some).await.ok().and_then(|verdict| *verdict).unwrap_or(Verdict::Unauthorized)
    }

    /// Puts the check into the queue, and starts the thread if there is none.
    fn ask(&self, state: &mut State, check: Check) -> io::Result<watch::Receiver<Option<Verdict>>> {
        if !state.working {
            let shared = Arc::clone(&self.shared);
            thread::Builder::new().name("passwords".into()).stack_size(STACK_BYTES).spawn(move || shared.work())?;
            state.working = true;
        }
        let (publish, verdict) = watch::channel(None);
        state.in_flight.push((check.tag, publish));
        state.waiting.push_back(check);
        Ok(verdict)
    }
}

impl Shared {
    /// Checks what waits, until nothing does.
    fn work(&self) {
        while let Some(check) = self.next() {
            let begin = Instant::now();
            let right = catch_unwind(AssertUnwindSafe(|| self.run(&check)));
            let mut state = lock(&self.state);
            match right {
                Ok(true) => state.cache.allow(check.user, check.tag, check.configured),
                Ok(false) => state.cache.refuse(check.tag),
                // It told nothing of the password: refused, and not remembered.
                Err(_) => {}
            }
            if let Some(position) = state.in_flight.iter().position(|(asked, _)| *asked == check.tag) {
                let (_, publish) = state.in_flight.swap_remove(position);
                publish.send_replace(Some(Verdict::on(right.unwrap_or(false))));
            }
            drop(state);
            thread::sleep(begin.elapsed() / REST);
        }
    }

    fn next(&self) -> Option<Check> {
        let mut state = lock(&self.state);
        let next = state.waiting.pop_front();
        state.working = next.is_some();
        next
    }

    /// Whether the password is right. A refusal takes as long for every user, there or not.
    fn run(&self, check: &Check) -> bool {
        let compare = |hash: &Hash| (self.compare)(hash, &check.password);
        if check.hash.as_ref().is_some_and(compare) {
            return true;
        }
        for cost in remaining(check.hash.as_ref().map(|hash| hash.cost), check.highest_cost) {
            compare(&Hash::decoy(cost, self.decoy));
        }
        false
    }
}

/// The costs of the hashes that are still to be made after one of cost `done` was, so that all together take as long as
/// one of the highest cost. Each cost is twice the work of the one below it, and 2^a + 2^a + 2^(a+1) + … + 2^(b-1) = 2^b.
fn remaining(done: Option<u32>, highest: u32) -> impl Iterator<Item = u32> {
    match done {
        Some(cost) => cost..highest,
        None => highest..highest + 1,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Condvar;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::super::User;
    use super::*;

    const HASH: &str = "$2a$04$uG1REoKeHo.gZ60Z.w7BseWTR7FujTNaND2ZGdLtGwl/R0.04uo2y";

    /// A thread whose comparisons take as long as the test wants: `right` is right, at `panic` it panics.
    struct Slow {
        thread: Arc<Thread>,
        users: Arc<Users>,
        gate: Arc<(Mutex<bool>, Condvar)>,
        compared: Arc<AtomicUsize>,
    }

    impl Slow {
        fn new() -> Self {
            let gate = Arc::new((Mutex::new(false), Condvar::new()));
            let compared = Arc::new(AtomicUsize::new(0));
            let (entered, count) = (Arc::clone(&gate), Arc::clone(&compared));
            let thread = Thread::new(Box::new(move |_, password| {
                count.fetch_add(1, Ordering::SeqCst);
                drop(entered.1.wait_while(entered.0.lock().unwrap(), |open| !*open));
                assert_ne!(password, b"panic");
                password == b"right"
            }));
            let users = ["alice", "bob"].map(|name| User::new(name.to_owned(), HASH).unwrap());
            Slow { thread: Arc::new(thread.unwrap()), users: Arc::new(Users::new(users)), gate, compared }
        }

        fn open(&self, open: bool) {
            *self.gate.0.lock().unwrap() = open;
            self.gate.1.notify_all();
        }

        fn compared(&self) -> usize {
            self.compared.load(Ordering::SeqCst)
        }

        async fn check(&self, user: &str, password: &str) -> Verdict {
            self.thread.check(&self.users, user.as_bytes(), Zeroizing::new(password.into())).await
        }

        /// Asks without waiting; `None` when there is no answer yet.
        async fn at_once(&self, user: &str, password: &str) -> Option<Verdict> {
            tokio::time::timeout(Duration::ZERO, self.check(user, password)).await.ok()
        }

        /// As many requests as a task each.
        async fn requests(&self, passwords: impl IntoIterator<Item = String>) -> Vec<tokio::task::JoinHandle<Verdict>> {
            let tasks = passwords.into_iter().map(|password| {
                let (thread, users) = (Arc::clone(&self.thread), Arc::clone(&self.users));
                tokio::spawn(async move { thread.check(&users, b"alice", Zeroizing::new(password.into_bytes())).await })
            });
            let tasks = tasks.collect();
            tokio::task::yield_now().await;
            tasks
        }
    }

    async fn verdicts(tasks: Vec<tokio::task::JoinHandle<Verdict>>) -> Vec<Verdict> {
        let mut verdicts = Vec::new();
        for task in tasks {
            verdicts.push(task.await.unwrap());
        }
        verdicts
    }

    #[tokio::test]
    async fn forty_scrapes_after_a_restart_cost_one_comparison() {
        let slow = Slow::new();
        let tasks = slow.requests(vec!["right".to_owned(); 40]).await;
        slow.open(true);
        assert_eq!(verdicts(tasks).await, [Verdict::Allowed; 40]);
        assert_eq!(slow.at_once("alice", "right").await, Some(Verdict::Allowed));
        assert_eq!(slow.compared(), 1);
    }

    #[tokio::test]
    async fn more_passwords_than_may_wait() {
        let slow = Slow::new();
        let tasks = slow.requests((0..20).map(|number| number.to_string())).await;
        slow.open(true);
        let mut expected = [Verdict::Busy; 20];
        expected[..=MOST_WAITING].fill(Verdict::Unauthorized);
        assert_eq!(verdicts(tasks).await, expected);
        assert_eq!(slow.check("alice", "19").await, Verdict::Unauthorized);
    }

    #[tokio::test]
    async fn a_user_who_is_known_does_not_wait_for_those_who_are_not() {
        let slow = Slow::new();
        slow.open(true);
        assert_eq!(slow.check("bob", "right").await, Verdict::Allowed);
        assert_eq!(slow.check("bob", "wrong").await, Verdict::Unauthorized);
        slow.open(false);
        let tasks = slow.requests((0..20).map(|number| number.to_string())).await;
        assert_eq!(slow.at_once("bob", "right").await, Some(Verdict::Allowed));
        assert_eq!(slow.at_once("bob", "wrong").await, Some(Verdict::Unauthorized));
        assert_eq!(slow.at_once("alice", "right").await, Some(Verdict::Busy));
        slow.open(true);
        verdicts(tasks).await;
    }

    #[tokio::test]
    async fn a_client_that_does_not_wait_finds_the_answer_when_it_comes_back() {
        let slow = Slow::new();
        assert_eq!(slow.at_once("alice", "right").await, None);
        assert_eq!(slow.at_once("alice", "right").await, None);
        slow.open(true);
        assert_eq!(slow.check("alice", "right").await, Verdict::Allowed);
        assert_eq!(slow.compared(), 1);
    }

    #[tokio::test]
    async fn a_panic_refuses_one_request_and_is_not_remembered() {
        let slow = Slow::new();
        slow.open(true);
        for times in 1..=2 {
            assert_eq!(slow.check("alice", "panic").await, Verdict::Unauthorized);
            assert_eq!(slow.compared(), times);
        }
        assert_eq!(slow.check("alice", "right").await, Verdict::Allowed);
    }

    #[tokio::test]
    async fn the_thread_ends_when_nothing_waits() {
        let slow = Slow::new();
        slow.open(true);
        for (nth, password) in ["right", "wrong"].into_iter().enumerate() {
            slow.check("alice", password).await;
            while Arc::strong_count(&slow.thread.shared) > 1 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            assert_eq!(slow.compared(), nth + 1);
        }
    }

    #[test]
    fn a_refusal_is_the_same_work_for_every_user() {
        for highest in 4..=31 {
            let work = |done: Option<u32>| {
                let rest = remaining(done, highest).map(|cost| 1_u64 << cost).sum::<u64>();
                rest + done.map_or(0, |cost| 1 << cost)
            };
            assert_eq!(work(None), 1 << highest);
            (4..=highest).for_each(|cost| assert_eq!(work(Some(cost)), 1 << highest, "{cost} {highest}"));
        }
    }
}
