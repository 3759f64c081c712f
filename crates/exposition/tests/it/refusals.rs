use exposition::{Desc, Families, Format, Histogram, Kind, Refused, Summary};

static UP: Desc = Desc { name: "up", help: "Up.", kind: Kind::Gauge, labels: &["job"] };

/// Stages `good`, then `bad`; the page must look as if `bad` had never been.
fn refused(good: impl Fn(&mut Families), bad: impl Fn(&mut Families)) -> Refused {
    let encode = |stage: &dyn Fn(&mut Families)| {
        let (mut page, mut out) = (Families::default(), Vec::new());
        stage(&mut page);
        Format::Text.encode(&mut page, &mut out);
        (String::from_utf8(out).unwrap(), page.refused().clone())
    };
    let (clean, none) = encode(&good);
    assert_eq!(none, Refused::default());
    let (page, refused) = encode(&|page| {
        good(page);
        bad(page);
    });
    assert_eq!(page, clean);
    refused
}

fn duplicate(first: &str) -> Refused {
    Refused { duplicate: 1, first: Some(first.to_owned()), ..Refused::default() }
}

fn clash(first: &str) -> Refused {
    Refused { clash: 1, first: Some(first.to_owned()), ..Refused::default() }
}

fn invalid(first: &str) -> Refused {
    Refused { invalid: 1, first: Some(first.to_owned()), ..Refused::default() }
}

#[test]
fn the_same_series_twice() {
    assert_eq!(refused(|page| page.add(&UP, &["a"], 1.0), |page| page.add(&UP, &["a"], 2.0)), duplicate("up"));
}

#[test]
fn the_same_series_with_its_labels_in_another_order() {
    let sample = |page: &mut Families, labels: &[(&str, &str)]| {
        let family = page.family("x", "X.", Kind::Gauge).unwrap();
        page.sample(family, labels, 1.0);
    };
    let both = [("a", "1"), ("b", "2")];
    let swapped = [("b", "2"), ("a", "1")];
    assert_eq!(refused(|page| sample(page, &both), |page| sample(page, &swapped)), duplicate("x"));
}

#[test]
fn labels_besides_the_declared_ones() {
    let labelled = |page: &mut Families, more: &[(&str, &str)]| page.add_labelled(&UP, more, &["a"], 1.0);
    let family = |page: &mut Families| page.family("up", "Up.", Kind::Gauge).unwrap();
    let plain = |page: &mut Families| {
        let family = family(page);
        page.sample(family, &[("job", "a"), ("zone", "z"), ("area", "x")], 1.0);
    };
    let more = [("zone", "z"), ("area", "x")];
    assert_eq!(refused(plain, |page| labelled(page, &more)), duplicate("up"));
    assert_eq!(refused(|page| page.add(&UP, &["a"], 1.0), |page| labelled(page, &[])), duplicate("up"));
    assert_eq!(refused(|_| {}, |page| labelled(page, &[("job", "b")])), invalid("up"));
    assert_eq!(refused(|_| {}, |page| labelled(page, &[("a-b", "b")])), invalid("up"));
}

#[test]
fn an_empty_label_is_no_label() {
    let sample = |page: &mut Families, labels: &[(&str, &str)]| {
        let family = page.family("x", "X.", Kind::Gauge).unwrap();
        page.sample(family, labels, 1.0);
    };
    let padded = [("a", ""), ("b", "=\"\\"), ("c", "")];
    assert_eq!(refused(|page| sample(page, &[("b", "=\"\\")]), |page| sample(page, &padded)), duplicate("x"));
    assert_eq!(refused(|page| sample(page, &padded), |page| sample(page, &[("b", "=\"\\")])), duplicate("x"));
    assert_eq!(refused(|page| sample(page, &[("a", "")]), |page| sample(page, &[])), duplicate("x"));
}

#[test]
fn a_histogram_twice_is_refused_whole() {
    let stage = |page: &mut Families| {
        let family = page.family("h", "H.", Kind::Histogram).unwrap();
        page.histogram(family, &[], &Histogram { buckets: &[(1.0, 1)], sum: 1.0, count: 2 });
    };
    assert_eq!(refused(stage, stage), duplicate("h"));
}

#[test]
fn one_name_with_two_kinds() {
    let bad = |page: &mut Families| assert!(page.family("up", "Up.", Kind::Counter).is_none());
    assert_eq!(refused(|page| page.add(&UP, &["a"], 1.0), bad), clash("up"));
}

#[test]
fn a_name_that_a_histogram_or_summary_appends_to_its_own() {
    let histogram = |page: &mut Families| {
        let family = page.family("h", "H.", Kind::Histogram).unwrap();
        page.histogram(family, &[], &Histogram { buckets: &[], sum: 0.0, count: 0 });
    };
    for name in ["h_bucket", "h_count", "h_sum"] {
        let bad = |page: &mut Families| assert!(page.family(name, "", Kind::Gauge).is_none());
        assert_eq!(refused(histogram, bad), clash(name));
    }
    let count = |page: &mut Families| {
        let family = page.family("s_count", "S.", Kind::Gauge).unwrap();
        page.sample(family, &[], 1.0);
    };
    let bad = |page: &mut Families| assert!(page.family("s", "", Kind::Summary).is_none());
    assert_eq!(refused(count, bad), clash("s"));
    let (mut page, bucket) = (Families::default(), Kind::Gauge);
    page.family("s", "", Kind::Summary).unwrap();
    assert!(page.family("s_bucket", "A summary has no buckets.", bucket).is_some());
}

#[test]
fn names_that_no_format_can_carry() {
    for name in ["", "2up", "up-time", "up{}", "up\n"] {
        let bad = |page: &mut Families| assert!(page.family(name, "", Kind::Gauge).is_none());
        assert_eq!(refused(|_| {}, bad), invalid(name));
    }
    for label in ["", "2", "a:b", "a-b", "__name__"] {
        let bad = |page: &mut Families| {
            let family = page.family("x", "X.", Kind::Gauge).unwrap();
            page.sample(family, &[(label, "1")], 1.0);
        };
        assert_eq!(refused(|_| {}, bad), invalid("x"), "{label}");
    }
}

#[test]
fn labels_that_do_not_fit() {
    let with = |kind: Kind, labels: &'static [(&'static str, &'static str)]| {
        move |page: &mut Families| {
            let family = page.family("x", "X.", kind).unwrap();
            match kind {
                Kind::Histogram => page.histogram(family, labels, &Histogram { buckets: &[], sum: 0.0, count: 0 }),
                Kind::Summary => page.summary(family, labels, &Summary { quantiles: &[], sum: 0.0, count: 0 }),
                Kind::Counter | Kind::Gauge | Kind::Untyped => page.sample(family, labels, 1.0),
            }
        }
    };
    let nothing = |_: &mut Families| {};
    assert_eq!(refused(nothing, with(Kind::Gauge, &[("a", "1"), ("a", "2")])), invalid("x"));
    assert_eq!(refused(nothing, with(Kind::Histogram, &[("le", "1")])), invalid("x"));
    assert_eq!(refused(nothing, with(Kind::Summary, &[("quantile", "1")])), invalid("x"));
    assert_eq!(refused(nothing, |page| page.add(&UP, &[], 1.0)), invalid("up"));
    assert_eq!(refused(nothing, |page| page.add(&UP, &["a", "b"], 1.0)), invalid("up"));
}

#[test]
fn more_unsorted_labels_than_anyone_needs() {
    let names: Vec<String> = (0..1000).rev().map(|n| format!("l{n:04}")).collect();
    let labels: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
    let bad = |page: &mut Families| {
        let family = page.family("x", "X.", Kind::Gauge).unwrap();
        page.sample(family, &labels, 1.0);
    };
    assert_eq!(refused(|_| {}, bad), invalid("x"));
}

#[test]
fn histograms_and_summaries_that_cannot_be() {
    let histogram = |buckets: &'static [(f64, u64)], count: u64| {
        move |page: &mut Families| {
            let family = page.family("x", "X.", Kind::Histogram).unwrap();
            page.histogram(family, &[], &Histogram { buckets, sum: 0.0, count });
        }
    };
    let nothing = |_: &mut Families| {};
    assert_eq!(refused(nothing, histogram(&[(2.0, 1), (1.0, 2)], 2)), invalid("x"));
    assert_eq!(refused(nothing, histogram(&[(1.0, 1), (1.0, 2)], 2)), invalid("x"));
    assert_eq!(refused(nothing, histogram(&[(1.0, 2), (2.0, 1)], 2)), invalid("x"));
    assert_eq!(refused(nothing, histogram(&[(1.0, 2)], 1)), invalid("x"));
    assert_eq!(refused(nothing, histogram(&[(f64::NAN, 2)], 2)), invalid("x"));
    assert_eq!(refused(nothing, histogram(&[(f64::INFINITY, 2)], 2)), invalid("x"));
    let summary = |page: &mut Families| {
        let family = page.family("x", "X.", Kind::Summary).unwrap();
        page.summary(family, &[], &Summary { quantiles: &[(0.9, 1.0), (0.5, 1.0)], sum: 0.0, count: 0 });
    };
    assert_eq!(refused(nothing, summary), invalid("x"));
    let plain = |page: &mut Families| {
        let family = page.family("x", "X.", Kind::Summary).unwrap();
        page.sample(family, &[], 1.0);
    };
    assert_eq!(refused(nothing, plain), invalid("x"));
}

#[test]
fn the_first_metric_refused_is_named_and_all_are_counted() {
    let mut page = Families::default();
    page.add(&UP, &["a"], 1.0);
    page.add(&UP, &["a"], 1.0);
    page.family("up", "", Kind::Counter);
    page.family("2", "", Kind::Counter);
    assert_eq!(page.refused(), &Refused { duplicate: 1, clash: 1, invalid: 1, first: Some("up".to_owned()) });
    page.clear();
    assert_eq!(page.refused(), &Refused::default());
    page.add(&UP, &["a"], 1.0);
    assert_eq!((page.samples(), page.refused().total()), (1, 0));
}
