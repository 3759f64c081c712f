//! The points of a metrics request, each to its series: what only grows to an account of the ledger, what goes up and down
//! to a series that passes.

use std::borrow::Cow;

use exposition::Value;
use ledger::{AccountKind, Amount, LedgerError, Nanos};
use otlp::{Attribute, Data, Metric, Resource, ResourceMetrics, ScopeMetrics, Temporality};

use crate::agents::{self, Agent, OTHER};
use crate::bookkeeper::books::{Family, FamilyKind, Found};
use crate::bookkeeper::change::{Change, Effect};
use crate::bookkeeper::entry::Entry;
use crate::bookkeeper::sources::Used;
use crate::bookkeeper::target;
use crate::bookkeeper::values;
use crate::differences::Source;
use crate::labels::{Digest, Key, Labels};
use crate::naming::{Suffix, metric_name};
use crate::policy::{Fate, is_session};
use crate::tally::{Rejection, Tally};

/// What the bridge's own names begin with: what it tells of itself and of its sources nobody else can.
const OURS: &str = "pilotlight_";

/// Whether a request holds differences, which must not be added twice.
pub(super) fn has_deltas(request: &[ResourceMetrics<'_>]) -> bool {
    let is_delta = |metric: &Metric<'_>| match metric.data {
        Data::Sum { temporality, .. }
        | Data::Histogram { temporality, .. }
        | Data::ExponentialHistogram { temporality, .. } => temporality == Temporality::Delta,
        Data::Missing | Data::Gauge(_) | Data::Summary(_) => false,
    };
    each(request).any(is_delta)
}

/// How many points a request has.
pub(super) fn points(request: &[ResourceMetrics<'_>]) -> u64 {
    each(request).map(|metric| points_of(&metric.data) as u64).sum()
}

fn each<'r>(request: &'r [ResourceMetrics<'r>]) -> impl Iterator<Item = &'r Metric<'r>> {
    request.iter().flat_map(|resource| &resource.scopes).flat_map(|scope| &scope.metrics)
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
            let origin = Origin::new(&entry.books.key, &resource.resource, scope, target);
            let mut taking = Taking {
                entry: Entry { books: entry.books, tx: entry.tx, staged: entry.staged, now: entry.now },
                tally,
                used: &mut used,
                origin,
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
    /// What tells its streams from those of any other.
    hash: u128,
}

impl<'r> Origin<'r> {
    fn new(key: &Key, resource: &'r Resource<'r>, scope: &'r ScopeMetrics<'r>, target: &'r Target<'r>) -> Self {
        let mut digest = Digest::new(key);
        write_attributes(&resource.attributes, &mut digest);
        digest.part(scope.scope.name.as_bytes()).part(scope.scope.version.as_bytes());
        digest.part(scope.schema_url.as_bytes());
        write_attributes(&scope.scope.attributes, &mut digest);
        Origin { resource, scope, target, hash: digest.finish() }
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
    /// What the points of the metric share, as a hash.
    said: u128,
}

/// What a point says of itself, besides its value.
struct Place<'r> {
    attributes: &'r [Attribute<'r>],
    start: Nanos,
    time: Nanos,
    /// There is no value any more.
    has_ended: bool,
}

/// The place of a point of any kind: they have the same fields, and no type in common.
macro_rules! place {
    ($point:expr) => {
        Place {
            attributes: &$point.attributes,
            start: $point.start,
            time: $point.time,
            has_ended: $point.no_recorded_value,
        }
    };
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
        if name.starts_with(OURS) {
            self.tally.reject(Rejection::Reserved, count);
            return Ok(());
        }
        let id = match self.entry.books.family(&name, &metric.description, kind) {
            Ok(id) => id,
            Err(rejection) => {
                self.tally.reject(rejection, count);
                return Ok(());
            }
        };
        let family = Family { id, name: &name, help: &metric.description, kind };
        let said = self.said(&metric.name, &name);
        let taken = Taken { metric, family, agent: agents::of_name(&metric.name), said };
        match &metric.data {
            Data::Sum { temporality, monotonic: true, points } => points.iter().try_for_each(|point| {
                self.total(&taken, &place!(point), *temporality, values::amount(point.value).map(Change::Amount))
            }),
            Data::Histogram { temporality, points } => points.iter().try_for_each(|point| {
                self.total(&taken, &place!(point), *temporality, values::histogram(point).map(Change::Histogram))
            }),
            Data::ExponentialHistogram { temporality, points } => points.iter().try_for_each(|point| {
                self.total(&taken, &place!(point), *temporality, values::exponential(point).map(Change::Exponential))
            }),
            Data::Gauge(points) | Data::Sum { points, .. } => {
                points.iter().for_each(|point| self.pass(&taken, &place!(point), values::gauge(point.value)));
                Ok(())
            }
            Data::Summary(points) => {
                points.iter().for_each(|point| self.pass(&taken, &place!(point), values::summary(point)));
                Ok(())
            }
            Data::Missing => Ok(()),
        }
    }

    /// What decides about the labels of all points of a metric, and about their family.
    fn said(&self, metric: &str, family: &str) -> u128 {
        let mut digest = Digest::new(&self.entry.books.key);
        digest.hash(self.origin.hash).part(metric.as_bytes()).part(family.as_bytes()).finish()
    }

    /// Brings a point to its account.
    fn total(
        &mut self,
        taken: &Taken<'_>,
        at: &Place<'r>,
        temporality: Temporality,
        change: Result<Change, Rejection>,
    ) -> Result<(), LedgerError> {
        if at.has_ended {
            // The series has; its total has not.
            self.tally.taken += 1;
            return Ok(());
        }
        let change = match change {
            Ok(change) => change,
            Err(rejection) => {
                self.tally.reject(rejection, 1);
                return Ok(());
            }
        };
        let found = self.account(taken, at.attributes)?;
        let Entry { books, tx, .. } = &mut self.entry;
        let stream = || stream(&books.key, &self.origin, &taken.metric.name, at);
        let effect = change.apply(tx, found.account, temporality, stream)?;
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

    /// The account of a point: known by what the point says as it stands, else by its labels.
    fn account(&mut self, taken: &Taken<'_>, attributes: &'r [Attribute<'r>]) -> Result<Found, LedgerError> {
        let mut digest = Digest::new(&self.entry.books.key);
        digest.hash(taken.said);
        for attribute in attributes {
            digest.part(attribute.key.as_bytes()).part(attribute.value.text().as_bytes());
        }
        let said = digest.finish();
        if let Some(account) = self.entry.books.met(said) {
            return Ok(Found { account, capped: false });
        }
        self.label(taken, attributes);
        let Entry { books, tx, staged, now } = &mut self.entry;
        let found = books.account(tx, staged, &taken.family, &self.labels, *now)?;
        if !found.capped {
            staged.meet(said, found.account);
        }
        Ok(found)
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

    /// Shows a value that goes up and down.
    fn pass(&mut self, taken: &Taken<'_>, at: &Place<'r>, value: Result<Value, Rejection>) {
        let value = match value {
            _ if at.has_ended => None,
            Ok(value) => Some(value),
            Err(rejection) => return self.tally.reject(rejection, 1),
        };
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

/// What a stream is known by: its labels do not tell two processes apart, its start does.
fn stream(key: &Key, origin: &Origin<'_>, metric: &str, at: &Place<'_>) -> [u8; 16] {
    let mut digest = Digest::new(key);
    digest.hash(origin.hash).part(metric.as_bytes()).number(at.start);
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

/// A person as a number that nobody without the ledger can turn back.
fn hashed(key: &Key, value: &str) -> String {
    let mut digest = Digest::new(key);
    format!("{:016x}", digest.part(b"person").part(value.as_bytes()).finish() >> 64)
}
