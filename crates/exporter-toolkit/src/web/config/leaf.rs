//! What a client's own certificate says of it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use x509_cert::Certificate;
use x509_cert::der::asn1::Any;
use x509_cert::der::oid::AssociatedOid as _;
use x509_cert::der::oid::ObjectIdentifier;
use x509_cert::der::{self, Decode as _, Tag, TagNumber, Tagged as _};
use x509_cert::ext::pkix::{ExtendedKeyUsage, SubjectAltName};

/// id-kp-clientAuth (RFC 5280, section 4.2.1.12).
const CLIENT_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2");
/// anyExtendedKeyUsage.
const ANY_USE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37.0");

/// A certificate, parsed but not verified.
#[derive(Debug)]
pub(crate) struct Leaf(Certificate);

impl Leaf {
    /// # Errors
    /// What is no certificate of X.509.
    pub(crate) fn parse(der: &[u8]) -> der::Result<Leaf> {
        Certificate::from_der(der).map(Leaf)
    }

    /// Its alternative names: hosts, e-mail addresses, addresses and URIs, as Go writes them. Other kinds are left out.
    ///
    /// # Errors
    /// Names that break the format, and two lists of them.
    pub(crate) fn names(&self) -> der::Result<Vec<String>> {
        let mut extensions = self.0.tbs_certificate().extensions().into_iter().flatten();
        let mut of_names = extensions.by_ref().filter(|extension| extension.extn_id == SubjectAltName::OID);
        let Some(extension) = of_names.next() else { return Ok(Vec::new()) };
        if of_names.next().is_some() {
            return Err(Tag::Sequence.value_error().into());
        }
        let names = Vec::<Any>::from_der(extension.extn_value.as_bytes())?;
        names.iter().filter_map(|name| name_of(name).transpose()).collect()
    }

    /// Whether it is meant for clients, and valid at a time since 1970.
    pub(crate) fn is_good_for_client(&self, now: Duration) -> bool {
        let validity = self.0.tbs_certificate().validity();
        let is_valid = (validity.not_before.to_unix_duration()..=validity.not_after.to_unix_duration()).contains(&now);
        let uses = self.0.tbs_certificate().get_extension::<ExtendedKeyUsage>();
        let is_for_client = match uses {
            Ok(Some((_, ExtendedKeyUsage(uses)))) => uses.contains(&CLIENT_AUTH) || uses.contains(&ANY_USE),
            Ok(None) => true,
            Err(_) => false,
        };
        is_valid && is_for_client
    }
}

/// One `GeneralName` (RFC 5280, section 4.2.1.6); none for a kind that is not compared.
fn name_of(name: &Any) -> der::Result<Option<String>> {
    const EMAIL: TagNumber = TagNumber(1);
    const HOST: TagNumber = TagNumber(2);
    const URI: TagNumber = TagNumber(6);
    const ADDRESS: TagNumber = TagNumber(7);
    let Tag::ContextSpecific { number, .. } = name.tag() else { return Err(name.tag().value_error().into()) };
    let malformed = || der::Error::from(name.tag().value_error());
    match number {
        EMAIL | HOST | URI => {
            let text = std::str::from_utf8(name.value()).ok().filter(|text| text.is_ascii());
            text.map(|text| Some(text.to_owned())).ok_or_else(malformed)
        }
        ADDRESS => {
            let v4 = <[u8; 4]>::try_from(name.value()).map(|octets| IpAddr::V4(Ipv4Addr::from(octets)));
            let v6 = || <[u8; 16]>::try_from(name.value()).map(|octets| IpAddr::V6(Ipv6Addr::from(octets)));
            let address = v4.or_else(|_| v6()).map_err(|_| malformed())?;
            Ok(Some(address.to_canonical().to_string()))
        }
        _ => Ok(None),
    }
}
