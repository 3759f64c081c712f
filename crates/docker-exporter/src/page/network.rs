//! Network interfaces.

use exposition::{Desc, Kind};

use crate::page::row::Row;
use crate::usage::Interface;

/// One counter of an interface.
struct Column {
    desc: Desc,
    value: fn(&Interface) -> u64,
}

macro_rules! column {
    ($name:literal, $what:literal, $value:expr) => {
        Column {
            desc: Desc {
                name: concat!("container_network_", $name, "_total"),
                help: concat!($what, " (/proc/PID/net/dev)."),
                kind: Kind::Counter,
                labels: &["id", "image", "interface", "name"],
            },
            value: $value,
        }
    };
}

static COLUMNS: [Column; 8] = [
    column!("receive_bytes", "Bytes received", |interface| interface.receive.bytes),
    column!("receive_packets", "Packets received", |interface| interface.receive.packets),
    column!("receive_errors", "Packets received with an error", |interface| interface.receive.errors),
    column!("receive_packets_dropped", "Packets received and dropped", |interface| interface.receive.dropped),
    column!("transmit_bytes", "Bytes sent", |interface| interface.transmit.bytes),
    column!("transmit_packets", "Packets sent", |interface| interface.transmit.packets),
    column!("transmit_errors", "Packets not sent for an error", |interface| interface.transmit.errors),
    column!("transmit_packets_dropped", "Packets dropped before they were sent", |interface| interface
        .transmit
        .dropped),
];

pub(crate) fn network(interfaces: &[Interface], row: &mut Row<'_, '_>) {
    for interface in interfaces {
        for Column { desc, value } in &COLUMNS {
            row.add_with(desc, &[row.id, row.image, &interface.name, row.name], value(interface));
        }
    }
}
