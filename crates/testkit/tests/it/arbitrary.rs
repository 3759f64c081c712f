//! Bytes that are no pages: whatever comes, a verdict and no panic.

use proptest::prelude::*;
use testkit::messages::{self, PROTOBUF_TYPE};
use testkit::responses::{OPENMETRICS_PAGE, TEXT_PAGE, coded, gzip, openmetrics, text, typed};
use testkit::{Rule, Validator, page};

/// Pieces of both grammars, so that soups of them get deep into the reader.
const PIECES: [&str; 30] = [
    "# TYPE ",
    "# HELP ",
    "# UNIT ",
    "# EOF",
    "#",
    " ",
    "\n",
    "\r",
    "\t",
    "x",
    "x_total",
    "x_bucket",
    "x_sum",
    "x_count",
    "x_created",
    "counter",
    "histogram",
    "summary",
    "{",
    "}",
    "le=",
    "quantile=",
    "\"1\"",
    "\"+Inf\"",
    "\"",
    "\\",
    ",",
    " 1",
    " # {",
    "é",
];

fn check_all(body: &[u8]) {
    let protobuf = typed(PROTOBUF_TYPE, body);
    for response in
        [body.to_vec(), text(body), openmetrics(body), protobuf, coded("gzip", body), coded("gzip", gzip(body))]
    {
        Validator::default().check(&response, Some(&text(TEXT_PAGE)));
        Validator::default().check(&text(TEXT_PAGE), Some(&response));
    }
    page::series(body);
    page::types(body);
}

proptest! {
    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        check_all(&bytes);
    }

    #[test]
    fn any_soup_of_pieces(pieces in proptest::collection::vec(proptest::sample::select(&PIECES[..]), 0..60)) {
        check_all(pieces.concat().as_bytes());
    }

    #[test]
    fn a_good_page_with_bytes_changed(changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let protobuf = typed(PROTOBUF_TYPE, messages::page());
        for page in [text(TEXT_PAGE), openmetrics(OPENMETRICS_PAGE), protobuf, coded("gzip", gzip(TEXT_PAGE))] {
            let mut page = page;
            for (index, byte) in &changes {
                let index = index.index(page.len());
                page[index] = *byte;
            }
            check_all(&page);
        }
    }
}

#[test]
fn every_cut_off_response_has_a_defect() {
    for response in [text(TEXT_PAGE), openmetrics(OPENMETRICS_PAGE), coded("gzip", gzip(TEXT_PAGE))] {
        for end in 0..response.len() {
            assert_ne!(Validator::default().check(&response[..end], None), [], "cut off after {end} bytes");
        }
    }
}

#[test]
fn every_cut_off_body_has_a_defect() {
    for end in 0..OPENMETRICS_PAGE.len() {
        assert_ne!(
            Validator::default().check(&openmetrics(&OPENMETRICS_PAGE.as_bytes()[..end]), None),
            [],
            "{end} bytes"
        );
    }
    // Text that ends with a whole family cannot be told from a whole page: that is what Content-Length is for.
    let samples_end = |end: usize| TEXT_PAGE.as_bytes()[..end].ends_with(b"\n");
    for end in (0..TEXT_PAGE.len()).filter(|end| !samples_end(*end)) {
        assert_ne!(Validator::default().check(&text(&TEXT_PAGE.as_bytes()[..end]), None), [], "{end} bytes");
    }
}

/// But where a whole message ends: that is what Content-Length is for.
#[test]
fn every_cut_off_message_has_a_defect() {
    let page = messages::page();
    let mut whole = 0;
    for end in 1..page.len() {
        match Validator::default().check(&typed(PROTOBUF_TYPE, &page[..end]), None)[..] {
            [] => whole += 1,
            ref defects => assert!(defects.iter().any(|defect| defect.rule == Rule::Malformed), "{end}: {defects:?}"),
        }
    }
    assert_eq!(whole, 7);
}

#[test]
fn a_bomb_is_not_inflated() {
    let bomb = coded("gzip", gzip(vec![b'\n'; 1 << 20]).repeat(17));
    let defects: Vec<_> = Validator::default().check(&bomb, None).iter().map(ToString::to_string).collect();
    assert_eq!(defects, ["ContentEncoding: gzip: inflates to over 16777216 bytes"]);
}
