//! What memory is used for.

use super::{Metric, gauge};

pub(super) const METRICS: &[Metric] = &[
    gauge!("used_memory", "redis_memory_used_bytes", "Bytes that the server has allocated"),
    gauge!("used_memory_rss", "redis_memory_used_rss_bytes", "Bytes that are resident, as the system counts"),
    gauge!("used_memory_peak", "redis_memory_used_peak_bytes", "Most bytes that were allocated since the start"),
    gauge!("used_memory_lua", "redis_memory_used_lua_bytes", "Bytes of the Lua engine for EVAL"),
    gauge!("used_memory_vm_eval", "redis_memory_used_vm_eval_bytes", "Bytes of the engines for EVAL"),
    gauge!(
        "used_memory_scripts_eval",
        "redis_memory_used_scripts_eval_bytes",
        "Bytes that cached scripts of EVAL take besides"
    ),
    gauge!("used_memory_overhead", "redis_memory_used_overhead_bytes", "Bytes that are not data"),
    gauge!("used_memory_startup", "redis_memory_used_startup_bytes", "Bytes that were allocated at the start"),
    gauge!("used_memory_dataset", "redis_memory_used_dataset_bytes", "Bytes that are data"),
    gauge!("used_memory_vm_functions", "redis_memory_used_vm_functions_bytes", "Bytes of the engines for functions"),
    gauge!("used_memory_scripts", "redis_memory_used_scripts_bytes", "Bytes that scripts and functions take besides"),
    gauge!("used_memory_functions", "redis_memory_used_functions_bytes", "Bytes that functions take besides"),
    gauge!("used_memory_vm_total", "redis_memory_used_vm_total", "Bytes of all script engines"),
    gauge!(
        "used_memory_hash_templates",
        "redis_memory_used_hash_templates_bytes",
        "Bytes of the field names that hashes share"
    ),
    gauge!("hash_templates", "redis_hash_templates", "Sets of field names that hashes share"),
    gauge!("hash_template_keys", "redis_hash_template_keys", "Hashes that share their field names with others"),
    gauge!("number_of_cached_scripts", "redis_number_of_cached_scripts", "Scripts of EVAL that are cached"),
    gauge!("number_of_functions", "redis_number_of_functions", "Functions that are loaded"),
    gauge!("number_of_libraries", "redis_number_of_libraries", "Libraries of functions that are loaded"),
    gauge!("maxmemory", "redis_memory_max_bytes", "Bytes that may be used at most, 0 for no limit"),
    gauge!(
        "maxmemory_reservation",
        "redis_memory_max_reservation_bytes",
        "Bytes that the provider keeps for other than data"
    ),
    gauge!(
        "maxmemory_desired_reservation",
        "redis_memory_max_reservation_desired_bytes",
        "Bytes that the provider wants to keep for other than data"
    ),
    gauge!(
        "maxfragmentationmemory_reservation",
        "redis_memory_max_fragmentation_reservation_bytes",
        "Bytes that the provider keeps for fragmentation"
    ),
    gauge!(
        "maxfragmentationmemory_desired_reservation",
        "redis_memory_max_fragmentation_reservation_desired_bytes",
        "Bytes that the provider wants to keep for fragmentation"
    ),
    gauge!("allocator_active", "redis_allocator_active_bytes", "Bytes of the allocator's pages that are in use"),
    gauge!("allocator_allocated", "redis_allocator_allocated_bytes", "Bytes that the allocator has given out"),
    gauge!("allocator_resident", "redis_allocator_resident_bytes", "Bytes of the allocator that are resident"),
    gauge!("allocator_muzzy", "redis_allocator_muzzy_bytes", "Bytes that are freed, and not yet back with the system"),
    gauge!("allocator_frag_ratio", "redis_allocator_frag_ratio", "Active bytes of the allocator by allocated ones"),
    gauge!("allocator_frag_bytes", "redis_allocator_frag_bytes", "Active bytes of the allocator beyond allocated ones"),
    gauge!("allocator_rss_ratio", "redis_allocator_rss_ratio", "Resident bytes of the allocator by active ones"),
    gauge!("allocator_rss_bytes", "redis_allocator_rss_bytes", "Resident bytes of the allocator beyond active ones"),
    gauge!(
        "allocator_active_lua",
        "redis_allocator_active_lua_bytes",
        "Bytes of the allocator's pages that are in use for Lua"
    ),
    gauge!(
        "allocator_allocated_lua",
        "redis_allocator_allocated_lua_bytes",
        "Bytes that the allocator has given out to Lua"
    ),
    gauge!(
        "allocator_resident_lua",
        "redis_allocator_resident_lua_bytes",
        "Bytes of the allocator that are resident for Lua"
    ),
    gauge!(
        "allocator_frag_bytes_lua",
        "redis_allocator_frag_lua_bytes",
        "Active bytes of the allocator beyond allocated ones for Lua"
    ),
    gauge!("rss_overhead_ratio", "redis_rss_overhead_ratio", "Resident bytes of the process by those of the allocator"),
    gauge!(
        "rss_overhead_bytes",
        "redis_rss_overhead_bytes",
        "Resident bytes of the process beyond those of the allocator"
    ),
    gauge!(
        "mem_fragmentation_ratio",
        "redis_mem_fragmentation_ratio",
        "Resident bytes of the process by allocated ones"
    ),
    gauge!(
        "mem_fragmentation_bytes",
        "redis_mem_fragmentation_bytes",
        "Resident bytes of the process beyond allocated ones"
    ),
    gauge!("mem_clients_slaves", "redis_mem_clients_slaves", "Bytes of the buffers of replicas"),
    gauge!("mem_clients_normal", "redis_mem_clients_normal", "Bytes of the buffers of clients"),
    gauge!("mem_cluster_links", "redis_mem_cluster_links_bytes", "Bytes of the links to other nodes of the cluster"),
    gauge!(
        "mem_cluster_slot_import",
        "redis_mem_cluster_slot_import_bytes",
        "Bytes of the buffers for slots that come from other nodes"
    ),
    gauge!(
        "mem_cluster_slot_export",
        "redis_mem_cluster_slot_export_bytes",
        "Bytes of the buffers for slots that go to other nodes"
    ),
    gauge!("mem_aof_buffer", "redis_mem_aof_buffer_bytes", "Bytes of the buffers of the append-only file"),
    gauge!(
        "mem_replication_backlog",
        "redis_mem_replication_backlog_bytes",
        "Bytes of memory that the replication backlog takes"
    ),
    gauge!(
        "mem_total_replication_buffers",
        "redis_mem_total_replication_buffers_bytes",
        "Bytes of all buffers for replication"
    ),
    gauge!(
        "mem_replicas_repl_buffer",
        "redis_mem_replicas_repl_buffer_bytes",
        "Bytes that a replica holds back while it loads the data"
    ),
    gauge!(
        "mem_replica_full_sync_buffer",
        "redis_mem_replica_full_sync_buffer_bytes",
        "Bytes that a replica holds back during a full synchronization"
    ),
    gauge!(
        "mem_not_counted_for_evict",
        "redis_mem_not_counted_for_eviction_bytes",
        "Bytes that do not count when it is decided on evictions"
    ),
    gauge!(
        "mem_overhead_db_hashtable_rehashing",
        "redis_mem_overhead_db_hashtable_rehashing_bytes",
        "Bytes of the key tables that are being resized"
    ),
    gauge!(
        "active_defrag_running",
        "redis_active_defrag_running",
        "Percentage of processor time for defragmentation now"
    ),
    gauge!(
        "lazyfree_pending_objects",
        "redis_lazyfree_pending_objects",
        "Objects that wait to be freed in the background"
    ),
    gauge!("lazyfreed_objects", "redis_lazyfreed_objects", "Objects that were freed in the background"),
];

/// About the machine.
pub(super) const OF_THE_SYSTEM: &[Metric] = &[gauge!(
    "total_system_memory",
    "redis_total_system_memory_bytes",
    "Bytes of memory that the server's machine has"
)];
