//! What every exporter shares.
//!
//! ```text
//! request ──▶ server ──▶ scrape ──▶ reader thread ──▶ Collector::read, Collector::samples ──▶ Families ──▶ page
//!                  │                                                          Streamed, Pieces ──────────────▲
//!                  └──▶ Application, behind the page or at ports besides it
//! ```
//!
//! An [`Exporter`] is a value: several of them live in one process without knowing of each other. Only
//! [`logging`] and the panic hook belong to the process, and only a program's `main` touches them.

pub mod args;
pub mod bounded;
mod build_info;
mod chain;
mod clock;
mod collector;
mod exporter;
mod file;
mod filter;
#[cfg(fuzzing)]
pub mod fuzzing;
pub mod go;
mod identity;
mod lock;
pub mod logging;
pub mod order;
mod pattern;
mod process;
mod program;
mod register;
mod scrape;
mod secret;
mod self_metrics;
mod service;
mod shutdown;
mod stream;
mod time;
mod web;

pub use build_info::{LONG_VERSION, REVISION, RUSTC, VERSION};
pub use clock::now_nanos;
pub use collector::{Collector, CollectorSpec, Outcome};
pub use exporter::Exporter;
pub use file::{ReadFileError, read_file};
pub use filter::Filter;
pub use identity::Identity;
pub use lock::lock;
pub use pattern::{Code, Matcher, Pattern};
pub use program::{BadFlag, program, program_with, runtime};
pub use register::register;
pub use scrape::health::ScrapeDescs;
pub use scrape::slot::CollectorState;
pub use scrape::watch::{Parked, Watch};
pub use secret::{ReadSecretError, Secret};
pub use service::{Built, Service, Sockets, Work, Working};
pub use shutdown::{Shutdown, Stop};
pub use stream::{Pieces, Streamed};
pub use time::parse_rfc3339;
pub use web::application::{Answering, Application, Port, Takes};
pub use web::body::{Payload, RequestBody};
pub use web::config::{Given, TlsFlags, WebFlags};
pub use web::healthcheck::check_health;
pub use web::listener::{Access, Address, BindError, Listen, Listener, bind};
pub use web::pages::Web;
pub use web::security::{Security, SecurityError};
pub use web::server::serve;
pub use web::targets::{NoTarget, Targets};
