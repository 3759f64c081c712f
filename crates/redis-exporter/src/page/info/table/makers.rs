//! What servers have that others have not: KeyDB, script engines of Valkey, sentinels.

use super::{Metric, counter, gauge};

pub(super) const METRICS: &[Metric] = &[
    gauge!("server_threads", "redis_server_threads_total", "Threads of KeyDB that execute commands"),
    gauge!("long_lock_waits", "redis_long_lock_waits_total", "Times that a thread of KeyDB waited long for the lock"),
    gauge!("current_client_thread", "redis_current_client_thread", "The thread of KeyDB that answered INFO"),
    counter!("cached_keys", "redis_cached_keys_total", "Keys of KeyDB that are cached"),
    counter!(
        "storage_provider_read_hits",
        "redis_storage_provider_read_hits",
        "Look-ups that KeyDB's storage provider had the key of"
    ),
    counter!(
        "storage_provider_read_misses",
        "redis_storage_provider_read_misses",
        "Look-ups that KeyDB's storage provider had no key of"
    ),
    gauge!("engines_count", "redis_scripting_engines_count", "Script engines"),
    gauge!(
        "engines_total_used_memory",
        "redis_scripting_engines_memory_used_bytes",
        "Bytes that all script engines use"
    ),
    gauge!(
        "engines_total_memory_overhead",
        "redis_scripting_engines_memory_overhead_bytes",
        "Bytes that all script engines take besides"
    ),
    gauge!("sentinel_masters", "redis_sentinel_masters", "Masters that the sentinel watches"),
    gauge!("sentinel_tilt", "redis_sentinel_tilt", "1 while the sentinel distrusts its clock and only watches"),
    gauge!("sentinel_running_scripts", "redis_sentinel_running_scripts", "Scripts of the sentinel that run"),
    gauge!("sentinel_scripts_queue_length", "redis_sentinel_scripts_queue_length", "Scripts of the sentinel that wait"),
    gauge!(
        "sentinel_simulate_failure_flags",
        "redis_sentinel_simulate_failure_flags",
        "Failures that the sentinel was told to simulate, as a bit mask"
    ),
];
