//! Reading devices one by one, each on its own.

use exporter_toolkit::{Outcome, Watch};
use linux_procfs::ReadError;

/// The kernel counts 512-byte sectors whatever a device's own block size.
pub(crate) const SECTOR_BYTES: f64 = 512.0;

/// Reads each of `devices` by its name into `out`. One that has gone or hangs is left out, and one that can't be read
/// takes no other away.
///
/// # Errors
/// The first of those that can't be read, once all have been tried.
pub(crate) fn read_each<T>(
    devices: impl IntoIterator<Item = String>,
    watch: &Watch<'_>,
    out: &mut Vec<T>,
    mut read: impl FnMut(&str) -> Result<T, ReadError>,
) -> Result<(), ReadError> {
    let mut first = Ok(());
    for device in devices {
        match watch.guard(&device, || read(&device)) {
            Ok(Ok(device)) => out.push(device),
            Ok(Err(error)) if !error.is_absent() => first = first.and(Err(error)),
            Ok(Err(_)) | Err(_) => {}
        }
    }
    first
}

/// The outcome of a reading where the machine may have no such thing.
pub(crate) fn or_no_data(read: Result<(), ReadError>) -> Outcome {
    match read {
        Err(error) if error.is_absent() => Outcome::NoData,
        read => read.into(),
    }
}
