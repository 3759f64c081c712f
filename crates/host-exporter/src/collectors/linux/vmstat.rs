//! Paging, as far as the fields are asked for.

use exporter_toolkit::{Collector, Filter, Outcome, Watch};
use exposition::{Families, Kind};
use linux_procfs::{Source, parse_vmstat};

use crate::config::Config;

pub(crate) struct VmStat {
    source: Source,
    filter: Filter,
    fields: Vec<(String, u64)>,
}

impl VmStat {
    pub(crate) fn new(config: &Config) -> Self {
        let filter = Filter::new(None, Some(&config.linux.options.vmstat_fields));
        VmStat { source: config.linux.source("vmstat"), filter, fields: Vec::new() }
    }
}

impl Collector for VmStat {
    fn read(&mut self, _: &Watch<'_>) -> Outcome {
        let VmStat { source, filter, fields } = self;
        fields.clear();
        let field = |name: &str, value| {
            if filter.shows(name) {
                fields.push((name.to_owned(), value));
            }
        };
        source.parse(|bytes| parse_vmstat(bytes, field)).into()
    }

    fn samples(&self, out: &mut Families) {
        samples(&self.fields, out);
    }
}

fn samples(fields: &[(String, u64)], out: &mut Families) {
    for (name, value) in fields {
        let help = format!("/proc/vmstat, {name}.");
        if let Some(family) = out.family(&format!("node_vmstat_{name}"), &help, Kind::Untyped) {
            out.sample(family, &[], *value);
        }
    }
}
