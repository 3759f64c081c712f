//! Structs become samples.

mod clients;
mod commandlog;
mod config;
#[cfg(test)]
pub(crate) mod examples;
mod exporter;
pub(crate) mod info;
mod latency;
mod modules;
mod out;
mod scripts;
mod search;
mod sentinel;
mod slowlog;

pub(crate) use clients::clients;
pub(crate) use commandlog::commandlog;
pub(crate) use config::config;
pub(crate) use exporter::{Scrape, samples};
pub(crate) use latency::latency;
pub(crate) use modules::modules;
pub(crate) use out::Out;
pub(crate) use scripts::scripts;
pub(crate) use search::search;
pub(crate) use sentinel::sentinel;
pub(crate) use slowlog::slowlog;
