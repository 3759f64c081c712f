//! Paging, as far as the fields are asked for.

use exporter_toolkit::{Collector, Outcome, Watch};
use exposition::{Families, Kind};
use linux_procfs::{Source, parse_vmstat};
use regex_lite::Regex;

use crate::config::Config;

pub(crate) struct VmStat {
    source: Source,
    pattern: Regex,
    /// Every field of this kernel in its order, so that the pattern is asked once for each.
    known: Vec<Field>,
    values: Vec<(usize, u64)>,
}

struct Field {
    name: String,
    is_shown: bool,
}

impl VmStat {
    pub(crate) fn new(config: &Config) -> Self {
        let pattern = config.linux.options.vmstat_fields.clone();
        VmStat { source: config.linux.source("vmstat"), pattern, known: Vec::new(), values: Vec::new() }
    }
}

impl Collector for VmStat {
    fn read(&mut self, _: &Watch<'_>) -> Outcome {
        let VmStat { source, pattern, known, values } = self;
        values.clear();
        let mut position = 0;
        let field = |name: &str, value| {
            if known.get(position).is_none_or(|field| field.name != name) {
                known.truncate(position);
                known.push(Field { name: name.to_owned(), is_shown: pattern.is_match(name) });
            }
            if known[position].is_shown {
                values.push((position, value));
            }
            position += 1;
        };
        let read = source.parse(|bytes| parse_vmstat(bytes, field));
        known.truncate(position);
        read.into()
    }

    fn samples(&self, out: &mut Families) {
        samples(self.values.iter().map(|(position, value)| (self.known[*position].name.as_str(), *value)), out);
    }
}

fn samples<'f>(fields: impl Iterator<Item = (&'f str, u64)>, out: &mut Families) {
    for (name, value) in fields {
        let help = format!("/proc/vmstat, {name}.");
        if let Some(family) = out.family(&format!("node_vmstat_{name}"), &help, Kind::Untyped) {
            out.sample(family, &[], value);
        }
    }
}
