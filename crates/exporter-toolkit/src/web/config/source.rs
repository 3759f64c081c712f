//! The configuration file over time.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use zeroize::Zeroizing;

use super::error::ConfigError;
use super::files::{self, Digest};
use super::flags::WebFlags;
use super::sections::{self, WebConfig};
use super::tls;

/// A configuration that is complete: every file that it names has been read and fits.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    pub(crate) config: WebConfig,
    /// None for plain HTTP.
    pub(crate) tls: Option<Arc<ServerConfig>>,
}

/// A file and what it was when it was last looked at, or flags that name files.
#[derive(Debug)]
pub(crate) struct Source {
    origin: Origin,
    /// The files that it named then.
    files: Vec<PathBuf>,
    digest: Option<Digest>,
}

#[derive(Debug)]
enum Origin {
    File(PathBuf),
    Flags(WebFlags),
}

impl Source {
    /// Nothing is read yet.
    pub(crate) fn new(path: impl Into<PathBuf>) -> Source {
        Source { origin: Origin::File(path.into()), files: Vec::new(), digest: None }
    }

    /// As [`Source::new`], of what flags say.
    pub(crate) fn of_flags(flags: WebFlags) -> Source {
        Source { origin: Origin::Flags(flags), files: Vec::new(), digest: None }
    }

    /// Whether there is anything that may change.
    pub(crate) fn has_files(&self) -> bool {
        matches!(self.origin, Origin::File(_)) || !self.files.is_empty()
    }

    /// The configuration if the file, or one that it names, is not what it was at the last call; none otherwise. Without a
    /// change it takes as long as reading them: some 50 µs. So each state of the files gives one configuration or one error.
    ///
    /// # Errors
    /// As [`sections::parse`] and [`tls::server_config`], and a file that can't be read.
    pub(crate) fn changed(&mut self) -> Option<Result<Loaded, ConfigError>> {
        let text = match &self.origin {
            Origin::File(path) => files::read(path),
            Origin::Flags(_) => Ok(Zeroizing::default()),
        };
        if self.digest == Some(Digest::of(&text, &self.files)) {
            return None;
        }
        let config = match (&self.origin, &text) {
            (Origin::Flags(flags), _) => Ok(flags.config()),
            (Origin::File(path), Ok(text)) => sections::parse(text, path.parent().unwrap_or(Path::new(""))),
            (_, Err(error)) => Err(ConfigError::of_file(format!("the file can't be read: {error}"))),
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
