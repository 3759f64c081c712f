//! From the section to what rustls serves with.

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{Error, InconsistentKeys, ServerConfig};
use zeroize::Zeroizing;

use super::client::ClientPolicy;
use super::error::ConfigError;
use super::files;
use super::tls_names::{ClientAuth, Version, all_suites, suites_13};
use super::tls_section::{Pem, PemSource, TlsConfig};

/// Reads the certificates and the key, and makes a configuration for servers of them.
///
/// Sessions are not resumed: a client that was let in once would be let in again without a look at its certificate, though
/// the file has changed; and each would be held in memory.
///
/// # Errors
/// A file that can't be read, what is no certificate or no key, a key of another certificate, a CA file without certificates.
pub(crate) fn server_config(tls: &TlsConfig, http2: bool) -> Result<Arc<ServerConfig>, ConfigError> {
    let provider = Arc::new(provider(tls));
    let versions: Vec<_> = Version::ALL
        .into_iter()
        .filter(|version| (tls.min_version..=tls.max_version).contains(version))
        .map(Version::of_rustls)
        .collect();
    let key = certified_key(tls, &provider)?;
    let verifier = match client_policy(tls, &provider)? {
        Some(policy) => Arc::new(policy),
        None => WebPkiClientVerifier::no_client_auth(),
    };
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&versions)
        .map_err(|error| ConfigError::at(&tls.place, format!("does not make TLS: {error}")))?
        .with_client_cert_verifier(verifier)
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(key)));
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    config.ignore_client_order = tls.prefer_server_order;
    let protocols: &[&[u8]] = if http2 { &[b"h2", b"http/1.1"] } else { &[b"http/1.1"] };
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    Ok(Arc::new(config))
}

/// ring, whatever the process may have as its default, with the suites and curves of the file.
fn provider(tls: &TlsConfig) -> CryptoProvider {
    let suites = match &tls.suites {
        Some(suites) => suites.list.clone(),
        None => all_suites().collect(),
    };
    CryptoProvider {
        cipher_suites: suites_13().chain(suites).collect(),
        kx_groups: tls.curves.clone(),
        ..ring::default_provider()
    }
}

fn certified_key(tls: &TlsConfig, provider: &CryptoProvider) -> Result<CertifiedKey, ConfigError> {
    let certificates = certificates(&tls.cert)?;
    let problem = |problem: &str| ConfigError::at(&tls.key.place, problem);
    let key = PrivateKeyDer::from_pem_slice(&read(&tls.key)?)
        .map_err(|_| problem("holds no private key that can be read; use PEM without a password"))?;
    CertifiedKey::from_der(certificates, key, provider).map_err(|error| match error {
        Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
            problem("is not the key of the certificate; use the pair that was made together")
        }
        Error::InvalidCertificate(_) => {
            ConfigError::at(&tls.cert.place, "begins with a certificate that can't be read; use one of X.509 version 3")
        }
        _ => problem(
            "is of a kind that is not supported; use ECDSA P-256 or P-384, Ed25519, or RSA of 2048 bits or more",
        ),
    })
}

fn client_policy(tls: &TlsConfig, provider: &Arc<CryptoProvider>) -> Result<Option<ClientPolicy>, ConfigError> {
    if tls.client_auth == ClientAuth::None {
        return Ok(None);
    }
    let (place, trusted) = match &tls.client_ca {
        Some(pem) => (&pem.place, certificates(pem)?),
        None => (&tls.place, Vec::new()),
    };
    let policy = ClientPolicy::new(tls.client_auth, trusted, tls.allowed_sans.clone(), provider);
    policy.map(Some).ok_or_else(|| ConfigError::at(place, "holds no certificate of a CA that can be read; replace it"))
}

/// At least one.
fn certificates(pem: &Pem) -> Result<Vec<CertificateDer<'static>>, ConfigError> {
    let bytes = read(pem)?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    let certificates = certificates.map_err(|_| ConfigError::at(&pem.place, "is not PEM; use certificates in PEM"))?;
    if certificates.is_empty() {
        return Err(ConfigError::at(&pem.place, "holds no certificate; use certificates in PEM"));
    }
    Ok(certificates)
}

fn read(pem: &Pem) -> Result<Zeroizing<Vec<u8>>, ConfigError> {
    match &pem.from {
        PemSource::Inline(text) => Ok(Zeroizing::new(text.as_bytes().to_vec())),
        PemSource::File(path) => files::read(path)
            .map_err(|error| ConfigError::at(&pem.place, format!("{} can't be read: {error}", path.display()))),
    }
}
