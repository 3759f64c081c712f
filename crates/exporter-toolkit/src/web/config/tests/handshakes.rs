//! Versions, suites, curves and protocols, as a client meets them.

use std::sync::Arc;

use rustls::crypto::ring::{cipher_suite, default_provider, kx_group};
use rustls::crypto::{CryptoProvider, SupportedKxGroup};
use rustls::version::{TLS12, TLS13};
use rustls::{CipherSuite, NamedGroup, ProtocolVersion, SupportedCipherSuite};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsAcceptor;

use super::pki::{Agreed, Client, Pair, configured, dns, meet};

const GCM_128: &str = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256";
const GCM_256: &str = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384";

/// An authority and the certificate of the server.
fn server() -> (Pair, Pair) {
    let ca = Pair::authority("of servers", None);
    let leaf = Pair::leaf(vec![dns("localhost")], Some(&ca));
    (ca, leaf)
}

/// What a client with these versions, suites and curves gets of a server with these keys.
async fn agreed(more: &str, change: impl FnOnce(&mut Client<'_>)) -> Result<Agreed, String> {
    let (ca, leaf) = server();
    let server = configured(&leaf, more, false)?;
    let mut client = Client::new(&ca);
    change(&mut client);
    meet(&server, client.config()).await.map_err(|error| error.to_string())
}

fn with_suites(cipher_suites: &[SupportedCipherSuite]) -> CryptoProvider {
    CryptoProvider { cipher_suites: cipher_suites.to_vec(), ..default_provider() }
}

fn with_curves(kx_groups: &[&'static dyn SupportedKxGroup]) -> CryptoProvider {
    CryptoProvider { kx_groups: kx_groups.to_vec(), ..default_provider() }
}

#[tokio::test]
async fn versions() {
    let both = rustls::ALL_VERSIONS;
    for (more, client, expected) in [
        ("", both, Some(ProtocolVersion::TLSv1_3)),
        ("", &[&TLS12][..], Some(ProtocolVersion::TLSv1_2)),
        ("  min_version: TLS13\n", both, Some(ProtocolVersion::TLSv1_3)),
        ("  min_version: TLS13\n", &[&TLS12], None),
        ("  max_version: TLS12\n", both, Some(ProtocolVersion::TLSv1_2)),
        ("  max_version: TLS12\n", &[&TLS13], None),
    ] {
        let agreed = agreed(more, |wishes| wishes.versions = client.to_vec()).await;
        assert_eq!(agreed.as_ref().ok().map(|agreed| agreed.version), expected, "{more} {agreed:?}");
    }
}

#[tokio::test]
async fn suites() {
    let (small, large) =
        (cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384);
    let rsa = cipher_suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256;
    let listed = |list: &str| format!("  max_version: TLS12\n  cipher_suites: [{list}]\n");
    let unordered = format!("{}  prefer_server_cipher_suites: false\n", listed(&format!("{GCM_128}, {GCM_256}")));
    for (more, client, expected) in [
        (String::new(), &[small][..], Some(small)),
        // Without a list the order is Go's.
        ("  max_version: TLS12\n".to_owned(), &[large, small], Some(small)),
        (listed(&format!("{GCM_256}, {GCM_128}")), &[small, large], Some(large)),
        (unordered, &[large, small], Some(large)),
        (listed(GCM_128), &[small, large], Some(small)),
        (listed(GCM_128), &[large], None),
        // There is none for the kind of key that the server has.
        (listed("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"), &[rsa, small], None),
    ] {
        let agreed = agreed(&more, |wishes| {
            (wishes.provider, wishes.versions) = (with_suites(client), vec![&TLS12]);
        });
        let agreed = agreed.await;
        let expected = expected.map(|suite| suite.suite());
        assert_eq!(agreed.as_ref().ok().map(|agreed| agreed.suite), expected, "{more} {agreed:?}");
    }
}

/// A list is of TLS 1.2; Go leaves the suites of 1.3 alone, also where a list names some of them.
#[tokio::test]
async fn a_list_has_no_effect_in_tls_1_3() {
    let chacha = with_suites(&[cipher_suite::TLS13_CHACHA20_POLY1305_SHA256]);
    for list in [GCM_128, "TLS_AES_128_GCM_SHA256"] {
        let more = format!("  cipher_suites: [{list}]\n");
        let agreed = agreed(&more, |wishes| (wishes.provider, wishes.versions) = (chacha.clone(), vec![&TLS13]));
        assert_eq!(agreed.await.unwrap().suite, CipherSuite::TLS13_CHACHA20_POLY1305_SHA256, "{list}");
    }
}

#[tokio::test]
async fn curves() {
    let (x25519, p256, p384) = (kx_group::X25519, kx_group::SECP256R1, kx_group::SECP384R1);
    for version in rustls::ALL_VERSIONS {
        for (more, client, expected) in [
            ("", &[p384][..], Some(NamedGroup::secp384r1)),
            ("  curve_preferences: [CurveP256]\n", &[x25519, p256], Some(NamedGroup::secp256r1)),
            ("  curve_preferences: [CurveP256, X25519]\n", &[p384, x25519], Some(NamedGroup::X25519)),
            ("  curve_preferences: [CurveP384]\n", &[x25519, p256], None),
        ] {
            let agreed = agreed(more, |wishes| {
                (wishes.provider, wishes.versions) = (with_curves(client), vec![*version]);
            });
            let agreed = agreed.await;
            assert_eq!(agreed.as_ref().ok().map(|agreed| agreed.group), expected.map(Some), "{more} {agreed:?}");
        }
    }
}

#[tokio::test]
async fn protocols() {
    let (ca, leaf) = server();
    for (http2, client, expected) in [
        (true, &["h2", "http/1.1"][..], Ok(Some("h2"))),
        (true, &["http/1.1"], Ok(Some("http/1.1"))),
        (true, &[], Ok(None)),
        (true, &["spdy/3"], Err(())),
        (false, &["h2", "http/1.1"], Ok(Some("http/1.1"))),
        (false, &[], Ok(None)),
    ] {
        let server = configured(&leaf, "", http2).unwrap();
        let client = Client { protocols: client.to_vec(), ..Client::new(&ca) };
        let agreed = meet(&server, client.config()).await.map_err(|_| ());
        let expected = expected.map(|protocol| protocol.map(|name| name.as_bytes().to_vec()));
        assert_eq!(agreed.map(|agreed| agreed.protocol), expected);
    }
}

#[tokio::test]
async fn a_client_without_tls() {
    let (_, leaf) = server();
    let (mut near, far) = tokio::io::duplex(1024);
    near.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let acceptor = TlsAcceptor::from(configured(&leaf, "", true).unwrap());
    assert!(acceptor.accept(far).await.is_err());
    let mut answer = Vec::new();
    near.read_to_end(&mut answer).await.unwrap();
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
}

/// What a client has from one visit does not shorten the next one.
#[tokio::test]
async fn sessions_are_not_resumed() {
    let (ca, leaf) = server();
    for version in rustls::ALL_VERSIONS {
        let server = configured(&leaf, "", true).unwrap();
        // One configuration, so one memory of sessions, for all visits.
        let client = Client { versions: vec![*version], ..Client::new(&ca) }.config();
        for _ in 0..3 {
            let agreed = meet(&server, Arc::clone(&client)).await.unwrap();
            assert!(!agreed.is_resumed, "{agreed:?}");
        }
    }
}
