//! Prometheus' text format, version 0.0.4.

use crate::families::Families;
use crate::lines;

pub(crate) fn encode(page: &mut Families, out: &mut Vec<u8>) {
    page.sort();
    for &index in &page.order {
        let name = page.name(index);
        let family = &page.families[index as usize];
        lines::metadata(name, family.kind.word(), page.text(family.help), false, out);
        for sample in page.chain(family) {
            lines::sample(name, sample.part, sample.value, false, out, |out| {
                out.extend_from_slice(page.text(sample.labels).as_bytes());
            });
        }
    }
}
