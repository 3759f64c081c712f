//! When the machine was started.

/// The boot time as the kernel keeps it: it moves when the clock is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BootTime {
    /// Seconds since 1970.
    pub seconds: i64,
    /// And microseconds.
    pub microseconds: i32,
}

/// Reads the `struct timeval` of `sysctl kern.boottime`: 8 bytes of seconds, 4 of microseconds, 4 of padding, in the
/// machine's byte order. `None` when it is shorter.
#[must_use]
pub fn decode_boot_time(timeval: &[u8]) -> Option<BootTime> {
    let (seconds, rest) = timeval.split_first_chunk()?;
    let (microseconds, _) = rest.split_first_chunk()?;
    Some(BootTime { seconds: i64::from_ne_bytes(*seconds), microseconds: i32::from_ne_bytes(*microseconds) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeval_and_one_cut_off() {
        let mut timeval = [0; 16];
        timeval[..8].copy_from_slice(&1_763_700_000_i64.to_ne_bytes());
        timeval[8..12].copy_from_slice(&250_000_i32.to_ne_bytes());
        assert_eq!(decode_boot_time(&timeval), Some(BootTime { seconds: 1_763_700_000, microseconds: 250_000 }));
        assert_eq!(decode_boot_time(&timeval[..10]), None);
    }
}
