//! The exporter's own series, in its registry.

use prometheus::Registry;
use prometheus::core::Collector;

/// Puts what was made into an exporter's registry, and hands it on.
///
/// # Panics
/// If its name or its labels are not valid, or the registry has one of that name: a mistake in the program's own words.
pub fn register<C: Collector + Clone + 'static>(registry: &Registry, made: prometheus::Result<C>) -> C {
    let made = made.expect("the names are valid");
    registry.register(Box::new(made.clone())).expect("each name is registered once");
    made
}
