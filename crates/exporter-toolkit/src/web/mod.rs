//! Pages over HTTP: sockets, connections, who may ask, and what is answered.
//!
//! ```text
//! listener ──▶ crowd, connection ──▶ server: TLS, head, framing ──▶ handler: edge, auth ──▶ pages, or an application
//!                                       ▲                              ▲
//!                                       └───────── security ◀── config, token
//! ```

pub(crate) mod answer;
pub(crate) mod application;
pub(crate) mod auth;
pub(crate) mod body;
pub(crate) mod config;
pub(crate) mod connection;
pub(crate) mod crowd;
pub(crate) mod edge;
pub(crate) mod framing;
pub(crate) mod handler;
pub(crate) mod head;
pub(crate) mod healthcheck;
pub(crate) mod landing;
pub(crate) mod listener;
pub(crate) mod pages;
pub(crate) mod rate_limit;
pub(crate) mod security;
pub(crate) mod server;
pub(crate) mod targets;
