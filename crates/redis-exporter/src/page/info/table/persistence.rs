//! Snapshots, the append-only file, and loading them.

use super::{Metric, counter, gauge};

pub(super) const METRICS: &[Metric] = &[
    gauge!("loading", "redis_loading_dump_file", "1 while the server loads its data"),
    gauge!("async_loading", "redis_async_loading", "1 while a replica loads new data and serves the old"),
    gauge!("loading_start_time", "redis_loading_start_timestamp_seconds", "When loading began, in seconds since 1970"),
    gauge!("loading_total_bytes", "redis_loading_total_bytes", "Bytes of the file that is being loaded"),
    gauge!("loading_loaded_bytes", "redis_loading_loaded_bytes", "Bytes that are loaded already"),
    gauge!("loading_eta_seconds", "redis_loading_eta_seconds", "Seconds until loading is done, as the server guesses"),
    gauge!("current_cow_peak", "redis_current_cow_peak_bytes", "Most bytes that the running save has copied on write"),
    gauge!("current_cow_size", "redis_current_cow_size_bytes", "Bytes that the running save has copied on write"),
    gauge!("current_fork_perc", "redis_current_fork_percentage", "How far the running save is, in percent"),
    gauge!(
        "current_save_keys_processed",
        "redis_current_save_keys_processed",
        "Keys that the running save has written"
    ),
    gauge!("current_save_keys_total", "redis_current_save_keys", "Keys that the running save has to write"),
    gauge!(
        "rdb_changes_since_last_save",
        "redis_rdb_changes_since_last_save",
        "Changes to the data since the last save"
    ),
    gauge!("rdb_bgsave_in_progress", "redis_rdb_bgsave_in_progress", "1 while a snapshot is saved in the background"),
    gauge!(
        "rdb_last_save_time",
        "redis_rdb_last_save_timestamp_seconds",
        "When a snapshot was last saved, in seconds since 1970"
    ),
    gauge!("rdb_last_bgsave_status", "redis_rdb_last_bgsave_status", "1 if the last snapshot was saved"),
    gauge!(
        "rdb_last_bgsave_time_sec",
        "redis_rdb_last_bgsave_duration_sec",
        "Seconds that the last snapshot took, -1 if there was none"
    ),
    gauge!(
        "rdb_current_bgsave_time_sec",
        "redis_rdb_current_bgsave_duration_sec",
        "Seconds that the running snapshot has taken, -1 if none runs"
    ),
    gauge!("rdb_saves", "redis_rdb_saves_total", "Snapshots that were saved since the start"),
    gauge!("rdb_last_cow_size", "redis_rdb_last_cow_size_bytes", "Bytes that the last snapshot has copied on write"),
    gauge!(
        "rdb_last_load_keys_expired",
        "redis_rdb_last_load_expired_keys",
        "Keys of the last snapshot loaded that had expired"
    ),
    gauge!(
        "rdb_last_load_keys_loaded",
        "redis_rdb_last_load_loaded_keys",
        "Keys of the last snapshot loaded that had not expired"
    ),
    gauge!("aof_enabled", "redis_aof_enabled", "1 if there is an append-only file"),
    gauge!("aof_rewrite_in_progress", "redis_aof_rewrite_in_progress", "1 while the append-only file is rewritten"),
    gauge!(
        "aof_rewrite_scheduled",
        "redis_aof_rewrite_scheduled",
        "1 if the append-only file will be rewritten after the running snapshot"
    ),
    gauge!(
        "aof_last_rewrite_time_sec",
        "redis_aof_last_rewrite_duration_sec",
        "Seconds that the last rewrite took, -1 if there was none"
    ),
    gauge!(
        "aof_current_rewrite_time_sec",
        "redis_aof_current_rewrite_duration_sec",
        "Seconds that the running rewrite has taken, -1 if none runs"
    ),
    counter!("aof_rewrites", "redis_aof_rewrites_total", "Rewrites of the append-only file since the start"),
    gauge!(
        "aof_rewrites_consecutive_failures",
        "redis_aof_rewrites_consecutive_failures",
        "Rewrites that failed since the last one that did not"
    ),
    gauge!("aof_last_cow_size", "redis_aof_last_cow_size_bytes", "Bytes that the last rewrite has copied on write"),
    gauge!("aof_current_size", "redis_aof_current_size_bytes", "Bytes of the append-only file"),
    gauge!(
        "aof_base_size",
        "redis_aof_base_size_bytes",
        "Bytes of the append-only file after it was last rewritten or loaded"
    ),
    gauge!("aof_pending_rewrite", "redis_aof_pending_rewrite", "1 if a rewrite waits for the running snapshot"),
    gauge!("aof_buffer_length", "redis_aof_buffer_length", "Bytes that wait to be appended"),
    gauge!("aof_rewrite_buffer_length", "redis_aof_rewrite_buffer_length", "Bytes that wait for the running rewrite"),
    gauge!("aof_pending_bio_fsync", "redis_aof_pending_bio_fsync", "Calls of fsync that wait in the background"),
    gauge!("aof_delayed_fsync", "redis_aof_delayed_fsync", "Writes that had to wait for fsync since the start"),
    gauge!("aof_last_bgrewrite_status", "redis_aof_last_bgrewrite_status", "1 if the last rewrite succeeded"),
    gauge!("aof_last_write_status", "redis_aof_last_write_status", "1 if the last append succeeded"),
    gauge!("module_fork_in_progress", "redis_module_fork_in_progress", "1 while a module has forked"),
    gauge!(
        "module_fork_last_cow_size",
        "redis_module_fork_last_cow_size",
        "Bytes that the last fork of a module has copied on write"
    ),
    gauge!(
        "slot_migration_fork_in_progress",
        "redis_slot_migration_fork_in_progress",
        "1 while a fork writes slots to another node"
    ),
    gauge!("backup_in_progress", "redis_backup_in_progress", "1 while a backup is made"),
];
