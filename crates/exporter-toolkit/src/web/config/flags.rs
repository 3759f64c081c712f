//! What guards a server by an exporter's own flags, in the place of the file: the same sections, made in code.

use std::path::PathBuf;

use ring::rand::{SecureRandom as _, SystemRandom};

use crate::secret::Secret;
use crate::web::auth::{User, Users};

use super::error::Place;
use super::sections::WebConfig;
use super::tls_names::{ClientAuth, Version, all_curves};
use super::tls_section::{Pem, PemSource, TlsConfig};

/// A flag, by its name with dashes, and the value that it was given.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields say it")]
pub struct Given<T> {
    pub flag: &'static str,
    pub value: T,
}

/// TLS by flags. The files are followed, as those that a configuration file names.
#[derive(Debug, Clone)]
pub struct TlsFlags {
    /// The certificate, in PEM.
    pub certificate: Given<PathBuf>,
    /// Its key, in PEM.
    pub key: Given<PathBuf>,
    /// The authorities of clients, who need a certificate of theirs then.
    pub client_authorities: Option<Given<PathBuf>>,
    /// Whether TLS 1.2 is refused.
    pub only_13: bool,
}

/// What flags say of who may come, and how.
#[derive(Debug, Clone, Default)]
pub struct WebFlags {
    tls: Option<TlsFlags>,
    users: Users,
    /// The first flag that says anything.
    flag: &'static str,
}

impl WebFlags {
    /// Has the server speak TLS.
    #[must_use]
    pub fn with_tls(self, tls: TlsFlags) -> Self {
        WebFlags { flag: tls.certificate.flag, tls: Some(tls), ..self }
    }

    /// Lets in a user, whose name has no colon, by the bcrypt hash of a password.
    ///
    /// # Errors
    /// A hash that is none; the text says what one looks like.
    pub fn with_user(self, name: Given<String>, hash: &str) -> Result<Self, String> {
        let user = User::new(name.value, hash).map_err(|error| error.to_string())?;
        Ok(WebFlags { users: Users::new([user]), flag: name.flag, ..self })
    }

    /// Lets in a user, whose name has no colon, by a password.
    ///
    /// # Errors
    /// A password that is longer than bcrypt's, and when the system has no random bytes.
    pub fn with_password(self, name: Given<String>, password: &Secret) -> Result<Self, String> {
        let mut salt = [0; 16];
        SystemRandom::new().fill(&mut salt).map_err(|_| "the system has no random bytes".to_owned())?;
        let user = User::with_password(name.value, password.expose().as_bytes(), salt)?;
        Ok(WebFlags { users: Users::new([user]), flag: name.flag, ..self })
    }

    /// A flag by which all of them are known.
    pub(crate) fn flag(&self) -> &'static str {
        self.flag
    }

    /// What a file would say.
    pub(super) fn config(&self) -> WebConfig {
        WebConfig { tls: self.tls.as_ref().map(section), users: self.users.clone(), ..WebConfig::default() }
    }
}

fn section(tls: &TlsFlags) -> TlsConfig {
    let pem =
        |given: &Given<PathBuf>| Pem { place: Place::flag(given.flag), from: PemSource::File(given.value.clone()) };
    TlsConfig {
        place: Place::flag(tls.certificate.flag),
        cert: pem(&tls.certificate),
        key: pem(&tls.key),
        client_ca: tls.client_authorities.as_ref().map(pem),
        client_auth: if tls.client_authorities.is_some() { ClientAuth::RequireAndVerify } else { ClientAuth::None },
        allowed_sans: None,
        min_version: if tls.only_13 { Version::Tls13 } else { Version::Tls12 },
        max_version: Version::Tls13,
        suites: None,
        curves: all_curves(),
        prefer_server_order: true,
    }
}
