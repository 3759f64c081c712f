//! Requests are taken one group at a time: what has arrived while the last commit was under way shares the next one.
//!
//! ```text
//! delivery ──▶ decode ──▶ metrics, logs ──▶ books, transaction ──▶ commit ──▶ publish ──▶ verdicts
//! ```
//!
//! A verdict is given only when what it says is durable. A transaction that fails leaves nothing behind: its senders are
//! told to come again.

mod books;
mod change;
mod entry;
mod logs;
mod metrics;
mod sources;
mod target;
mod values;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use exporter_toolkit::lock;
use ledger::{Ledger, LedgerError, Nanos};
use otlp::{DecodeError, Limits};

pub(crate) use crate::bookkeeper::books::Caps;
use crate::bookkeeper::books::{Books, Staged};
use crate::bookkeeper::entry::Entry;
use crate::labels::{Digest, Key};
use crate::own::Own;
use crate::policy::Policy;
use crate::published::Published;
use crate::receive::{Delivery, Signal, Verdict};
use crate::tally::Tally;

/// When a sender whose request could not be written may come again.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// How often the ledger's files are measured, at most.
const MEASURED_EVERY: Duration = Duration::from_secs(1);

/// Keeps the ledger and what is published of it. Lives on one thread.
pub(crate) struct Bookkeeper {
    ledger: Ledger,
    books: Books,
    own: Arc<Own>,
    limits: Limits,
    /// The last failure to write, told of once.
    failing: Option<&'static str>,
    /// When the ledger's files were measured last.
    measured: Option<Instant>,
}

/// What came of one delivery in a transaction.
enum Taken {
    Done { tally: Tally, duplicate: bool },
    Undecodable(DecodeError),
}

impl Bookkeeper {
    /// Puts what the ledger holds on the page.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub(crate) fn new(
        mut ledger: Ledger,
        policy: Policy,
        caps: Caps,
        published: &Arc<Mutex<Published>>,
        own: Arc<Own>,
    ) -> Result<Self, LedgerError> {
        let mut books = Books::new(ledger.key(), policy, caps, Arc::clone(published));
        books.load(&mut ledger)?;
        lock(published).sessions.load(ledger.sessions(crate::sessions::SHOWN)?);
        own.set_aside.set(ledger.set_aside().is_some().into());
        own.series_limit.set(i64::try_from(caps.series).unwrap_or(i64::MAX));
        own.series.set(i64::try_from(books.series()).unwrap_or(i64::MAX));
        let mut bookkeeper =
            Bookkeeper { ledger, books, own, limits: Limits::default(), failing: None, measured: None };
        bookkeeper.tell(Ok(()));
        Ok(bookkeeper)
    }

    /// Takes deliveries, and says what came of each, in their order.
    pub(crate) fn take(&mut self, deliveries: &[Delivery], now: Nanos) -> Vec<Verdict> {
        match self.guarded(deliveries, now) {
            Some(verdicts) => verdicts,
            // One of them has met a defect of ours. Alone, it does no harm to the others.
            None => deliveries.iter().map(|delivery| self.take_alone(delivery, now)).collect(),
        }
    }

    fn take_alone(&mut self, delivery: &Delivery, now: Nanos) -> Verdict {
        let verdicts = self.guarded(std::slice::from_ref(delivery), now);
        verdicts.and_then(|mut verdicts| verdicts.pop()).unwrap_or_else(|| {
            self.count(delivery, "panicked");
            Verdict::Malformed("this request met a defect of the bridge, which is in its log".to_owned())
        })
    }

    /// `None` when it has panicked; nothing is left of the transaction then.
    fn guarded(&mut self, deliveries: &[Delivery], now: Nanos) -> Option<Vec<Verdict>> {
        catch_unwind(AssertUnwindSafe(|| self.take_group(deliveries, now))).ok()
    }

    fn take_group(&mut self, deliveries: &[Delivery], now: Nanos) -> Vec<Verdict> {
        let began = Instant::now();
        match self.transact(deliveries, now) {
            Ok(taken) => {
                self.tell(Ok(()));
                self.own.commits.observe(began.elapsed().as_secs_f64());
                self.own.series.set(i64::try_from(self.books.series()).unwrap_or(i64::MAX));
                deliveries.iter().zip(taken).map(|(delivery, taken)| self.verdict(delivery, taken)).collect()
            }
            Err(error) => {
                self.tell(Err(&error));
                let unwritten = |delivery: &Delivery| {
                    self.count(delivery, "unwritten");
                    let message = format!("the ledger can't be written: {error}; what was sent is not counted yet");
                    Verdict::Unavailable { retry_after: RETRY_AFTER, message }
                };
                deliveries.iter().map(unwritten).collect()
            }
        }
    }

    fn transact(&mut self, deliveries: &[Delivery], now: Nanos) -> Result<Vec<Taken>, LedgerError> {
        let Bookkeeper { ledger, books, limits, .. } = self;
        let mut staged = Staged::default();
        let mut tx = ledger.begin(now)?;
        let mut taken = Vec::with_capacity(deliveries.len());
        for delivery in deliveries {
            let mut entry = Entry { books, tx: &mut tx, staged: &mut staged, now };
            taken.push(take_one(&mut entry, delivery, limits)?);
        }
        staged.sessions = tx.sessions().cloned().collect();
        let changed = tx.commit()?;
        books.publish(ledger, staged, &changed, now);
        Ok(taken)
    }

    fn verdict(&self, delivery: &Delivery, taken: Taken) -> Verdict {
        let (tally, duplicate) = match taken {
            Taken::Done { tally, duplicate } => (tally, duplicate),
            Taken::Undecodable(error) => {
                self.count(delivery, "malformed");
                return Verdict::Malformed(error.to_string());
            }
        };
        let rejected = tally.rejected();
        self.count(delivery, if duplicate { "duplicate" } else { "accepted" });
        self.own.tally(delivery.signal, &tally, duplicate);
        if rejected == 0 { Verdict::Accepted } else { Verdict::Partial { rejected, message: tally.message() } }
    }

    fn count(&self, delivery: &Delivery, outcome: &str) {
        self.own.request(Some(delivery.signal), delivery.protocol, Some(delivery.encoding), outcome);
    }

    /// Ends series that nothing was heard of, and says when to come again.
    pub(crate) fn expire(&mut self, now: Instant) -> Option<Duration> {
        self.books.expire(now)
    }

    /// Tells, once per change, whether the ledger can be written.
    fn tell(&mut self, written: Result<(), &LedgerError>) {
        self.own.writable.set(written.is_ok().into());
        if self.measured.is_none_or(|measured| measured.elapsed() >= MEASURED_EVERY) {
            self.own.ledger_size.set(i64::try_from(self.ledger.size()).unwrap_or(i64::MAX));
            self.measured = Some(Instant::now());
        }
        match (written, self.failing) {
            (Ok(()), Some(_)) => tracing::info!("the ledger can be written again"),
            (Err(error), failing) => {
                self.own.write_errors.with_label_values(&[error.reason()]).inc();
                if failing != Some(error.reason()) {
                    tracing::error!(%error, "the ledger can't be written; senders are told to come again");
                }
            }
            (Ok(()), None) => {}
        }
        self.failing = written.err().map(LedgerError::reason);
    }
}

/// Takes one delivery into the transaction. An error ends the transaction; what is wrong with the delivery does not.
fn take_one(entry: &mut Entry<'_, '_, '_>, delivery: &Delivery, limits: &Limits) -> Result<Taken, LedgerError> {
    let mut tally = Tally::default();
    let body = &delivery.body[..];
    let encoding = delivery.encoding;
    let duplicate = match delivery.signal {
        Signal::Metrics => {
            let request = match otlp::metrics(body, encoding, limits) {
                Ok(request) => request,
                Err(error) => return Ok(Taken::Undecodable(error)),
            };
            let known = metrics::has_deltas(&request) && !entry.tx.first_time(digest(&entry.books.key, delivery))?;
            if known {
                tally.taken = metrics::points(&request);
            } else {
                metrics::take(entry, &request, &mut tally)?;
            }
            known
        }
        Signal::Logs => {
            let request = match otlp::logs(body, encoding, limits) {
                Ok(request) => request,
                Err(error) => return Ok(Taken::Undecodable(error)),
            };
            let known = logs::has_requests(&request) && !entry.tx.first_time(digest(&entry.books.key, delivery))?;
            if known {
                tally.taken = logs::records(&request);
            } else {
                logs::take(entry, &request, &mut tally)?;
            }
            known
        }
        Signal::Traces => match otlp::traces(body, encoding, limits) {
            Ok(request) => {
                tally.ignored =
                    request.iter().flat_map(|resource| &resource.scopes).map(|scope| scope.spans.len() as u64).sum();
                false
            }
            Err(error) => return Ok(Taken::Undecodable(error)),
        },
    };
    Ok(Taken::Done { tally, duplicate })
}

/// What a request is known by when it is sent again.
fn digest(key: &Key, delivery: &Delivery) -> [u8; 16] {
    let mut digest = Digest::new(key);
    digest.number(delivery.signal as u64).part(&delivery.body);
    digest.finish().to_le_bytes()
}
