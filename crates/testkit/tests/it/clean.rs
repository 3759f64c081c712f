//! Pages without a defect.

use testkit::Validator;
use testkit::messages::{self, PROTOBUF_TYPE};
use testkit::responses::{OPENMETRICS_PAGE, TEXT_PAGE, coded, framed, gzip, openmetrics, text, typed};

#[track_caller]
fn assert_clean(response: &[u8], previous: Option<&[u8]>) {
    assert_eq!(Validator::default().check(response, previous), []);
}

#[test]
fn every_type_in_text() {
    assert_clean(&text(TEXT_PAGE), None);
}

#[test]
fn every_type_in_openmetrics() {
    assert_clean(&openmetrics(OPENMETRICS_PAGE), None);
}

#[test]
fn every_type_in_protobuf() {
    let page = typed(PROTOBUF_TYPE, messages::page());
    assert_clean(&page, None);
    assert_clean(&page, Some(&page));
}

#[test]
fn the_same_page_again() {
    assert_clean(&text(TEXT_PAGE), Some(&text(TEXT_PAGE)));
    assert_clean(&openmetrics(OPENMETRICS_PAGE), Some(&openmetrics(OPENMETRICS_PAGE)));
}

#[test]
fn counters_that_grew_since_the_page_in_the_other_format() {
    let before = "# HELP jobs_total Jobs.\n# TYPE jobs_total counter\njobs_total{a=\"1\",b=\"2\"} 1\n";
    let after = "# HELP jobs Jobs.\n# TYPE jobs counter\njobs_total{b=\"2\",a=\"1\"} 2\n# EOF\n";
    assert_clean(&openmetrics(after), Some(&text(before)));
}

#[test]
fn series_that_came_and_went() {
    let before = "# HELP jobs_total Jobs.\n# TYPE jobs_total counter\njobs_total{a=\"1\"} 9\n";
    let after = "# HELP jobs_total Jobs.\n# TYPE jobs_total counter\njobs_total{a=\"2\"} 1\n";
    assert_clean(&text(after), Some(&text(before)));
}

#[test]
fn gzip_of_one_and_of_two_members() {
    assert_clean(&coded("gzip", gzip(TEXT_PAGE)), None);
    let (head, tail) = TEXT_PAGE.split_at(100);
    assert_clean(&coded("gzip", [gzip(head), gzip(tail)].concat()), None);
}

#[test]
fn chunks_with_extension_and_trailer() {
    let body = "# HELP up Up.\n# TYPE up gauge\nup 1\n";
    assert_eq!(body.len(), 35);
    let chunked = "1f;a=b\r\n# HELP up Up.\n# TYPE up gauge\nu\r\n4\r\np 1\n\r\n0\r\nX-Trailer: 1\r\n\r\n";
    assert_clean(&framed("Transfer-Encoding: chunked", chunked), None);
}

#[test]
fn what_the_caller_allows_in_both_formats() {
    let validator = Validator {
        without_total: &["commands_processed"],
        varying_labels: &["slots"],
        may_fall: &["iowait_seconds_total"],
        percentiles: &["latency_usec"],
    };
    let page = |seconds: u32| {
        format!(
            "# HELP commands_processed C.\n# TYPE commands_processed counter\ncommands_processed 1\n\
             # HELP slots S.\n# TYPE slots gauge\nslots{{a=\"1\"}} 1\nslots{{b=\"1\"}} 1\n\
             # HELP iowait_seconds_total I.\n# TYPE iowait_seconds_total counter\niowait_seconds_total {seconds}\n\
             # HELP latency_usec L.\n# TYPE latency_usec summary\nlatency_usec{{quantile=\"99.9\"}} 1\nlatency_usec_sum 1\n\
             latency_usec_count 1\n"
        )
    };
    assert_eq!(validator.check(&text(page(1)), Some(&text(page(2)))), []);
    let page = |seconds: u32| {
        format!("# HELP iowait_seconds I.\n# TYPE iowait_seconds counter\niowait_seconds_total {seconds}\n# EOF\n")
    };
    assert_eq!(validator.check(&openmetrics(page(1)), Some(&openmetrics(page(2)))), []);
}
