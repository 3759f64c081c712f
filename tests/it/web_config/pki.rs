//! The certificates of the suite, in a folder.

use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, SanType, date_time_ymd,
};

/// Writes NAME.crt and NAME.key for each name.
///
/// | Name | Is |
/// |---|---|
/// | `servers`, `clients`, `strangers` | authorities |
/// | `server`, `second` | of `servers`, for localhost; `first.crt` is that of `server` |
/// | `scraper` | of `clients`, with a name of every kind |
/// | `nameless`, `expired` | of `clients` |
/// | `stranger` | of `strangers` |
/// | `own` | signed by itself, and calls itself an authority, as `openssl req -x509` makes it |
pub(crate) fn write(folder: &Path) {
    let [servers, clients, strangers] = ["servers", "clients", "strangers"].map(|name| authority(folder, name));
    let localhost = || vec![SanType::DnsName("localhost".try_into().expect("it is ASCII"))];
    let names = vec![
        SanType::DnsName("scraper.example.com".try_into().expect("it is ASCII")),
        SanType::IpAddress(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7))),
        SanType::Rfc822Name("ops@example.com".try_into().expect("it is ASCII")),
        SanType::URI("spiffe://example.com/scraper".try_into().expect("it is ASCII")),
    ];
    leaf(folder, "server", localhost(), Some(&servers), |_| ());
    // It stays when the other one is replaced.
    fs::copy(folder.join("server.crt"), folder.join("first.crt")).expect("the folder is ours");
    leaf(folder, "second", localhost(), Some(&servers), |_| ());
    leaf(folder, "scraper", names, Some(&clients), |_| ());
    leaf(folder, "nameless", Vec::new(), Some(&clients), |_| ());
    leaf(folder, "stranger", Vec::new(), Some(&strangers), |_| ());
    leaf(folder, "expired", Vec::new(), Some(&clients), |params| {
        params.not_before = date_time_ymd(2001, 1, 1);
        params.not_after = date_time_ymd(2002, 1, 1);
    });
    leaf(folder, "own", Vec::new(), None, |params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained));
}

fn authority(folder: &Path, name: &str) -> Issuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("ring makes keys");
    let certificate = params.self_signed(&key).expect("the parameters are complete");
    keep(folder, name, &certificate.pem(), &key);
    Issuer::new(params, key)
}

fn leaf(
    folder: &Path,
    name: &str,
    names: Vec<SanType>,
    issuer: Option<&Issuer<'_, KeyPair>>,
    change: impl FnOnce(&mut CertificateParams),
) {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.subject_alt_names = names;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
    change(&mut params);
    let key = KeyPair::generate().expect("ring makes keys");
    let certificate = match issuer {
        Some(issuer) => params.signed_by(&key, issuer),
        None => params.self_signed(&key),
    };
    keep(folder, name, &certificate.expect("the parameters are complete").pem(), &key);
}

fn keep(folder: &Path, name: &str, certificate: &str, key: &KeyPair) {
    fs::write(folder.join(format!("{name}.crt")), certificate).expect("the folder is ours");
    fs::write(folder.join(format!("{name}.key")), key.serialize_pem()).expect("the folder is ours");
}
