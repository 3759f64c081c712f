//! TLS towards a server.

use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use exporter_toolkit::{lock, read_file};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, RootCertStore, SignatureScheme};

use crate::address::{Address, Place};

/// A certificate or a key is smaller than this, a bundle of all authorities too.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// What the command line says of TLS.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TlsFiles {
    /// Authorities besides which none is trusted; absent: those of the system.
    pub(crate) authorities: Option<PathBuf>,
    pub(crate) certificate: Option<PathBuf>,
    pub(crate) key: Option<PathBuf>,
    /// The name that the server's certificate has to have; absent: the address's.
    pub(crate) server_name: Option<String>,
    /// Whether any certificate will do.
    pub(crate) unverified: bool,
}

/// What connections to a server speak TLS with.
#[derive(Debug)]
pub(crate) struct Tls {
    source: Arc<TlsSource>,
    server_name: Option<String>,
}

/// What TLS is spoken with, made when the first server asks for it: the certificates of a system take a while, and memory. Files
/// are looked at before each connection, for a certificate that is renewed.
#[derive(Debug)]
pub(crate) struct TlsSource {
    files: TlsFiles,
    made: Mutex<Option<Made>>,
}

#[derive(Debug)]
struct Made {
    config: Arc<ClientConfig>,
    /// Of the files as they were when they were read last.
    digest: u64,
}

/// Why there can be no TLS: a file, or a name.
#[derive(Debug)]
pub(crate) struct TlsError {
    /// The flag and its value.
    what: String,
    problem: String,
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.problem)
    }
}

impl std::error::Error for TlsError {}

fn wrong(what: impl Into<String>, problem: impl fmt::Display) -> TlsError {
    TlsError { what: what.into(), problem: problem.to_string() }
}

impl TlsFiles {
    fn all(&self) -> impl Iterator<Item = &PathBuf> {
        [&self.authorities, &self.certificate, &self.key].into_iter().flatten()
    }

    /// Changes with what is in the files, or with why they can't be read.
    fn digest(&self) -> u64 {
        let mut digest = DefaultHasher::new();
        for file in self.all() {
            match read_file(file, MOST_BYTES) {
                Ok((bytes, _)) => bytes.hash(&mut digest),
                Err(error) => error.to_string().hash(&mut digest),
            }
        }
        digest.finish()
    }
}

impl TlsSource {
    /// Files that are given are read at once, so that a bad one is told at the start.
    pub(crate) fn new(files: TlsFiles) -> Result<Arc<Self>, TlsError> {
        let source = TlsSource { files, made: Mutex::default() };
        if source.files.all().next().is_some() {
            source.config()?;
        }
        Ok(Arc::new(source))
    }

    /// For a server, with the name that its certificate has to have if it is not to be the flag's or its address's.
    pub(crate) fn named(self: &Arc<Self>, server_name: Option<&str>) -> Result<Arc<Tls>, TlsError> {
        self.config()?;
        let server_name = server_name.map(str::to_owned).or_else(|| self.files.server_name.clone());
        Ok(Arc::new(Tls { source: Arc::clone(self), server_name }))
    }

    /// As the files say now. Bad ones leave in force what was good.
    fn config(&self) -> Result<Arc<ClientConfig>, TlsError> {
        let digest = self.files.digest();
        let mut made = lock(&self.made);
        if let Some(made) = made.as_ref().filter(|made| made.digest == digest) {
            return Ok(Arc::clone(&made.config));
        }
        let config = match (config(&self.files), &*made) {
            (Ok(config), _) => Arc::new(config),
            (Err(error), Some(made)) => {
                tracing::warn!(%error, "what was read before stays in force");
                Arc::clone(&made.config)
            }
            (Err(error), None) => return Err(error),
        };
        *made = Some(Made { config: Arc::clone(&config), digest });
        Ok(config)
    }
}

impl Tls {
    /// A connection before its handshake.
    pub(super) fn begin(&self, address: &Address) -> Result<ClientConnection, TlsError> {
        let host = match (&self.server_name, &address.place) {
            (Some(name), _) => name.as_str(),
            (None, Place::Tcp(host, _)) => host,
            (None, Place::Unix(_)) => "localhost",
        };
        let name =
            ServerName::try_from(host.to_owned()).map_err(|error| wrong(format!("server name {host}"), error))?;
        ClientConnection::new(self.source.config()?, name).map_err(|error| wrong("TLS", error))
    }
}

/// Reads the files.
fn config(files: &TlsFiles) -> Result<ClientConfig, TlsError> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .expect("the provider has the suites of TLS 1.2 and 1.3");
    let builder = if files.unverified {
        builder.dangerous().with_custom_certificate_verifier(Arc::new(Anyone(provider)))
    } else {
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots(files)?), provider).build();
        builder.with_webpki_verifier(verifier.map_err(|error| wrong("--tls-ca-cert-file", error))?)
    };
    match (&files.certificate, &files.key) {
        (Some(certificate), Some(key)) => {
            let chain = certificates("--tls-client-cert-file", certificate)?;
            let what = format!("--tls-client-key-file {}", key.display());
            let (bytes, _) = read_file(key, MOST_BYTES).map_err(|error| wrong(&what, error))?;
            let key =
                PrivateKeyDer::from_pem_slice(&bytes).map_err(|_| wrong(&what, "no private key in PEM is in it"))?;
            builder.with_client_auth_cert(chain, key).map_err(|error| wrong(what, error))
        }
        (None, None) => Ok(builder.with_no_client_auth()),
        (Some(_), None) => Err(wrong("--tls-client-cert-file", "needs --tls-client-key-file")),
        (None, Some(_)) => Err(wrong("--tls-client-key-file", "needs --tls-client-cert-file")),
    }
}

/// Whose certificates are trusted.
fn roots(files: &TlsFiles) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    if let Some(file) = &files.authorities {
        for certificate in certificates("--tls-ca-cert-file", file)? {
            let what = format!("--tls-ca-cert-file {}", file.display());
            roots.add(certificate).map_err(|error| wrong(what, error))?;
        }
        return Ok(roots);
    }
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        // An image has no such file.
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    Ok(roots)
}

fn certificates(flag: &str, file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let what = || format!("{flag} {}", file.display());
    let (bytes, _) = read_file(file, MOST_BYTES).map_err(|error| wrong(what(), error))?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) | Err(_) => Err(wrong(what(), "no certificate in PEM is in it")),
    }
}

/// Takes every certificate, as `--skip-tls-verification` asks; the server still has to have its key.
#[derive(Debug)]
struct Anyone(Arc<CryptoProvider>);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
