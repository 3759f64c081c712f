//! Sockets by protocol.

use exporter_toolkit::{Collector, Outcome, Watch};
use exposition::{Families, Kind};
use linux_procfs::{ReadError, Source, page_bytes, parse_sockstat, present};

use crate::config::Config;

/// The fields that are shown, each with what it is.
const FIELDS: [(&str, &str); 7] = [
    ("used", "in use, of every protocol"),
    ("inuse", "in use"),
    ("orphan", "without a process"),
    ("tw", "in TIME_WAIT"),
    ("alloc", "that have memory"),
    ("mem", "pages of memory"),
    ("memory", "bytes of memory"),
];

pub(crate) struct SockStat {
    sources: [(&'static str, Source); 2],
    counts: Vec<Count>,
}

/// A line's protocol, the position of one of its fields in `FIELDS`, and its value.
struct Count {
    file: &'static str,
    protocol: String,
    field: usize,
    value: u64,
}

impl SockStat {
    pub(crate) fn new(config: &Config) -> Self {
        let sources = ["sockstat", "sockstat6"].map(|file| (file, config.linux.network(file)));
        SockStat { sources, counts: Vec::new() }
    }

    fn read_all(&mut self) -> Result<(), ReadError> {
        self.counts.clear();
        for (file, source) in &mut self.sources {
            let add = |protocol: &str, name: &str, value| {
                if let Some(field) = FIELDS.iter().position(|(shown, _)| *shown == name) {
                    self.counts.push(Count { file, protocol: protocol.to_owned(), field, value });
                }
            };
            // A kernel may lack IPv4 or IPv6.
            present(source.parse(|bytes| parse_sockstat(bytes, add)))?;
        }
        Ok(())
    }
}

impl Collector for SockStat {
    fn read(&mut self, _: &Watch<'_>) -> Outcome {
        self.read_all().into()
    }

    fn samples(&self, out: &mut Families) {
        samples(&self.counts, page_bytes() as u64, out);
    }
}

fn samples(counts: &[Count], page_bytes: u64, out: &mut Families) {
    let mut add = |Count { file, protocol, .. }: &Count, name: &str, what: &str, value: u64| {
        let help = format!("{protocol}: {what} (/proc/net/{file}).");
        if let Some(family) = out.family(&format!("node_sockstat_{protocol}_{name}"), &help, Kind::Gauge) {
            out.sample(family, &[], value);
        }
    };
    for count in counts {
        let (name, what) = FIELDS[count.field];
        add(count, name, what, count.value);
        if name == "mem" {
            add(count, "mem_bytes", "bytes of memory, from its pages", count.value.saturating_mul(page_bytes));
        }
    }
}
