//! The section `tls_server_config`.

use std::fmt;
use std::path::{Path, PathBuf};

use rustls::SupportedCipherSuite;
use rustls::crypto::SupportedKxGroup;
use zeroize::Zeroizing;

use super::error::{ConfigError, Place};
use super::tls_names::{ClientAuth, Named, Version, all_curves, allow_http2, curve, suite};
use super::value::Value;

/// What TLS is made of; nothing is read from files yet.
#[derive(Debug)]
pub(crate) struct TlsConfig {
    /// Of the section.
    pub(crate) place: Place,
    pub(crate) cert: Pem,
    pub(crate) key: Pem,
    /// There if, and not only if, clients' certificates are verified.
    pub(crate) client_ca: Option<Pem>,
    pub(crate) client_auth: ClientAuth,
    /// Names of which a client's certificate must have one; none if any will do.
    pub(crate) allowed_sans: Option<Vec<String>>,
    /// Not above `max_version`.
    pub(crate) min_version: Version,
    pub(crate) max_version: Version,
    /// Suites of TLS 1.2, most preferred first; none for all that there are.
    pub(crate) suites: Option<Suites>,
    /// Most preferred first.
    pub(crate) curves: Vec<&'static dyn SupportedKxGroup>,
    /// Whether the server's order of suites comes before the client's.
    pub(crate) prefer_server_order: bool,
}

/// A list of suites and where it stands.
#[derive(Debug)]
pub(crate) struct Suites {
    pub(crate) place: Place,
    /// Of TLS 1.2.
    pub(crate) list: Vec<SupportedCipherSuite>,
}

/// Certificates or a key, and the key of the file that gives them.
#[derive(Debug)]
pub(crate) struct Pem {
    pub(crate) place: Place,
    pub(crate) from: PemSource,
}

/// Where PEM comes from.
pub(crate) enum PemSource {
    /// In the file itself.
    Inline(Zeroizing<String>),
    /// In another file.
    File(PathBuf),
}

impl fmt::Debug for PemSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PemSource::Inline(_) => f.write_str("Inline(…)"),
            PemSource::File(path) => f.debug_tuple("File").field(path).finish(),
        }
    }
}

impl TlsConfig {
    /// The files that it names.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Path> {
        let all = [Some(&self.cert), Some(&self.key), self.client_ca.as_ref()];
        all.into_iter().flatten().filter_map(|pem| match &pem.from {
            PemSource::Inline(_) => None,
            PemSource::File(path) => Some(path.as_path()),
        })
    }

    /// Whether the list of suites goes with the versions and with HTTP/2.
    ///
    /// # Errors
    /// TLS 1.2 without a suite of its own where it is the only version, or without one that HTTP/2 demands.
    pub(crate) fn check_suites(&self, http2: bool) -> Result<(), ConfigError> {
        let Some(Suites { place, list }) = &self.suites else { return Ok(()) };
        if http2 && self.min_version < Version::Tls13 && !allow_http2(list) {
            let problem = "HTTP/2 needs TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 or \
                           TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 here; add one, or set http_server_config.http2 to false";
            return Err(ConfigError::at(place, problem));
        }
        if self.max_version < Version::Tls13 && list.is_empty() {
            return Err(ConfigError::at(place, "names no suite of TLS 1.2, the only version that is on; add one"));
        }
        Ok(())
    }
}

const KEYS: [&str; 13] = [
    "cert_file",
    "key_file",
    "client_auth_type",
    "client_ca_file",
    "client_allowed_sans",
    "min_version",
    "max_version",
    "cipher_suites",
    "prefer_server_cipher_suites",
    "curve_preferences",
    "cert",
    "key",
    "client_ca",
];

/// The keys as they stand in the file.
#[derive(Default)]
struct Section {
    cert: Option<Pem>,
    cert_file: Option<Pem>,
    key: Option<Pem>,
    key_file: Option<Pem>,
    client_ca: Option<Pem>,
    client_ca_file: Option<Pem>,
    client_auth: Option<ClientAuth>,
    allowed_sans: Option<(Place, Vec<String>)>,
    min_version: Option<Version>,
    max_version: Option<(Place, Version)>,
    suites: Option<Suites>,
    curves: Option<Vec<&'static dyn SupportedKxGroup>>,
    prefer_server_order: Option<bool>,
}

/// Reads the section; none if it does not switch TLS on, which any certificate, key, CA or policy does.
pub(crate) fn read(value: &Value<'_>, folder: &Path) -> Result<Option<TlsConfig>, ConfigError> {
    let mut section = Section::default();
    for entry in value.entries()? {
        let value = &entry.value;
        match entry.name {
            "cert" => section.cert = inline(value)?,
            "cert_file" => section.cert_file = file(value, folder)?,
            "key" => section.key = inline(value)?,
            "key_file" => section.key_file = file(value, folder)?,
            "client_ca" => section.client_ca = inline(value)?,
            "client_ca_file" => section.client_ca_file = file(value, folder)?,
            "client_auth_type" => section.client_auth = one(value, value.some_text()?, ClientAuth::named)?,
            "client_allowed_sans" => section.allowed_sans = texts(value)?.map(|list| (value.place().clone(), list)),
            "min_version" => section.min_version = one(value, value.text()?, Version::named)?,
            "max_version" => {
                let version = one(value, value.text()?, Version::named)?;
                section.max_version = version.map(|version| (value.place().clone(), version));
            }
            "cipher_suites" => {
                let place = value.place().clone();
                let suites = many(value, suite)?;
                section.suites = suites.map(|list| Suites { place, list: list.into_iter().flatten().collect() });
            }
            "curve_preferences" => section.curves = many(value, curve)?,
            "prefer_server_cipher_suites" => section.prefer_server_order = value.boolean()?,
            _ => return Err(value.unknown(&KEYS)),
        }
    }
    section.complete(value.place())
}

impl Section {
    fn complete(self, place: &Place) -> Result<Option<TlsConfig>, ConfigError> {
        let client_auth = self.client_auth.unwrap_or(ClientAuth::None);
        if let (Some((place, _)), ClientAuth::None) = (&self.allowed_sans, client_auth) {
            let problem = "no certificate is asked for, so that everybody may come; set client_auth_type too";
            return Err(ConfigError::at(place, problem));
        }
        let is_on = self.client_auth.is_some();
        // A file comes before the text.
        let cert = self.cert_file.or(self.cert);
        let key = self.key_file.or(self.key);
        let client_ca = self.client_ca_file.or(self.client_ca);
        let (cert, key) = match (cert, key) {
            (None, None) if !is_on && client_ca.is_none() => return Ok(None),
            (None, _) => return Err(ConfigError::at(place, "there is no certificate; set cert_file or cert")),
            (_, None) => return Err(ConfigError::at(place, "there is no key; set key_file or key")),
            (Some(cert), Some(key)) => (cert, key),
        };
        match &client_ca {
            Some(ca) if client_auth == ClientAuth::None => {
                let problem = "nobody is asked for a certificate of this CA; set client_auth_type, \
                               mostly to RequireAndVerifyClientCert";
                return Err(ConfigError::at(&ca.place, problem));
            }
            None if client_auth.verifies() => {
                let problem = "the policy verifies clients, but against no CA; set client_ca_file or client_ca";
                return Err(ConfigError::at(place, problem));
            }
            _ => {}
        }
        let min_version = self.min_version.unwrap_or(Version::Tls12);
        let max_version = match self.max_version {
            Some((place, max)) if max < min_version => {
                return Err(ConfigError::at(&place, "is below min_version, so that nobody could come; raise it"));
            }
            Some((_, max)) => max,
            None => Version::Tls13,
        };
        Ok(Some(TlsConfig {
            place: place.clone(),
            cert,
            key,
            client_ca,
            client_auth,
            allowed_sans: self.allowed_sans.map(|(_, list)| list),
            min_version,
            max_version,
            suites: self.suites,
            curves: self.curves.unwrap_or_else(all_curves),
            prefer_server_order: self.prefer_server_order.unwrap_or(true),
        }))
    }
}

fn inline(value: &Value<'_>) -> Result<Option<Pem>, ConfigError> {
    let pem =
        |text: &str| Pem { place: value.place().clone(), from: PemSource::Inline(Zeroizing::new(text.to_owned())) };
    Ok(value.some_text()?.map(pem))
}

fn file(value: &Value<'_>, folder: &Path) -> Result<Option<Pem>, ConfigError> {
    let Some(path) = value.some_text()? else { return Ok(None) };
    // A path is told where it can't be read, and a key never.
    if path.contains("-----BEGIN") || path.contains('\n') {
        return Err(value.error("is no path; for PEM in this file use the key without _file"));
    }
    Ok(Some(Pem { place: value.place().clone(), from: PemSource::File(folder.join(path)) }))
}

/// What the name that a value holds stands for.
fn one<T>(value: &Value<'_>, name: Option<&str>, named: impl Fn(&str) -> Named<T>) -> Result<Option<T>, ConfigError> {
    name.map(|name| named(name).map_err(|problem| value.error(problem))).transpose()
}

/// What the names of a list stand for; none for null and for a list without names.
fn many<T>(value: &Value<'_>, named: impl Fn(&str) -> Named<T>) -> Result<Option<Vec<T>>, ConfigError> {
    let Some(items) = value.list()? else { return Ok(None) };
    let one = |item: &Value<'_>| named(item.text()?.unwrap_or_default()).map_err(|problem| item.error(problem));
    let list: Vec<T> = items.iter().map(one).collect::<Result<_, _>>()?;
    Ok(Some(list).filter(|list| !list.is_empty()))
}

fn texts(value: &Value<'_>) -> Result<Option<Vec<String>>, ConfigError> {
    let Some(items) = value.list()? else { return Ok(None) };
    items.iter().map(|item| Ok(item.text()?.unwrap_or_default().to_owned())).collect::<Result<_, _>>().map(Some)
}
