//! What a metric is: its name, help, kind and labels, declared once as data.

/// One metric, declared as a `static` beside the mapping that fills it.
///
/// Documentation, lint and the page read the same item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Desc {
    /// The family's name, in base units (`node_memory_MemFree_bytes`).
    pub name: &'static str,
    /// One sentence that ends with a full stop and names the source field or system call.
    pub help: &'static str,
    /// The family's type on the page.
    pub kind: Kind,
    /// Label names, sorted; samples give their values in the same order.
    pub labels: &'static [&'static str],
}

/// The type of a metric family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A total that only grows, or starts again at 0.
    Counter,
    /// A value that goes up and down.
    Gauge,
    /// Cumulative buckets by upper bound, with sum and count.
    Histogram,
    /// Quantiles with sum and count.
    Summary,
    /// A number whose type its source does not say; OpenMetrics calls it `unknown`.
    Untyped,
}

impl Kind {
    /// The classic text format's word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
            Kind::Summary => "summary",
            Kind::Untyped => "untyped",
        }
    }

    /// What the samples of this kind append to the family's name, besides the name alone.
    pub(crate) fn suffixes(self) -> &'static [&'static str] {
        match self {
            Kind::Counter | Kind::Gauge | Kind::Untyped => &[],
            Kind::Histogram => &["_bucket", "_count", "_sum"],
            Kind::Summary => &["_count", "_sum"],
        }
    }

    /// Whether a family of this kind and name would share a sample's name with a histogram or summary; `kind_of` knows
    /// the families that are there, `scratch` is overwritten.
    pub(crate) fn collides(self, name: &str, scratch: &mut String, kind_of: impl Fn(&str) -> Option<Kind>) -> bool {
        let taken_by_parent = ["_bucket", "_count", "_sum"].iter().any(|suffix| {
            let parent = name.strip_suffix(suffix).and_then(&kind_of);
            parent.is_some_and(|kind| kind.suffixes().contains(suffix))
        });
        taken_by_parent
            || self.suffixes().iter().any(|suffix| {
                scratch.clear();
                scratch.push_str(name);
                scratch.push_str(suffix);
                kind_of(scratch).is_some()
            })
    }

    /// Whether a label of this name can stand on a sample of this kind.
    pub(crate) fn takes_label(self, name: &str) -> bool {
        is_label_name(name) && !name.starts_with("__") && self.own_label() != Some(name)
    }

    /// The label that samples of this kind bring themselves.
    pub(crate) fn own_label(self) -> Option<&'static str> {
        match self {
            Kind::Counter | Kind::Gauge | Kind::Untyped => None,
            Kind::Histogram => Some("le"),
            Kind::Summary => Some("quantile"),
        }
    }
}

/// A histogram as its source counted it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Histogram<'a> {
    /// `(upper bound, cumulative count)`, sorted by bound, without the `+Inf` bucket, which is `count`.
    pub buckets: &'a [(f64, u64)],
    /// Sum of the observed values, in the family's unit.
    pub sum: f64,
    /// Number of observations.
    pub count: u64,
}

/// A summary as its source computed it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary<'a> {
    /// `(quantile in 0..=1, value)`, sorted by quantile.
    pub quantiles: &'a [(f64, f64)],
    /// Sum of the observed values, in the family's unit.
    pub sum: f64,
    /// Number of observations.
    pub count: u64,
}

/// Whether `name` can be a metric name in every format: `[a-zA-Z_:][a-zA-Z0-9_:]*`.
#[must_use]
pub fn is_metric_name(name: &str) -> bool {
    starts_as_a_name(name) && name.bytes().all(|b| matches!(b, b'_' | b':') || b.is_ascii_alphanumeric())
}

/// Whether `name` can be a label name in every format: `[a-zA-Z_][a-zA-Z0-9_]*`.
#[must_use]
pub fn is_label_name(name: &str) -> bool {
    // Every label of every sample is asked for: a fold looks at many bytes at a time, where `all` stops at each.
    starts_as_a_name(name) && name.bytes().fold(true, |all, b| all & (b == b'_' || b.is_ascii_alphanumeric()))
}

fn starts_as_a_name(name: &str) -> bool {
    name.bytes().next().is_some_and(|first| !first.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_classic_grammar() {
        for name in ["node_load1", "_", ":job:rate5m", "a:b", "a1"] {
            assert!(is_metric_name(name), "{name}");
        }
        for name in ["", "1a", "node-load", "lüfter", "a b", "a\n"] {
            assert!(!is_metric_name(name), "{name}");
        }
        assert!(is_label_name("mountpoint"));
        assert!(!is_label_name("a:b"));
        assert!(!is_label_name("2nd"));
    }
}
