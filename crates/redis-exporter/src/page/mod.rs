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

pub(crate) use exporter::{Scrape, samples};
pub(crate) use out::{Out, Samples};
