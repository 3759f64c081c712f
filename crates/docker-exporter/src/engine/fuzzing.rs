//! What a fuzz target reaches of what is not public.

use crate::container::Container;
use crate::engine::client::List;
use crate::engine::context;
use crate::engine::model::{Event, Image, Info, Inspect, Version};
use crate::engine::paths::{Api, ContainerId};
use crate::engine::stats::Stats;
use crate::engine::values::{Fault, Values};

/// What a limit is in the fuzz target: inputs are short.
const LIMIT: usize = 4096;

/// Takes bytes as each of an engine's answers, and as its event stream.
///
/// # Panics
/// When a container of a list has an id that can't be asked for, or when it matters in what pieces events come.
pub fn read_answers(bytes: &[u8]) {
    if let Ok(list) = serde_json::from_slice::<List>(bytes) {
        assert!(list.containers.iter().all(|container| ContainerId::new(&container.id).is_some()));
    }
    if let Ok(inspect) = serde_json::from_slice::<Inspect>(bytes) {
        drop(Container::from(inspect));
    }
    if let Ok(version) = serde_json::from_slice::<Version>(bytes) {
        Api::new(&version.api_version);
    }
    serde_json::from_slice::<Stats>(bytes).map(|stats| stats.usage()).ok();
    serde_json::from_slice::<Info>(bytes).ok();
    serde_json::from_slice::<Image>(bytes).ok();
    context::read_any(bytes);
    let whole = events(bytes, bytes.len().max(1));
    for piece in [1, 7] {
        assert_eq!(events(bytes, piece), whole);
    }
}

/// The events in bytes that come in such pieces, until one is none.
fn events(bytes: &[u8], piece: usize) -> (Vec<Option<Event>>, Result<bool, Fault>) {
    let mut values = Values::new(LIMIT);
    let mut events = Vec::new();
    for piece in bytes.chunks(piece) {
        values.push(piece);
        loop {
            match values.next() {
                Ok(Some(value)) => events.push(serde_json::from_slice(value).ok()),
                Ok(None) => break,
                Err(fault) => return (events, Err(fault)),
            }
        }
    }
    (events, Ok(values.is_between()))
}
