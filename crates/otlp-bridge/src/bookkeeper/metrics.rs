//! The points of a metrics request, each to its series: what only grows to an account of the ledger, what goes up and down
//! to a series that passes.

use std::borrow::Cow;

use exposition::Value;
use ledger::{AccountKind, Added, Amount, LedgerError, Nanos, Reached, Total, Transaction};
use otlp::{
    Attribute, Data, ExponentialPoint, HistogramPoint, Metric, Number, NumberPoint, Resource, ResourceMetrics,
    ScopeMetrics, SummaryPoint, Temporality,
};

use crate::agents::{self, Agent, OTHER};
use crate::bookkeeper::books::{Books, Family, FamilyKind, Staged};
use crate::bookkeeper::sources::{Source, Used};
use crate::bookkeeper::tally::{Rejection, Tally};
use crate::bookkeeper::target;
use crate::bookkeeper::values;
use crate::labels::{Digest, Labels};
use crate::naming::{Suffix, metric_name};
use crate::policy::{Fate, is_session};

/// The books and the transaction in which a request is taken.
pub(super) struct Entry<'b, 't, 'l> {
    pub(super) books: &'b mut Books,
    pub(super) tx: &'t mut Transaction<'l>,
    pub(super) staged: &'b mut Staged,
    pub(super) now: Nanos,
}

/// Whether a request holds differences, which must not be added twice.
pub(super) fn has_deltas(request: &[ResourceMetrics<'_>]) -> bool {
    let metrics = request.iter().flat_map(|resource| &resource.scopes).flat_map(|scope| &scope.metrics);
    let is_delta = |metric: &Metric<'_>| match metric.data {
        Data::Sum { temporality, .. }
        | Data::Histogram { temporality, .. }
        | Data::ExponentialHistogram { temporality, .. } => temporality == Temporality::Delta,
        Data::Missing | Data::Gauge(_) | Data::Summary(_) => false,
    };
    metrics.into_iter().any(is_delta)
}

/// How many points a request has.
pub(super) fn points(request: &[ResourceMetrics<'_>]) -> u64 {
    let metrics = request.iter().flat_map(|resource| &resource.scopes).flat_map(|scope| &scope.metrics);
    metrics.map(|metric| points_of(&metric.data) as u64).sum()
}

fn points_of(data: &Data<'_>) -> usize {
    match data {
        Data::Missing => 0,
        Data::Gauge(points) | Data::Sum { points, .. } => points.len(),
        Data::Histogram { points, .. } => points.len(),
        Data::ExponentialHistogram { points, .. } => points.len(),
        Data::Summary(points) => points.len(),
    }
}

/// Takes every point of a request.
pub(super) fn take(
    entry: &mut Entry<'_, '_, '_>,
    request: &[ResourceMetrics<'_>],
    tally: &mut Tally,
) -> Result<(), LedgerError> {
    let targets: Vec<_> = request.iter().map(|resource| Target::of(&resource.resource)).collect();
    let mut used = Used::default();
    for (resource, target) in request.iter().zip(&targets) {
        if let (Some(job), Some(instance)) = (&target.job, &target.instance)
            && !job.is_empty()
            && !instance.is_empty()
        {
            target::show(entry, &resource.resource, job, instance);
        }
        for scope in &resource.scopes {
            let mut taking = Taking {
                entry: Entry { books: entry.books, tx: entry.tx, staged: entry.staged, now: entry.now },
                tally,
                used: &mut used,
                origin: Origin { resource: &resource.resource, scope, target },
                labels: Labels::default(),
            };
            scope.metrics.iter().try_for_each(|metric| taking.metric(metric))?;
        }
    }
    used.record(entry, Source::Metrics)
}

/// What a resource's series are told apart by.
struct Target<'r> {
    job: Option<Cow<'r, str>>,
    instance: Option<Cow<'r, str>>,
}

impl<'r> Target<'r> {
    fn of(resource: &'r Resource<'r>) -> Self {
        let text = |key| {
            let mut attributes = resource.attributes.iter();
            attributes.find(|attribute| attribute.key == key).map(|attribute| attribute.value.text())
        };
        let job = match (text("service.namespace"), text("service.name")) {
            (Some(namespace), Some(name)) => Some(format!("{namespace}/{name}").into()),
            (_, name) => name,
        };
        Target { job, instance: text("service.instance.id") }
    }
}

/// Where points come from: what they share of labels, and of their streams' identity.
struct Origin<'r> {
    resource: &'r Resource<'r>,
    scope: &'r ScopeMetrics<'r>,
    target: &'r Target<'r>,
}

impl Origin<'_> {
    /// What tells streams of this origin from those of any other, written to `digest`.
    fn write(&self, digest: &mut Digest) {
        write_attributes(&self.resource.attributes, digest);
        let scope = &self.scope.scope;
        digest.part(scope.name.as_bytes()).part(scope.version.as_bytes()).part(self.scope.schema_url.as_bytes());
        write_attributes(&scope.attributes, digest);
    }
}

fn write_attributes(attributes: &[Attribute<'_>], digest: &mut Digest) {
    let mut sorted: Vec<_> = attributes.iter().map(|attribute| (&*attribute.key, &attribute.value)).collect();
    sorted.sort_by_key(|(key, _)| *key);
    digest.number(sorted.len() as u64);
    for (key, value) in sorted {
        digest.part(key.as_bytes()).part(value.text().as_bytes());
    }
}

/// The points of one scope while they are taken.
struct Taking<'r, 'u, 'b, 't, 'l> {
    entry: Entry<'b, 't, 'l>,
    tally: &'u mut Tally,
    used: &'u mut Used<'r>,
    origin: Origin<'r>,
    labels: Labels<'r>,
}

/// A metric while its points are taken.
struct Taken<'m> {
    metric: &'m Metric<'m>,
    family: Family<'m>,
    agent: Option<&'static Agent>,
}

/// How much a point has added to its total; of a histogram, to its sum.
enum Effect {
    By(Amount),
    Fell,
    Rejected(Rejection),
}

impl<'r> Taking<'r, '_, '_, '_, '_> {
    fn metric(&mut self, metric: &'r Metric<'r>) -> Result<(), LedgerError> {
        let count = points_of(&metric.data);
        if count == 0 {
            return Ok(());
        }
        if !self.entry.books.policy.shows(&metric.name) {
            self.tally.ignored += count as u64;
            return Ok(());
        }
        let (kind, suffix) = match shape(&metric.data) {
            Ok(shape) => shape,
            Err(rejection) => {
                self.tally.reject(rejection, count);
                return Ok(());
            }
        };
        let Some(name) = metric_name(&metric.name, &metric.unit, suffix) else {
            self.tally.reject(Rejection::Name, count);
            return Ok(());
        };
        let id = match self.entry.books.family(&name, &metric.description, kind) {
            Ok(id) => id,
            Err(rejection) => {
                self.tally.reject(rejection, count);
                return Ok(());
            }
        };
        let family = Family { id, name: &name, help: &metric.description, kind };
        let taken = Taken { metric, family, agent: agents::of_name(&metric.name) };
        match &metric.data {
            Data::Missing => Ok(()),
            Data::Sum { temporality, monotonic: true, points } => {
                points.iter().try_for_each(|point| self.counter(&taken, point, *temporality))
            }
            Data::Gauge(points) | Data::Sum { points, .. } => {
                points.iter().for_each(|point| self.gauge(&taken, point));
                Ok(())
            }
            Data::Histogram { temporality, points } => {
                points.iter().try_for_each(|point| self.histogram(&taken, point, *temporality))
            }
            Data::ExponentialHistogram { temporality, points } => {
                points.iter().try_for_each(|point| self.exponential(&taken, point, *temporality))
            }
            Data::Summary(points) => {
                points.iter().for_each(|point| self.summary(&taken, point));
                Ok(())
            }
        }
    }

    fn counter(
        &mut self,
        taken: &Taken<'_>,
        point: &'r NumberPoint<'r>,
        temporality: Temporality,
    ) -> Result<(), LedgerError> {
        if point.no_recorded_value {
            // The series has ended; its total has not.
            self.tally.taken += 1;
            return Ok(());
        }
        let amount = match values::amount(point.value) {
            Ok(amount) => amount,
            Err(rejection) => return Ok(self.tally.reject(rejection, 1)),
        };
        let at = Place { attributes: &point.attributes, start: point.start, time: point.time };
        self.total(taken, &at, |tx, account, stream| match temporality {
            Temporality::Delta => tx.add(account, amount).map(|added| effect(reached(added), |()| amount)),
            _ => tx.reach(account, stream(), amount).map(|reached| effect(reached, |grown| grown)),
        })
    }

    fn histogram(
        &mut self,
        taken: &Taken<'_>,
        point: &'r HistogramPoint<'r>,
        temporality: Temporality,
    ) -> Result<(), LedgerError> {
        if point.no_recorded_value {
            self.tally.taken += 1;
            return Ok(());
        }
        let histogram = match values::histogram(point) {
            Ok(histogram) => histogram,
            Err(rejection) => return Ok(self.tally.reject(rejection, 1)),
        };
        let at = Place { attributes: &point.attributes, start: point.start, time: point.time };
        self.total(taken, &at, |tx, account, stream| {
            let before = sum_of(tx.total(account));
            match temporality {
                Temporality::Delta => tx.add_histogram(account, &histogram).map(reached),
                _ => tx.reach_histogram(account, stream(), &histogram),
            }
            .map(|reached| effect_on_sum(reached, before, sum_of(tx.total(account))))
        })
    }

    fn exponential(
        &mut self,
        taken: &Taken<'_>,
        point: &'r ExponentialPoint<'r>,
        temporality: Temporality,
    ) -> Result<(), LedgerError> {
        if point.no_recorded_value {
            self.tally.taken += 1;
            return Ok(());
        }
        let histogram = match values::exponential(point) {
            Ok(histogram) => histogram,
            Err(rejection) => return Ok(self.tally.reject(rejection, 1)),
        };
        let at = Place { attributes: &point.attributes, start: point.start, time: point.time };
        self.total(taken, &at, |tx, account, stream| {
            let before = sum_of(tx.total(account));
            match temporality {
                Temporality::Delta => tx.add_exponential(account, &histogram).map(reached),
                _ => tx.reach_exponential(account, stream(), &histogram),
            }
            .map(|reached| effect_on_sum(reached, before, sum_of(tx.total(account))))
        })
    }

    /// Brings a point to its account; `apply` says what it does there.
    fn total(
        &mut self,
        taken: &Taken<'_>,
        at: &Place<'r>,
        apply: impl FnOnce(&mut Transaction<'_>, ledger::AccountId, &dyn Fn() -> [u8; 16]) -> Result<Effect, LedgerError>,
    ) -> Result<(), LedgerError> {
        self.label(taken, at.attributes);
        let Entry { books, tx, staged, now } = &mut self.entry;
        let found = books.account(tx, staged, &taken.family, &self.labels, *now)?;
        let stream = || stream(&books.key, &self.origin, &taken.metric.name, at);
        let effect = apply(tx, found.account, &stream)?;
        self.tally.capped += u64::from(found.capped);
        match effect {
            Effect::Rejected(rejection) => self.tally.reject(rejection, 1),
            Effect::Fell => {
                self.tally.taken += 1;
                self.tally.fallen += 1;
            }
            Effect::By(amount) => {
                self.tally.taken += 1;
                self.use_up(taken, at, amount);
            }
        }
        self.met(taken, at.time);
        Ok(())
    }

    /// Notes what an agent has used, and in which session.
    fn use_up(&mut self, taken: &Taken<'_>, at: &Place<'r>, amount: Amount) {
        let Some(agent) = taken.agent else { return };
        let text = |key: &str| at.attributes.iter().find(|attribute| attribute.key == key);
        let session = at.attributes.iter().find(|attribute| is_session(&attribute.key));
        let session = session.map_or(Cow::Borrowed(""), |attribute| attribute.value.text());
        let name = &*taken.metric.name;
        if name == agent.tokens.metric {
            let token_type = text(agent.tokens.key).and_then(|value| agent.tokens.of_type(&value.value.text()));
            if let Some(token_type) = token_type {
                self.used.tokens(agent, session, token_type, amount);
            }
        } else if let Some((metric, unit)) = agent.cost
            && name == metric
        {
            self.used.cost(agent, session, amount, unit);
        } else if name == "claude_code.active_time.total" {
            self.used.active(agent, session, amount);
        }
    }

    fn gauge(&mut self, taken: &Taken<'_>, point: &'r NumberPoint<'r>) {
        let value = match (&point.value, point.no_recorded_value) {
            (_, true) => None,
            (Number::Missing, _) => return self.tally.reject(Rejection::Value, 1),
            (Number::Int(value), _) => Some(values::whole(*value)),
            (Number::Double(value), _) => Some(Value::Number((*value).into())),
        };
        self.pass(taken, &Place { attributes: &point.attributes, start: point.start, time: point.time }, value);
    }

    fn summary(&mut self, taken: &Taken<'_>, point: &'r SummaryPoint<'r>) {
        let value = match values::summary(point) {
            Ok(value) => (!point.no_recorded_value).then_some(value),
            Err(rejection) => return self.tally.reject(rejection, 1),
        };
        self.pass(taken, &Place { attributes: &point.attributes, start: point.start, time: point.time }, value);
    }

    fn pass(&mut self, taken: &Taken<'_>, at: &Place<'r>, value: Option<Value>) {
        self.label(taken, at.attributes);
        let Entry { books, staged, .. } = &mut self.entry;
        let hash = self.labels.series(&books.key, taken.family.name);
        let placed = books.pass(staged, &taken.family, &self.labels, hash, at.time, value);
        self.tally.taken += 1;
        self.tally.capped += u64::from(!placed);
        self.met(taken, at.time);
    }

    fn met(&mut self, taken: &Taken<'_>, time: Nanos) {
        self.tally.met(taken.agent.map_or(OTHER, |agent| agent.name), time, self.entry.now);
    }

    /// Puts together the labels of a point.
    fn label(&mut self, taken: &Taken<'_>, attributes: &'r [Attribute<'r>]) {
        let metric = &*taken.metric.name;
        let is_number = matches!(taken.family.kind, FamilyKind::Gauge | FamilyKind::Total(AccountKind::Counter));
        let Taking { entry, origin, labels, .. } = self;
        let policy = &entry.books.policy;
        labels.clear();
        for attribute in attributes {
            match policy.fate(metric, &attribute.key) {
                // What a histogram's or summary's own lines are told apart by is not for senders to give.
                Fate::Show if !is_number && matches!(&*attribute.key, "le" | "quantile") => {
                    labels.add_named("exported_", &attribute.key, attribute.value.text());
                }
                Fate::Show => labels.add(&attribute.key, attribute.value.text()),
                Fate::Hash => labels.add(&attribute.key, hashed(&entry.books.key, &attribute.value.text()).into()),
                Fate::Drop => {}
            }
        }
        for key in &policy.resource_labels {
            if let Some(attribute) = origin.resource.attributes.iter().find(|attribute| attribute.key == *key) {
                labels.add(&attribute.key, attribute.value.text());
            }
        }
        let scope = &origin.scope.scope;
        for attribute in &scope.attributes {
            labels.add_named("otel_scope_", &attribute.key, attribute.value.text());
        }
        labels.set("otel_scope_name", Cow::Borrowed(&scope.name));
        labels.set("otel_scope_version", Cow::Borrowed(&scope.version));
        labels.set("otel_scope_schema_url", Cow::Borrowed(&origin.scope.schema_url));
        for (name, value) in [("job", &origin.target.job), ("instance", &origin.target.instance)] {
            if let Some(value) = value {
                labels.set(name, Cow::Borrowed(value));
            }
        }
        labels.settle();
    }
}

/// What a point says of itself, besides its value.
struct Place<'r> {
    attributes: &'r [Attribute<'r>],
    start: Nanos,
    time: Nanos,
}

/// What a stream is known by: its labels do not tell two processes apart, its start does.
fn stream(key: &crate::labels::Key, origin: &Origin<'_>, metric: &str, at: &Place<'_>) -> [u8; 16] {
    let mut digest = Digest::new(key);
    origin.write(&mut digest);
    digest.part(metric.as_bytes()).number(at.start);
    write_attributes(at.attributes, &mut digest);
    digest.finish().to_le_bytes()
}

/// The kind of the family of such a metric, and what its name ends with.
fn shape(data: &Data<'_>) -> Result<(FamilyKind, Suffix), Rejection> {
    let (kind, suffix, temporality) = match data {
        Data::Missing => return Err(Rejection::Value),
        Data::Gauge(_) => return Ok((FamilyKind::Gauge, Suffix::Ratio)),
        Data::Summary(_) => return Ok((FamilyKind::Summary, Suffix::None)),
        Data::Sum { temporality: Temporality::Cumulative, monotonic: false, .. } => {
            return Ok((FamilyKind::Gauge, Suffix::None));
        }
        Data::Sum { monotonic: false, .. } => return Err(Rejection::Temporality),
        Data::Sum { temporality, .. } => (AccountKind::Counter, Suffix::Total, temporality),
        Data::Histogram { temporality, .. } => (AccountKind::Histogram, Suffix::None, temporality),
        Data::ExponentialHistogram { temporality, .. } => (AccountKind::Exponential, Suffix::None, temporality),
    };
    match temporality {
        Temporality::Unspecified => Err(Rejection::Temporality),
        Temporality::Delta | Temporality::Cumulative => Ok((FamilyKind::Total(kind), suffix)),
    }
}

/// What a histogram's sum has grown by. One that some source did not tell has no sum any more.
fn effect_on_sum(reached: Reached<()>, before: Option<Amount>, after: Option<Amount>) -> Effect {
    let grown = |()| after.and_then(|after| after.checked_sub(before.unwrap_or_default())).unwrap_or_default();
    effect(reached, grown)
}

fn effect<T>(reached: Reached<T>, amount: impl FnOnce(T) -> Amount) -> Effect {
    match reached {
        Reached::Added(grown) => Effect::By(amount(grown)),
        Reached::Unchanged => Effect::By(Amount::ZERO),
        Reached::Fell => Effect::Fell,
        Reached::TooLarge => Effect::Rejected(Rejection::Range),
        Reached::Malformed => Effect::Rejected(Rejection::Buckets),
    }
}

fn reached(added: Added) -> Reached<()> {
    match added {
        Added::Yes => Reached::Added(()),
        Added::TooLarge => Reached::TooLarge,
        // What is below 0 was refused before.
        Added::Negative | Added::Malformed => Reached::Malformed,
    }
}

fn sum_of(total: &Total) -> Option<Amount> {
    match total {
        Total::Amount(amount) => Some(*amount),
        Total::Histogram(histogram) => histogram.sum,
        Total::Exponential(histogram) => histogram.sum,
    }
}

/// A person as a number that nobody without the ledger can turn back.
fn hashed(key: &crate::labels::Key, value: &str) -> String {
    let mut digest = Digest::new(key);
    format!("{:016x}", digest.part(b"person").part(value.as_bytes()).finish() >> 64)
}
