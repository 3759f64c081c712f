//! Pages with wrong numbers.

use super::Alone;
use crate::Rule;
use crate::responses::{openmetrics, text};

pub(super) fn values() -> Vec<Alone> {
    let gauge = |sample: &str| text(format!("# HELP x X.\n# TYPE x gauge\n{sample}\n"));
    let openmetrics_gauge = |sample: &str| openmetrics(format!("# HELP x X.\n# TYPE x gauge\n{sample}\n# EOF\n"));
    let counter = |value: &str| text(format!("# HELP x_total X.\n# TYPE x_total counter\nx_total {value}\n"));
    let exemplar =
        |labels: &str| openmetrics(format!("# HELP x X.\n# TYPE x counter\nx_total 1 # {{{labels}}} 1\n# EOF\n"));
    vec![
        (Rule::Number, "a hexadecimal number", gauge("x 0x1p3")),
        (Rule::Number, "underscores", gauge("x 1_000")),
        (Rule::Number, "a decimal comma", gauge("x 1,5")),
        (Rule::Number, "beyond the range of a double", gauge("x 1e999")),
        (Rule::Number, "a signed NaN", gauge("x -NaN")),
        (Rule::Number, "a word", openmetrics_gauge("x true")),
        (
            Rule::Number,
            "an exemplar's value",
            openmetrics("# HELP x X.\n# TYPE x counter\nx_total 1 # {} one\n# EOF\n"),
        ),
        (Rule::Timestamp, "milliseconds", gauge("x 1 1795226778000")),
        (Rule::Timestamp, "seconds with a fraction", gauge("x 1 1795226778.5")),
        (Rule::Timestamp, "the far past", gauge("x 1 -1")),
        (Rule::Timestamp, "seconds in OpenMetrics", openmetrics_gauge("x 1 1795226778")),
        (Rule::ExemplarPlace, "an exemplar in text", counter("1 # {a=\"b\"} 1")),
        (Rule::ExemplarPlace, "an exemplar on a gauge", openmetrics_gauge("x 1 # {a=\"b\"} 1")),
        (
            Rule::ExemplarPlace,
            "an exemplar on a count",
            openmetrics("# HELP t T.\n# TYPE t histogram\nt_bucket{le=\"+Inf\"} 1\nt_sum 1\nt_count 1 # {} 1\n# EOF\n"),
        ),
        (Rule::ExemplarSize, "an exemplar of 129 characters", exemplar(&format!("a=\"{}\"", "é".repeat(128)))),
        (Rule::CounterValue, "a negative counter", counter("-1")),
        (Rule::CounterValue, "a counter that is NaN", counter("NaN")),
        (Rule::CounterValue, "an infinite counter", counter("+Inf")),
        (
            Rule::CounterValue,
            "a negative counter in OpenMetrics",
            openmetrics("# HELP x X.\n# TYPE x counter\nx_total -1\n# EOF\n"),
        ),
        (Rule::CounterValue, "a negative sum", text("# HELP t T.\n# TYPE t summary\nt_sum -1\nt_count 1\n")),
        (
            Rule::CounterValue,
            "a sum that is NaN",
            text("# HELP t T.\n# TYPE t histogram\nt_bucket{le=\"+Inf\"} 1\nt_sum NaN\nt_count 1\n"),
        ),
    ]
}

pub(super) fn histograms() -> Vec<Alone> {
    let histogram = |samples: &str| text(format!("# HELP t T.\n# TYPE t histogram\n{samples}"));
    let openmetrics_histogram =
        |samples: &str| openmetrics(format!("# HELP t T.\n# TYPE t histogram\n{samples}# EOF\n"));
    let summary = |samples: &str| text(format!("# HELP t T.\n# TYPE t summary\n{samples}"));
    vec![
        (
            Rule::BucketBound,
            "a bucket without le",
            histogram("t_bucket 0\nt_bucket{le=\"+Inf\"} 1\nt_sum 1\nt_count 1\n"),
        ),
        (
            Rule::BucketBound,
            "le that is a word",
            histogram("t_bucket{le=\"low\"} 0\nt_bucket{le=\"+Inf\"} 1\nt_sum 1\nt_count 1\n"),
        ),
        (
            Rule::BucketBound,
            "le that is NaN",
            histogram("t_bucket{le=\"NaN\"} 0\nt_bucket{le=\"+Inf\"} 1\nt_sum 1\nt_count 1\n"),
        ),
        (
            Rule::BucketOrder,
            "buckets sorted as strings",
            histogram("t_bucket{le=\"10\"} 1\nt_bucket{le=\"5\"} 1\nt_bucket{le=\"+Inf\"} 1\nt_sum 1\nt_count 1\n"),
        ),
        (
            Rule::BucketOrder,
            "+Inf first",
            openmetrics_histogram("t_bucket{le=\"+Inf\"} 1\nt_bucket{le=\"5.0\"} 1\nt_sum 1\nt_count 1\n"),
        ),
        (
            Rule::BucketCumulative,
            "buckets that are not added up",
            histogram("t_bucket{le=\"1\"} 3\nt_bucket{le=\"2\"} 2\nt_bucket{le=\"+Inf\"} 5\nt_sum 1\nt_count 5\n"),
        ),
        (
            Rule::BucketCumulative,
            "+Inf smaller than a bucket",
            histogram("t_bucket{le=\"1\"} 3\nt_bucket{le=\"+Inf\"} 2\nt_sum 1\nt_count 2\n"),
        ),
        (Rule::BucketInf, "no +Inf", histogram("t_bucket{le=\"1\"} 1\nt_sum 1\nt_count 1\n")),
        (Rule::BucketInf, "no bucket at all", histogram("t_sum 1\nt_count 1\n")),
        (
            Rule::BucketInf,
            "no +Inf in one of two histograms",
            histogram(
                "t_bucket{a=\"1\",le=\"+Inf\"} 1\nt_sum{a=\"1\"} 1\nt_count{a=\"1\"} 1\n\
                 t_bucket{a=\"2\",le=\"1\"} 1\nt_sum{a=\"2\"} 1\nt_count{a=\"2\"} 1\n",
            ),
        ),
        (Rule::BucketCount, "_count larger than +Inf", histogram("t_bucket{le=\"+Inf\"} 1\nt_sum 1\nt_count 2\n")),
        (Rule::Quantile, "a summary's sample without quantile", summary("t 1\nt_sum 1\nt_count 1\n")),
        (Rule::Quantile, "a quantile in percent", summary("t{quantile=\"50\"} 1\nt_sum 1\nt_count 1\n")),
        (Rule::Quantile, "a quantile that is a word", summary("t{quantile=\"median\"} 1\nt_sum 1\nt_count 1\n")),
        (
            Rule::LabelFloat,
            "le of text in OpenMetrics",
            openmetrics_histogram("t_bucket{le=\"1\"} 1\nt_bucket{le=\"+Inf\"} 1\nt_sum 1\nt_count 1\n"),
        ),
        (
            Rule::LabelFloat,
            "le without Go's exponent",
            openmetrics_histogram("t_bucket{le=\"1000000.0\"} 1\nt_bucket{le=\"+Inf\"} 1\nt_sum 1\nt_count 1\n"),
        ),
        (
            Rule::LabelFloat,
            "quantile of text in OpenMetrics",
            openmetrics("# HELP t T.\n# TYPE t summary\nt{quantile=\"1\"} 1\nt_sum 1\nt_count 1\n# EOF\n"),
        ),
        (Rule::SumOrCountMissing, "a histogram without _sum", histogram("t_bucket{le=\"+Inf\"} 1\nt_count 1\n")),
        (
            Rule::SumOrCountMissing,
            "a histogram without _count",
            openmetrics_histogram("t_bucket{le=\"+Inf\"} 1\nt_sum 1\n"),
        ),
        (Rule::SumOrCountMissing, "a summary of quantiles alone", summary("t{quantile=\"0.5\"} 1\n")),
    ]
}
