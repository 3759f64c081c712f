//! The configuration file over time.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;

use super::error::ConfigError;
use super::files::{self, Digest};
use super::sections::{self, WebConfig};
use super::tls;

/// A configuration that is complete: every file that it names has been read and fits.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    pub(crate) config: WebConfig,
    /// None for plain HTTP.
    pub(crate) tls: Option<Arc<ServerConfig>>,
}

/// A file and what it was when it was last looked at.
#[derive(Debug)]
pub(crate) struct Source {
    path: PathBuf,
    /// The files that it named then.
    files: Vec<PathBuf>,
    digest: Option<Digest>,
}

impl Source {
    /// Nothing is read yet.
    pub(crate) fn new(path: impl Into<PathBuf>) -> Source {
        Source { path: path.into(), files: Vec::new(), digest: None }
    }

    /// The configuration if the file, or one that it names, is not what it was at the last call; none otherwise. Without a
    /// change it takes as long as reading them: some 50 µs. So each state of the files gives one configuration or one error.
    ///
    /// # Errors
    /// As [`sections::parse`] and [`tls::server_config`], and a file that can't be read.
    pub(crate) fn changed(&mut self) -> Option<Result<Loaded, ConfigError>> {
        let text = files::read(&self.path);
        if self.digest == Some(Digest::of(&text, &self.files)) {
            return None;
        }
        let folder = self.path.parent().unwrap_or(Path::new(""));
        let config = match &text {
            Ok(text) => sections::parse(text, folder),
            Err(error) => Err(ConfigError::of_file(format!("the file can't be read: {error}"))),
        };
        self.files = config.as_ref().map(WebConfig::files).unwrap_or_default();
        // Before the files are read: one that changes in between is then seen to have changed.
        self.digest = Some(Digest::of(&text, &self.files));
        Some(config.and_then(|config| {
            let tls = config.tls.as_ref().map(|section| tls::server_config(section, config.http2)).transpose()?;
            Ok(Loaded { config, tls })
        }))
    }
}
