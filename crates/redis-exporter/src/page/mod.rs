//! Structs become samples.

mod exporter;
mod out;

pub(crate) use exporter::{Scrape, samples};
pub(crate) use out::Out;
