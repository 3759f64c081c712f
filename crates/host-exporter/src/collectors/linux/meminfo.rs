//! Memory: whatever fields this kernel has.

use std::fmt::Write as _;

use exporter_toolkit::{Collector, Outcome, Watch};
use exposition::{Families, Kind};
use linux_procfs::{MemInfo as Field, Source, parse_meminfo};

use crate::config::Config;

const KILOBYTE: u64 = 1024; // The kernel writes kB and means 1024 bytes.

pub(crate) struct MemInfo {
    source: Source,
    fields: Vec<Field>,
}

impl MemInfo {
    pub(crate) fn new(config: &Config) -> Self {
        MemInfo { source: config.linux.source("meminfo"), fields: Vec::new() }
    }
}

impl Collector for MemInfo {
    fn read(&mut self, _: &Watch<'_>) -> Outcome {
        self.fields.clear();
        self.source.parse(parse_meminfo).map(|fields| self.fields = fields).into()
    }

    fn samples(&self, out: &mut Families) {
        samples(&self.fields, out);
    }
}

/// `Active(anon): 1 kB` becomes `node_memory_Active_anon_bytes 1024`; a field without a unit keeps its name.
fn samples(fields: &[Field], out: &mut Families) {
    let (mut name, mut help) = (String::new(), String::new());
    for field in fields {
        name.clear();
        help.clear();
        name.push_str("node_memory_");
        name.extend(field.name.chars().filter(|c| *c != ')').map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }));
        let value = if field.in_kilobytes {
            name.push_str("_bytes");
            field.value.saturating_mul(KILOBYTE)
        } else {
            field.value
        };
        write!(help, "Memory as the kernel counts it (/proc/meminfo, {}).", field.name).expect("a String takes it");
        if let Some(family) = out.family(&name, &help, Kind::Gauge) {
            out.sample(family, &[], value);
        }
    }
}
