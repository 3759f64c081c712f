//! The `Authorization` header, taken exactly as Go's `net/http` takes it.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

/// Padding has to be there; bits beyond the last byte may be anything.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical)
        .with_decode_allow_trailing_bits(true),
);

/// What a client shows to be let in.
#[derive(PartialEq)]
pub(super) enum Credentials<'h> {
    /// Any bytes; the user's name has no colon.
    Basic {
        user: Zeroizing<Vec<u8>>,
        password: Zeroizing<Vec<u8>>,
    },
    Bearer(&'h [u8]),
}

/// `None` for a scheme that is not known, or one that is not followed by what belongs to it.
pub(super) fn parse(header: &[u8]) -> Option<Credentials<'_>> {
    if let Some(token) = after_scheme(header, b"Bearer ") {
        return Some(Credentials::Bearer(token.trim_ascii_start()));
    }
    let encoded = after_scheme(header, b"Basic ")?;
    // As long as it can get, so that it never grows and leaves a copy behind.
    let mut decoded = Zeroizing::new(Vec::with_capacity(encoded.len()));
    BASE64.decode_vec(encoded, &mut decoded).ok()?;
    let mut halves = decoded.splitn(2, |byte| *byte == b':');
    let (user, password) = (halves.next()?, halves.next()?);
    Some(Credentials::Basic { user: Zeroizing::new(user.to_vec()), password: Zeroizing::new(password.to_vec()) })
}

fn after_scheme<'h>(header: &'h [u8], scheme: &[u8]) -> Option<&'h [u8]> {
    let (start, rest) = header.split_at_checked(scheme.len())?;
    start.eq_ignore_ascii_case(scheme).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `Request.BasicAuth` of Go 1.26 answered.
    #[test]
    fn basic_as_the_original_takes_it() {
        for (header, expected) in [
            ("Basic dXNlcjpwYXNz", Some(("user", &b"pass"[..]))),
            ("basic dXNlcjpwYXNz", Some(("user", b"pass"))),
            ("BASIC dXNlcjpwYXNz", Some(("user", b"pass"))),
            ("Basic OnBhc3M=", Some(("", b"pass"))),
            ("Basic dXNlcjo=", Some(("user", b""))),
            ("Basic dXNlcjp=", Some(("user", b""))),
            ("Basic dXNlcjpiOmM=", Some(("user", b"b:c"))),
            ("Basic dXNlcjpiOmN=", Some(("user", b"b:c"))),
            ("Basic dXNlcjph//5iOmM=", Some(("user", b"a\xff\xfeb:c"))),
            ("Basic  dXNlcjpwYXNz", None),
            ("Basic dXNlcjpwYXNz ", None),
            ("Basic\tdXNlcjpwYXNz", None),
            ("Basic dXNl cjpwYXNz", None),
            ("Basic dXNlcjpwYXNz, x", None),
            ("Basic dXNlcjpwYXNz====", None),
            ("Basic dXNlcjo", None),
            ("Basic dXNlcg==", None),
            ("Basic dXNlcjpw_-==", None),
            ("Basic", None),
            ("Basic ", None),
            ("Bas", None),
            ("", None),
            ("Digest dXNlcjpwYXNz", None),
        ] {
            let expected = expected.map(|(user, password)| Credentials::Basic {
                user: Zeroizing::new(user.as_bytes().to_vec()),
                password: Zeroizing::new(password.to_vec()),
            });
            assert!(parse(header.as_bytes()) == expected, "{header}");
        }
    }

    #[test]
    fn bearer() {
        for (header, token) in [
            (&b"Bearer s3cret"[..], &b"s3cret"[..]),
            (b"bearer  s3cret", b"s3cret"),
            (b"BEARER \xff", b"\xff"),
            (b"Bearer ", b""),
        ] {
            assert!(parse(header) == Some(Credentials::Bearer(token)), "{header:?}");
        }
        assert!(parse(b"Bearer").is_none() && parse(b"Bearers3cret").is_none());
    }
}
