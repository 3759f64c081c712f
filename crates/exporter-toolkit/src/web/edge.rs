//! What is turned away before anything is answered: requests of shapes that proxies read differently, and requests that a
//! foreign web page has made a browser send.
//!
//! A page of any site can make a browser send requests to this machine. It can't read the answers, unless its own name is
//! made to stand for this machine (DNS rebinding): then the browser takes both for one site. The name gives that away.

use std::net::{Ipv4Addr, Ipv6Addr};

use hyper::header::{CONTENT_LENGTH, HOST, HeaderMap, HeaderName, ORIGIN, TRANSFER_ENCODING};
use hyper::http::request::Parts;
use hyper::{Method, Version};

/// Where a request comes from, as the browser says that sends it. Other clients don't.
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// What it is for.
const FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
/// What the answer will be.
const FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// Why a request is turned away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Proxies and servers differ in what it means.
    Shape,
    /// Nobody calls this machine by that name.
    Host,
    /// A page of another site has sent it.
    Origin,
}

/// The names under which this machine is known.
#[derive(Debug)]
pub(crate) struct Names {
    /// The first label of the host's own name, in lower case.
    own: String,
    /// In lower case: names, `*.suffix`, or `*`.
    allowed: Vec<String>,
}

/// Suffixes of networks that nobody from outside can give names in.
const PRIVATE: [&str; 4] = [".local", ".ts.net", ".svc", ".cluster.local"];

impl Names {
    /// The host's own name, and what the operator allows besides.
    pub(crate) fn new(own: &str, allowed: &[String]) -> Self {
        let own = own.split('.').next().unwrap_or_default().to_ascii_lowercase();
        // A machine that nobody has named: what anybody may call any machine is no name of its own.
        let own = if own == "localhost" { String::new() } else { own };
        Names { own, allowed: allowed.iter().map(|name| name.to_ascii_lowercase()).collect() }
    }

    /// Whether this machine may be called by the name, which may have a port.
    fn know(&self, authority: &str) -> bool {
        let Some(name) = name_of(authority) else { return false };
        let name = name.to_ascii_lowercase();
        let first = name.split('.').next().unwrap_or_default();
        let listed = |allowed: &String| match allowed.strip_prefix('*') {
            Some(suffix) => name.ends_with(suffix),
            None => name == *allowed,
        };
        name.parse::<Ipv4Addr>().is_ok()
            || name.starts_with('[')
            || (!name.is_empty() && first.len() == name.len())
            || (!self.own.is_empty() && first == self.own)
            || name == "host.docker.internal"
            || PRIVATE.iter().any(|suffix| name.ends_with(suffix))
            || self.allowed.iter().any(listed)
    }
}

/// The name or address without its port, `None` when it is neither. An IPv6 address keeps its brackets.
fn name_of(authority: &str) -> Option<&str> {
    let (name, port) = match authority.rfind(':') {
        Some(colon) if !authority.ends_with(']') => (&authority[..colon], &authority[colon + 1..]),
        _ => (authority, ""),
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    let address = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let good = match address {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => !name.is_empty() && name.bytes().all(plain),
    };
    let name = name.strip_suffix('.').unwrap_or(name);
    (good && port.bytes().all(|byte| byte.is_ascii_digit())).then_some(name)
}

/// Whether the request is turned away, and why. `names` is absent where no browser can send one.
pub(crate) fn check(request: &Parts, names: Option<&Names>) -> Result<(), Refusal> {
    let host = shape(request)?;
    let Some(names) = names else { return Ok(()) };
    if host.is_some_and(|host| !names.know(host)) {
        return Err(Refusal::Host);
    }
    if is_foreign(&request.headers, &request.method, host) { Err(Refusal::Origin) } else { Ok(()) }
}

/// What the request calls this machine; absent in HTTP/1.0.
fn shape(request: &Parts) -> Result<Option<&str>, Refusal> {
    let headers = &request.headers;
    if request.version == Version::HTTP_2 {
        return match request.uri.authority() {
            Some(authority) => Ok(Some(authority.as_str())),
            None => single(headers, &HOST)?.map(Some).ok_or(Refusal::Shape),
        };
    }
    let absolute = request.uri.authority().is_some() && request.method != Method::CONNECT;
    let chunked = headers.contains_key(TRANSFER_ENCODING);
    let length = single(headers, &CONTENT_LENGTH)?;
    // Who asks for a page sends nothing along: what looks like it may be a request of somebody else.
    let burdened = chunked || length.is_some_and(|length| length != "0");
    if absolute || (chunked && length.is_some()) || (burdened && matches!(request.method, Method::GET | Method::HEAD)) {
        return Err(Refusal::Shape);
    }
    match single(headers, &HOST)? {
        None if request.version == Version::HTTP_11 => Err(Refusal::Shape),
        host => Ok(host),
    }
}

/// The one value of a header that may stand there once.
fn single<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<Option<&'h str>, Refusal> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().map(|value| value.to_str().map_err(|_| Refusal::Shape)).transpose()?;
    if values.next().is_some() { Err(Refusal::Shape) } else { Ok(value) }
}

/// Whether a page of another site has made a browser send it. Following a link is not such a request: the page that it
/// is on does not see the answer.
fn is_foreign(headers: &HeaderMap, method: &Method, host: Option<&str>) -> bool {
    let said = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if let Some(origin) = said(&ORIGIN) {
        let authority = origin.split_once("://").map(|(_, authority)| authority);
        return authority.is_none_or(|authority| !host.is_some_and(|host| host.eq_ignore_ascii_case(authority)));
    }
    let followed =
        *method == Method::GET && said(&FETCH_MODE) == Some("navigate") && said(&FETCH_DEST) == Some("document");
    !matches!(said(&FETCH_SITE), None | Some("none" | "same-origin")) && !followed
}

#[cfg(test)]
mod tests {
    use hyper::Request;

    use super::*;

    fn names() -> Names {
        Names::new("Mini.lan.example", &["metrics.example.com".to_owned(), "*.corp.example".to_owned()])
    }

    #[test]
    fn names_of_this_machine_and_of_others() {
        for host in [
            "127.0.0.1",
            "192.168.1.7:9100",
            "[::1]",
            "[fe80::1]:9100",
            "localhost",
            "localhost.",
            "LOCALHOST:9100",
            "host-exporter",
            "mini.tail1234.ts.net",
            "mini.local",
            "x.svc",
            "x.monitoring.svc.cluster.local",
            "host.docker.internal:9100",
            "mini",
            "MINI.example.org",
            "Metrics.Example.com:443",
            "a.corp.example",
            "mini.lan.example.",
        ] {
            assert!(names().know(host), "{host}");
        }
        for host in [
            "",
            ".",
            "evil.example",
            "rebind.evil.example:9100",
            "127.0.0.1.evil.example",
            "1.2.3",
            "example.com",
            "corp.example",
            "metrics.example.com.evil.example",
            "localhost.evil.example",
            "xlocal.example",
            "[::1",
            "[::1].evil.example",
            "[evil]",
            "mini:9100@evil.example",
            "a b",
            "localhost:80a",
            "evil.example:",
        ] {
            assert!(!names().know(host), "{host}");
        }
        assert!(Names::new("", &["*".to_owned()]).know("any.example"));
        assert!(!Names::new("", &[]).know(".example"));
        assert!(!Names::new("localhost.localdomain", &[]).know("localhost.evil.example"));
    }

    fn checked(version: Version, target: &str, headers: &[(&str, &str)]) -> Result<(), Refusal> {
        let mut request = Request::builder().version(version).uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        check(&request.body(()).unwrap().into_parts().0, Some(&names()))
    }

    #[test]
    fn shapes_that_proxies_read_differently() {
        let host = ("host", "localhost");
        for (version, target, headers, verdict) in [
            (Version::HTTP_11, "/", &[host][..], Ok(())),
            (Version::HTTP_10, "/", &[], Ok(())),
            (Version::HTTP_11, "/", &[], Err(Refusal::Shape)),
            (Version::HTTP_11, "/", &[host, host], Err(Refusal::Shape)),
            (Version::HTTP_11, "/", &[("host", "caf\u{e9}")], Err(Refusal::Shape)),
            (Version::HTTP_11, "http://localhost/", &[host], Err(Refusal::Shape)),
            (Version::HTTP_11, "/", &[host, ("content-length", "0")], Ok(())),
            (Version::HTTP_11, "/", &[host, ("content-length", "1")], Err(Refusal::Shape)),
            (Version::HTTP_11, "/", &[host, ("transfer-encoding", "chunked")], Err(Refusal::Shape)),
            (Version::HTTP_11, "/", &[host, ("content-length", "0"), ("content-length", "0")], Err(Refusal::Shape)),
            (
                Version::HTTP_11,
                "/",
                &[host, ("content-length", "1"), ("transfer-encoding", "chunked")],
                Err(Refusal::Shape),
            ),
            (Version::HTTP_2, "https://localhost/", &[], Ok(())),
            (Version::HTTP_2, "https://evil.example/", &[], Err(Refusal::Host)),
            (Version::HTTP_2, "/", &[], Err(Refusal::Shape)),
            (Version::HTTP_11, "/", &[("host", "evil.example")], Err(Refusal::Host)),
        ] {
            assert_eq!(checked(version, target, headers), verdict, "{version:?} {target} {headers:?}");
        }
    }

    #[test]
    fn requests_of_foreign_pages() {
        let foreign = Err(Refusal::Origin);
        for (headers, verdict) in [
            (&[("origin", "http://localhost:9100")][..], Ok(())),
            (&[("origin", "https://LOCALHOST:9100")], Ok(())),
            (&[("origin", "http://localhost:3000")], foreign),
            (&[("origin", "http://evil.example")], foreign),
            (&[("origin", "null")], foreign),
            (&[("origin", "")], foreign),
            (&[("sec-fetch-site", "same-origin")], Ok(())),
            (&[("sec-fetch-site", "none")], Ok(())),
            (&[("sec-fetch-site", "same-site")], foreign),
            (&[("sec-fetch-site", "cross-site")], foreign),
            (&[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors")], foreign),
            (
                &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")],
                foreign,
            ),
            (
                &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")],
                Ok(()),
            ),
        ] {
            let headers = [&[("host", "localhost:9100")], headers].concat();
            assert_eq!(checked(Version::HTTP_11, "/metrics", &headers), verdict, "{headers:?}");
        }
    }

    #[test]
    fn a_socket_that_no_browser_reaches() {
        let request = Request::builder().uri("/metrics").header("host", "any.example").header("origin", "null");
        assert_eq!(check(&request.body(()).unwrap().into_parts().0, None), Ok(()));
    }
}
