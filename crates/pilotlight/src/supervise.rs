//! A thread that is started again when it dies.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Waiting times before the first and, doubled each time, before any later restart.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Runs `work` on a thread of this name; when it panics, again after a pause. The thread ends when `work` returns.
///
/// # Errors
/// When the system refuses a thread.
pub(crate) fn supervise(
    name: &'static str,
    work: impl Fn() + Send + 'static,
    pause: impl Fn(Duration) + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    thread::Builder::new().name(name.into()).spawn(move || {
        let mut wait = FIRST_PAUSE;
        while catch_unwind(AssertUnwindSafe(&work)).is_err() {
            tracing::error!(exporter = name, seconds = wait.as_secs(), "died; starting it again");
            pause(wait);
            wait = LONGEST_PAUSE.min(wait * 2);
        }
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::sync::{Arc, Mutex};

    use super::*;

    #[test]
    fn a_thread_that_dies_is_started_again_after_longer_and_longer_pauses() {
        let runs = Arc::new(AtomicU64::new(0));
        let pauses = Arc::new(Mutex::new(Vec::new()));
        let (counted, noted) = (Arc::clone(&runs), Arc::clone(&pauses));
        let work = move || assert!(counted.fetch_add(1, Ordering::Relaxed) >= 8, "a panic of the test's own");
        let thread = supervise("x", work, move |pause| noted.lock().unwrap().push(pause.as_secs())).unwrap();
        thread.join().unwrap();
        assert_eq!(runs.load(Ordering::Relaxed), 9);
        assert_eq!(*pauses.lock().unwrap(), [1, 2, 4, 8, 16, 32, 60, 60]);
    }
}
