//! What every exporter shares.
//!
//! ```text
//! request ──▶ server ──▶ scrape ──▶ reader thread ──▶ Collector::read, Collector::samples ──▶ Families ──▶ page
//! ```
//!
//! An [`Exporter`] is a value: several of them live in one process without knowing of each other. Only
//! [`logging`] and the panic hook belong to the process, and only a program's `main` touches them.

pub mod args;
mod auth;
mod body;
pub mod bounded;
mod budget;
mod build_info;
mod collector;
mod connection;
mod crowd;
mod edge;
mod exporter;
mod file;
#[cfg(fuzzing)]
pub mod fuzzing;
mod handler;
mod head;
mod health;
mod healthcheck;
mod landing;
mod listener;
pub mod logging;
mod process;
mod program;
mod query;
mod rate_limit;
mod reader;
mod scrape;
mod secret;
mod security;
mod self_metrics;
mod server;
mod shutdown;
mod slot;
mod watch;
mod web_config;

pub use build_info::{LONG_VERSION, REVISION, VERSION};
pub use collector::{Collector, CollectorSpec, Outcome};
pub use exporter::{Exporter, Identity};
pub use file::{ReadFileError, read_file};
pub use handler::Web;
pub use health::ScrapeDescs;
pub use listener::{Access, Address, BindError, Listen, Listener, bind};
pub use program::{program, runtime};
pub use secret::{ReadSecretError, Secret};
pub use security::{Security, SecurityError};
pub use server::serve;
pub use shutdown::{Shutdown, Stop};
pub use slot::CollectorState;
pub use watch::{Parked, Watch};
