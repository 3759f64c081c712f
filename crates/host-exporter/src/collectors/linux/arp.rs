//! Neighbours of IPv4 by network device.

use std::collections::BTreeMap;
use std::error::Error;

use exporter_toolkit::{Collector, Filter, Outcome, Watch};
use exposition::{Desc, Families, Kind};
use linux_procfs::{NetlinkError, Source, parse_arp, read_neighbours};

use crate::config::Config;

static ENTRIES: Desc = Desc {
    name: "node_arp_entries",
    help: "Neighbours of IPv4 that the device has (netlink, or /proc/net/arp).",
    kind: Kind::Gauge,
    labels: &["device"],
};

pub(crate) struct Arp {
    source: Source,
    filter: Filter,
    /// Whether the kernel is asked by netlink, or the file read.
    by_netlink: bool,
    entries: BTreeMap<String, u64>,
}

impl Arp {
    pub(crate) fn new(config: &Config) -> Self {
        let (linux, options) = (&config.linux, &config.linux.options);
        Arp {
            source: linux.network("arp"),
            filter: Filter::new(options.arp_exclude.as_ref(), options.arp_include.as_ref()),
            by_netlink: options.arp_netlink && linux.roots.is_own_network(),
            entries: BTreeMap::new(),
        }
    }

    fn read_all(&mut self) -> Result<(), Box<dyn Error + Send + Sync>> {
        self.entries.clear();
        self.entries = match self.by_netlink.then(read_neighbours) {
            None | Some(Err(NetlinkError::Refused(_))) => self.source.parse(parse_arp)?,
            Some(read) => read?,
        };
        self.entries.retain(|device, _| self.filter.shows(device));
        Ok(())
    }
}

impl Collector for Arp {
    fn read(&mut self, _: &Watch<'_>) -> Outcome {
        self.read_all().into()
    }

    fn samples(&self, out: &mut Families) {
        for (device, entries) in &self.entries {
            out.add(&ENTRIES, &[device], *entries);
        }
    }
}
