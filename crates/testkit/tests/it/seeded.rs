//! Seeded defects: for each rule the smallest responses that break it, and it alone.

use std::collections::BTreeSet;

use testkit::{Rule, Validator};

use crate::pages::{OPENMETRICS_TYPE, TEXT_TYPE, coded, framed, gzip, openmetrics, response, text, typed};

const UP: &str = "# HELP up Up.\n# TYPE up gauge\nup 1\n";

/// A rule, the situation that breaks it, the response, and the one before if it takes two.
struct Seed {
    rule: Rule,
    situation: &'static str,
    response: Vec<u8>,
    previous: Option<Vec<u8>>,
}

fn seeds() -> Vec<Seed> {
    let alone = [heads(), lines(), metadata(), names(), values(), histograms()].concat();
    let alone = alone.into_iter().map(|(rule, situation, response)| Seed { rule, situation, response, previous: None });
    alone.chain(pairs()).collect()
}

type Alone = (Rule, &'static str, Vec<u8>);

fn heads() -> Vec<Alone> {
    let length = UP.len();
    let status = |status: &str| {
        response(&format!("HTTP/1.1 {status}\r\nContent-Type: {TEXT_TYPE}\r\nContent-Length: {length}"), UP)
    };
    let flipped_checksum = || {
        let mut body = gzip(UP);
        let checksum = body.len() - 8;
        body[checksum] ^= 1;
        body
    };
    vec![
        (Rule::Head, "nothing", Vec::new()),
        (Rule::Head, "a page without a head", UP.into()),
        (Rule::Head, "a head that breaks off", b"HTTP/1.1 200 OK\r\nContent-Type: text/pl".to_vec()),
        (Rule::Head, "another protocol", response("ICY 200 OK\r\nContent-Length: 0", "")),
        (Rule::Head, "a header without a colon", response("HTTP/1.1 200 OK\r\nContent-Length", "")),
        (Rule::Head, "a space before the colon", response("HTTP/1.1 200 OK\r\nContent-Length : 0", "")),
        (Rule::Head, "line feeds alone", b"HTTP/1.1 200 OK\nContent-Length: 0\n\n\r\n\r\n".to_vec()),
        (Rule::Status, "204", response("HTTP/1.1 204 No Content", "")),
        (Rule::Status, "206", status("206 Partial Content")),
        (Rule::Status, "503", status("503 Service Unavailable")),
        (Rule::Status, "302", status("302 Found")),
        (
            Rule::BodyLength,
            "a body shorter than Content-Length",
            framed(&format!("Content-Length: {}", length + 1), UP),
        ),
        (Rule::BodyLength, "a body longer than Content-Length", framed(&format!("Content-Length: {}", length - 1), UP)),
        (Rule::BodyLength, "a length that is no number", framed("Content-Length: +35", UP)),
        (Rule::BodyLength, "no length", response(&format!("HTTP/1.1 200 OK\r\nContent-Type: {TEXT_TYPE}"), UP)),
        (Rule::BodyLength, "two lengths", framed("Content-Length: 35\r\nContent-Length: 35", UP)),
        (
            Rule::BodyLength,
            "a length and chunks",
            framed("Content-Length: 5\r\nTransfer-Encoding: chunked", "0\r\n\r\n"),
        ),
        (Rule::BodyLength, "chunks that break off", framed("Transfer-Encoding: chunked", format!("23\r\n{UP}\r\n"))),
        (
            Rule::BodyLength,
            "a chunk longer than said",
            framed("Transfer-Encoding: chunked", format!("22\r\n{UP}\r\n0\r\n\r\n")),
        ),
        (
            Rule::BodyLength,
            "a chunk of no size",
            framed("Transfer-Encoding: chunked", format!("x\r\n{UP}\r\n0\r\n\r\n")),
        ),
        (
            Rule::BodyLength,
            "bytes after the last chunk",
            framed("Transfer-Encoding: chunked", format!("23\r\n{UP}\r\n0\r\n\r\nup 1")),
        ),
        (Rule::ContentEncoding, "zstd", coded("zstd", [0x28, 0xb5, 0x2f, 0xfd])),
        (
            Rule::ContentEncoding,
            "gzip twice",
            response(
                &format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: {TEXT_TYPE}\r\nContent-Encoding: gzip\r\nContent-Encoding: gzip\r\nContent-Length: 35"
                ),
                UP,
            ),
        ),
        (Rule::ContentEncoding, "plain text under gzip", coded("gzip", UP)),
        (Rule::ContentEncoding, "nothing under gzip", coded("gzip", "")),
        (Rule::ContentEncoding, "gzip cut off", coded("gzip", &gzip(UP)[..40])),
        (Rule::ContentEncoding, "gzip with a wrong checksum", coded("gzip", flipped_checksum())),
        (Rule::ContentEncoding, "bytes after gzip", coded("gzip", [gzip(UP), UP.into()].concat())),
        (Rule::ContentType, "none", response(&format!("HTTP/1.1 200 OK\r\nContent-Length: {length}"), UP)),
        (Rule::ContentType, "two", framed(&format!("Content-Type: {TEXT_TYPE}\r\nContent-Length: {length}"), UP)),
        (Rule::ContentType, "text/html", typed("text/html; charset=utf-8", UP)),
        (Rule::ContentType, "application/json", typed("application/json", UP)),
        (Rule::ContentType, "not parsable", typed("text/plain; version=0.0.4; charset", UP)),
        (
            Rule::ContentType,
            "OpenMetrics 2.0",
            typed("application/openmetrics-text; version=2.0.0; charset=utf-8", format!("{UP}# EOF\n")),
        ),
    ]
}

fn lines() -> Vec<Alone> {
    let up_and = |rest: &str| text(format!("{UP}{rest}"));
    let openmetrics_up_and = |rest: &str| openmetrics(format!("{UP}{rest}"));
    vec![
        (Rule::Utf8, "a label value in Latin-1", text(b"# HELP up Up.\n# TYPE up gauge\nup{name=\"caf\xe9\"} 1\n")),
        (Rule::Utf8, "HELP in Latin-1", text(b"# HELP up caf\xe9.\n# TYPE up gauge\nup 1\n")),
        (Rule::CarriageReturn, "CRLF line ends", text(UP.replace('\n', "\r\n"))),
        (
            Rule::CarriageReturn,
            "CRLF line ends in OpenMetrics",
            openmetrics(format!("{UP}# EOF\n").replace('\n', "\r\n")),
        ),
        (Rule::FinalNewline, "no final newline", text(UP.trim_end())),
        (Rule::FinalNewline, "no newline after # EOF", openmetrics_up_and("# EOF")),
        (Rule::BlankLine, "a blank line in text", text(UP.replacen('\n', "\n\n", 1))),
        (Rule::BlankLine, "a blank line before # EOF", openmetrics_up_and("\n# EOF\n")),
        (Rule::Malformed, "a last line cut off in a label", up_and("# HELP x X.\n# TYPE x gauge\nx{a=\"b")),
        (Rule::Malformed, "a last line cut off before its value", up_and("# HELP x X.\n# TYPE x gauge\nx{a=\"b\"}")),
        (Rule::Malformed, "a name alone", up_and("up\n")),
        (Rule::Malformed, "no metric name", up_and("{a=\"b\"} 1\n")),
        (Rule::Malformed, "two metric names", up_and("up{\"up\"} 1\n")),
        (Rule::Malformed, "a label without value", up_and("up{a} 1\n")),
        (Rule::Malformed, "a label value without quotes", up_and("up{a=b} 1\n")),
        (Rule::Malformed, "labels without a comma between", up_and("up{a=\"b\"c=\"d\"} 1\n")),
        (Rule::Malformed, "a tab before the value", up_and("up{a=\"b\"}\t1\n")),
        (Rule::Malformed, "a space at the end", up_and("up{a=\"b\"} 1 \n")),
        (Rule::Malformed, "words after the value", up_and("up{a=\"b\"} 1 # one\n")),
        (Rule::Malformed, "TYPE without a type", up_and("# TYPE x\n")),
        (Rule::Malformed, "a comment in OpenMetrics", openmetrics_up_and("# Made by hand.\n# EOF\n")),
        (Rule::EofMissing, "no # EOF", openmetrics(UP)),
        (Rule::AfterEof, "a sample after # EOF", openmetrics_up_and("# EOF\nup 1\n")),
        (Rule::AfterEof, "a blank line after # EOF", openmetrics_up_and("# EOF\n\n")),
        (Rule::AfterEof, "# EOF twice", openmetrics_up_and("# EOF\n# EOF\n")),
        (Rule::Empty, "an empty body", text("")),
        (Rule::Empty, "metadata alone", text("# HELP up Up.\n# TYPE up gauge\n")),
        (Rule::Empty, "nothing but # EOF", openmetrics("# EOF\n")),
    ]
}

fn metadata() -> Vec<Alone> {
    let openmetrics_up_and = |rest: &str| openmetrics(format!("{UP}{rest}# EOF\n"));
    vec![
        (Rule::TypeWord, "untyped in OpenMetrics", openmetrics("# HELP up Up.\n# TYPE up untyped\nup 1\n# EOF\n")),
        (Rule::TypeWord, "unknown in text", text("# HELP up Up.\n# TYPE up unknown\nup 1\n")),
        (Rule::TypeWord, "info in text", text("# HELP up Up.\n# TYPE up info\nup 1\n")),
        (Rule::TypeWord, "a type in capitals", text("# HELP up Up.\n# TYPE up GAUGE\nup 1\n")),
        (Rule::TypeWord, "a space after the type", text("# HELP up Up.\n# TYPE up gauge \nup 1\n")),
        (Rule::TypeMissing, "no TYPE", text("# HELP up Up.\nup 1\n")),
        (Rule::TypeMissing, "no TYPE in OpenMetrics", openmetrics("# HELP up Up.\nup 1\n# EOF\n")),
        (Rule::HelpMissing, "no HELP", text("# TYPE up gauge\nup 1\n")),
        (Rule::HelpMissing, "no HELP in OpenMetrics", openmetrics("# TYPE up gauge\nup 1\n# EOF\n")),
        (Rule::MetadataTwice, "TYPE twice", text("# HELP up Up.\n# TYPE up gauge\n# TYPE up gauge\nup 1\n")),
        (Rule::MetadataTwice, "a type that changes", text("# HELP up Up.\n# TYPE up untyped\n# TYPE up gauge\nup 1\n")),
        (Rule::MetadataTwice, "HELP twice", text("# HELP up Up.\n# HELP up Down.\n# TYPE up gauge\nup 1\n")),
        (Rule::MetadataTwice, "TYPE again after samples", text(format!("{UP}# TYPE up gauge\n"))),
        (
            Rule::MetadataTwice,
            "UNIT twice",
            openmetrics_up_and("# UNIT age_seconds seconds\n# UNIT age_seconds seconds\n"),
        ),
        (Rule::MetadataLate, "TYPE after a sample", text("# HELP up Up.\nup 1\n# TYPE up gauge\n")),
        (Rule::MetadataLate, "HELP after a sample", text("# TYPE up gauge\nup 1\n# HELP up Up.\n")),
        (
            Rule::TypeTotal,
            "_total on TYPE",
            openmetrics("# HELP jobs_total Jobs.\n# TYPE jobs_total counter\njobs_total 1\n# EOF\n"),
        ),
        (Rule::Unit, "a unit that the name lacks", openmetrics_up_and("# UNIT age seconds\n")),
        (Rule::Unit, "a unit that is part of a word", openmetrics_up_and("# UNIT ageseconds seconds\n")),
        (
            Rule::FamilySplit,
            "families interleaved",
            text("# HELP a A.\n# TYPE a gauge\na{x=\"1\"} 1\n# HELP b B.\n# TYPE b gauge\nb 1\na{x=\"2\"} 1\n"),
        ),
        (
            Rule::FamilySplit,
            "metadata apart from samples",
            text("# HELP a A.\n# HELP b B.\n# TYPE b gauge\nb 1\n# TYPE a gauge\na 1\n"),
        ),
        (
            Rule::FamilySplit,
            "families interleaved in OpenMetrics",
            openmetrics(
                "# HELP a A.\n# TYPE a counter\na_total{x=\"1\"} 1\n# HELP b B.\n# TYPE b gauge\nb 1\na_total{x=\"2\"} 1\n# EOF\n",
            ),
        ),
        (
            Rule::FamilySplit,
            "histograms of one family interleaved",
            text(
                "# HELP t T.\n# TYPE t histogram\nt_bucket{x=\"1\",le=\"+Inf\"} 1\nt_bucket{x=\"2\",le=\"+Inf\"} 1\n\
                 t_sum{x=\"2\"} 1\nt_count{x=\"2\"} 1\nt_sum{x=\"1\"} 1\nt_count{x=\"1\"} 1\n",
            ),
        ),
    ]
}

fn names() -> Vec<Alone> {
    let gauge = |name: &str, samples: &str| text(format!("# HELP {name} X.\n# TYPE {name} gauge\n{samples}"));
    let counter = |samples: &str| text(format!("# HELP jobs_total X.\n# TYPE jobs_total counter\n{samples}"));
    let openmetrics_counter =
        |samples: &str| openmetrics(format!("# HELP jobs X.\n# TYPE jobs counter\n{samples}# EOF\n"));
    vec![
        (Rule::MetricName, "a hyphen in a name", gauge("queue-length", "queue-length 1\n")),
        (Rule::MetricName, "a digit at the start of a name", gauge("5xx", "5xx 1\n")),
        (Rule::MetricName, "a NUL at the start of a line", gauge("\0x", "\0x 1\n")),
        (Rule::MetricName, "a letter beyond ASCII", gauge("größe", "größe 1\n")),
        (
            Rule::MetricName,
            "a quoted name with a dot",
            openmetrics("# HELP \"a.b\" X.\n# TYPE \"a.b\" gauge\n{\"a.b\"} 1\n# EOF\n"),
        ),
        (Rule::LabelName, "a hyphen in a label", gauge("x", "x{a-b=\"1\"} 1\n")),
        (Rule::LabelName, "a colon in a label", gauge("x", "x{a:b=\"1\"} 1\n")),
        (Rule::LabelName, "a digit at the start of a label", gauge("x", "x{1=\"1\"} 1\n")),
        (Rule::LabelName, "a space before a label", gauge("x", "x{a=\"1\", b=\"1\"} 1\n")),
        (Rule::LabelName, "the metric's name as a label", gauge("x", "x{__name__=\"y\"} 1\n")),
        (Rule::DuplicateLabel, "a label twice", gauge("x", "x{a=\"1\",a=\"2\"} 1\n")),
        (Rule::DuplicateLabel, "a label twice with one value", gauge("x", "x{a=\"1\",b=\"1\",a=\"1\"} 1\n")),
        (Rule::Escape, "a tab escaped in a label", gauge("x", "x{a=\"1\\t2\"} 1\n")),
        (Rule::Escape, "a Windows path unescaped", gauge("x", "x{a=\"C:\\tmp\"} 1\n")),
        (Rule::Escape, "a quote escaped in HELP of text", text("# HELP x \\\"X\\\".\n# TYPE x gauge\nx 1\n")),
        (Rule::Escape, "a backslash at the end of HELP", text("# HELP x X\\\n# TYPE x gauge\nx 1\n")),
        (
            Rule::Escape,
            "a bare quote in HELP of OpenMetrics",
            openmetrics("# HELP x \"X.\n# TYPE x gauge\nx 1\n# EOF\n"),
        ),
        (
            Rule::Escape,
            "a tab escaped in HELP of OpenMetrics",
            openmetrics("# HELP x \\tX.\n# TYPE x gauge\nx 1\n# EOF\n"),
        ),
        (
            Rule::SampleName,
            "_total under TYPE without it, as OpenMetrics has it, in text",
            text("# HELP jobs X.\n# TYPE jobs untyped\njobs_total 1\n"),
        ),
        (Rule::SampleName, "a gauge with _sum", gauge("x", "x_sum 1\n")),
        (Rule::SampleName, "an info without _info", openmetrics("# HELP x X.\n# TYPE x info\nx 1\n# EOF\n")),
        (
            Rule::SampleName,
            "a histogram with a bare sample",
            text("# HELP t T.\n# TYPE t histogram\nt 1\nt_bucket{le=\"+Inf\"} 1\nt_sum 1\nt_count 1\n"),
        ),
        (Rule::CounterTotal, "a counter without _total", text("# HELP jobs X.\n# TYPE jobs counter\njobs 1\n")),
        (Rule::CounterTotal, "a counter without _total in OpenMetrics", openmetrics_counter("jobs 1\n")),
        (Rule::Created, "_created among a text counter's samples", counter("jobs_total 1\njobs_created 1.7e9\n")),
        (
            Rule::Created,
            "_created as a gauge beside a text counter",
            counter("jobs_total 1\n# HELP jobs_created X.\n# TYPE jobs_created gauge\njobs_created 1.7e9\n"),
        ),
        (Rule::Created, "_created in OpenMetrics", openmetrics_counter("jobs_total 1\njobs_created 1.7e9\n")),
        (
            Rule::Created,
            "_created of a summary",
            text("# HELP t T.\n# TYPE t summary\nt_sum 1\nt_count 1\nt_created 1.7e9\n"),
        ),
        (Rule::DuplicateSeries, "a series twice", gauge("x", "x{a=\"1\"} 1\nx{a=\"1\"} 2\n")),
        (Rule::DuplicateSeries, "a series twice in OpenMetrics", openmetrics_counter("jobs_total 1\njobs_total 1\n")),
        (
            Rule::DuplicateSeries,
            "a series twice but for the order of labels",
            gauge("x", "x{a=\"1\",b=\"2\"} 1\nx{b=\"2\",a=\"1\"} 1\n"),
        ),
        (
            Rule::DuplicateSeries,
            "a bucket twice but for the spelling of le",
            text(
                "# HELP t T.\n# TYPE t histogram\nt_bucket{le=\"1\"} 1\nt_bucket{le=\"1.0\"} 1\nt_bucket{le=\"+Inf\"} 1\nt_sum 1\nt_count 1\n",
            ),
        ),
        (Rule::LabelSet, "labels that differ", gauge("x", "x{a=\"1\"} 1\nx{b=\"1\"} 1\n")),
        (Rule::LabelSet, "a label more", openmetrics_counter("jobs_total{a=\"1\"} 1\njobs_total{a=\"2\",b=\"1\"} 1\n")),
    ]
}

fn values() -> Vec<Alone> {
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

fn histograms() -> Vec<Alone> {
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

fn pairs() -> Vec<Seed> {
    let counter = |sample: &str| text(format!("# HELP x_total X.\n# TYPE x_total counter\n{sample}\n"));
    let openmetrics_counter = |sample: &str| openmetrics(format!("# HELP x X.\n# TYPE x counter\n{sample}\n# EOF\n"));
    let histogram = |less: u32, all: u32, sum: u32| {
        text(format!(
            "# HELP t T.\n# TYPE t histogram\nt_bucket{{le=\"1\"}} {less}\nt_bucket{{le=\"+Inf\"}} {all}\nt_sum {sum}\nt_count {all}\n"
        ))
    };
    let pair = |rule, situation, previous, response| Seed { rule, situation, response, previous: Some(previous) };
    vec![
        pair(
            Rule::SeriesText,
            "labels in another order",
            counter("x_total{a=\"1\",b=\"2\"} 1"),
            counter("x_total{b=\"2\",a=\"1\"} 1"),
        ),
        pair(Rule::SeriesText, "an empty label that came", counter("x_total 1"), counter("x_total{a=\"\"} 1")),
        pair(
            Rule::TypeChanged,
            "a gauge that becomes untyped",
            text("# HELP x X.\n# TYPE x gauge\nx 1\n"),
            text("# HELP x X.\n# TYPE x untyped\nx 1\n"),
        ),
        pair(Rule::CounterFell, "a counter that starts again", counter("x_total 5"), counter("x_total 0")),
        pair(
            Rule::CounterFell,
            "a counter that falls a little",
            openmetrics_counter("x_total 5.5"),
            openmetrics_counter("x_total 5.4"),
        ),
        pair(
            Rule::CounterFell,
            "a counter that falls from text to OpenMetrics",
            counter("x_total 5"),
            openmetrics_counter("x_total 4"),
        ),
        pair(Rule::CounterFell, "a bucket that falls", histogram(3, 5, 9), histogram(2, 5, 9)),
        pair(Rule::CounterFell, "a count that falls", histogram(3, 5, 9), histogram(3, 4, 9)),
        pair(Rule::CounterFell, "a sum that falls", histogram(3, 5, 9), histogram(3, 5, 8)),
    ]
}

#[test]
fn each_seed_breaks_its_rule_and_no_other() {
    let mut missed = Vec::new();
    for Seed { rule, situation, response, previous } in seeds() {
        let defects = Validator::default().check(&response, previous.as_deref());
        if defects.is_empty() || defects.iter().any(|defect| defect.rule != rule) {
            missed.push(format!("{rule:?}, {situation}: {defects:#?}"));
        }
    }
    assert!(missed.is_empty(), "{} of {} seeds missed\n{}", missed.len(), seeds().len(), missed.join("\n"));
}

#[test]
fn each_rule_has_a_seed() {
    let seeded: BTreeSet<Rule> = seeds().into_iter().map(|seed| seed.rule).collect();
    assert_eq!(seeded.into_iter().collect::<Vec<_>>(), Rule::ALL);
}

#[test]
fn one_identity_by_an_empty_label() {
    // The label names of such a pair differ too, so that only a family that may vary shows this defect alone.
    let page = text("# HELP x X.\n# TYPE x gauge\nx{a=\"\"} 1\nx 1\n");
    let validator = Validator { varying_labels: &["x"], ..Validator::default() };
    let defects: Vec<_> = validator.check(&page, None).iter().map(ToString::to_string).collect();
    assert_eq!(defects, ["line 4: DuplicateSeries: x is in line 3 already"]);
}

#[test]
fn defects_name_line_and_thing() {
    let page = "# HELP jobs_total Jobs.\n# TYPE jobs_total counter\njobs_total{state=\"done\"} -1\njobs_total{state=\"done\"} 0x10 5\n";
    let response = typed(OPENMETRICS_TYPE, page);
    let defects: Vec<_> = Validator::default().check(&response, None).iter().map(ToString::to_string).collect();
    let expected = [
        "EofMissing: the page does not end with `# EOF`",
        "line 1: TypeTotal: TYPE of jobs_total has the ending of its samples",
        r#"line 3: CounterValue: jobs_total{state="done"} is -1"#,
        r#"line 4: Number: "0x10" is not a number that Prometheus reads"#,
        "line 4: Timestamp: jobs_total has the timestamp 5",
        r#"line 4: DuplicateSeries: jobs_total{state="done"} is in line 3 already"#,
    ];
    assert_eq!(defects, expected);
}
