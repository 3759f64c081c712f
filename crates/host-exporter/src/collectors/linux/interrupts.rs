//! Interrupts by line and processor.

use exporter_toolkit::{Collector, Filter, Outcome, Watch};
use exposition::{Desc, Families, Kind};
use linux_procfs::{Interrupt, Source, parse_interrupts};

use super::found;
use crate::config::Config;

static TOTAL: Desc = Desc {
    name: "node_interrupts_total",
    help: "Interrupts since boot (/proc/interrupts).",
    kind: Kind::Counter,
    labels: &["cpu", "devices", "info", "type"],
};

pub(crate) struct InterruptLines {
    source: Source,
    filter: Filter,
    with_zeros: bool,
    /// The names of the processors of the columns.
    cpus: Vec<String>,
    lines: Vec<Interrupt>,
}

impl InterruptLines {
    pub(crate) fn new(config: &Config) -> Self {
        let options = &config.linux.options;
        InterruptLines {
            source: config.linux.source("interrupts"),
            filter: Filter::new(options.interrupts_exclude.as_ref(), options.interrupts_include.as_ref()),
            with_zeros: options.interrupts_with_zeros,
            cpus: Vec::new(),
            lines: Vec::new(),
        }
    }
}

impl Collector for InterruptLines {
    fn read(&mut self, _: &Watch<'_>) -> Outcome {
        self.lines.clear();
        let read = self.source.parse(parse_interrupts).map(|interrupts| {
            self.cpus = interrupts.cpus.iter().map(u32::to_string).collect();
            self.lines = interrupts.lines;
            // The patterns match on all that the peer puts together.
            let shown = |line: &Interrupt| self.filter.shows(&format!("{};{};{}", line.name, line.info, line.devices));
            self.lines.retain(shown);
        });
        found(read)
    }

    fn samples(&self, out: &mut Families) {
        samples(&self.cpus, &self.lines, self.with_zeros, out);
    }
}

fn samples(cpus: &[String], lines: &[Interrupt], with_zeros: bool, out: &mut Families) {
    for Interrupt { name, info, devices, counts } in lines {
        for (cpu, count) in cpus.iter().zip(counts).filter(|(_, count)| with_zeros || **count > 0) {
            out.add(&TOTAL, &[cpu, devices, info, name], *count);
        }
    }
}
