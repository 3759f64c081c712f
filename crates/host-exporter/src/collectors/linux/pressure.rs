//! Time lost to waiting for processors, I/O and memory.

use exporter_toolkit::{Collector, Outcome, Watch};
use exposition::{Desc, Families, Kind};
use linux_procfs::{Pressure, ReadError, Source, Stall, parse_pressure, present};

use crate::config::Config;

/// A file of /proc/pressure and the families of its two lines.
struct Resource {
    file: &'static str,
    waiting: Option<&'static Desc>,
    stalled: Option<&'static Desc>,
}

/// `full` of cpu means nothing for the whole system, and irq has no `some`.
static RESOURCES: [Resource; 4] = [
    Resource { file: "cpu", waiting: Some(&CPU_WAITING), stalled: None },
    Resource { file: "io", waiting: Some(&IO_WAITING), stalled: Some(&IO_STALLED) },
    Resource { file: "memory", waiting: Some(&MEMORY_WAITING), stalled: Some(&MEMORY_STALLED) },
    Resource { file: "irq", waiting: None, stalled: Some(&IRQ_STALLED) },
];

static CPU_WAITING: Desc = Desc {
    name: "node_pressure_cpu_waiting_seconds_total",
    help: "Seconds in which some task waited for a processor (/proc/pressure/cpu, some).",
    kind: Kind::Counter,
    labels: &[],
};
static IO_WAITING: Desc = Desc {
    name: "node_pressure_io_waiting_seconds_total",
    help: "Seconds in which some task waited for I/O (/proc/pressure/io, some).",
    kind: Kind::Counter,
    labels: &[],
};
static IO_STALLED: Desc = Desc {
    name: "node_pressure_io_stalled_seconds_total",
    help: "Seconds in which every task waited for I/O (/proc/pressure/io, full).",
    kind: Kind::Counter,
    labels: &[],
};
static MEMORY_WAITING: Desc = Desc {
    name: "node_pressure_memory_waiting_seconds_total",
    help: "Seconds in which some task waited for memory (/proc/pressure/memory, some).",
    kind: Kind::Counter,
    labels: &[],
};
static MEMORY_STALLED: Desc = Desc {
    name: "node_pressure_memory_stalled_seconds_total",
    help: "Seconds in which every task waited for memory (/proc/pressure/memory, full).",
    kind: Kind::Counter,
    labels: &[],
};
static IRQ_STALLED: Desc = Desc {
    name: "node_pressure_irq_stalled_seconds_total",
    help: "Seconds in which interrupts kept every task waiting (/proc/pressure/irq, full).",
    kind: Kind::Counter,
    labels: &[],
};

/// The kernel counts in microseconds. Divided twice, for the same double as the peer's.
fn seconds(stall: Stall) -> f64 {
    stall.total_us as f64 / 1000.0 / 1000.0
}

pub(crate) struct PressureStall {
    sources: [Source; 4],
    pressures: [Option<Pressure>; 4],
}

impl PressureStall {
    pub(crate) fn new(config: &Config) -> Self {
        let sources = RESOURCES.each_ref().map(|resource| config.linux.source(&format!("pressure/{}", resource.file)));
        PressureStall { sources, pressures: [None; 4] }
    }

    /// A kernel may lack irq, or all of them, or have them switched off (`psi=0`).
    fn read_all(&mut self) -> Result<(), ReadError> {
        self.pressures = [None; 4];
        for (source, pressure) in self.sources.iter_mut().zip(&mut self.pressures) {
            *pressure = present(source.parse(parse_pressure))?;
        }
        Ok(())
    }
}

impl Collector for PressureStall {
    fn read(&mut self, _: &Watch<'_>) -> Outcome {
        match self.read_all() {
            Ok(()) if self.pressures.iter().all(Option::is_none) => Outcome::NoData,
            read => read.into(),
        }
    }

    fn samples(&self, out: &mut Families) {
        samples(&self.pressures, out);
    }
}

fn samples(pressures: &[Option<Pressure>; 4], out: &mut Families) {
    for (resource, pressure) in RESOURCES.iter().zip(pressures) {
        let (some, full) = pressure.map_or((None, None), |pressure| (pressure.some, pressure.full));
        for (desc, stall) in [(resource.waiting, some), (resource.stalled, full)] {
            if let (Some(desc), Some(stall)) = (desc, stall) {
                out.add(desc, &[], seconds(stall));
            }
        }
    }
}
