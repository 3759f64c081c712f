//! The page, under the namespace and with the label that the command line asks for.

use exposition::{Desc, ExponentialValue, Families, FamilyId, Histogram, Kind, Number, Summary};

use crate::server::Server;

/// What every name of a [`Desc`] here begins with.
const NAMESPACE: &str = "redis";

/// What has been read, and is to be seen on the page.
pub(crate) trait Samples {
    /// Shapes it, as it is at this server.
    fn samples(&self, server: &Server, out: &mut Out<'_>);
}

/// Where samples go.
pub(crate) struct Out<'p> {
    page: &'p mut Families,
    namespace: &'p str,
    /// The value of `instance_role`, if every sample is to have it.
    role: Option<&'p str>,
    name: String,
}

impl<'p> Out<'p> {
    pub(crate) fn new(page: &'p mut Families, namespace: &'p str, role: Option<&'p str>) -> Self {
        Out { page, namespace, role, name: String::new() }
    }

    /// Stages one sample; `values` in the order of the metric's labels.
    pub(crate) fn add(&mut self, desc: &Desc, values: &[&str], value: impl Into<Number>) {
        if self.namespace == NAMESPACE && self.role.is_none() {
            return self.page.add(desc, values, value);
        }
        self.add_labelled(desc, &[], values, value);
    }

    /// As [`Out::add`], if there is a value.
    pub(crate) fn add_some(&mut self, desc: &Desc, values: &[&str], value: Option<impl Into<Number>>) {
        if let Some(value) = value {
            self.add(desc, values, value);
        }
    }

    /// As [`Out::add`], with `more` labels than the declared ones.
    pub(crate) fn add_labelled(
        &mut self,
        desc: &Desc,
        more: &[(&str, &str)],
        values: &[&str],
        value: impl Into<Number>,
    ) {
        let Some(family) = self.family(desc) else { return };
        let mut labels = labels(self.role, desc, values);
        labels.extend(more);
        self.page.sample(family, &labels, value);
    }

    /// A sample whose name follows from what a server calls it: `name` is without the namespace.
    pub(crate) fn add_named(
        &mut self,
        name: &str,
        help: &str,
        kind: Kind,
        labels: &[(&str, &str)],
        value: impl Into<Number>,
    ) {
        self.set_name(name);
        let Some(family) = self.page.family(&self.name, help, kind) else { return };
        let labels: Vec<_> = labels.iter().copied().chain(self.role.map(|role| ("instance_role", role))).collect();
        self.page.sample(family, &labels, value);
    }

    /// Stages a histogram.
    pub(crate) fn histogram(&mut self, desc: &Desc, values: &[&str], histogram: &Histogram<'_>) {
        let Some(family) = self.family(desc) else { return };
        let labels = labels(self.role, desc, values);
        self.page.histogram(family, &labels, histogram);
    }

    /// Stages a histogram that is a native one where the format has that.
    pub(crate) fn exponential(&mut self, desc: &Desc, values: &[&str], histogram: &ExponentialValue) {
        let Some(family) = self.family(desc) else { return };
        let labels = labels(self.role, desc, values);
        self.page.exponential(family, &labels, histogram);
    }

    /// Stages a summary.
    pub(crate) fn summary(&mut self, desc: &Desc, values: &[&str], summary: &Summary<'_>) {
        let Some(family) = self.family(desc) else { return };
        let labels = labels(self.role, desc, values);
        self.page.summary(family, &labels, summary);
    }

    fn family(&mut self, desc: &Desc) -> Option<FamilyId> {
        if self.namespace == NAMESPACE {
            return self.page.family(desc.name, desc.help, desc.kind);
        }
        self.set_name(desc.name.strip_prefix("redis_").unwrap_or(desc.name));
        self.page.family(&self.name, desc.help, desc.kind)
    }

    fn set_name(&mut self, name: &str) {
        self.name.clear();
        self.name.push_str(self.namespace);
        if !self.namespace.is_empty() {
            self.name.push('_');
        }
        self.name.push_str(name);
    }
}

/// The labels of a metric, with that of every sample.
fn labels<'l>(role: Option<&'l str>, desc: &Desc, values: &[&'l str]) -> Vec<(&'l str, &'l str)> {
    let role = role.map(|role| ("instance_role", role));
    desc.labels.iter().copied().zip(values.iter().copied()).chain(role).collect()
}
