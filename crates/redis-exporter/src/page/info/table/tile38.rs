//! SERVER EXT of Tile38.

use super::{Metric, gauge};

pub(super) const METRICS: &[Metric] = &[
    gauge!("tile38_aof_size", "redis_tile38_aof_size_bytes", "Bytes of the append-only file"),
    gauge!("tile38_avg_point_size", "redis_tile38_avg_item_size_bytes", "Bytes that an object takes on average"),
    gauge!("tile38_sys_cpus", "redis_tile38_cpus_total", "Processors of the machine"),
    gauge!(
        "tile38_heap_released_bytes",
        "redis_tile38_heap_released_bytes",
        "Bytes of the heap that are back with the system"
    ),
    gauge!("tile38_heap_alloc_bytes", "redis_tile38_heap_size_bytes", "Bytes of the heap"),
    gauge!("tile38_http_transport", "redis_tile38_http_transport", "1 if HTTP is served"),
    gauge!("tile38_in_memory_size", "redis_tile38_in_memory_size_bytes", "Bytes that all objects take"),
    gauge!(
        "tile38_max_heap_size",
        "redis_tile38_max_heap_size_bytes",
        "Bytes that the heap may have at most, 0 for no limit"
    ),
    gauge!("tile38_alloc_bytes", "redis_tile38_mem_alloc_bytes", "Bytes that are allocated"),
    gauge!("tile38_num_collections", "redis_tile38_num_collections_total", "Collections"),
    gauge!("tile38_num_hooks", "redis_tile38_num_hooks_total", "Hooks"),
    gauge!("tile38_num_objects", "redis_tile38_num_objects_total", "Objects"),
    gauge!("tile38_num_points", "redis_tile38_num_points_total", "Points of all objects"),
    gauge!("tile38_pointer_size", "redis_tile38_pointer_size_bytes", "Bytes of a pointer on the machine"),
    gauge!("tile38_read_only", "redis_tile38_read_only", "1 if the server takes no writes"),
    gauge!("tile38_go_threads", "redis_tile38_threads_total", "Threads of the system"),
    gauge!("tile38_go_goroutines", "redis_tile38_go_goroutines_total", "Goroutines"),
    gauge!("tile38_last_gc_time_seconds", "redis_tile38_last_gc_time_seconds", "When garbage was last collected"),
    gauge!("tile38_next_gc_bytes", "redis_tile38_next_gc_bytes", "Bytes of heap at which garbage is collected next"),
];
