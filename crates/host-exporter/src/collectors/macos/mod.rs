//! The collectors of macOS.

mod boottime;

use crate::collectors::{Entry, entry, loadavg, textfile, time};

/// Every collector of this system, in the order in which they run.
pub(crate) static COLLECTORS: &[Entry] = &[
    entry!("boottime", "Boot time (kern.boottime).", boottime::Boot::new),
    entry!("loadavg", "Load averages (getloadavg).", loadavg::Load::new),
    entry!("time", "Time and time zone (clock_gettime).", time::Clock::new),
    entry!("textfile", "Metrics of *.prom files.", textfile::Textfile::new),
];
