//! The page at `/`: what this is, and where its pages are.

use crate::build_info::LONG_VERSION;
use crate::identity::Identity;

/// `beside` is what is at other paths.
pub(crate) fn page(identity: &Identity, telemetry_path: &str, beside: Option<&str>) -> String {
    let Identity { name, summary, .. } = identity;
    let path = escape(telemetry_path);
    let beside = beside.map(|beside| format!("<p>{}</p>\n", escape(beside))).unwrap_or_default();
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{name}</title></head>\n<body>\n\
         <h1>{name}</h1>\n<p>{summary}</p>\n<p>Version {LONG_VERSION}</p>\n<ul>\n\
         <li><a href=\"{path}\">Metrics</a></li>\n\
         <li><a href=\"/-/healthy\">Healthy</a></li>\n\
         <li><a href=\"/-/ready\">Ready</a></li>\n</ul>\n{beside}</body>\n</html>\n"
    )
}

/// The path is the operator's own, but nothing that is not ours goes into HTML unescaped.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_made_to_break_out() {
        assert_eq!(escape(r#"/m"><script>&"#), "/m&quot;&gt;&lt;script&gt;&amp;");
    }
}
