//! Reads pages back: the classic text format and OpenMetrics, into one plain model.
//!
//! The reader serves untrusted files and round-trip tests. It works line by line, needs memory in proportion to the
//! page, which the caller caps, and never panics.

mod assembly;
mod line;
mod openmetrics;
#[cfg(test)]
mod round_trip;
mod text;

use std::fmt;

use crate::desc::Kind;
use crate::number::Number;

pub use openmetrics::parse_openmetrics;
pub use text::parse_text;

/// The samples of one name, wherever they stood on the page.
#[derive(Debug, Clone, PartialEq)]
pub struct Family {
    /// The name as the classic format has it: that of an OpenMetrics counter ends in `_total`.
    pub name: String,
    /// The HELP text without its escapes; absent if the page has none.
    pub help: Option<String>,
    /// The declared type, [`Kind::Untyped`] if the page has none.
    pub kind: Kind,
    /// At least one, in the order of the page.
    pub metrics: Vec<Metric>,
}

/// One label set of a family.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    /// Names and values in the order of the page, without the `le` of a histogram and the `quantile` of a summary.
    pub labels: Vec<(String, String)>,
    /// What was measured.
    pub value: MetricValue,
    /// Milliseconds since 1970; of the lines of a histogram or summary the last one counts.
    pub timestamp_ms: Option<i64>,
}

/// The value of a metric; histograms and summaries are put together from their lines.
#[derive(Debug, Clone, PartialEq)]
pub enum MetricValue {
    /// A counter, gauge or untyped value; plain digits that fit stay an exact integer.
    Number(Number),
    /// Counts are whole: the fraction of a float histogram is cut off.
    Histogram {
        /// `(upper bound, cumulative count)`, sorted by bound, without the `+Inf` bucket; of equal bounds the last
        /// counts.
        buckets: Vec<(f64, u64)>,
        /// The `_sum` line, 0 without one.
        sum: f64,
        /// The `_count` line, without one the `+Inf` bucket, else 0.
        count: u64,
    },
    /// The count is whole like that of a histogram.
    Summary {
        /// `(quantile, value)`, sorted by quantile; of equal quantiles the last counts.
        quantiles: Vec<(f64, f64)>,
        /// The `_sum` line, 0 without one.
        sum: f64,
        /// The `_count` line, 0 without one.
        count: u64,
    },
}

/// Why a page was refused; nothing of it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// The offending line, the first is 1.
    pub line: usize,
    /// What was expected and what was found, in lower case and bounded in length.
    pub message: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for ParseError {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A page's families on one line, or the refusal.
    pub(super) fn verdict(read: Result<Vec<Family>, ParseError>) -> String {
        match read {
            Ok(families) => families.iter().map(family).collect::<Vec<_>>().join(" | "),
            Err(refusal) => format!("refused in {refusal}"),
        }
    }

    fn family(family: &Family) -> String {
        let help = family.help.as_ref().map_or(String::new(), |help| format!(" {help:?}"));
        let metrics: Vec<String> = family.metrics.iter().map(metric).collect();
        format!("{} {:?}{help}: {}", family.name, family.kind, metrics.join(", "))
    }

    fn metric(metric: &Metric) -> String {
        let labels: String = metric.labels.iter().map(|(name, value)| format!("{name}={value:?} ")).collect();
        let timestamp = metric.timestamp_ms.map_or(String::new(), |timestamp| format!(" at {timestamp}"));
        let value = match &metric.value {
            MetricValue::Number(Number::Integer(value)) => value.to_string(),
            MetricValue::Number(value) => format!("{:?}", value.as_f64()),
            MetricValue::Histogram { buckets, sum, count } => format!("{buckets:?} sum {sum} count {count}"),
            MetricValue::Summary { quantiles, sum, count } => format!("{quantiles:?} sum {sum} count {count}"),
        };
        format!("{labels}{value}{timestamp}")
    }

    const PAGE: &str = "\
        # HELP a_total What \\\\ came \\n in.\n\
        # TYPE a_total counter\n\
        a_total{x=\"1\",y=\"a\\\"b\\\\c\\nd\"} 9007199254740993 1700000000000\n\
        # TYPE h histogram\n\
        h_bucket{le=\"0.5\"} 1\n\
        h_bucket{le=\"+Inf\"} 2\n\
        h_sum 3.5\n\
        h_count 2\n\
        # TYPE s summary\n\
        s{quantile=\"0.99\"} NaN\n\
        s_sum 1e-7\n\
        s_count 1\n\
        # EOF\n";

    const DAMAGE: &[u8] = b"{}\",=\\ \n#_:0aE\xff\0.";

    #[test]
    fn a_long_finding_is_shortened() {
        let refusal = parse_text(&[b'!'; 1000]).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            format!("line 1: expected a newline at the end of the page, found {:?}…", "!".repeat(60))
        );
    }

    fn parses_or_names_a_line(page: &[u8]) {
        let lines = page.split(|byte| *byte == b'\n').count();
        for read in [parse_text(page), parse_openmetrics(page)] {
            assert!(read.is_ok() || read.is_err_and(|refusal| (1..=lines).contains(&refusal.line)));
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(page in prop::collection::vec(any::<u8>(), 0..300)) {
            parses_or_names_a_line(&page);
        }

        #[test]
        fn damaged_pages_never_panic(
            damage in prop::collection::vec((0..PAGE.len(), prop::sample::select(DAMAGE)), 1..4),
            end in 0..=PAGE.len(),
        ) {
            let mut page = PAGE.as_bytes().to_vec();
            damage.iter().for_each(|&(at, byte)| page[at] = byte);
            parses_or_names_a_line(&page[..end]);
        }
    }
}
