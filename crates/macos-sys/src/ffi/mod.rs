//! The calls themselves; the only unsafe code of the crate.
#![expect(unsafe_code, reason = "the interfaces of the system are C functions")]

use std::io;
use std::ptr;

use crate::decode::{BootTime, LoadAverage, decode_boot_time, decode_load_average};

/// The load averages (getloadavg).
///
/// # Errors
/// When the system has none.
pub fn load_average() -> io::Result<LoadAverage> {
    let mut averages = [0.0; 3];
    // SAFETY: `averages` has room for the three doubles that the call is told it may write.
    let written = unsafe { libc::getloadavg(averages.as_mut_ptr(), 3) };
    decode_load_average(averages, written).ok_or_else(|| io::Error::other("getloadavg has no averages"))
}

/// The boot time (sysctl `kern.boottime`).
///
/// # Errors
/// As the system call, or when it writes less than a `struct timeval`.
pub fn boot_time() -> io::Result<BootTime> {
    let mut name = [libc::CTL_KERN, libc::KERN_BOOTTIME];
    let mut timeval = [0_u8; 16];
    let mut length = timeval.len();
    // SAFETY: `name` holds the two integers that the call is told of, `timeval` has room for the `length` bytes that it
    // may write, `length` is where it says how many it has written, and nothing is set.
    let status =
        unsafe { libc::sysctl(name.as_mut_ptr(), 2, timeval.as_mut_ptr().cast(), &raw mut length, ptr::null_mut(), 0) };
    if status != 0 {
        return Err(io::Error::last_os_error());
    }
    let written = timeval.get(..length).unwrap_or_default();
    decode_boot_time(written).ok_or_else(|| io::Error::other("kern.boottime is cut off"))
}
