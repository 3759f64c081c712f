//! The way from the receivers to the ledger thread and back.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};
use std::{io, iter};

use exporter_toolkit::now_nanos;
use tokio::sync::oneshot;

use crate::bookkeeper::Bookkeeper;
use crate::own::Own;
use crate::receive::{Delivery, Protocol, Reason, Signal, Sink, Verdict};

/// Deliveries that wait.
const MOST_WAITING: usize = 64;
/// Bytes of all of them; one alone may have more.
const MOST_WAITING_BYTES: usize = 32 << 20;
/// Deliveries that share a commit.
const MOST_TOGETHER: usize = 32;
/// When a sender that found the queue full may come again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// A delivery, and where its verdict goes.
type Waiting = (Delivery, oneshot::Sender<Verdict>);

/// Hands deliveries to the ledger thread. Dropped, it waits until that has closed the ledger.
pub(crate) struct Queue {
    /// Absent at the end.
    waiting: Option<SyncSender<Waiting>>,
    thread: Option<JoinHandle<()>>,
    bytes: Arc<AtomicUsize>,
    own: Arc<Own>,
}

impl Queue {
    /// Starts the ledger thread, which ends when the queue is dropped and empty.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub(crate) fn start(bookkeeper: Bookkeeper, own: Arc<Own>) -> io::Result<Self> {
        let (waiting, deliveries) = sync_channel(MOST_WAITING);
        let bytes = Arc::new(AtomicUsize::new(0));
        let held = Arc::clone(&bytes);
        let thread = Builder::new().name("ledger".to_owned()).spawn(move || keep(bookkeeper, &deliveries, &held))?;
        Ok(Queue { waiting: Some(waiting), thread: Some(thread), bytes, own })
    }

    /// Puts the delivery in the queue, if there is room.
    fn enqueue(&self, delivery: Delivery) -> Option<oneshot::Receiver<Verdict>> {
        let size = delivery.body.len();
        let before = self.bytes.fetch_add(size, Ordering::Relaxed);
        let (verdict, given) = oneshot::channel();
        let fits = before == 0 || before + size <= MOST_WAITING_BYTES;
        if fits && self.waiting.as_ref().is_some_and(|waiting| waiting.try_send((delivery, verdict)).is_ok()) {
            return Some(given);
        }
        self.bytes.fetch_sub(size, Ordering::Relaxed);
        None
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        drop(self.waiting.take());
        if let Some(thread) = self.thread.take() {
            // It catches panics; one beside them has been logged.
            thread.join().ok();
        }
    }
}

impl Sink for Queue {
    async fn deliver(&self, delivery: Delivery) -> Verdict {
        let (signal, protocol, encoding) = (delivery.signal, delivery.protocol, delivery.encoding);
        let verdict = match self.enqueue(delivery) {
            Some(given) => given.await.ok(),
            None => None,
        };
        verdict.unwrap_or_else(|| {
            self.own.request(Some(signal), protocol, Some(encoding), "busy");
            let message = "too many requests are waiting to be written; come again".to_owned();
            Verdict::Unavailable { retry_after: RETRY_AFTER, message }
        })
    }

    fn refused(&self, signal: Option<Signal>, protocol: Protocol, reason: Reason) {
        self.own.request(signal, protocol, None, reason.label());
    }
}

/// The ledger thread: takes what waits, all together, until nobody can send any more.
fn keep(mut bookkeeper: Bookkeeper, deliveries: &Receiver<Waiting>, bytes: &AtomicUsize) {
    let mut expires = None;
    loop {
        let first = match expires {
            // Nothing wakes this thread where there is nothing that ends.
            None => deliveries.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(soon) => deliveries.recv_timeout(soon),
        };
        let first = match first {
            Ok(first) => Some(first),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        if let Some(first) = first {
            let waiting = iter::once(first).chain(deliveries.try_iter().take(MOST_TOGETHER - 1));
            let (group, verdicts): (Vec<_>, Vec<_>) = waiting.unzip();
            let given = bookkeeper.take(&group, now_nanos());
            bytes.fetch_sub(group.iter().map(|delivery| delivery.body.len()).sum(), Ordering::Relaxed);
            for (verdict, given) in verdicts.into_iter().zip(given) {
                // Who has gone away will send it again, and be told then.
                drop(verdict.send(given));
            }
        }
        expires = bookkeeper.expire(Instant::now());
    }
}
