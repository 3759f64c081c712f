//! The rules of one family by itself, whatever its type.

use super::format::{Format, Kind};
use super::line::Sample;
use super::reader::{Family, Page};
use super::{Report, Rule, Validator};

pub(super) fn check(page: &Page, family: &Family, validator: &Validator<'_>, report: &mut Report) {
    metadata(page, family, report);
    total(page, family, validator, report);
    if !family.is_listed(validator.varying_labels) {
        label_names(family, report);
    }
    for sample in &family.samples {
        if sample.name != family.name && page.created_of(&sample.name).is_some() {
            report.at(sample.line, Rule::Created, format!("{} tells when {} was created", sample.name, family.name));
        } else if !page.fits(family, &sample.name) {
            let word = family.word.as_deref().unwrap_or("family");
            report.at(
                sample.line,
                Rule::SampleName,
                format!("{} is no sample of the {word} {}", sample.name, family.name),
            );
        }
        if sample.has_exemplar && !may_have_exemplar(page, family, sample) {
            report.at(sample.line, Rule::ExemplarPlace, format!("{} may not have an exemplar", sample.name));
        }
        if let Some(value) =
            sample.value.filter(|value| family.is_counting(sample) && !(0.0..f64::INFINITY).contains(value))
        {
            report.at(sample.line, Rule::CounterValue, format!("{} is {value}", sample.text));
        }
    }
}

fn metadata(page: &Page, family: &Family, report: &mut Report) {
    if page.created_of(&family.name).is_some() {
        report.at(
            family.line,
            Rule::Created,
            format!("{} tells when a counter, histogram or summary was created", family.name),
        );
    }
    if !family.samples.is_empty() {
        if family.word.is_none() {
            report.at(family.line, Rule::TypeMissing, format!("{} has no TYPE", family.name));
        }
        if family.help.is_none() {
            report.at(family.line, Rule::HelpMissing, format!("{} has no HELP", family.name));
        }
    }
}

fn total(page: &Page, family: &Family, validator: &Validator<'_>, report: &mut Report) {
    if family.kind != Some(Kind::Counter) {
        return;
    }
    let family_has_it = family.name.ends_with("_total");
    let samples_have_it = family.samples.iter().all(|sample| sample.name != family.name);
    match page.format {
        Format::OpenMetrics if family_has_it => {
            report.at(family.line, Rule::TypeTotal, format!("TYPE of {} has the ending of its samples", family.name));
        }
        Format::OpenMetrics if !samples_have_it => {
            report.at(family.line, Rule::CounterTotal, format!("the samples of {} lack _total", family.name));
        }
        Format::Text | Format::Protobuf if !family_has_it && !family.is_listed(validator.without_total) => {
            report.at(family.line, Rule::CounterTotal, format!("{} lacks _total", family.name));
        }
        _ => {}
    }
}

fn label_names(family: &Family, report: &mut Report) {
    let own_label = family.kind.and_then(Kind::own_label);
    let names = |sample: &Sample| {
        let mut names: Vec<_> =
            sample.labels.iter().map(|(name, _)| name.clone()).filter(|name| Some(&**name) != own_label).collect();
        names.sort_unstable();
        names.dedup();
        names
    };
    let Some(first) = family.samples.first() else { return };
    if let Some(other) = family.samples.iter().find(|sample| names(sample) != names(first)) {
        report.at(other.line, Rule::LabelSet, format!("{} has other labels than {}", other.text, first.text));
    }
}

fn may_have_exemplar(page: &Page, family: &Family, sample: &Sample) -> bool {
    let is_place = matches!(
        (family.kind, family.ending(sample)),
        (Some(Kind::Counter), Some("_total")) | (Some(Kind::Histogram | Kind::GaugeHistogram), Some("_bucket"))
    );
    page.format == Format::OpenMetrics && is_place
}
