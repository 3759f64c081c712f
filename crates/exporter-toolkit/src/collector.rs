//! The unit of a scrape.

use std::error::Error;

use exposition::Families;

use crate::scrape::watch::Watch;

/// Reads one area of what the exporter watches, and shapes it into samples.
///
/// The two steps are apart because reading may block while the page must not: only [`Collector::samples`] runs with the
/// page in hand.
pub trait Collector: Send {
    /// Reads the source into the collector's own structs. May block; what may hang is touched through
    /// [`Watch::guard`]. A panic counts as a failure, and the collector is built anew.
    fn read(&mut self, watch: &Watch<'_>) -> Outcome;

    /// Shapes what was last read. Called after a reading with any outcome; a failed one may leave a part.
    fn samples(&self, out: &mut Families);
}

/// How a reading ended.
#[derive(Debug)]
pub enum Outcome {
    /// The collector has read what there is.
    Ok,
    /// This machine has no such thing: success 0, logged at debug level.
    NoData,
    /// The reading failed: success 0, one warning until the outcome changes.
    Failed(Box<dyn Error + Send + Sync>),
}

impl<E: Into<Box<dyn Error + Send + Sync>>> From<Result<(), E>> for Outcome {
    fn from(result: Result<(), E>) -> Self {
        result.map_or_else(|error| Outcome::Failed(error.into()), |()| Outcome::Ok)
    }
}

/// A collector as a program declares it: its name, and how to build it.
pub struct CollectorSpec {
    /// The value of the `collector` label, and what `collect[]` selects.
    pub name: &'static str,
    /// Builds the collector, at start and again after a panic or beside one that hangs.
    pub build: Box<dyn Fn() -> Box<dyn Collector> + Send + Sync>,
}
