//! Pages as tests read them.

use exposition::{Families, Format};

use super::Out;

/// The samples that `stage` puts onto a page, without what describes them. Nothing may be refused.
pub(crate) fn staged(stage: impl FnOnce(&mut Out<'_>)) -> String {
    let (mut page, mut out) = (Families::default(), Vec::new());
    stage(&mut Out::new(&mut page, "redis", None));
    assert_eq!(page.refused().total(), 0, "{:?}", page.refused());
    Format::Text.encode(&mut page, &mut out);
    let page = String::from_utf8(out).expect("a page is text");
    page.lines().filter(|line| !line.starts_with('#')).flat_map(|line| [line, "\n"]).collect()
}
