//! The page for people, and what every answer tells a browser.

use testkit::http::{RawResponse, get};

use crate::tree::{Host, Tree};

/// What stands in an attribute or between tags, undone as a browser does.
fn unescaped(text: &str) -> String {
    let entities = [("&quot;", "\""), ("&#39;", "'"), ("&#x27;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")];
    entities.iter().fold(text.to_owned(), |text, (entity, character)| text.replace(entity, character))
}

/// The value of every `href`.
fn links(html: &str) -> Vec<String> {
    html.split("href=\"").skip(1).map(|rest| unescaped(rest.split('"').next().unwrap())).collect()
}

#[test]
fn a_telemetry_path_made_to_break_out_of_the_page() {
    for path in [
        "/m\"><script>alert(1)</script>",
        "/m' onmouseover='alert(1)",
        "/m\" onmouseover=\"alert(1)",
        "/m<!--",
        "/m&quot;&lt;",
        "/m</ul></body></html><img src=x onerror=alert(1)>",
    ] {
        let host: Host = Tree::fixture("container-guest").start_here(&[&format!("--web.telemetry-path={path}")]);
        let landing = get(host.address(), "/", &[]).unwrap();
        let text = landing.text();
        assert_eq!(landing.status, 200);
        // One link among those that are always there, which leads to the path; no tag or attribute more than usual.
        assert!(links(&text).contains(&path.to_owned()), "{path}: {text}");
        let plain = get(Tree::fixture("container-guest").start_here(&[]).address(), "/", &[]).unwrap().text();
        for mark in ["<", ">", "\""] {
            assert_eq!(text.matches(mark).count(), plain.matches(mark).count(), "{mark} for {path}: {text}");
        }
    }
}

/// Sniffed, framed or mixed with scripts, no answer does harm.
fn is_harmless(path: &str, answer: &RawResponse) {
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
    let content_type = answer.header("content-type").unwrap_or_default();
    assert!(content_type.ends_with("; charset=utf-8") || content_type.contains("charset=utf-8;"), "{content_type}");
}

#[test]
fn every_answer_tells_browsers_to_keep_it_as_it_is() {
    let host = Tree::fixture("container-guest").start_here(&[]);
    for (path, status) in [
        ("/", 200),
        ("/metrics", 200),
        ("/-/healthy", 200),
        ("/nothing", 404),
        ("/metrics?collect[]=%3Cscript%3E", 400),
    ] {
        let answer = get(host.address(), path, &[]).unwrap();
        assert_eq!(answer.status, status, "{path}");
        is_harmless(path, &answer);
        assert!(!answer.text().contains("<script"), "{path}");
    }
}

#[test]
fn the_landing_page_runs_no_script_and_is_framed_by_nobody() {
    let host = Tree::fixture("container-guest").start_here(&[]);
    let landing = get(host.address(), "/", &[]).unwrap();
    let policy = landing.header("content-security-policy").unwrap_or_default();
    assert!(policy.contains("default-src 'none'"), "{policy}");
    let frames = landing.header("x-frame-options").unwrap_or_default();
    assert!(frames.eq_ignore_ascii_case("deny") || frames.eq_ignore_ascii_case("sameorigin"), "{frames}");
}
