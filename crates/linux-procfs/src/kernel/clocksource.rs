//! `/sys/devices/system/clocksource`: what the kernel tells the time by.

use crate::error::{Malformed, ReadError, present};
use crate::fields::{columns, text};
use crate::roots::Roots;
use crate::source::{Descriptors, Source};
use crate::sysfs::Folder;

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
        let Some(folder) = present(Folder::open(roots.sys("devices/system/clocksource")))? else {
            return Ok(ClockSources(Vec::new()));
        };
        let source = |name: &str, file| Source::new(folder.path().join(name).join(file), descriptors);
        let files = |name: &String| (source(name, "available_clocksource"), source(name, "current_clocksource"));
        Ok(ClockSources(folder.numbered("clocksource")?.iter().map(files).collect()))
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
