//! Which clients may come, by their certificates.

use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, Error, RootCertStore, SignatureScheme};

use super::leaf::Leaf;
use super::tls_names::ClientAuth;

/// A policy of the five that Go has. Whatever it is, a client proves that it holds the key of its certificate.
#[derive(Debug)]
pub(crate) struct ClientPolicy {
    /// Verifies chains; none if any certificate will do.
    chains: Option<Arc<dyn ClientCertVerifier>>,
    /// Certificates that are trusted themselves: a client's own may be among those of the CA.
    trusted: Vec<CertificateDer<'static>>,
    hints: Vec<DistinguishedName>,
    is_mandatory: bool,
    allowed_names: Option<Vec<String>>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ClientPolicy {
    /// A policy other than [`ClientAuth::None`]; none if it verifies chains but there is no CA among `trusted` to lead to.
    /// Where names are demanded, a client without certificate has none of them: it is refused, as Go refuses it.
    pub(crate) fn new(
        auth: ClientAuth,
        trusted: Vec<CertificateDer<'static>>,
        allowed_names: Option<Vec<String>>,
        provider: &Arc<CryptoProvider>,
    ) -> Option<ClientPolicy> {
        let mut roots = RootCertStore::empty();
        // What is no certificate that can sign others is left out, as Go leaves it out.
        roots.add_parsable_certificates(trusted.iter().cloned());
        let hints = roots.subjects();
        let chains = if auth.verifies() {
            let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
            Some(builder.build().ok()?)
        } else {
            None
        };
        let is_mandatory = auth.requires() || allowed_names.is_some();
        let algorithms = provider.signature_verification_algorithms;
        Some(ClientPolicy { chains, trusted, hints, is_mandatory, allowed_names, algorithms })
    }

    fn check_names(&self, certificate: &Leaf) -> Result<(), Error> {
        let Some(allowed) = &self.allowed_names else { return Ok(()) };
        let names = certificate.names().map_err(|_| Error::from(CertificateError::BadEncoding))?;
        if names.iter().any(|name| allowed.contains(name)) {
            Ok(())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }
}

impl ClientCertVerifier for ClientPolicy {
    fn client_auth_mandatory(&self) -> bool {
        self.is_mandatory
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.hints
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let leaf = Leaf::parse(end_entity).map_err(|_| Error::from(CertificateError::BadEncoding))?;
        if let Some(chains) = &self.chains {
            // webpki takes no certificate of a CA for a client's. Those that `openssl req -x509` makes are just that, and are
            // trusted by name where they are listed.
            let is_trusted = self.trusted.iter().any(|trusted| trusted == end_entity);
            if !(is_trusted && leaf.is_good_for_client(std::time::Duration::from_secs(now.as_secs()))) {
                chains.verify_client_cert(end_entity, intermediates, now)?;
            }
        }
        self.check_names(&leaf)?;
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
