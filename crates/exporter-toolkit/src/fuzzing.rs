//! What a fuzz target reaches of what is not public.

use std::path::Path;

use crate::scrape::query;
use crate::web::config;

/// The positions in `names` that a request with this query asks for; `None` when it is refused.
pub fn select(query: &str, names: &[&str]) -> Option<Vec<usize>> {
    query::select(Some(query), names.iter().copied()).ok()
}

/// Reads the text of a web configuration file, and makes TLS of it unless that takes other files.
///
/// # Panics
/// When an error is not one line that names a line of the file.
pub fn check_web_config(text: &[u8]) {
    let config = config::parse(text, Path::new(""));
    let made = config.and_then(|config| match &config.tls {
        Some(tls) if config.files().is_empty() => config::server_config(tls, config.http2).map(drop),
        _ => Ok(()),
    });
    if let Err(error) = made {
        let lines = text.split(|byte| *byte == b'\n').count();
        let said = error.to_string();
        assert!(error.line().is_some_and(|line| (1..=lines).contains(&line)), "{said:?}");
        assert!(!said.contains('\n') && said.len() < 1_000, "{said:?}");
    }
}
