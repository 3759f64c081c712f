//! Reading devices in turn, so that one that hangs or fails takes none of the others away.

use exporter_toolkit::Watch;
use linux_procfs::ReadError;

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
