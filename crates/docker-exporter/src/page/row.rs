//! Samples of one container.

use std::borrow::Cow;

use exposition::{Desc, Families, Number};

use crate::inventory::Entry;
use crate::page::Shown;
use crate::page::labels::OwnLabels;

/// The labels of a series that has none besides those of its container.
pub(crate) const BASE: &[&str] = &["id", "image", "name"];

/// A container's place on the page, and what its series share.
pub(crate) struct Row<'p, 'a> {
    page: &'p mut Families,
    /// Those of `container_label_…`, which come before all others by name.
    own: &'p [(Cow<'a, str>, &'a str)],
    /// With the name it tells series apart, and is never cut.
    pub(crate) id: &'a str,
    pub(crate) image: &'a str,
    pub(crate) name: &'a str,
}

impl<'p, 'a> Row<'p, 'a> {
    /// `own` is a buffer for its labels.
    pub(crate) fn of(entry: &'a Entry, shown: &'a Shown, own: &'p mut OwnLabels<'a>, page: &'p mut Families) -> Self {
        own.clear();
        let container = &*entry.container;
        shown.labels.of(container, own);
        let image = shown.labels.cut(&container.image);
        Row { page, own, id: &entry.path, image, name: &container.name }
    }

    /// The place of the whole machine.
    pub(crate) fn root(page: &'p mut Families) -> Self {
        Row { page, own: &[], id: "/", image: "", name: "" }
    }

    /// A sample of a metric that has the labels of [`BASE`].
    pub(crate) fn add(&mut self, desc: &Desc, value: impl Into<Number>) {
        self.add_with(desc, &[self.id, self.image, self.name], value);
    }

    /// As [`Row::add`], if there is a value.
    pub(crate) fn add_some(&mut self, desc: &Desc, value: Option<impl Into<Number>>) {
        if let Some(value) = value {
            self.add(desc, value);
        }
    }

    /// A sample of a metric that has others besides: the values of all, in their order.
    pub(crate) fn add_with(&mut self, desc: &Desc, values: &[&str], value: impl Into<Number>) {
        self.page.add_labelled(desc, self.own, values, value);
    }
    /// A sample, always 1, of a metric whose labels say it all, without those of `container_label_…`.
    pub(crate) fn add_info(&mut self, desc: &Desc, values: &[&str]) {
        self.page.add(desc, values, 1_u64);
    }
}
