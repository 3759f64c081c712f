//! Redis: servers for suites, and the exporter and its peer on them.

mod cluster;
mod dashboards;
mod dns;
mod exporter;
mod failover;
mod faults;
mod flavours;
mod harmless;
mod keys;
mod load;
mod login;
mod parity;
mod recorded;
mod sentinel;
mod server;
mod values;
