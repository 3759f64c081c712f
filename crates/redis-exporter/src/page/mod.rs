//! Structs become samples.

mod exporter;
pub(crate) mod info;
mod out;

pub(crate) use exporter::{Scrape, samples};
pub(crate) use out::Out;
