//! Modules: search, Bloom filters, JSON.

use super::{Metric, counter, gauge};

pub(super) const METRICS: &[Metric] = &[
    gauge!("search_number_of_indexes", "redis_search_number_of_indexes", "Search indexes"),
    gauge!("search_used_memory_indexes", "redis_search_used_memory_indexes_bytes", "Bytes that all search indexes use"),
    gauge!("search_dialect_1", "redis_search_dialect_1", "1 if dialect 1 was used in a query"),
    gauge!("search_dialect_2", "redis_search_dialect_2", "1 if dialect 2 was used in a query"),
    gauge!("search_dialect_3", "redis_search_dialect_3", "1 if dialect 3 was used in a query"),
    gauge!("search_dialect_4", "redis_search_dialect_4", "1 if dialect 4 was used in a query"),
    gauge!("search_global_idle", "redis_search_global_idle", "Cursors that are idle"),
    gauge!("search_global_total", "redis_search_global_total", "Cursors"),
    gauge!(
        "search_bytes_collected",
        "redis_search_collected_bytes",
        "Bytes that garbage collection of search indexes has freed"
    ),
    gauge!(
        "search_number_of_active_indexes",
        "redis_search_number_of_active_indexes",
        "Search indexes that are queried or written to now"
    ),
    gauge!(
        "search_number_of_active_indexes_running_queries",
        "redis_search_number_of_active_indexes_running_queries",
        "Search indexes that are queried now"
    ),
    gauge!(
        "search_number_of_active_indexes_indexing",
        "redis_search_number_of_active_indexes_indexing",
        "Search indexes that are written to now"
    ),
    gauge!(
        "search_total_active_write_threads",
        "redis_search_total_active_write_threads",
        "Threads that write to search indexes now"
    ),
    gauge!(
        "search_total_num_docs_in_indexes",
        "redis_search_total_num_docs_in_indexes",
        "Documents in all search indexes"
    ),
    gauge!(
        "search_smallest_memory_index",
        "redis_search_smallest_memory_index_bytes",
        "Bytes of the smallest search index"
    ),
    gauge!(
        "search_largest_memory_index",
        "redis_search_largest_memory_index_bytes",
        "Bytes of the largest search index"
    ),
    gauge!(
        "search_used_memory_vector_index",
        "redis_search_used_memory_vector_index_bytes",
        "Bytes that all vector indexes use"
    ),
    gauge!("search_global_idle_user", "redis_search_global_idle_user", "Cursors of users that are idle"),
    gauge!(
        "search_global_idle_internal",
        "redis_search_global_idle_internal",
        "Cursors of the cluster's own queries that are idle"
    ),
    gauge!("search_global_total_user", "redis_search_global_total_user", "Cursors of users"),
    gauge!(
        "search_global_total_internal",
        "redis_search_global_total_internal",
        "Cursors of the cluster's own queries"
    ),
    gauge!(
        "search_gc_bytes_collected",
        "redis_search_gc_collected_bytes",
        "Bytes that garbage collection of search indexes has freed"
    ),
    gauge!(
        "search_gc_total_docs_not_collected",
        "redis_search_gc_total_docs_not_collected",
        "Deleted documents whose memory is not free yet"
    ),
    gauge!(
        "search_gc_marked_deleted_vectors",
        "redis_search_gc_marked_deleted_vectors",
        "Deleted vectors whose memory is not free yet"
    ),
    gauge!(
        "search_errors_indexing_failures",
        "redis_search_errors_indexing_failures",
        "Documents that could not be indexed"
    ),
    gauge!("bf_bloom_total_memory_bytes", "redis_bf_bloom_total_memory_bytes", "Bytes of all Bloom filters"),
    gauge!("bf_bloom_num_objects", "redis_bf_bloom_num_objects", "Keys that are Bloom filters"),
    gauge!(
        "bf_bloom_num_filters_across_objects",
        "redis_bf_bloom_num_filters_across_objects",
        "Filters of all Bloom filters"
    ),
    gauge!(
        "bf_bloom_num_items_across_objects",
        "redis_bf_bloom_num_items_across_objects",
        "Items in all Bloom filters"
    ),
    gauge!(
        "bf_bloom_capacity_across_objects",
        "redis_bf_bloom_capacity_across_objects",
        "Items that all Bloom filters have room for"
    ),
    gauge!("json_total_memory_bytes", "redis_json_total_memory_bytes", "Bytes of all JSON documents"),
    gauge!("json_num_documents", "redis_json_num_documents", "JSON documents"),
    gauge!("search_used_memory_bytes", "redis_search_used_memory_bytes", "Bytes that the search module uses"),
    gauge!("search_number_of_attributes", "redis_search_number_of_attributes", "Attributes of all search indexes"),
    gauge!("search_total_indexed_documents", "redis_search_total_indexed_documents", "Documents in all search indexes"),
    gauge!("search_query_queue_size", "redis_search_query_queue_size", "Queries that wait"),
    gauge!("search_writer_queue_size", "redis_search_writer_queue_size", "Writes to search indexes that wait"),
    gauge!(
        "search_string_interning_store_size",
        "redis_search_string_interning_store_size",
        "Strings that search indexes share"
    ),
    gauge!(
        "search_vector_externing_hash_extern_errors",
        "redis_search_vector_externing_hash_extern_errors",
        "Vectors that could not be kept in their hash alone"
    ),
    gauge!(
        "search_vector_externing_num_lru_entries",
        "redis_search_vector_externing_num_lru_entries",
        "Vectors in the cache of those that are kept in their hash alone"
    ),
    counter!("search_total_indexing_time", "redis_search_indexing_time_ms_total", "Milliseconds of indexing"),
    counter!("search_total_cycles", "redis_search_cycles_total", "Runs of garbage collection of search indexes"),
    counter!(
        "search_total_ms_run",
        "redis_search_run_ms_total",
        "Milliseconds of garbage collection of search indexes"
    ),
    counter!("search_gc_total_cycles", "redis_search_gc_cycles_total", "Runs of garbage collection of search indexes"),
    counter!(
        "search_gc_total_ms_run",
        "redis_search_gc_run_ms_total",
        "Milliseconds of garbage collection of search indexes"
    ),
    counter!("search_total_queries_processed", "redis_search_queries_processed_total", "Queries that succeeded"),
    counter!("search_total_query_commands", "redis_search_query_commands_total", "Commands that are queries"),
    counter!(
        "search_total_query_execution_time_ms",
        "redis_search_query_execution_time_ms_total",
        "Milliseconds of queries"
    ),
    counter!("search_total_active_queries", "redis_search_active_queries_total", "Queries that run now"),
    counter!(
        "bf_bloom_defrag_hits",
        "redis_bf_bloom_defrag_hits_total",
        "Bloom filters that defragmentation has moved"
    ),
    counter!(
        "bf_bloom_defrag_misses",
        "redis_bf_bloom_defrag_misses_total",
        "Bloom filters that defragmentation has left where they were"
    ),
    counter!(
        "search_worker_pool_suspend_cnt",
        "redis_search_worker_pool_suspend_count",
        "Times that the search threads were held"
    ),
    counter!(
        "search_writer_resumed_cnt",
        "redis_search_writer_resumed_count",
        "Times that the writing search threads were let go on"
    ),
    counter!(
        "search_reader_resumed_cnt",
        "redis_search_reader_resumed_count",
        "Times that the reading search threads were let go on"
    ),
    counter!(
        "search_writer_suspension_expired_cnt",
        "redis_search_writer_suspension_expired_count",
        "Times that the writing search threads were held too long"
    ),
    counter!("search_rdb_load_success_cnt", "redis_search_rdb_load_success_count", "Search indexes that were loaded"),
    counter!(
        "search_rdb_load_failure_cnt",
        "redis_search_rdb_load_failure_count",
        "Search indexes that could not be loaded"
    ),
    counter!("search_rdb_save_success_cnt", "redis_search_rdb_save_success_count", "Search indexes that were saved"),
    counter!(
        "search_rdb_save_failure_cnt",
        "redis_search_rdb_save_failure_count",
        "Search indexes that could not be saved"
    ),
    counter!("search_successful_requests_count", "redis_search_successful_requests_count", "Queries that succeeded"),
    counter!("search_failure_requests_count", "redis_search_failure_requests_count", "Queries that failed"),
    counter!(
        "search_hybrid_requests_count",
        "redis_search_hybrid_requests_count",
        "Queries by vector and by other attributes"
    ),
    counter!(
        "search_inline_filtering_requests_count",
        "redis_search_inline_filtering_requests_count",
        "Queries that were filtered while vectors were compared"
    ),
    counter!(
        "search_hnsw_add_exceptions_count",
        "redis_search_hnsw_add_exceptions_count",
        "Vectors that could not be added to an HNSW index"
    ),
    counter!(
        "search_hnsw_remove_exceptions_count",
        "redis_search_hnsw_remove_exceptions_count",
        "Vectors that could not be removed from an HNSW index"
    ),
    counter!(
        "search_hnsw_modify_exceptions_count",
        "redis_search_hnsw_modify_exceptions_count",
        "Vectors that could not be changed in an HNSW index"
    ),
    counter!(
        "search_hnsw_search_exceptions_count",
        "redis_search_hnsw_search_exceptions_count",
        "Searches of an HNSW index that failed"
    ),
    counter!(
        "search_hnsw_create_exceptions_count",
        "redis_search_hnsw_create_exceptions_count",
        "HNSW indexes that could not be made"
    ),
    counter!(
        "search_vector_externing_entry_count",
        "redis_search_vector_externing_entry_count",
        "Vectors that are kept in their hash alone"
    ),
    counter!(
        "search_vector_externing_generated_value_cnt",
        "redis_search_vector_externing_generated_value_count",
        "Values of hashes that were made from vectors"
    ),
    counter!(
        "search_vector_externing_lru_promote_cnt",
        "redis_search_vector_externing_lru_promote_count",
        "Vectors that were found in the cache"
    ),
    counter!(
        "search_vector_externing_deferred_entry_cnt",
        "redis_search_vector_externing_deferred_entry_count",
        "Vectors that wait to be kept in their hash alone"
    ),
];
