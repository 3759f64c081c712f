//! The server itself, and the certificates that it shows.

use super::{Metric, gauge};

pub(super) const METRICS: &[Metric] = &[
    gauge!("uptime_in_seconds", "redis_uptime_in_seconds", "Seconds since the server was started"),
    gauge!("process_id", "redis_process_id", "The server's process id"),
    gauge!("io_threads_active", "redis_io_threads_active", "1 while threads read from and write to clients"),
    gauge!("hz", "redis_hz", "How often a second the server's background tasks run now"),
    gauge!("configured_hz", "redis_configured_hz", "How often a second background tasks run at least, as configured"),
    gauge!(
        "shutdown_in_milliseconds",
        "redis_shutdown_in_milliseconds",
        "Milliseconds that a shutdown still waits for replicas"
    ),
];
