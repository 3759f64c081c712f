//! Who may come, by the peer's flags: what `--web.config.file` says with more words.

use std::path::PathBuf;
use std::sync::Arc;

use clap::ValueEnum;
use exporter_toolkit::{BadFlag, Given, Secret, TlsFlags, WebFlags};

use crate::args::value::{file, secret};

const USERNAME: &str = "--basic-auth-username";
const PASSWORD: &str = "--basic-auth-password";
const HASH: &str = "--basic-auth-hash-password";
const CERTIFICATE: &str = "--tls-server-cert-file";
const KEY: &str = "--tls-server-key-file";
const AUTHORITIES: &str = "--tls-server-ca-cert-file";

/// Who may come.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Guard (or by --web.config.file)")]
pub(crate) struct GuardArgs {
    /// User who may read the pages.
    #[arg(long = "basic-auth-username", value_name = "NAME")]
    auth_username: Option<String>,
    /// That user's password.
    #[arg(long = "basic-auth-password", value_name = "PASSWORD", value_parser = secret)]
    auth_password: Option<Arc<Secret>>,
    /// The password's bcrypt hash, in the place of the password.
    #[arg(long = "basic-auth-hash-password", value_name = "HASH", value_parser = secret)]
    auth_hash: Option<Arc<Secret>>,
    /// File with the certificate by which the pages are served over TLS. Followed while serving, as the other two.
    #[arg(long = "tls-server-cert-file", value_name = "PATH")]
    page_certificate: Option<String>,
    /// File with its key.
    #[arg(long = "tls-server-key-file", value_name = "PATH")]
    page_key: Option<String>,
    /// File with the certificates of those whom a client's has to be signed by.
    #[arg(long = "tls-server-ca-cert-file", value_name = "PATH")]
    client_authorities: Option<String>,
    /// Oldest version of TLS. There is none before 1.2 here.
    #[arg(long = "tls-server-min-version", value_name = "VERSION", default_value = "TLS1.2")]
    min_version: TlsVersion,
}

/// Versions by the peer's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum TlsVersion {
    /// 1.2 here.
    #[value(name = "TLS1.0")]
    Tls10,
    /// 1.2 here.
    #[value(name = "TLS1.1")]
    Tls11,
    #[value(name = "TLS1.2")]
    Tls12,
    #[value(name = "TLS1.3")]
    Tls13,
}

impl GuardArgs {
    /// What guards the pages; nothing if no flag says so.
    pub(crate) fn flags(&self) -> Result<Option<WebFlags>, BadFlag> {
        let (user, tls) = (self.user()?, self.tls()?);
        Ok(match (user, tls) {
            (None, None) => None,
            (user, None) => user,
            (user, Some(tls)) => Some(user.unwrap_or_default().with_tls(tls)),
        })
    }

    /// Whether an older version is asked for than there is.
    pub(crate) fn asks_for_old_tls(&self) -> bool {
        self.min_version < TlsVersion::Tls12
    }

    fn user(&self) -> Result<Option<WebFlags>, BadFlag> {
        let some = |secret: &Option<Arc<Secret>>| secret.clone().filter(|secret| !secret.expose().is_empty());
        let name = self.auth_username.clone().filter(|name| !name.is_empty());
        let (name, given) = match (name, some(&self.auth_password), some(&self.auth_hash)) {
            (None, None, None) => return Ok(None),
            (_, Some(_), Some(_)) => return Err(BadFlag::new(PASSWORD, format!("there is {HASH} too; leave one out"))),
            (None, Some(_), None) => return Err(BadFlag::new(PASSWORD, format!("needs {USERNAME}"))),
            (None, None, Some(_)) => return Err(BadFlag::new(HASH, format!("needs {USERNAME}"))),
            (Some(_), None, None) => return Err(BadFlag::new(USERNAME, format!("needs {PASSWORD} or {HASH}"))),
            (Some(name), Some(password), None) => (name, Ok(password)),
            (Some(name), None, Some(hash)) => (name, Err(hash)),
        };
        if name.contains(':') {
            return Err(BadFlag::new(USERNAME, "no browser can send a name with a colon; use another"));
        }
        let (flags, name) = (WebFlags::default(), Given { flag: USERNAME, value: name });
        match given {
            Ok(password) => flags.with_password(name, &password).map_err(|problem| BadFlag::new(PASSWORD, problem)),
            Err(hash) => flags.with_user(name, hash.expose()).map_err(|problem| BadFlag::new(HASH, problem)),
        }
        .map(Some)
    }

    fn tls(&self) -> Result<Option<TlsFlags>, BadFlag> {
        let given = |flag, path: &Option<String>| file(path.as_deref()).map(|value: PathBuf| Given { flag, value });
        let authorities = given(AUTHORITIES, &self.client_authorities);
        match (given(CERTIFICATE, &self.page_certificate), given(KEY, &self.page_key)) {
            (Some(certificate), Some(key)) => Ok(Some(TlsFlags {
                certificate,
                key,
                client_authorities: authorities,
                only_13: self.min_version == TlsVersion::Tls13,
            })),
            (Some(_), None) => Err(BadFlag::new(CERTIFICATE, format!("needs {KEY}"))),
            (None, Some(_)) => Err(BadFlag::new(KEY, format!("needs {CERTIFICATE}"))),
            (None, None) if authorities.is_some() => {
                Err(BadFlag::new(AUTHORITIES, format!("needs {CERTIFICATE} and {KEY}")))
            }
            (None, None) => Ok(None),
        }
    }
}
