//! Metric families and their exposition formats.
//!
//! ```text
//! Desc, Number ──▶ Families (one page, staged)  ──▶ Format::encode ──▶ gzip
//!                  Store (series between pages) ──▶ Store::write   ──▶ Gzip
//!                                                   negotiate chooses the format
//! parse reads both text formats back; lint judges names as promtool does
//! ```
//!
//! No I/O, no clock, no async. A page is refused nothing that Prometheus takes, and nothing that it rejects or silently
//! mangles gets onto a page.

mod desc;
mod families;
mod format;
mod gzip;
mod labels;
mod lines;
pub mod lint;
mod number;
mod openmetrics;
pub mod parse;
mod protobuf;
mod store;
mod text;

pub use desc::{Desc, Histogram, Kind, Summary, is_label_name, is_metric_name};
pub use families::{Families, FamilyId, Refused};
pub use format::{Escaping, Format, Preference, accepts_gzip, negotiate};
pub use gzip::{Gzip, gzip};
pub use number::Number;
pub use store::{
    Cursor, ExponentialBuckets, ExponentialValue, HistogramValue, Refusal, SeriesId, Store, StoreFamily, SummaryValue,
    Value,
};
