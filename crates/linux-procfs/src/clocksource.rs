//! `/sys/devices/system/clocksource`: what the kernel tells the time by.

use std::fs;

use crate::error::ReadError;
use crate::fields::{columns, text};
use crate::roots::Roots;
use crate::source::read_file;

/// One device that keeps time; machines have one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClockSource {
    /// The clocks that it could use (`available_clocksource`).
    pub available: Vec<String>,
    /// The one that it uses (`current_clocksource`).
    pub current: String,
}

/// Reads every clock source, in the order of their numbers.
///
/// # Errors
/// When the folder or a file of it can't be read.
pub fn read_clock_sources(roots: &Roots) -> Result<Vec<ClockSource>, ReadError> {
    let folder = roots.sys("devices/system/clocksource");
    let entries = fs::read_dir(&folder).map_err(|error| ReadError::io(&folder, error))?;
    let mut names: Vec<_> = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.retain(|name| name.starts_with("clocksource"));
    names.sort_unstable();
    let read = |name: &String| {
        let device = folder.join(name);
        let available = read_file(&device.join("available_clocksource"))?;
        let current = read_file(&device.join("current_clocksource"))?;
        Ok(ClockSource { available: columns(&available).map(text).collect(), current: text(current.trim_ascii()) })
    };
    names.iter().map(read).collect()
}
