//! The parts of a scrape: what each asks in the round trip that they share, and what it makes of the replies.

pub(crate) mod clients;
pub(crate) mod commandlog;
pub(crate) mod config;
#[cfg(test)]
mod examples;
pub(crate) mod latency;
pub(crate) mod modules;
pub(crate) mod part;
pub(crate) mod scripts;
pub(crate) mod search;
pub(crate) mod sentinel;
pub(crate) mod slowlog;
pub(crate) mod told;

use std::sync::Arc;

use crate::parts::clients::Clients;
use crate::parts::commandlog::CommandLog;
use crate::parts::config::Config;
use crate::parts::latency::Latency;
use crate::parts::modules::Modules;
use crate::parts::part::Part;
use crate::parts::scripts::Scripts;
use crate::parts::search::Search;
use crate::parts::sentinel::Sentinel;
use crate::parts::slowlog::SlowLog;
use crate::parts::told::{By, Told};
use crate::queues::Queues;
use crate::settings::Settings;

/// The parts that a scrape consists of besides INFO.
pub(crate) fn parts(settings: &Arc<Settings>) -> Vec<Box<dyn Part>> {
    let mut parts: Vec<Box<dyn Part>> = Vec::new();
    let mut add = |on: bool, part: Box<dyn Part>| parts.extend(on.then_some(part));
    // First, as its counts belong to the sums of INFO.
    add(settings.latency, Box::new(Latency::new(settings)));
    add(true, Box::<SlowLog>::default());
    add(true, Box::<CommandLog>::default());
    if let Some(command) = &settings.config_command {
        add(true, Box::new(Config::new(command, settings)));
    }
    add(true, Box::new(Told::new(By::ClusterInfo, settings)));
    add(settings.clients || settings.client_list, Box::new(Clients::new(settings)));
    add(true, Box::new(Sentinel::new(settings)));
    add(settings.modules, Box::new(Modules));
    if let Some(shown) = &settings.search_indexes {
        add(true, Box::new(Search::new(shown)));
    }
    add(settings.tile38, Box::new(Told::new(By::ServerExt, settings)));
    add(settings.queues.on || !settings.queues.named.is_empty(), Box::new(Queues::new(settings.queues.clone())));
    // Last, as what they do is in nobody's numbers then.
    add(!settings.scripts.is_empty(), Box::new(Scripts::new(settings)));
    parts
}
