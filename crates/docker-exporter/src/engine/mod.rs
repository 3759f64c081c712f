//! The engine's API: where it is, what may be asked of it, and what it answers.
//!
//! ```text
//! Finder::find ──▶ Places ──▶ Engine::meet ──┬──▶ Engine::open ──▶ Session: info, list, inspect, stats, image
//!                                            └──▶ Engine::events ──▶ Events::next
//! ```

mod client;
mod context;
mod endpoint;
mod environment;
mod error;
mod events;
#[cfg(fuzzing)]
pub mod fuzzing;
pub(crate) mod model;
mod paths;
mod places;
mod stats;
#[cfg(test)]
mod tests;
mod transport;
mod values;

pub(crate) use client::{Engine, Session};
pub(crate) use endpoint::{Endpoint, EndpointError};
pub(crate) use environment::Environment;
pub(crate) use error::EngineError;
pub(crate) use events::Events;
pub(crate) use paths::ACTIONS;
pub(crate) use places::Finder;
