//! Randomness that the kernel has gathered.

use exporter_toolkit::{Collector, Outcome, Watch};
use exposition::{Desc, Families, Kind};
use linux_procfs::{ReadError, Source, parse_number};

use super::found;
use crate::config::Config;

static AVAILABLE: Desc = Desc {
    name: "node_entropy_available_bits",
    help: "Bits of randomness at hand (/proc/sys/kernel/random/entropy_avail).",
    kind: Kind::Gauge,
    labels: &[],
};
static POOL_SIZE: Desc = Desc {
    name: "node_entropy_pool_size_bits",
    help: "Bits of randomness that there can be (/proc/sys/kernel/random/poolsize).",
    kind: Kind::Gauge,
    labels: &[],
};

pub(crate) struct Entropy {
    sources: [(&'static Desc, Source); 2],
    bits: Vec<(&'static Desc, u64)>,
}

impl Entropy {
    pub(crate) fn new(config: &Config) -> Self {
        let source = |file: &str| config.linux.source(&format!("sys/kernel/random/{file}"));
        Entropy { sources: [(&AVAILABLE, source("entropy_avail")), (&POOL_SIZE, source("poolsize"))], bits: Vec::new() }
    }

    fn read_all(&mut self) -> Result<(), ReadError> {
        self.bits.clear();
        for (desc, source) in &mut self.sources {
            self.bits.push((desc, source.parse(parse_number)?));
        }
        Ok(())
    }
}

impl Collector for Entropy {
    fn read(&mut self, _: &Watch<'_>) -> Outcome {
        found(self.read_all())
    }

    fn samples(&self, out: &mut Families) {
        self.bits.iter().for_each(|(desc, bits)| out.add(desc, &[], *bits));
    }
}
