//! Servers that a request names, each with an exporter of its own.

pub(crate) mod allowed;
mod query;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, Weak};

use exporter_toolkit::{Exporter, NoTarget, Targets, lock};
use prometheus::IntCounter;

use crate::address::Address;
use crate::client::{Login, Target, TlsSource};
use crate::collector::Redis;
use crate::settings::{KeySettings, Settings};
use crate::targets::allowed::Allowed;
use crate::targets::query::{Query, Wrong};

/// Exporters that are kept, with their connections, those that were asked for last.
const MOST_KEPT: usize = 64;
/// Of those that are not kept any more, how many may still be busy with a scrape.
const MOST_LEFT: usize = 64;

/// The servers that may be scraped besides the exporter's own, and those that have been.
pub(crate) struct Registry {
    pub(crate) allowed: Vec<Allowed>,
    /// What they share threads and buffers with.
    pub(crate) exporter: Arc<Exporter>,
    /// The exporter's own server.
    pub(crate) own: Option<Arc<Target>>,
    /// As whom all others are logged in to.
    pub(crate) login: Login,
    pub(crate) tls: Arc<TlsSource>,
    pub(crate) connect_timeout: std::time::Duration,
    pub(crate) settings: Arc<Settings>,
    /// Requests that came to nothing.
    pub(crate) errors: IntCounter,
    pub(crate) known: Mutex<Known>,
}

/// The exporters that there are.
#[derive(Default)]
pub(crate) struct Known {
    /// The one that was asked for last is the last.
    kept: VecDeque<Entry>,
    /// What those scrape that are not kept any more.
    left: Vec<Weak<Target>>,
}

struct Entry {
    key: Key,
    exporter: Arc<Exporter>,
    target: Arc<Target>,
}

/// What makes two requests ask for the same.
#[derive(PartialEq)]
struct Key {
    address: Address,
    user: Option<String>,
    server_name: Option<String>,
    keys: KeySettings,
}

impl Registry {
    /// Lets go of servers that may not be scraped any more.
    pub(crate) fn forget_those_not_allowed(&self) {
        lock(&self.known).kept.retain(|entry| self.allows(&entry.key.address));
    }

    fn allows(&self, address: &Address) -> bool {
        self.own.as_ref().is_some_and(|own| own.address == *address)
            || self.login.passwords.name(address)
            || self.allowed.iter().any(|allowed| allowed.holds(address))
    }

    fn find(&self, query: Option<&str>) -> Result<Arc<Exporter>, NoTarget> {
        let query = Query::parse(query.unwrap_or_default(), &self.settings.keys).map_err(refusal)?;
        if !self.allows(&query.address) {
            return Err(refusal(Wrong::Forbidden));
        }
        let key = Key {
            user: query.user.or_else(|| self.login.user.clone()),
            address: query.address,
            server_name: query.server_name,
            keys: query.keys,
        };
        let mut known = lock(&self.known);
        if let Some(position) = known.kept.iter().position(|entry| entry.key == key)
            && let Some(entry) = known.kept.remove(position)
        {
            let exporter = Arc::clone(&entry.exporter);
            known.kept.push_back(entry);
            return Ok(exporter);
        }
        known.left.retain(|target| target.strong_count() > 0);
        if known.left.len() >= MOST_LEFT {
            return Err(NoTarget::Crowded("too many targets at a time; try again".to_owned()));
        }
        let target = Arc::new(self.target(&key)?);
        let settings = Settings { keys: key.keys.clone(), ..(*self.settings).clone() };
        let exporter = Arc::new(self.exporter.beside(vec![Redis::collector(Arc::clone(&target), Arc::new(settings))]));
        if known.kept.len() >= MOST_KEPT
            && let Some(oldest) = known.kept.pop_front()
        {
            known.left.push(Arc::downgrade(&oldest.target));
        }
        known.kept.push_back(Entry { key, exporter: Arc::clone(&exporter), target });
        Ok(exporter)
    }

    fn target(&self, key: &Key) -> Result<Target, NoTarget> {
        let own = self.own.as_ref().filter(|own| own.address == key.address);
        let login = match own {
            // Its own password may stand in its address.
            Some(own) if own.login.user == key.user || key.user.is_none() => own.login.clone(),
            _ => Login { user: key.user.clone(), ..self.login.clone() },
        };
        let tls = if key.address.tls {
            let tls = self.tls.named(key.server_name.as_deref());
            Some(tls.map_err(|error| {
                tracing::warn!(%error, "there is no TLS");
                NoTarget::Bad("there is no TLS here; the log says why".to_owned())
            })?)
        } else {
            None
        };
        Ok(Target { address: key.address.clone(), login, tls, connect_timeout: self.connect_timeout })
    }
}

impl Targets for Registry {
    fn path(&self) -> &str {
        "/scrape"
    }

    fn exporter(&self, query: Option<&str>) -> Result<Arc<Exporter>, NoTarget> {
        let found = self.find(query);
        if found.is_err() {
            self.errors.inc();
        }
        found
    }
}

fn refusal(wrong: Wrong) -> NoTarget {
    match wrong {
        Wrong::Forbidden => NoTarget::Forbidden(
            "this target may not be scraped; --scrape.allow-target=host:port allows one, and so does the password file"
                .to_owned(),
        ),
        wrong => NoTarget::Bad(wrong.to_string()),
    }
}
