//! The names that Go gives to versions, cipher suites, curves and policies, and what rustls has for them.

use rustls::SupportedCipherSuite;
use rustls::SupportedProtocolVersion;
use rustls::crypto::SupportedKxGroup;
use rustls::crypto::ring::{cipher_suite, kx_group};
use rustls::version::{TLS12, TLS13};

use super::error::shown;

/// What a name stands for, or why it stands for nothing here.
pub(crate) type Named<T> = Result<T, String>;

/// A version of TLS; the later is the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Version {
    Tls12,
    Tls13,
}

impl Version {
    /// All of them, oldest first.
    pub(crate) const ALL: [Version; 2] = [Version::Tls12, Version::Tls13];

    pub(crate) fn named(name: &str) -> Named<Version> {
        match name {
            "TLS12" => Ok(Version::Tls12),
            "TLS13" => Ok(Version::Tls13),
            "TLS10" => Err("TLS 1.0 is not supported; use TLS12 or TLS13".to_owned()),
            "TLS11" => Err("TLS 1.1 is not supported; use TLS12 or TLS13".to_owned()),
            _ => Err(format!("{} is no version of TLS; use TLS12 or TLS13", shown(name))),
        }
    }

    pub(crate) fn of_rustls(self) -> &'static SupportedProtocolVersion {
        match self {
            Version::Tls12 => &TLS12,
            Version::Tls13 => &TLS13,
        }
    }
}

/// Cipher suites of TLS 1.2, in the order that Go prefers where there are instructions for AES.
static SUITES: [(&str, SupportedCipherSuite); 6] = [
    ("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256),
    ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", cipher_suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256),
    ("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384),
    ("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", cipher_suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384),
    ("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", cipher_suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256),
    ("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", cipher_suite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256),
];

/// Those of TLS 1.3: all of them, always, as in Go. The second of each pair is the name in Go.
static SUITES_13: [(&str, SupportedCipherSuite); 3] = [
    ("TLS_AES_128_GCM_SHA256", cipher_suite::TLS13_AES_128_GCM_SHA256),
    ("TLS_AES_256_GCM_SHA384", cipher_suite::TLS13_AES_256_GCM_SHA384),
    ("TLS_CHACHA20_POLY1305_SHA256", cipher_suite::TLS13_CHACHA20_POLY1305_SHA256),
];

/// Suites of Go whose blocks are chained: they have been attacked too often, and rustls has none of them.
const CHAINED: [&str; 4] = [
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
];

/// One of these must be in a list for HTTP/2 over TLS 1.2 (RFC 9113, section 9.2.2).
const FOR_HTTP2: [SupportedCipherSuite; 2] =
    [cipher_suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256];

/// A suite of TLS 1.2; none for one of TLS 1.3, where a list has no effect.
pub(crate) fn suite(name: &str) -> Named<Option<SupportedCipherSuite>> {
    if let Some((_, suite)) = SUITES.iter().find(|(known, _)| *known == name) {
        return Ok(Some(*suite));
    }
    if SUITES_13.iter().any(|(known, _)| *known == name) {
        return Ok(None);
    }
    let names: Vec<_> = SUITES.iter().map(|(name, _)| *name).collect();
    let problem = if CHAINED.contains(&name) { "is not supported" } else { "is no cipher suite" };
    Err(format!("{} {problem}; use one of {}", shown(name), names.join(", ")))
}

/// Whether a list of suites allows HTTP/2 over TLS 1.2.
pub(crate) fn allow_http2(suites: &[SupportedCipherSuite]) -> bool {
    suites.iter().any(|suite| FOR_HTTP2.contains(suite))
}

/// The suites of TLS 1.2 without a list.
pub(crate) fn all_suites() -> impl Iterator<Item = SupportedCipherSuite> {
    SUITES.iter().map(|(_, suite)| *suite)
}

/// The suites of TLS 1.3.
pub(crate) fn suites_13() -> impl Iterator<Item = SupportedCipherSuite> {
    SUITES_13.iter().map(|(_, suite)| *suite)
}

/// A group for the exchange of keys.
pub(crate) fn curve(name: &str) -> Named<&'static dyn SupportedKxGroup> {
    match name {
        "X25519" => Ok(kx_group::X25519),
        "CurveP256" => Ok(kx_group::SECP256R1),
        "CurveP384" => Ok(kx_group::SECP384R1),
        "CurveP521" => Err("CurveP521 is not supported; use X25519, CurveP256 or CurveP384".to_owned()),
        _ => Err(format!("{} is no curve; use X25519, CurveP256 or CurveP384", shown(name))),
    }
}

/// The groups without a list, the most preferred first.
pub(crate) fn all_curves() -> Vec<&'static dyn SupportedKxGroup> {
    vec![kx_group::X25519, kx_group::SECP256R1, kx_group::SECP384R1]
}

/// What is asked of a client; more and more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ClientAuth {
    /// Nothing.
    None,
    /// A certificate, by whomever it is signed, or none.
    Request,
    /// A certificate of the client CA, or none.
    VerifyIfGiven,
    /// A certificate, by whomever it is signed.
    RequireAny,
    /// A certificate of the client CA.
    RequireAndVerify,
}

impl ClientAuth {
    pub(crate) fn named(name: &str) -> Named<ClientAuth> {
        match name {
            "NoClientCert" => Ok(ClientAuth::None),
            "RequestClientCert" => Ok(ClientAuth::Request),
            "RequireAnyClientCert" | "RequireClientCert" => Ok(ClientAuth::RequireAny),
            "VerifyClientCertIfGiven" => Ok(ClientAuth::VerifyIfGiven),
            "RequireAndVerifyClientCert" => Ok(ClientAuth::RequireAndVerify),
            _ => Err(format!(
                "{} is no policy; use RequireAndVerifyClientCert, VerifyClientCertIfGiven, RequireAnyClientCert, \
                 RequestClientCert or NoClientCert",
                shown(name)
            )),
        }
    }

    /// Whether a certificate that is presented must be of the client CA.
    pub(crate) fn verifies(self) -> bool {
        matches!(self, ClientAuth::VerifyIfGiven | ClientAuth::RequireAndVerify)
    }

    /// Whether a client without a certificate is refused.
    pub(crate) fn requires(self) -> bool {
        matches!(self, ClientAuth::RequireAny | ClientAuth::RequireAndVerify)
    }
}
