//! INFO, as samples.
//!
//! ```text
//! Info ──▶ fields                                       one number, one series: table
//!      ──▶ commands, keyspace, sizes, replication, …    lines about one of several things
//! ```
//!
//! A server may say anything, also twice: of what would be the same series the first one is taken.

mod commands;
mod engines;
pub(crate) mod fields;
mod instance;
mod keyspace;
mod replication;
mod sentinel;
mod sizes;
mod table;
mod threads;

#[cfg(test)]
mod golden;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod peer;

use crate::page::Out;
use crate::page::info::fields::Fields;
use crate::server::Server;
use crate::settings::Settings;

/// The section of Valkey 9.1 that has what CLUSTER INFO says.
const CLUSTER_INFO: &str = "Cluster Info";

/// Stages what INFO tells.
pub(crate) fn samples(server: &Server, settings: &Settings, out: &mut Out<'_>) {
    let info = &server.info;
    let mut fields = Fields::new(settings);
    for field in info.fields().filter(|field| field.section != CLUSTER_INFO) {
        let corrected = info.corrected(field.name, field.value);
        fields.add(field.name, corrected.as_deref().unwrap_or(field.value), out);
    }
    instance::samples(info, out);
    commands::samples(info, settings.max_commands, out);
    commands::errors(info, out);
    keyspace::samples(server, settings, out);
    sizes::samples(info, out);
    replication::samples(info, out);
    sentinel::samples(info, out);
    threads::samples(info, out);
    engines::samples(info, out);
}
