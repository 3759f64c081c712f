//! Conversations with an engine that does as it is told.

mod answers;
mod events;
mod questions;

use std::thread;
use std::time::{Duration, Instant};

use testkit::engine::FakeEngine;

use crate::engine::places::Places;
use crate::engine::{Engine, Environment, Finder};

/// No test waits for it.
const LONG: Duration = Duration::from_secs(60);
/// For what never comes.
const SHORT: Duration = Duration::from_millis(100);

fn places(host: &str) -> Places {
    Finder { host: Some(host.parse().unwrap()), environment: Environment::default() }.find().unwrap()
}

async fn met(engine: &FakeEngine) -> Engine {
    Engine::meet(&places(&engine.host()), LONG).await.unwrap()
}

/// Waits for what another thread is about to do.
fn until(done: impl Fn() -> bool) {
    let begin = Instant::now();
    while !done() {
        assert!(begin.elapsed() < LONG, "it is not done after a minute");
        thread::yield_now();
    }
}
