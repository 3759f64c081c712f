//! One scrape of one server.

use std::sync::Arc;
use std::time::{Duration, Instant};

use exporter_toolkit::{Collector, CollectorSpec, Outcome, Watch};
use exposition::Families;

use crate::client::{Client, Lost, Target};
use crate::failure::Failure;
use crate::info::Flavour;
use crate::keys::{self, Keys};
use crate::login::{info, log_in};
use crate::page::{self, Out, Scrape};
use crate::parts::part::{Next, Part};
use crate::parts::parts;
use crate::server::Server;
use crate::settings::Settings;

/// What shaping and answering need of the time that the collector is given.
const MARGIN: Duration = Duration::from_millis(50);
/// More round trips than this no part gets in one scrape.
const MOST_ROUNDS: usize = 4;

/// Everything about one server.
pub(crate) struct Redis {
    settings: Arc<Settings>,
    client: Client,
    server: Server,
    parts: Vec<Box<dyn Part>>,
    keys: Keys,
    scrape: Scrape,
}

impl Redis {
    /// The collector of one server.
    pub(crate) fn collector(target: Arc<Target>, settings: Arc<Settings>) -> CollectorSpec {
        let build = move || -> Box<dyn Collector> { Box::new(Redis::new(Arc::clone(&target), Arc::clone(&settings))) };
        CollectorSpec { name: "redis", build: Box::new(build) }
    }

    /// Nothing is asked yet.
    fn new(target: Arc<Target>, settings: Arc<Settings>) -> Self {
        Redis {
            client: Client::new(target),
            server: Server::default(),
            parts: parts(&settings),
            keys: Keys::new(Arc::clone(&settings)),
            scrape: Scrape::default(),
            settings,
        }
    }

    /// Scrapes over the connection that there is, or a new one.
    fn attempt(&mut self, watch: &Watch<'_>) -> Result<(), Failure> {
        self.scrape.ping_seconds = None;
        let kept = self.client.is_connected();
        if !kept {
            self.log_in(watch)?;
        }
        let until = Instant::now() + if kept { self.client.time_left() / 2 } else { self.client.time_left() };
        match self.ask(until) {
            // The server may have closed it meanwhile, or what is in between may have forgotten it.
            Err(Lost { nothing_came: true, failure }) if kept => {
                tracing::debug!(target = %self.client.target().address, %failure, "a kept connection was of no use");
                self.log_in(watch)?;
                self.ask(Instant::now() + self.client.time_left()).map_err(|lost| lost.failure)
            }
            result => result.map_err(|lost| lost.failure),
        }
    }

    /// Connects, says who we are, and learns what the server is.
    fn log_in(&mut self, watch: &Watch<'_>) -> Result<(), Failure> {
        let begin = Instant::now();
        self.scrape.connect_seconds = None;
        self.client.connect(watch)?;
        self.scrape.connect_seconds = Some(begin.elapsed().as_secs_f64());
        log_in(&mut self.client, self.settings.client_name, &mut self.server)
    }

    fn ping(&mut self, until: Instant) -> Result<(), Lost> {
        let begin = Instant::now();
        let mut commands = self.client.commands();
        commands.add("PING", ["PING"]);
        self.client.ask_within(&commands, until)?;
        self.scrape.ping_seconds = Some(begin.elapsed().as_secs_f64());
        Ok(())
    }

    /// The round trip that all parts share, and those that follow from what came.
    fn ask(&mut self, until: Instant) -> Result<(), Lost> {
        if self.settings.ping {
            self.ping(until)?;
        }
        // What modules say is in no more than this; some of them look at all their data for it.
        let everything = self.settings.modules
            && match self.server.info.flavour() {
                Flavour::Redis | Flavour::Valkey | Flavour::KeyDb => self.server.info.redis_version() >= [6, 0, 0],
                Flavour::Dragonfly => false,
            };
        let mut until = until;
        let mut asking: Vec<usize> = (0..self.parts.len()).collect();
        for round in 0..MOST_ROUNDS {
            let mut commands = self.client.commands();
            if round == 0 {
                commands.add("INFO", ["INFO", if everything { "everything" } else { "all" }]);
            }
            let mut counts = Vec::with_capacity(asking.len());
            for part in &asking {
                let before = commands.len();
                self.parts[*part].ask(&self.server, &mut commands);
                counts.push(commands.len() - before);
            }
            let mut replies = self.client.ask_within(&commands, until)?;
            if round == 0 {
                info(&mut self.server, &mut replies).map_err(|failure| Lost { failure, nothing_came: false })?;
            }
            let mut more = Vec::new();
            for (part, count) in asking.into_iter().zip(counts) {
                let mut own = replies.split(count);
                if self.parts[part].take(&mut self.server, &mut own) == Next::Ask {
                    more.push(part);
                }
            }
            if more.is_empty() {
                break;
            }
            asking = more;
            until = Instant::now() + self.client.time_left();
        }
        Ok(())
    }
}

impl Collector for Redis {
    fn read(&mut self, watch: &Watch<'_>) -> Outcome {
        let begin = Instant::now();
        self.client.begin(begin + watch.time_left(begin).saturating_sub(MARGIN));
        self.scrape.scrapes += 1;
        let role = self.server.info.role().map(str::to_owned);
        let kept = self.client.is_connected();
        let read = self.attempt(watch).map(|()| self.keys.read(&mut self.client, &self.server, watch));
        if kept && self.server.info.role() != role.as_deref() {
            // After a failover the name may lead to another server, which only a new connection finds out.
            self.client.disconnect();
        }
        self.scrape.seconds = begin.elapsed().as_secs_f64();
        self.scrape.seconds_sum += self.scrape.seconds;
        self.scrape.up = read.is_ok();
        self.scrape.error = read.as_ref().err().map(|failure| failure.class.word());
        self.scrape.round_trips = self.client.round_trips;
        self.scrape.connections = self.client.connections;
        self.scrape.commands = self.client.answered().collect();
        match read {
            Ok(()) => Outcome::Ok,
            Err(failure) => {
                self.client.disconnect();
                self.parts.iter_mut().for_each(|part| part.forget());
                Outcome::Failed(failure.into())
            }
        }
    }

    fn samples(&self, out: &mut Families) {
        let role = self.settings.instance_role.then(|| self.server.info.role().unwrap_or_default());
        let mut out = Out::new(out, &self.settings.namespace, role);
        page::samples(&self.scrape, &mut out);
        if self.scrape.up {
            page::info::samples(&self.server, &self.settings, &mut out);
            self.parts.iter().for_each(|part| part.samples(&self.server, &mut out));
            keys::page::samples(&self.keys, &mut out);
        }
    }
}
