//! Which clients may come.

use std::net::{Ipv4Addr, Ipv6Addr};

use rcgen::{BasicConstraints, ExtendedKeyUsagePurpose, IsCa, SanType};

use super::pki::{Client, Pair, block, configured, dns, expired, meet};

const POLICIES: [&str; 5] = [
    "NoClientCert",
    "RequestClientCert",
    "RequireAnyClientCert",
    "VerifyClientCertIfGiven",
    "RequireAndVerifyClientCert",
];

struct World {
    servers: Pair,
    server: Pair,
    clients: Pair,
}

impl World {
    fn new() -> World {
        let servers = Pair::authority("of servers", None);
        let server = Pair::leaf(vec![dns("localhost")], Some(&servers));
        World { servers, server, clients: Pair::authority("of clients", None) }
    }

    fn client(&self, names: Vec<SanType>) -> Pair {
        Pair::leaf(names, Some(&self.clients))
    }

    /// Whether the client with this certificate may come, the same in both versions of TLS.
    async fn lets_in(&self, more: &str, certificate: Option<(&Pair, &[&Pair])>) -> bool {
        let server = configured(&self.server, more, false).unwrap_or_else(|error| panic!("{error}"));
        let mut verdicts = Vec::new();
        for version in rustls::ALL_VERSIONS {
            let versions = vec![*version];
            let client = Client { certificate, versions, ..Client::new(&self.servers) };
            verdicts.push(meet(&server, client.config()).await.is_ok());
        }
        assert_eq!(verdicts.first(), verdicts.last(), "{more}");
        verdicts.contains(&true)
    }
}

fn policy(name: &str, ca: &str) -> String {
    let ca = if name == "NoClientCert" { String::new() } else { block("client_ca", ca) };
    format!("  client_auth_type: {name}\n{ca}")
}

/// Each certificate under each policy, in the order of [`POLICIES`].
#[tokio::test]
async fn certificates_and_policies() {
    let world = World::new();
    let stranger = Pair::authority("of strangers", None);
    let authority = Pair::authority("in between", Some(&world.clients));
    let for_servers = |params: &mut rcgen::CertificateParams| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    };
    let good = world.client(vec![]);
    let below = Pair::leaf(vec![], Some(&authority));
    let strange = Pair::leaf(vec![], Some(&stranger));
    let own = Pair::leaf(vec![], None);
    let late = Pair::leaf_with(vec![], Some(&world.clients), expired);
    let misused = Pair::leaf_with(vec![], Some(&world.clients), for_servers);
    for (name, certificate, expected) in [
        ("none", None, [true, true, false, true, false]),
        ("good", Some((&good, &[][..])), [true, true, true, true, true]),
        ("with its authority", Some((&below, &[&authority][..])), [true, true, true, true, true]),
        ("without its authority", Some((&below, &[][..])), [true, true, true, false, false]),
        ("of another authority", Some((&strange, &[][..])), [true, true, true, false, false]),
        ("its own", Some((&own, &[][..])), [true, true, true, false, false]),
        ("expired", Some((&late, &[][..])), [true, true, true, false, false]),
        ("for servers", Some((&misused, &[][..])), [true, true, true, false, false]),
    ] {
        for (policy_name, expected) in POLICIES.into_iter().zip(expected) {
            let more = policy(policy_name, &world.clients.cert);
            assert_eq!(world.lets_in(&more, certificate).await, expected, "{name} under {policy_name}");
        }
    }
}

/// A client's certificate may itself be listed as trusted, also if it calls itself an authority, as `openssl req -x509` does.
#[tokio::test]
async fn trusted_certificates_of_their_own() {
    let world = World::new();
    let as_authority = |params: &mut rcgen::CertificateParams| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let plain = Pair::leaf(vec![dns("a")], None);
    let authority = Pair::leaf_with(vec![dns("a")], None, as_authority);
    let late = Pair::leaf_with(vec![dns("a")], None, |params| {
        as_authority(params);
        expired(params);
    });
    let misused = Pair::leaf_with(vec![dns("a")], None, |params| {
        as_authority(params);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    });
    for (pair, expected) in [(&plain, true), (&authority, true), (&late, false), (&misused, false)] {
        let more = policy("RequireAndVerifyClientCert", &pair.cert);
        assert_eq!(world.lets_in(&more, Some((pair, &[]))).await, expected, "{}", pair.cert);
        let named = format!("{more}  client_allowed_sans: [b]\n");
        assert!(!world.lets_in(&named, Some((pair, &[]))).await);
    }
}

#[tokio::test]
async fn names() {
    let world = World::new();
    let all = world.client(vec![
        SanType::OtherName((vec![1, 2, 3], "other".into())),
        dns("scraper.example.com"),
        SanType::IpAddress(Ipv4Addr::new(192, 0, 2, 7).into()),
        SanType::IpAddress(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 7).into()),
        SanType::IpAddress(Ipv4Addr::new(192, 0, 2, 9).to_ipv6_mapped().into()),
        SanType::Rfc822Name("ops@example.com".try_into().unwrap()),
        SanType::URI("spiffe://example.com/scraper".try_into().unwrap()),
    ]);
    for (allowed, expected) in [
        ("scraper.example.com", true),
        ("192.0.2.7", true),
        ("'2001:db8::7'", true),
        // As Go writes it.
        ("192.0.2.9", true),
        ("ops@example.com", true),
        ("'spiffe://example.com/scraper'", true),
        ("nobody, scraper.example.com", true),
        ("Scraper.example.com", false),
        ("'*.example.com'", false),
        ("example.com", false),
        ("other", false),
        ("", false),
    ] {
        for name in ["RequireAndVerifyClientCert", "RequireAnyClientCert"] {
            let more = format!("{}  client_allowed_sans: [{allowed}]\n", policy(name, &world.clients.cert));
            assert_eq!(world.lets_in(&more, Some((&all, &[]))).await, expected, "{allowed}");
        }
    }
}

/// Where names are demanded, nobody comes without: Go's server fails on such a client, whatever the policy.
#[tokio::test]
async fn clients_without_names() {
    let world = World::new();
    let nameless = world.client(vec![]);
    let named = world.client(vec![dns("a")]);
    for name in POLICIES.into_iter().skip(1) {
        let more = format!("{}  client_allowed_sans: [a]\n", policy(name, &world.clients.cert));
        assert!(!world.lets_in(&more, None).await, "{name}");
        assert!(!world.lets_in(&more, Some((&nameless, &[]))).await, "{name}");
        assert!(world.lets_in(&more, Some((&named, &[]))).await, "{name}");
    }
}

/// A client that was let in is looked at again after the policy has changed, though it remembers the session.
#[tokio::test]
async fn a_visit_before_the_policy_changed() {
    let world = World::new();
    let certificate = world.client(vec![dns("a")]);
    let more = policy("RequireAndVerifyClientCert", &world.clients.cert);
    for version in rustls::ALL_VERSIONS {
        let client = Client { versions: vec![*version], ..Client::with(&world.servers, &certificate) };
        let client = client.config();
        let before = configured(&world.server, &more, false).unwrap();
        let after = configured(&world.server, &format!("{more}  client_allowed_sans: [b]\n"), false).unwrap();
        assert!(meet(&before, client.clone()).await.is_ok());
        assert!(meet(&after, client.clone()).await.is_err());
        assert!(meet(&before, client).await.is_ok());
    }
}

/// A list of trusted certificates may hold some that can't be read, as in Go, but not only such.
#[tokio::test]
async fn damaged_authorities() {
    let world = World::new();
    let certificate = world.client(vec![]);
    let damaged = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let more = policy("RequireAndVerifyClientCert", &format!("{damaged}{}", world.clients.cert));
    assert!(world.lets_in(&more, Some((&certificate, &[]))).await);
    let error = configured(&world.server, &policy("RequireAndVerifyClientCert", damaged), true).unwrap_err();
    assert!(error.contains("tls_server_config.client_ca: holds no certificate of a CA"), "{error}");
}
