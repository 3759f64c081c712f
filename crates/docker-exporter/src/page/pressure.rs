//! Time lost to a shortage.

use exposition::{Desc, Kind};

use crate::page::number::seconds_of_micros;
use crate::page::row::{BASE, Row};
use crate::usage::Pressures;

/// What there can be too little of.
struct Resource {
    waiting: Desc,
    stalled: Desc,
}

macro_rules! resource {
    ($resource:literal, $waits:literal, $stalls:literal) => {
        Resource {
            waiting: resource!(@ $resource, "waiting", $waits, "some"),
            stalled: resource!(@ $resource, "stalled", $stalls, "full"),
        }
    };
    (@ $resource:literal, $how:literal, $what:literal, $line:literal) => {
        Desc {
            name: concat!("container_pressure_", $resource, "_", $how, "_seconds_total"),
            help: concat!($what, " (", $resource, ".pressure, ", $line, ")."),
            kind: Kind::Counter,
            labels: BASE,
        }
    };
}

static CPU: Resource = resource!(
    "cpu",
    "Time for which a task waited for a processor",
    "Time for which every task waited for a processor"
);
static MEMORY: Resource =
    resource!("memory", "Time for which a task waited for memory", "Time for which every task waited for memory");
static IO: Resource =
    resource!("io", "Time for which a task waited for a device", "Time for which every task waited for a device");

pub(crate) fn pressure(pressures: &Pressures, row: &mut Row<'_, '_>) {
    for (resource, pressure) in [(&CPU, pressures.cpu), (&MEMORY, pressures.memory), (&IO, pressures.io)] {
        let Some(pressure) = pressure else { continue };
        row.add_some(&resource.waiting, pressure.some_micros.map(seconds_of_micros));
        row.add_some(&resource.stalled, pressure.full_micros.map(seconds_of_micros));
    }
}
