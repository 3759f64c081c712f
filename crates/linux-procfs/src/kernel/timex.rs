//! The state of the kernel's clock.

/// What adjtimex says: fields of `struct timex`, in the kernel's units. A frequency is in 2^-16 parts per million.
/// Those of `pps` are of a pulse per second that is wired to this machine, 0 where none is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timex {
    /// Whether the clock follows another one (the call's own result).
    pub is_synchronized: bool,
    /// Whether `offset` and `pps_jitter` are in nanoseconds, and not in microseconds (`STA_NANO`).
    pub is_nano: bool,
    /// How far the clock is from the one that it follows, what is still to be made good (`offset`).
    pub offset: i64,
    /// By how much the clock is made to run faster (`freq`).
    pub frequency: i64,
    /// How far off it is at most (`maxerror`).
    pub most_error_us: i64,
    /// How far off it may be (`esterror`).
    pub estimated_error_us: i64,
    /// Bits (`status`).
    pub status: i32,
    /// How slowly it follows (`constant`).
    pub time_constant: i64,
    /// From one tick to the next (`tick`).
    pub tick_us: i64,
    /// Frequency (`ppsfreq`).
    pub pps_frequency: i64,
    /// Jitter (`jitter`).
    pub pps_jitter: i64,
    /// Length of a calibration as a power of two of seconds (`shift`).
    pub pps_shift: i32,
    /// How much the frequency wanders (`stabil`).
    pub pps_stability: i64,
    /// How often the jitter was too large (`jitcnt`).
    pub pps_jitter_exceeded: i64,
    /// Calibrations (`calcnt`).
    pub pps_calibrations: i64,
    /// Calibrations that failed (`errcnt`).
    pub pps_calibration_errors: i64,
    /// How often the frequency wandered too far (`stbcnt`).
    pub pps_stability_exceeded: i64,
    /// Atomic time minus coordinated time (`tai`), 0 where nobody has told the kernel.
    pub tai_offset_seconds: i32,
}
