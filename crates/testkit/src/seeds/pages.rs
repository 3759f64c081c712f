//! Pages with wrong lines, metadata and names.

use super::{Alone, UP};
use crate::Rule;
use crate::responses::{openmetrics, text};

pub(super) fn lines() -> Vec<Alone> {
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

pub(super) fn metadata() -> Vec<Alone> {
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

pub(super) fn names() -> Vec<Alone> {
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
