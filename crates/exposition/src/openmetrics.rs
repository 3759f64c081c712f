//! OpenMetrics, version 1.0.0.

use crate::desc::Kind;
use crate::families::Families;
use crate::lines;

pub(crate) fn encode(page: &mut Families, out: &mut Vec<u8>) {
    page.sort();
    for &index in &page.order {
        let name = page.name(index);
        let family = &page.families[index as usize];
        let (family_name, word) = declared(name, family.kind, |name| page.find(name).is_some());
        lines::metadata(family_name, word, page.text(family.help), true, out);
        for sample in page.chain(family) {
            lines::sample(name, sample.part, sample.value, true, out, |out| {
                out.extend_from_slice(page.text(sample.labels).as_bytes());
            });
        }
    }
}

/// The last line, without which a page counts as cut off.
pub(crate) const END: &[u8] = b"# EOF\n";

/// The name and type that OpenMetrics declares: a counter's family lacks the `_total` that its sample has.
///
/// A counter without `_total`, or one whose bare name is taken by another family or has a `_total` still, can only be
/// `unknown` here.
pub(crate) fn declared(name: &str, kind: Kind, is_taken: impl Fn(&str) -> bool) -> (&str, &'static str) {
    match kind {
        Kind::Counter => match name.strip_suffix("_total") {
            Some(bare) if !bare.is_empty() && !bare.ends_with("_total") && !is_taken(bare) => (bare, "counter"),
            _ => (name, "unknown"),
        },
        Kind::Gauge => (name, "gauge"),
        Kind::Histogram => (name, "histogram"),
        Kind::Summary => (name, "summary"),
        Kind::Untyped => (name, "unknown"),
    }
}
