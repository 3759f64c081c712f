//! Puts families together from sample lines.

use std::collections::HashMap;

use super::line::{Labels, number};
use super::{Family, Metric, MetricValue};
use crate::desc::Kind;
use crate::number::Number;

/// The families of a page while its lines come in.
#[derive(Default)]
pub(super) struct Assembly {
    pub(super) drafts: Vec<Draft>,
    by_name: HashMap<String, usize>,
    /// Where the metric with these labels, sorted, is in the histogram or summary family of this index.
    composites: HashMap<(usize, Labels), usize>,
}

pub(super) struct Draft {
    pub(super) family: Family,
    /// Set by a TYPE line and by the first sample: from then on the type is settled.
    pub(super) typed: bool,
}

/// One sample line, its family already known.
pub(super) struct Sample {
    pub(super) part: Part,
    pub(super) labels: Labels,
    pub(super) value: Number,
    pub(super) timestamp_ms: Option<i64>,
}

/// Which part of its metric a sample line gives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Part {
    /// The number itself, or the bucket or quantile that its label names.
    Point,
    Count,
    Sum,
    /// When the metric began, which the model leaves out.
    Created,
}

impl Assembly {
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    pub(super) fn find_or_create(&mut self, name: &str) -> usize {
        self.find(name).unwrap_or_else(|| {
            let family = Family { name: name.to_owned(), help: None, kind: Kind::Untyped, metrics: Vec::new() };
            self.drafts.push(Draft { family, typed: false });
            self.by_name.insert(name.to_owned(), self.drafts.len() - 1);
            self.drafts.len() - 1
        })
    }

    /// Appends to a family's name; false if that makes it another family's.
    pub(super) fn rename(&mut self, index: usize, suffix: &str) -> bool {
        let name = &mut self.drafts[index].family.name;
        name.push_str(suffix);
        self.by_name.insert(name.clone(), index).is_none_or(|owner| owner == index)
    }

    pub(super) fn add(&mut self, index: usize, sample: Sample) -> Result<(), String> {
        let Sample { part, mut labels, value, timestamp_ms } = sample;
        let Draft { family, typed } = &mut self.drafts[index];
        *typed = true;
        let Some(own_label) = family.kind.own_label() else {
            if part == Part::Point {
                family.metrics.push(Metric { labels, value: MetricValue::Number(value), timestamp_ms });
            }
            return Ok(());
        };
        let bound = match labels.iter().position(|(name, _)| name == own_label) {
            Some(at) => number(labels.remove(at).1.as_bytes(), own_label)?.as_f64(),
            None => f64::NAN,
        };
        let mut key = labels.clone();
        key.sort_unstable();
        let at = *self.composites.entry((index, key)).or_insert_with(|| {
            let value = match family.kind {
                Kind::Histogram => MetricValue::Histogram { buckets: Vec::new(), sum: 0.0, count: 0 },
                _ => MetricValue::Summary { quantiles: Vec::new(), sum: 0.0, count: 0 },
            };
            family.metrics.push(Metric { labels, value, timestamp_ms });
            family.metrics.len() - 1
        });
        let metric = &mut family.metrics[at];
        metric.timestamp_ms = timestamp_ms.or(metric.timestamp_ms);
        match &mut metric.value {
            MetricValue::Number(_) => {} // Only families of an own label come this far.
            MetricValue::Histogram { buckets, sum, count } => match part {
                Part::Count => *count = population(value)?,
                Part::Sum => *sum = value.as_f64(),
                Part::Point if !bound.is_nan() => buckets.push((bound, population(value)?)),
                Part::Point | Part::Created => {}
            },
            MetricValue::Summary { quantiles, sum, count } => match part {
                Part::Count => *count = whole(value),
                Part::Sum => *sum = value.as_f64(),
                Part::Point if !bound.is_nan() => quantiles.push((bound, value.as_f64())),
                Part::Point | Part::Created => {}
            },
        }
        Ok(())
    }

    /// The families that have samples, in the order in which the page first named them.
    pub(super) fn finish(self) -> Vec<Family> {
        let mut families: Vec<Family> = self.drafts.into_iter().map(|draft| draft.family).collect();
        families.retain(|family| !family.metrics.is_empty());
        for metric in families.iter_mut().flat_map(|family| &mut family.metrics) {
            match &mut metric.value {
                MetricValue::Number(_) => {}
                MetricValue::Summary { quantiles, .. } => sort_by_bound(quantiles),
                MetricValue::Histogram { buckets, count, .. } => {
                    sort_by_bound(buckets);
                    let all = buckets.pop_if(|(bound, _)| *bound == f64::INFINITY);
                    if *count == 0 {
                        *count = all.map_or(0, |(_, all)| all);
                    }
                }
            }
        }
        families
    }
}

/// Sorts; of equal bounds the last one stays.
fn sort_by_bound<T: Copy>(points: &mut Vec<(f64, T)>) {
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    points.dedup_by(|later, earlier| {
        let same = later.0 == earlier.0;
        if same {
            earlier.1 = later.1;
        }
        same
    });
}

fn population(value: Number) -> Result<u64, String> {
    if value.as_f64() < 0.0 {
        return Err(format!("expected a count that is not negative, found {}", value.as_f64()));
    }
    Ok(whole(value))
}

fn whole(value: Number) -> u64 {
    match value {
        Number::Integer(value) => value,
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "cut off, at the ends too")]
        Number::Float(_) | Number::Decimal { .. } => value.as_f64() as u64,
    }
}
