//! The rules of histograms and summaries: of the samples that are one value together.

use std::collections::HashMap;

use super::format::{Format, Kind};
use super::line::Sample;
use super::reader::Family;
use super::{Report, Rule, Validator, number, series};

/// The samples of one histogram or summary: those of a family that differ only in `le` or `quantile`.
struct Group<'a> {
    name: String,
    line: usize,
    /// Bound (`le` or `quantile`) and sample, in the order of lines.
    bounded: Vec<(f64, &'a Sample)>,
    sum: Option<&'a Sample>,
    count: Option<&'a Sample>,
}

pub(super) fn check(family: &Family, format: Format, validator: &Validator<'_>, report: &mut Report) {
    let Some(kind @ (Kind::Histogram | Kind::Summary)) = family.kind else { return };
    let highest = if family.is_listed(validator.percentiles) { 100.0 } else { 1.0 };
    for group in groups(family, kind, format, highest, report) {
        if group.sum.is_none() || group.count.is_none() {
            report.at(group.line, Rule::SumOrCountMissing, format!("{} lacks _sum or _count", group.name));
        }
        if kind == Kind::Histogram {
            buckets(&group, report);
        }
    }
}

/// `highest` is the highest quantile of a summary.
fn groups<'a>(family: &'a Family, kind: Kind, format: Format, highest: f64, report: &mut Report) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut by_name = HashMap::new();
    for sample in &family.samples {
        let Some(ending) = family.ending(sample) else { continue };
        let name = format!("{}{}", family.name, series::labels(family, sample, kind.own_label()));
        let index = *by_name.entry(name.clone()).or_insert(groups.len());
        if index == groups.len() {
            groups.push(Group { name, line: sample.line, bounded: Vec::new(), sum: None, count: None });
        } else if index + 1 != groups.len() {
            report.at(sample.line, Rule::FamilySplit, format!("{name} goes on after another of its family"));
        }
        let group = &mut groups[index];
        match (kind, ending) {
            (_, "_sum") => group.sum = Some(sample),
            (_, "_count") => group.count = Some(sample),
            (Kind::Histogram, "_bucket") | (Kind::Summary, "") => {
                group.bounded.extend(bound(sample, kind, format, highest, report).map(|bound| (bound, sample)));
            }
            _ => {}
        }
    }
    groups
}

/// The bound of a bucket or quantile, if it has a good one.
fn bound(sample: &Sample, kind: Kind, format: Format, highest: f64, report: &mut Report) -> Option<f64> {
    let (range, rule) = match kind {
        Kind::Summary => (0.0..=highest, Rule::Quantile),
        _ => (f64::NEG_INFINITY..=f64::INFINITY, Rule::BucketBound),
    };
    let label = kind.own_label()?;
    let text = sample.labels.iter().find(|(name, _)| name == label).map_or("", |(_, value)| value);
    let Some(bound) = number::parse(text).filter(|bound| range.contains(bound)) else {
        report.at(sample.line, rule, format!("{} has no good {label}", sample.text));
        return None;
    };
    let spelling = number::canonical(bound);
    if format == Format::OpenMetrics && text != spelling {
        report.at(sample.line, Rule::LabelFloat, format!("{label} is {text}, not {spelling}"));
    }
    Some(bound)
}

fn buckets(group: &Group<'_>, report: &mut Report) {
    let neighbours = group.bounded.iter().zip(group.bounded.iter().skip(1));
    for ((lower, _), (bound, sample)) in neighbours {
        if bound < lower {
            report.at(sample.line, Rule::BucketOrder, format!("{} comes after le=\"{lower}\"", sample.text));
        }
    }
    let mut sorted: Vec<_> =
        group.bounded.iter().filter_map(|(bound, sample)| Some((*bound, sample.value?, sample))).collect();
    sorted.sort_by(|(bound, ..), (other, ..)| bound.total_cmp(other));
    for ((_, lower, _), (_, value, sample)) in sorted.iter().zip(sorted.iter().skip(1)) {
        if value < lower {
            report.at(
                sample.line,
                Rule::BucketCumulative,
                format!("{} is {value}, a smaller bucket is {lower}", sample.text),
            );
        }
    }
    let Some((_, infinite)) = group.bounded.iter().find(|(bound, _)| *bound == f64::INFINITY) else {
        report.at(group.line, Rule::BucketInf, format!("{} has no bucket le=\"+Inf\"", group.name));
        return;
    };
    let count = group.count.and_then(|sample| sample.value);
    if let (Some(all), Some(count)) = (infinite.value, count)
        && all != count
    {
        report.at(infinite.line, Rule::BucketCount, format!("{} is {all}, _count is {count}", infinite.text));
    }
}
