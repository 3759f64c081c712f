//! An authority that a test makes, and those whom it vouches for.

use std::io;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, date_time_ymd,
};

use crate::tls::Identity;

/// An authority.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: String,
}

impl Authority {
    /// A new one.
    pub fn new() -> io::Result<Authority> {
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name.push(DnType::CommonName, "authority");
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let certificate = parameters.self_signed(&key).map_err(io::Error::other)?.pem();
        Ok(Authority { issuer: Issuer::new(parameters, key), certificate })
    }

    /// Its certificate, as PEM.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// Someone with these names or addresses, as a server or a client.
    pub fn vouch_for(&self, names: &[&str]) -> io::Result<Identity> {
        self.issue(names, |_| ())
    }

    /// The same, for whom it does not vouch any more.
    pub fn vouched_once_for(&self, names: &[&str]) -> io::Result<Identity> {
        self.issue(names, |parameters| {
            parameters.not_before = date_time_ymd(2001, 1, 1);
            parameters.not_after = date_time_ymd(2002, 1, 1);
        })
    }

    fn issue(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> io::Result<Identity> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut parameters = CertificateParams::new(names).map_err(io::Error::other)?;
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
        change(&mut parameters);
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let certificate = parameters.signed_by(&key, &self.issuer).map_err(io::Error::other)?;
        Ok(Identity { certificate: certificate.pem(), key: key.serialize_pem() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redis::FakeRedis;

    const PING: &[u8] = b"*1\r\n$4\r\nPING\r\n";

    #[test]
    fn who_vouches_for_whom() {
        let (authority, other) = (Authority::new().unwrap(), Authority::new().unwrap());
        let good = authority.vouch_for(&["localhost", "127.0.0.1"]).unwrap();
        let expired = authority.vouched_once_for(&["localhost"]).unwrap();
        let client = Identity { certificate: authority.certificate().to_owned(), key: String::new() }.client().unwrap();
        for (server, answers) in [(&good, true), (&expired, false), (&other.vouch_for(&["localhost"]).unwrap(), false)]
        {
            let redis = FakeRedis::start_with_tls(server.server(None).unwrap());
            redis.behave(crate::redis::Manner::CloseAfter(1));
            assert_eq!(client.exchange(redis.address(), PING).is_ok(), answers);
        }
        let redis = FakeRedis::start_with_tls(good.server(Some(authority.certificate())).unwrap());
        assert!(
            !client.exchange(redis.address(), PING).is_ok_and(|answer| answer.contains("PONG")),
            "it has no certificate"
        );
    }
}
