//! What makes two samples one series, in a page and from one page to the next.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::format::Kind;
use super::line::Sample;
use super::reader::{Family, Page};
use super::{Report, Rule, Validator, number};

/// The one spelling of a series: labels sorted, empty ones dropped, `le` and `quantile` as OpenMetrics spells them.
pub(crate) fn identity(family: &Family, sample: &Sample) -> String {
    format!("{}{}", sample.name, labels(family, sample, None))
}

/// The labels of that spelling in their braces, or nothing; without one, to tell which buckets are of one histogram.
pub(super) fn labels(family: &Family, sample: &Sample, left_out: Option<&str>) -> String {
    let own_label = family.kind.and_then(Kind::own_label);
    let is_part = |(name, value): &&(String, String)| !value.is_empty() && left_out != Some(name);
    let mut labels: Vec<_> = sample.labels.iter().filter(is_part).collect();
    labels.sort_unstable();
    let pairs: Vec<String> =
        labels.into_iter().map(|(name, value)| pair(name, value, own_label == Some(name))).collect();
    if pairs.is_empty() { String::new() } else { format!("{{{}}}", pairs.join(",")) }
}

fn pair(name: &str, value: &str, is_bound: bool) -> String {
    let bound = number::parse(value).filter(|_| is_bound).map(number::canonical);
    let value = bound.as_deref().unwrap_or(value).replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n");
    format!("{name}=\"{value}\"")
}

/// Each series is there once.
pub(super) fn unique(page: &Page, report: &mut Report) {
    let mut seen = HashMap::new();
    for (family, sample) in page.samples() {
        match seen.entry(identity(family, sample)) {
            Entry::Vacant(entry) => drop(entry.insert(sample.line)),
            Entry::Occupied(entry) => {
                let first = format!("{} is in line {} already", entry.key(), entry.get());
                report.at(sample.line, Rule::DuplicateSeries, first);
            }
        }
    }
}

/// Series keep their spelling, families their type, and counters do not fall.
pub(super) fn compare(previous: &Page, page: &Page, validator: &Validator<'_>, report: &mut Report) {
    let same_format = previous.format == page.format;
    let before: HashMap<_, _> =
        previous.samples().map(|(family, sample)| (identity(family, sample), (family, sample))).collect();
    for (family, sample) in page.samples() {
        let identity = identity(family, sample);
        let Some((family_before, sample_before)) = before.get(&identity) else { continue };
        if same_format && sample.text != sample_before.text {
            report.at(sample.line, Rule::SeriesText, format!("{} was {}", sample.text, sample_before.text));
        }
        let (Some(value_before), Some(value)) = (sample_before.value, sample.value) else { continue };
        let counts = family_before.is_counting(sample_before) && family.is_counting(sample);
        if counts && value < value_before && !family.is_listed(validator.may_fall) {
            report.at(sample.line, Rule::CounterFell, format!("{identity} fell from {value_before} to {value}"));
        }
    }
    let words: HashMap<_, _> = previous.families.iter().map(|family| (&family.name, &family.word)).collect();
    for family in page.families.iter().filter(|_| same_format) {
        if let Some(Some(word)) = words.get(&family.name)
            && family.word.as_ref().is_some_and(|now| now != word)
        {
            report.at(family.line, Rule::TypeChanged, format!("{} was a {word}", family.name));
        }
    }
}
