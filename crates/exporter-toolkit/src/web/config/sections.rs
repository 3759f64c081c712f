//! The whole file as a struct, and its sections but TLS.

use std::path::{Path, PathBuf};
use std::time::Duration;

use hyper::header::{HeaderName, HeaderValue};

use crate::web::auth::{User, Users};

use super::error::ConfigError;
use super::tls_section::{self, TlsConfig};
use super::value::Value;
use super::yaml;

/// How a server authenticates, limits and encrypts.
#[derive(Debug)]
pub(crate) struct WebConfig {
    /// None for plain HTTP.
    pub(crate) tls: Option<TlsConfig>,
    /// Whether HTTP/2 is offered to clients that come over TLS.
    pub(crate) http2: bool,
    /// What every response carries, in the order of the file.
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    /// Who may come, each name once; everybody if there are none.
    pub(crate) users: Users,
    /// None for no limit.
    pub(crate) rate_limit: Option<RateLimit>,
}

/// A bucket that holds `burst` requests and gets one back every `interval`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RateLimit {
    /// Greater than 0.
    pub(crate) interval: Duration,
    /// 0 refuses every request.
    pub(crate) burst: u32,
}

impl Default for WebConfig {
    fn default() -> WebConfig {
        WebConfig { tls: None, http2: true, headers: Vec::new(), users: Users::default(), rate_limit: None }
    }
}

impl WebConfig {
    /// The files that it names; a change of any is a change of the configuration.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        self.tls.iter().flat_map(TlsConfig::files).map(Path::to_owned).collect()
    }
}

/// Reads the text of the file. Paths in it are relative to `folder`, where the file is. The files that it names are not read.
///
/// # Errors
/// The first mistake: what is not YAML, an unknown key or one that comes twice, a value that the key does not take, settings
/// that contradict each other.
pub(crate) fn parse(text: &[u8], folder: &Path) -> Result<WebConfig, ConfigError> {
    let mut config = WebConfig::default();
    let Some(root) = yaml::read(text)? else { return Ok(config) };
    for entry in Value::root(&root).entries()? {
        match entry.name {
            "tls_server_config" => config.tls = tls_section::read(&entry.value, folder)?,
            "http_server_config" => http(&entry.value, &mut config)?,
            "basic_auth_users" => config.users = users(&entry.value)?,
            "rate_limit" => config.rate_limit = rate_limit(&entry.value)?,
            _ => {
                let keys = ["tls_server_config", "http_server_config", "basic_auth_users", "rate_limit"];
                return Err(entry.value.unknown(&keys));
            }
        }
    }
    if let Some(tls) = &config.tls {
        tls.check_suites(config.http2)?;
    }
    Ok(config)
}

fn http(value: &Value<'_>, config: &mut WebConfig) -> Result<(), ConfigError> {
    for entry in value.entries()? {
        match entry.name {
            "http2" => config.http2 = entry.value.boolean()?.unwrap_or(true),
            "headers" => config.headers = headers(&entry.value)?,
            _ => return Err(entry.value.unknown(&["http2", "headers"])),
        }
    }
    Ok(())
}

/// The headers that may be set; where a header has few values that mean anything, they alone.
const HEADERS: [(&str, &[&str]); 5] = [
    ("Strict-Transport-Security", &[]),
    ("X-Content-Type-Options", &["nosniff"]),
    ("X-Frame-Options", &["deny", "sameorigin"]),
    ("X-XSS-Protection", &[]),
    ("Content-Security-Policy", &[]),
];

fn headers(value: &Value<'_>) -> Result<Vec<(HeaderName, HeaderValue)>, ConfigError> {
    let header = |(name, value): (&str, &Value<'_>)| {
        let Some((_, allowed)) = HEADERS.iter().find(|(known, _)| *known == name) else {
            return Err(value.unknown(&HEADERS.map(|(name, _)| name)));
        };
        let text = value.text()?.unwrap_or_default();
        if !allowed.is_empty() && !allowed.contains(&text) {
            return Err(value.error(format!("takes {} alone", allowed.join(" or "))));
        }
        // Text folded over lines ends in one that a header can't carry; net/http does the same with it.
        let text = text.replace(['\n', '\r'], " ");
        let header = HeaderValue::from_bytes(text.trim_matches([' ', '\t']).as_bytes());
        let header = header.map_err(|_| value.error("holds a character that no header can carry; remove it"))?;
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| value.error("is no name of a header"))?;
        Ok((name, header))
    };
    value.entries()?.iter().map(|entry| header((entry.name, &entry.value))).collect()
}

fn users(value: &Value<'_>) -> Result<Users, ConfigError> {
    let user = |(name, value): (&str, &Value<'_>)| {
        let hash = value.text()?.unwrap_or_default().trim_ascii_end();
        User::new(name.to_owned(), hash).map_err(|bad| value.error(bad.to_string()))
    };
    let users: Result<Vec<User>, ConfigError> =
        value.entries()?.iter().map(|entry| user((entry.name, &entry.value))).collect();
    users.map(Users::new)
}

fn rate_limit(value: &Value<'_>) -> Result<Option<RateLimit>, ConfigError> {
    let (mut interval, mut burst) = (Duration::ZERO, 0);
    for entry in value.entries()? {
        match entry.name {
            "interval" => interval = entry.value.duration()?.unwrap_or_default(),
            "burst" => burst = entry.value.count()?.unwrap_or_default(),
            _ => return Err(entry.value.unknown(&["interval", "burst"])),
        }
    }
    Ok((!interval.is_zero()).then_some(RateLimit { interval, burst }))
}
