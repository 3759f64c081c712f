//! A page as suites compare it: series and types by name, whatever the order and spelling of lines.

use std::collections::BTreeMap;

use crate::validate::{Format, Page, Report, identity};

/// The value of each series of a body, in either text format.
///
/// The key is the series' one spelling, `name{a="1",b="2"}`: labels sorted, empty ones dropped, values escaped,
/// `le` and `quantile` as `1.0`. Lines that cannot be read are left out and the last of two equal series wins:
/// [`crate::Validator`] says so of either.
pub fn series(body: &[u8]) -> BTreeMap<String, f64> {
    let page = read(body);
    page.samples().filter_map(|(family, sample)| Some((identity(family, sample), sample.value?))).collect()
}

/// The word after TYPE of each family that has one.
///
/// The name is as TYPE has it, so that an OpenMetrics counter lacks the `_total` of its samples.
pub fn types(body: &[u8]) -> BTreeMap<String, String> {
    read(body).families.into_iter().filter_map(|family| Some((family.name, family.word?))).collect()
}

/// The text after HELP of each family that has one, escaped as it stands.
pub fn helps(body: &[u8]) -> BTreeMap<String, String> {
    read(body).families.into_iter().filter_map(|family| Some((family.name, family.help?))).collect()
}

/// Reads any body as text, where what OpenMetrics adds is either a comment or a type without meaning for names and
/// values.
fn read(body: &[u8]) -> Page {
    Page::read(body, Format::Text, &mut Report::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] = br#"# HELP jobs_total Jobs, by "queue".
# TYPE jobs_total counter
jobs_total{state="done",queue="a\"b\\c\n",empty=""} 3
jobs_total{state="lost",queue="",empty=""} NaN
# HELP wait_seconds Wait.
# TYPE wait_seconds histogram
wait_seconds_bucket{le="1"} 1
wait_seconds_bucket{le="+Inf"} 2
wait_seconds_sum 2.5
wait_seconds_count 2
"#;

    #[test]
    fn series_of_a_page() {
        let names_and_values: Vec<String> =
            series(TEXT).iter().map(|(name, value)| format!("{name} {value}")).collect();
        let expected = [
            r#"jobs_total{queue="a\"b\\c\n",state="done"} 3"#,
            r#"jobs_total{state="lost"} NaN"#,
            r#"wait_seconds_bucket{le="+Inf"} 2"#,
            r#"wait_seconds_bucket{le="1.0"} 1"#,
            "wait_seconds_count 2",
            "wait_seconds_sum 2.5",
        ];
        assert_eq!(names_and_values, expected);
    }

    #[test]
    fn types_and_helps_of_a_page() {
        let pair = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        assert_eq!(types(TEXT), BTreeMap::from([pair("jobs_total", "counter"), pair("wait_seconds", "histogram")]));
        assert_eq!(
            helps(TEXT),
            BTreeMap::from([pair("jobs_total", "Jobs, by \"queue\"."), pair("wait_seconds", "Wait.")])
        );
    }

    #[test]
    fn the_same_page_in_openmetrics() {
        let openmetrics = br#"# HELP jobs Jobs, by \"queue\".
# TYPE jobs counter
jobs_total{empty="",queue="a\"b\\c\n",state="done"} 3.0
jobs_total{empty="",queue="",state="lost"} NaN
# HELP wait_seconds Wait.
# TYPE wait_seconds histogram
wait_seconds_bucket{le="1.0"} 1
wait_seconds_bucket{le="+Inf"} 2
wait_seconds_sum 2.5
wait_seconds_count 2
# EOF
"#;
        assert_eq!(series(openmetrics).into_keys().collect::<Vec<_>>(), series(TEXT).into_keys().collect::<Vec<_>>());
    }
}
