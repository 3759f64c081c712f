//! OpenMetrics, version 1.0.0.

use crate::desc::Kind;
use crate::families::Families;
use crate::lines;

pub(crate) fn encode(page: &mut Families, out: &mut Vec<u8>) {
    page.sort();
    for &index in &page.order {
        let name = page.name(index);
        let family = &page.families[index as usize];
        let (family_name, word) = declared(page, name, family.kind);
        lines::metadata(family_name, word, page.text(family.help), true, out);
        for sample in page.chain(family) {
            lines::sample(page, name, sample, true, out);
        }
    }
}

/// What the last line of a page is.
pub(crate) fn end(out: &mut Vec<u8>) {
    out.extend_from_slice(b"# EOF\n");
}

/// The name and type that OpenMetrics declares: a counter's family lacks the `_total` that its sample has.
///
/// A counter without `_total`, or one whose bare name is another family's or has a `_total` still, can only be `unknown`
/// here.
fn declared<'p>(page: &'p Families, name: &'p str, kind: Kind) -> (&'p str, &'static str) {
    match kind {
        Kind::Counter => match name.strip_suffix("_total") {
            Some(bare) if !bare.is_empty() && !bare.ends_with("_total") && page.find(bare).is_none() => {
                (bare, "counter")
            }
            _ => (name, "unknown"),
        },
        Kind::Gauge => (name, "gauge"),
        Kind::Histogram => (name, "histogram"),
        Kind::Summary => (name, "summary"),
        Kind::Untyped => (name, "unknown"),
    }
}
