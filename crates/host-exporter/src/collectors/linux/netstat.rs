//! What the network protocols have counted, as far as the fields are asked for.

use exporter_toolkit::{Collector, Filter, Outcome, Watch};
use exposition::{Families, Kind};
use linux_procfs::{ReadError, Source, parse_netstat, parse_snmp6, present};

use crate::config::Config;

pub(crate) struct NetStat {
    netstat: Source,
    snmp: Source,
    snmp6: Source,
    filter: Filter,
    fields: Vec<Field>,
    /// The name that is looked at, `PROTOCOL_FIELD`.
    key: String,
}

struct Field {
    metric: String,
    help: String,
    value: f64,
}

impl NetStat {
    pub(crate) fn new(config: &Config) -> Self {
        let [netstat, snmp, snmp6] = ["netstat", "snmp", "snmp6"].map(|file| config.linux.network(file));
        let filter = Filter::new(None, Some(&config.linux.options.netstat_fields));
        NetStat { netstat, snmp, snmp6, filter, fields: Vec::new(), key: String::new() }
    }

    fn read_all(&mut self) -> Result<(), ReadError> {
        let NetStat { netstat, snmp, snmp6, filter, fields, key } = self;
        fields.clear();
        // Of the hundreds of fields few are shown, so the name of one costs no memory until then.
        let mut add = |file: &str, protocol: &str, field: &str, value| {
            key.clear();
            for part in [protocol, "_", field] {
                key.push_str(part);
            }
            if filter.shows(key) {
                let help = format!("/proc/net/{file}, {protocol} {field}.");
                fields.push(Field { metric: format!("node_netstat_{key}"), help, value });
            }
        };
        for (source, file) in [(netstat, "netstat"), (snmp, "snmp")] {
            source.parse(|bytes| parse_netstat(bytes, |protocol, field, value| add(file, protocol, field, value)))?;
        }
        let add = |protocol: &str, field: &str, value| add("snmp6", protocol, field, value);
        // A kernel may have no IPv6.
        present(snmp6.parse(|bytes| parse_snmp6(bytes, add))).map(drop)
    }
}

impl Collector for NetStat {
    fn read(&mut self, _: &Watch<'_>) -> Outcome {
        self.read_all().into()
    }

    fn samples(&self, out: &mut Families) {
        samples(&self.fields, out);
    }
}

fn samples(fields: &[Field], out: &mut Families) {
    for Field { metric, help, value } in fields {
        if let Some(family) = out.family(metric, help, Kind::Untyped) {
            out.sample(family, &[], *value);
        }
    }
}
