//! What each processor has done with network packets.

use exporter_toolkit::{Collector, Outcome, Watch};
use exposition::{Desc, Families, Kind};
use linux_procfs::{ReadError, Softnet, Source, parse_softnet};

use crate::config::Config;

/// One column of /proc/net/softnet_stat.
struct Column {
    desc: Desc,
    value: fn(&Softnet) -> Option<u32>,
}

macro_rules! column {
    ($name:literal, $kind:ident, $what:literal, $value:expr) => {
        Column {
            desc: Desc {
                name: concat!("node_softnet_", $name),
                help: concat!($what, " (/proc/net/softnet_stat)."),
                kind: Kind::$kind,
                labels: &["cpu"],
            },
            value: $value,
        }
    };
}

static COLUMNS: [Column; 7] = [
    column!("processed_total", Counter, "Packets processed", |cpu| Some(cpu.processed)),
    column!("dropped_total", Counter, "Packets dropped since the queue was full", |cpu| Some(cpu.dropped)),
    column!("times_squeezed_total", Counter, "Turns that ended with packets left", |cpu| Some(cpu.time_squeezed)),
    column!("cpu_collision_total", Counter, "Times that a device was locked while sending", |cpu| Some(cpu.collisions)),
    column!("received_rps_total", Counter, "Times that another processor handed over packets", |cpu| cpu.received_rps),
    column!("flow_limit_count_total", Counter, "Times that a flow's limit was reached", |cpu| cpu.flow_limit),
    column!("backlog_len", Gauge, "Packets in the queue", |cpu| cpu.backlog),
];

pub(crate) struct SoftnetQueues {
    source: Source,
    cpus: Vec<Softnet>,
}

impl SoftnetQueues {
    pub(crate) fn new(config: &Config) -> Self {
        SoftnetQueues { source: config.linux.network("softnet_stat"), cpus: Vec::new() }
    }

    fn read_all(&mut self) -> Result<(), ReadError> {
        self.cpus.clear();
        self.cpus = self.source.parse(parse_softnet)?;
        Ok(())
    }
}

impl Collector for SoftnetQueues {
    fn read(&mut self, _: &Watch<'_>) -> Outcome {
        self.read_all().into()
    }

    fn samples(&self, out: &mut Families) {
        self.cpus.iter().for_each(|cpu| samples(cpu, out));
    }
}

fn samples(cpu: &Softnet, out: &mut Families) {
    let name = cpu.cpu.to_string();
    for Column { desc, value } in &COLUMNS {
        out.add_some(desc, &[&name], value(cpu));
    }
}
