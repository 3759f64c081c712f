//! What a fuzz target reaches of what is not public.

use std::sync::LazyLock;

use exporter_toolkit::Code;
use regex_lite::Regex;

use crate::pattern::IN_CODE;

/// The defaults, compiled and as code.
static DEFAULTS: LazyLock<Vec<(Regex, Code)>> = LazyLock::new(|| {
    let compiled = |pattern| Regex::new(pattern).expect("the pattern is ours");
    IN_CODE.iter().map(|(pattern, code)| (compiled(pattern), *code)).collect()
});

/// Compiles `pattern` and looks for it in `name`.
///
/// # Panics
/// When a default that is code says something else of `name` than its pattern.
pub fn check_pattern(pattern: &str, name: &str) {
    if let Ok(pattern) = crate::pattern::pattern(pattern) {
        pattern.matcher().is_match(name);
    }
    for (regex, is_match) in &*DEFAULTS {
        assert_eq!(is_match(name), regex.is_match(name), "{name:?} and {regex}");
    }
}
