//! Reading devices in turn, so that one that hangs or fails takes none of the others away.

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
    devices: impl IntoIterator<Item = String>,
    watch: &Watch<'_>,
    out: &mut Vec<T>,
    mut read: impl FnMut(&str) -> Result<T, ReadError>,
) -> Result<(), ReadError> {
    let (done, outcome) = read_devices(watch, devices, String::as_str, |device| read(device));
    out.extend(done);
    outcome
}
