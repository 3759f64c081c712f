//! Reading devices in turn, so that one that hangs or fails takes none of the others away.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use exporter_toolkit::Watch;
use linux_procfs::ReadError;

/// The kernel counts 512-byte sectors whatever a device's own block size.
pub(crate) const SECTOR_BYTES: f64 = 512.0;

/// Reads every device, each under guard by its name. What has gone since it was listed is left out, and what hangs is
/// parked.
///
/// The second part is the first error of another kind; what could be read stands all the same.
pub(crate) fn read_devices<D, T>(
    watch: &Watch<'_>,
    devices: impl IntoIterator<Item = D>,
    name: impl Fn(&D) -> &str,
    mut read: impl FnMut(&D) -> Result<T, ReadError>,
) -> (Vec<T>, Result<(), ReadError>) {
    let mut done = Vec::new();
    let mut first_error = Ok(());
    for device in devices {
        match watch.guard(name(&device), || read(&device)) {
            Ok(Ok(read)) => done.push(read),
            Ok(Err(error)) if error.is_absent() => {}
            Ok(Err(error)) => first_error = first_error.and(Err(error)),
            Err(_) => {}
        }
    }
    (done, first_error)
}

/// As [`read_devices`], for devices that are known by their names alone; what was read is added to `out`.
///
/// # Errors
/// The first of those that can't be read, once all have been tried.
pub(crate) fn read_each<T>(
    watch: &Watch<'_>,
    devices: impl IntoIterator<Item = String>,
    out: &mut Vec<T>,
    mut read: impl FnMut(&str) -> Result<T, ReadError>,
) -> Result<(), ReadError> {
    let (done, outcome) = read_devices(watch, devices, String::as_str, |device| read(device));
    out.extend(done);
    outcome
}

/// What each device has said of itself last, for where the labels of others depend on it.
///
/// It outlives a collector, which is built anew beside one that hangs; clones share it.
#[derive(Debug)]
pub(crate) struct Remembered<T>(Arc<Mutex<HashMap<String, T>>>);

impl<T: Clone> Remembered<T> {
    /// Asks every device, each under guard by its name. One that hangs is taken for what it was; one of which nothing is
    /// known is left out.
    pub(crate) fn read_each(
        &self,
        watch: &Watch<'_>,
        devices: Vec<String>,
        read: impl Fn(&str) -> Option<T>,
    ) -> Vec<T> {
        self.with(|known| known.retain(|name, _| devices.contains(name)));
        let ask = |name: String| match watch.guard(&name, || read(&name)) {
            Ok(Some(said)) => {
                self.with(|known| known.insert(name, said.clone()));
                Some(said)
            }
            Ok(None) => None,
            Err(_) => self.with(|known| known.get(&name).cloned()),
        };
        devices.into_iter().filter_map(ask).collect()
    }

    /// The lock is never held while a device is asked.
    fn with<R>(&self, then: impl FnOnce(&mut HashMap<String, T>) -> R) -> R {
        then(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<T> Default for Remembered<T> {
    fn default() -> Self {
        Remembered(Arc::default())
    }
}

impl<T> Clone for Remembered<T> {
    fn clone(&self) -> Self {
        Remembered(Arc::clone(&self.0))
    }
}
