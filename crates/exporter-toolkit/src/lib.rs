//! What every exporter shares.
//!
//! ```text
//! request ──▶ server ──▶ scrape ──▶ reader thread ──▶ Collector::read, Collector::samples ──▶ Families ──▶ page
//! ```
//!
//! An [`Exporter`] is a value: several of them live in one process without knowing of each other. Only
//! [`logging`] and the panic hook belong to the process, and only a program's `main` touches them.

pub mod args;
mod budget;
mod build_info;
mod collector;
mod connection;
mod exporter;
#[cfg(fuzzing)]
pub mod fuzzing;
mod handler;
mod health;
mod landing;
pub mod logging;
mod process;
mod program;
mod query;
mod reader;
mod scrape;
mod self_metrics;
mod server;
mod shutdown;
mod slot;
mod watch;
#[cfg_attr(not(test), expect(dead_code, reason = "the server does not read it yet"))]
mod web_config;

pub use build_info::{LONG_VERSION, REVISION, VERSION};
pub use collector::{Collector, CollectorSpec, Outcome};
pub use exporter::{Exporter, Identity};
pub use handler::Web;
pub use health::ScrapeDescs;
pub use program::{program, runtime};
pub use server::{BindError, bind, serve};
pub use shutdown::{Shutdown, Stop};
pub use slot::CollectorState;
pub use watch::{Parked, Watch};
