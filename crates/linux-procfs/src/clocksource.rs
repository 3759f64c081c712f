//! `/sys/devices/system/clocksource`: what the kernel tells the time by.

use std::fs;

use crate::error::{Malformed, ReadError};
use crate::fields::{columns, text};
use crate::roots::Roots;
use crate::source::{Descriptors, Source};

/// One device that keeps time; machines have one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClockSource {
    /// The clocks that it could use (`available_clocksource`).
    pub available: Vec<String>,
    /// The one that it uses (`current_clocksource`).
    pub current: String,
}

/// The two files of each clock source.
#[derive(Debug)]
pub struct ClockSources(Vec<(Source, Source)>);

impl ClockSources {
    /// The sources that there are, in the order of their numbers; none is added while the machine runs, and a sandbox
    /// may show none.
    ///
    /// # Errors
    /// When the folder is there and can't be listed.
    pub fn find(roots: &Roots, descriptors: &Descriptors) -> Result<Self, ReadError> {
        let folder = roots.sys("devices/system/clocksource");
        let entries = match fs::read_dir(&folder).map_err(|error| ReadError::io(&folder, error)) {
            Err(error) if error.is_absent() => return Ok(ClockSources(Vec::new())),
            entries => entries?,
        };
        let mut names: Vec<_> = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
        names.retain(|name| name.starts_with("clocksource"));
        names.sort_unstable();
        let source = |name: &str, file| Source::new(folder.join(name).join(file), descriptors);
        let files = |name: &String| (source(name, "available_clocksource"), source(name, "current_clocksource"));
        Ok(ClockSources(names.iter().map(files).collect()))
    }

    /// What each of them says now.
    ///
    /// # Errors
    /// When a file can't be read, or names no clock in use.
    pub fn read(&mut self) -> Result<Vec<ClockSource>, ReadError> {
        let read = |(available, current): &mut (Source, Source)| {
            let available = available.parse(|bytes| Ok(columns(bytes).map(text).collect()))?;
            let clock = Malformed { line: 1, expected: "the name of a clock" };
            let current = current.parse(|bytes| columns(bytes).next().map(text).ok_or(clock))?;
            Ok(ClockSource { available, current })
        };
        self.0.iter_mut().map(read).collect()
    }
}
