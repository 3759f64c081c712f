//! Indexes of the search module.

use exposition::{Desc, Kind};

use crate::page::{Out, Samples};
use crate::parts::search::{Index, Search};
use crate::server::Server;

/// FT.INFO has sizes in these megabytes.
const MEGABYTE: f64 = 1_048_576.0;

static OMITTED: Desc = Desc {
    name: "redis_search_index_omitted",
    help: "Indexes that have no series, as there are too many.",
    kind: Kind::Gauge,
    labels: &[],
};

/// A field as a metric, and what makes its unit the metric's.
struct Metric {
    field: &'static str,
    desc: Desc,
    factor: f64,
}

const fn gauge(field: &'static str, name: &'static str, help: &'static str) -> Metric {
    Metric { field, desc: Desc { name, help, kind: Kind::Gauge, labels: &["index_name"] }, factor: 1.0 }
}

const fn megabytes(field: &'static str, name: &'static str, help: &'static str) -> Metric {
    Metric { factor: MEGABYTE, ..gauge(field, name, help) }
}

static METRICS: [Metric; 24] = [
    gauge("num_docs", "redis_search_index_num_docs", "Documents of the index (FT.INFO, num_docs)."),
    gauge("max_doc_id", "redis_search_index_max_doc_id", "Number of the last document (FT.INFO, max_doc_id)."),
    gauge("num_terms", "redis_search_index_num_terms", "Different terms (FT.INFO, num_terms)."),
    gauge("num_records", "redis_search_index_num_records", "Records (FT.INFO, num_records)."),
    megabytes(
        "inverted_sz_mb",
        "redis_search_index_inverted_size_bytes",
        "Bytes of the inverted index (FT.INFO, inverted_sz_mb).",
    ),
    gauge(
        "total_inverted_index_blocks",
        "redis_search_index_total_inverted_index_blocks",
        "Blocks of the inverted index (FT.INFO, total_inverted_index_blocks).",
    ),
    megabytes(
        "vector_index_sz_mb",
        "redis_search_index_vector_index_size_bytes",
        "Bytes of the vectors (FT.INFO, vector_index_sz_mb).",
    ),
    megabytes(
        "offset_vectors_sz_mb",
        "redis_search_index_offset_vectors_size_bytes",
        "Bytes of the positions of terms (FT.INFO, offset_vectors_sz_mb).",
    ),
    megabytes(
        "doc_table_size_mb",
        "redis_search_index_doc_table_size_bytes",
        "Bytes of the table of documents (FT.INFO, doc_table_size_mb).",
    ),
    megabytes(
        "sortable_values_size_mb",
        "redis_search_index_sortable_values_size_bytes",
        "Bytes of the values that are sorted by (FT.INFO, sortable_values_size_mb).",
    ),
    megabytes(
        "key_table_size_mb",
        "redis_search_index_key_table_size_bytes",
        "Bytes of the table of keys (FT.INFO, key_table_size_mb).",
    ),
    megabytes(
        "tag_overhead_sz_mb",
        "redis_search_index_tag_overhead_size_bytes",
        "Bytes of what finds tags (FT.INFO, tag_overhead_sz_mb).",
    ),
    megabytes(
        "text_overhead_sz_mb",
        "redis_search_index_text_overhead_size_bytes",
        "Bytes of what finds texts (FT.INFO, text_overhead_sz_mb).",
    ),
    megabytes(
        "total_index_memory_sz_mb",
        "redis_search_index_total_index_memory_size_bytes",
        "Bytes of the whole index (FT.INFO, total_index_memory_sz_mb).",
    ),
    megabytes(
        "geoshapes_sz_mb",
        "redis_search_index_geoshapes_size_bytes",
        "Bytes of shapes (FT.INFO, geoshapes_sz_mb).",
    ),
    gauge(
        "records_per_doc_avg",
        "redis_search_index_avg_per_doc_records",
        "Records of a document on average (FT.INFO, records_per_doc_avg).",
    ),
    gauge(
        "bytes_per_record_avg",
        "redis_search_index_avg_per_record_bytes",
        "Bytes of a record on average (FT.INFO, bytes_per_record_avg).",
    ),
    gauge(
        "offsets_per_term_avg",
        "redis_search_index_avg_per_term_offsets",
        "Positions of a term on average (FT.INFO, offsets_per_term_avg).",
    ),
    gauge(
        "offset_bits_per_record_avg",
        "redis_search_index_avg_per_record_offset_bits",
        "Bits for the positions of a record on average (FT.INFO, offset_bits_per_record_avg).",
    ),
    gauge("indexing", "redis_search_index_indexing", "Whether the index is being built (FT.INFO, indexing)."),
    gauge(
        "percent_indexed",
        "redis_search_index_percent_indexed",
        "How much of the index is built, 0 to 1 (FT.INFO, percent_indexed).",
    ),
    gauge(
        "hash_indexing_failures",
        "redis_search_index_hash_indexing_failures",
        "Documents that could not be taken into the index (FT.INFO, hash_indexing_failures).",
    ),
    Metric {
        field: "number_of_uses",
        desc: Desc {
            name: "redis_search_index_number_of_uses_total",
            help: "Times that the index was used (FT.INFO, number_of_uses).",
            kind: Kind::Counter,
            labels: &["index_name"],
        },
        factor: 1.0,
    },
    gauge("cleaning", "redis_search_index_cleaning", "Whether the index is being deleted (FT.INFO, cleaning)."),
];

impl Samples for Search {
    fn samples(&self, _: &Server, out: &mut Out<'_>) {
        search(&self.indexes, self.omitted, out);
    }
}

/// Stages the indexes.
fn search(indexes: &[Index], omitted: Option<u64>, out: &mut Out<'_>) {
    for Index { name, fields } in indexes {
        for Metric { field, desc, factor } in &METRICS {
            let value = fields.iter().find_map(|(other, value)| (other == field).then_some(*value));
            out.add_some(desc, &[name], value.map(|value| value * factor));
        }
    }
    out.add_some(&OMITTED, &[], omitted);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::examples::staged;

    #[test]
    fn an_index() {
        let fields = [("num_docs", 7.0), ("inverted_sz_mb", 0.5), ("number_of_uses", 3.0), ("other", 1.0)];
        let fields = fields.map(|(name, value)| (name.to_owned(), value)).to_vec();
        assert_eq!(
            staged(|out| search(&[Index { name: "i".to_owned(), fields }], Some(0), out)),
            "redis_search_index_inverted_size_bytes{index_name=\"i\"} 524288\n\
             redis_search_index_num_docs{index_name=\"i\"} 7\n\
             redis_search_index_number_of_uses_total{index_name=\"i\"} 3\n\
             redis_search_index_omitted 0\n"
        );
    }

    #[test]
    fn every_field() {
        let fields = METRICS.iter().map(|metric| (metric.field.to_owned(), 1.0)).collect();
        let page = staged(|out| search(&[Index { name: "i".to_owned(), fields }], None, out));
        assert_eq!(page.lines().count(), 24);
    }
}
