//! What the network protocols have counted, as far as the fields are asked for.

use exporter_toolkit::{Collector, Outcome, Watch};
use exposition::{Families, Kind};
use linux_procfs::{ReadError, Source, parse_netstat, parse_snmp6, present};
use regex_lite::Regex;

use crate::config::Config;

pub(crate) struct NetStat {
    netstat: Source,
    snmp: Source,
    snmp6: Source,
    fields: Fields,
}

/// The fields of all three files.
struct Fields {
    pattern: Regex,
    /// Every field of this kernel in its order, so that the pattern is asked once for each.
    known: Vec<Field>,
    /// How many of them this reading has met.
    met: usize,
    values: Vec<(usize, f64)>,
}

struct Field {
    protocol: String,
    name: String,
    /// The metric's name and help, if it is shown.
    metric: Option<(String, String)>,
}

impl NetStat {
    pub(crate) fn new(config: &Config) -> Self {
        let [netstat, snmp, snmp6] = ["netstat", "snmp", "snmp6"].map(|file| config.linux.network(file));
        let pattern = config.linux.options.netstat_fields.clone();
        NetStat { netstat, snmp, snmp6, fields: Fields { pattern, known: Vec::new(), met: 0, values: Vec::new() } }
    }

    fn read_all(&mut self) -> Result<(), ReadError> {
        let NetStat { netstat, snmp, snmp6, fields } = self;
        fields.values.clear();
        fields.met = 0;
        let read = |source: &mut Source, fields: &mut Fields, file: &str| {
            source.parse(|bytes| parse_netstat(bytes, |protocol, name, value| fields.add(file, protocol, name, value)))
        };
        read(netstat, fields, "netstat")?;
        read(snmp, fields, "snmp")?;
        let add = |protocol: &str, name: &str, value| fields.add("snmp6", protocol, name, value);
        // A kernel may have no IPv6.
        present(snmp6.parse(|bytes| parse_snmp6(bytes, add))).map(drop)
    }
}

impl Fields {
    fn add(&mut self, file: &str, protocol: &str, name: &str, value: f64) {
        let known = self.known.get(self.met).is_some_and(|field| field.protocol == protocol && field.name == name);
        if !known {
            self.known.truncate(self.met);
            let key = format!("{protocol}_{name}");
            let metric = self.pattern.is_match(&key);
            let metric =
                metric.then(|| (format!("node_netstat_{key}"), format!("/proc/net/{file}, {protocol} {name}.")));
            self.known.push(Field { protocol: protocol.to_owned(), name: name.to_owned(), metric });
        }
        if self.known[self.met].metric.is_some() {
            self.values.push((self.met, value));
        }
        self.met += 1;
    }
}

impl Collector for NetStat {
    fn read(&mut self, _: &Watch<'_>) -> Outcome {
        let read = self.read_all();
        self.fields.known.truncate(self.fields.met);
        read.into()
    }

    fn samples(&self, out: &mut Families) {
        let Fields { known, values, .. } = &self.fields;
        samples(values.iter().filter_map(|(position, value)| Some((known[*position].metric.as_ref()?, *value))), out);
    }
}

fn samples<'f>(fields: impl Iterator<Item = (&'f (String, String), f64)>, out: &mut Families) {
    for ((name, help), value) in fields {
        if let Some(family) = out.family(name, help, Kind::Untyped) {
            out.sample(family, &[], value);
        }
    }
}
