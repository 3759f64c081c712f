//! A question to a server outside of its scrapes: on a thread of its own, one at a time, by a deadline.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use exporter_toolkit::{Collector, CollectorSpec, CollectorState, Exporter, Outcome, Watch, lock};
use exposition::Families;

use crate::client::{Client, Target};
use crate::failure::{Class, Failure};
use crate::identity;
use crate::login::log_in;
use crate::server::Server;

/// What makes an answer of what a server says, once it is logged in to.
pub(crate) type Question<T> = Arc<dyn Fn(&mut Client) -> Result<T, Failure> + Send + Sync>;

/// What was answered last.
type Answer<T> = Arc<Mutex<Option<Result<T, Failure>>>>;

/// Asks a server something, each time over a connection of its own. It is an exporter within: what guards a scrape against a
/// server that hangs guards this too.
pub(crate) struct Call<T> {
    exporter: Exporter,
    answer: Answer<T>,
}

impl<T: Clone + Send + 'static> Call<T> {
    pub(crate) fn new(target: Arc<Target>, question: Question<T>) -> Self {
        let answer = Answer::<T>::default();
        let told = Arc::clone(&answer);
        let build = Box::new(move || -> Box<dyn Collector> {
            let client = Client::new(Arc::clone(&target));
            Box::new(Caller { client, question: Arc::clone(&question), answer: Arc::clone(&told) })
        });
        let exporter = Exporter::new(identity(), vec![CollectorSpec { name: "call", build }], false);
        Call { exporter, answer }
    }

    /// Who asks while another does gets the same answer.
    pub(crate) async fn ask(&self) -> Result<T, Failure> {
        let answered = self.exporter.check().await.iter().all(|(_, state)| *state == CollectorState::Works);
        let answer = lock(&self.answer).clone().filter(|_| answered);
        answer.unwrap_or_else(|| Err(Failure::new(Class::Timeout, "no answer in time")))
    }
}

struct Caller<T> {
    client: Client,
    question: Question<T>,
    answer: Answer<T>,
}

impl<T> Caller<T> {
    fn call(&mut self, watch: &Watch<'_>) -> Result<T, Failure> {
        let now = Instant::now();
        self.client.begin(now + watch.time_left(now));
        self.client.connect(watch)?;
        log_in(&mut self.client, true, &mut Server::default())?;
        (self.question)(&mut self.client)
    }
}

impl<T: Send + 'static> Collector for Caller<T> {
    fn read(&mut self, watch: &Watch<'_>) -> Outcome {
        let answer = self.call(watch);
        self.client.disconnect();
        *lock(&self.answer) = Some(answer);
        Outcome::Ok
    }

    fn samples(&self, _: &mut Families) {}
}
