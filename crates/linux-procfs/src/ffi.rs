//! The one system call that rustix does not have: adjtimex. The only unsafe code of the crate.
#![expect(unsafe_code, reason = "the system's interface is a C function")]

use std::io;
use std::mem::MaybeUninit;

use crate::kernel::Timex;

/// Asks for the state of the kernel's clock, and changes nothing.
///
/// # Errors
/// As the system call: `EPERM` or `ENOSYS` in some sandboxes.
#[allow(clippy::useless_conversion, reason = "a long has 32 bits on some machines")]
pub fn adjtimex() -> io::Result<Timex> {
    // All bits zero are a valid `struct timex`, and mean that nothing is to be set (`modes`).
    let mut timex = MaybeUninit::<libc::timex>::zeroed();
    // SAFETY: `timex` is a `struct timex` that the call may read and write.
    let state = unsafe { libc::adjtimex(timex.as_mut_ptr()) };
    if state < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: `timex` was zeroed, which is a valid value of its integers, and the call has written others.
    let timex = unsafe { timex.assume_init() };
    Ok(Timex {
        is_synchronized: state != libc::TIME_ERROR,
        is_nano: timex.status & libc::STA_NANO != 0,
        offset: timex.offset.into(),
        frequency: timex.freq.into(),
        most_error_us: timex.maxerror.into(),
        estimated_error_us: timex.esterror.into(),
        status: timex.status,
        time_constant: timex.constant.into(),
        tick_us: timex.tick.into(),
        pps_frequency: timex.ppsfreq.into(),
        pps_jitter: timex.jitter.into(),
        pps_shift: timex.shift,
        pps_stability: timex.stabil.into(),
        pps_jitter_exceeded: timex.jitcnt.into(),
        pps_calibrations: timex.calcnt.into(),
        pps_calibration_errors: timex.errcnt.into(),
        pps_stability_exceeded: timex.stbcnt.into(),
        tai_offset_seconds: timex.tai,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine() {
        let timex = adjtimex().unwrap();
        // The kernel ticks 100 times a second for this purpose, give or take a tenth.
        assert!((9_000..=11_000).contains(&timex.tick_us), "{timex:?}");
    }
}
