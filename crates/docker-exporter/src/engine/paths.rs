//! What may be asked of the engine: to tell of something, and nothing else. Whoever may speak to an engine may do anything with
//! the machine, so there is no other way to a path than this list, and nothing gets into one that is no number and no digest.

use std::fmt::{self, Write as _};

/// Of a container: 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ContainerId<'a>(&'a str);

/// Of an image: `sha256:` and 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ImageId<'a>(&'a str);

/// One question. All of them are asked by GET.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Request<'a> {
    Version,
    Info,
    /// Every container, running or not.
    List,
    Inspect(ContainerId<'a>),
    /// What a container has used until now. Without `one-shot`, which engines before API 1.41 pass over, they wait for a second
    /// measurement, which takes them a second or two.
    Stats(ContainerId<'a>),
    Image(ImageId<'a>),
    /// What happens to containers, and what has happened since then: nanoseconds since 1970.
    Events {
        since_nanos: Option<u64>,
    },
}

/// A version of the API: `1.41`. There has been no other major number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Api {
    pub(crate) minor: u32,
}

/// What happens to containers that is of use. The engine filters, so that the events of health checks, three for each, never
/// come; `health_status` stands for all its words.
pub(crate) const ACTIONS: [&str; 13] = [
    "create",
    "start",
    "restart",
    "stop",
    "kill",
    "die",
    "oom",
    "pause",
    "unpause",
    "rename",
    "update",
    "destroy",
    "health_status",
];

impl<'a> ContainerId<'a> {
    /// Absent for what is no id: names are not asked for, and nothing else can be part of a path.
    pub(super) fn new(text: &'a str) -> Option<Self> {
        is_digest(text).then_some(ContainerId(text))
    }
}

impl<'a> ImageId<'a> {
    /// Absent for what is no id.
    pub(super) fn new(text: &'a str) -> Option<Self> {
        text.strip_prefix("sha256:").is_some_and(is_digest).then_some(ImageId(text))
    }
}

fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

impl Api {
    /// The newest version whose answers this program knows.
    pub(crate) const NEWEST: Api = Api { minor: 55 };

    /// The version that a text names.
    pub(crate) fn new(text: &str) -> Option<Self> {
        let minor = text.strip_prefix("1.")?;
        if !minor.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        minor.parse().ok().map(|minor| Api { minor })
    }
}

impl fmt::Display for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1.{}", self.minor)
    }
}

impl Request<'_> {
    /// The path and its query, in a version of the API. The version itself is asked for without one.
    pub(super) fn path(&self, api: Api) -> String {
        match self {
            Request::Version => "/version".to_owned(),
            Request::Info => format!("/v{api}/info"),
            Request::List => format!("/v{api}/containers/json?all=1"),
            Request::Inspect(id) => format!("/v{api}/containers/{}/json", id.0),
            Request::Stats(id) => format!("/v{api}/containers/{}/stats?stream=false&one-shot=true", id.0),
            Request::Image(id) => format!("/v{api}/images/{}/json", id.0),
            Request::Events { since_nanos } => {
                let mut path = format!("/v{api}/events?filters={}", filters());
                if let Some(nanos) = since_nanos {
                    let (seconds, rest) = (nanos / NANOS, nanos % NANOS);
                    write!(path, "&since={seconds}.{rest:09}").expect("a String takes every write");
                }
                path
            }
        }
    }

    /// What is asked, for people, and the same for every container.
    pub(super) fn route(&self) -> &'static str {
        match self {
            Request::Version => "/version",
            Request::Info => "/info",
            Request::List => "/containers/json",
            Request::Inspect(_) => "/containers/ID/json",
            Request::Stats(_) => "/containers/ID/stats",
            Request::Image(_) => "/images/ID/json",
            Request::Events { .. } => "/events",
        }
    }

    /// The most bytes that an answer may have; for events, each of them.
    pub(super) fn limit(&self) -> usize {
        match self {
            Request::Version | Request::Info => 256 << 10,
            Request::List => 16 << 20,
            Request::Inspect(_) | Request::Stats(_) | Request::Image(_) | Request::Events { .. } => 1 << 20,
        }
    }

    /// The variable by which docker-socket-proxy, the best known of its kind, allows it.
    pub(super) fn setting(&self) -> &'static str {
        match self {
            Request::Version => "VERSION=1",
            Request::Info => "INFO=1",
            Request::List | Request::Inspect(_) | Request::Stats(_) => "CONTAINERS=1",
            Request::Image(_) => "IMAGES=1",
            Request::Events { .. } => "EVENTS=1",
        }
    }

    /// Whether a status says that there is no such thing (any more), or that it is not running.
    pub(super) fn is_gone(&self, status: u16) -> bool {
        match self {
            Request::Inspect(_) | Request::Image(_) => status == 404,
            // Podman has no statistics of what does not run.
            Request::Stats(_) => status == 404 || status == 409,
            Request::Version | Request::Info | Request::List | Request::Events { .. } => false,
        }
    }
}

const NANOS: u64 = 1_000_000_000;

/// Which events, as JSON, percent-encoded.
fn filters() -> String {
    let json = format!(r#"{{"type":["container"],"event":["{}"]}}"#, ACTIONS.join(r#"",""#));
    let mut encoded = String::with_capacity(json.len() * 2);
    for byte in json.bytes() {
        match byte {
            b'a'..=b'z' | b'_' => encoded.push(char::from(byte)),
            byte => write!(encoded, "%{byte:02X}").expect("a String takes every write"),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    /// There is no value of a request but these, and no way to send anything else.
    #[test]
    fn every_path() {
        let id = ContainerId::new(ID).unwrap();
        let image = format!("sha256:{ID}");
        let image = ImageId::new(&image).unwrap();
        let filters = "%7B%22type%22%3A%5B%22container%22%5D%2C%22event%22%3A%5B%22create%22%2C%22start%22%2C%22restart%22\
                       %2C%22stop%22%2C%22kill%22%2C%22die%22%2C%22oom%22%2C%22pause%22%2C%22unpause%22%2C%22rename%22\
                       %2C%22update%22%2C%22destroy%22%2C%22health_status%22%5D%7D";
        for (request, path) in [
            (Request::Version, "/version".to_owned()),
            (Request::Info, "/v1.41/info".to_owned()),
            (Request::List, "/v1.41/containers/json?all=1".to_owned()),
            (Request::Inspect(id), format!("/v1.41/containers/{ID}/json")),
            (Request::Stats(id), format!("/v1.41/containers/{ID}/stats?stream=false&one-shot=true")),
            (Request::Image(image), format!("/v1.41/images/sha256:{ID}/json")),
            (Request::Events { since_nanos: None }, format!("/v1.41/events?filters={filters}")),
            (
                Request::Events { since_nanos: Some(1_795_276_538_000_000_042) },
                format!("/v1.41/events?filters={filters}&since=1795276538.000000042"),
            ),
        ] {
            assert_eq!(request.path(Api { minor: 41 }), path);
            // A request that is not in this list does not compile here.
            match request {
                Request::Version
                | Request::Info
                | Request::List
                | Request::Inspect(_)
                | Request::Stats(_)
                | Request::Image(_)
                | Request::Events { .. } => {}
            }
        }
    }

    #[test]
    fn what_is_no_id() {
        let shorter = &ID[1..];
        for text in
            ["", "redis", shorter, &format!("{ID}0"), &format!("{shorter}/"), &format!("{shorter}g"), "../version"]
        {
            assert_eq!(ContainerId::new(text), None, "{text}");
            assert_eq!(ImageId::new(&format!("sha256:{text}")), None, "{text}");
        }
        assert_eq!(ImageId::new(ID), None);
        assert_eq!(ContainerId::new(&format!("sha256:{ID}")), None);
    }

    #[test]
    fn versions() {
        assert_eq!(Api::new("1.41"), Some(Api { minor: 41 }));
        assert_eq!(Api { minor: 41 }.to_string(), "1.41");
        assert!(Api { minor: 9 } < Api::NEWEST);
        for text in ["", "1", "1.", "2.0", "1.x", "v1.41", "1.41/../..", "1.+4", "1.99999999999"] {
            assert_eq!(Api::new(text), None, "{text}");
        }
    }
}
