//! From request to response: who is let through, and to what.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use hyper::header::{
    AUTHORIZATION, CONNECTION, HOST, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use hyper::http::request::Parts;
use hyper::{Method, StatusCode, Version};
use prometheus::IntGauge;

use crate::exporter::Exporter;
use crate::web::answer::{Answer, plain, text, without_payload};
use crate::web::application::{self, Application};
use crate::web::auth::Verdict;
use crate::web::body::RequestBody;
use crate::web::edge::{self, Names, Refusal};
use crate::web::listener::Peer;
use crate::web::pages::Pages;
use crate::web::security::{Guard, Security};

/// Answers the requests at one port.
pub(crate) struct Handler {
    pub(crate) exporter: Arc<Exporter>,
    pub(crate) security: Arc<Security>,
    content: Content,
    names: Arc<Names>,
    /// Whether a name that nobody allowed has been told of.
    told_of_host: AtomicBool,
    current: Option<Current>,
}

/// Whether the files of a service say what is in force; absent without such files.
#[derive(Clone)]
pub(crate) struct Current {
    gauge: IntGauge,
    guards: Arc<[Arc<Security>]>,
}

impl Current {
    /// Of all that guards a service.
    pub(crate) fn of(exporter: &Exporter, guards: Vec<Arc<Security>>) -> Option<Self> {
        let followed = guards.iter().any(|guard| guard.follows_files());
        followed.then(|| Current { gauge: exporter.metrics.web_config(), guards: guards.into() })
    }

    fn tell(&self) {
        self.gauge.set(self.guards.iter().all(|guard| guard.is_current()).into());
    }
}

/// What there is for those who are let through.
pub(crate) enum Content {
    /// The exporter's pages.
    Pages(Pages),
    /// Whatever else a port is for.
    Application(Arc<dyn Application>),
}

impl Handler {
    pub(crate) fn new(
        exporter: Arc<Exporter>,
        names: Arc<Names>,
        security: Arc<Security>,
        current: Option<Current>,
        content: Content,
    ) -> Self {
        Handler { exporter, security, content, names, told_of_host: AtomicBool::new(false), current }
    }

    /// Whether requests may come by HTTP/2 that was not agreed on by TLS.
    pub(crate) fn is_application(&self) -> bool {
        matches!(self.content, Content::Application(_))
    }

    /// Whether requests may have a body.
    pub(crate) fn takes_bodies(&self) -> bool {
        match &self.content {
            Content::Pages(pages) => pages.take_bodies(),
            Content::Application(_) => true,
        }
    }

    pub(crate) async fn answer(&self, request: Parts, body: RequestBody, peer: Peer) -> Answer {
        let guard = self.security.guard(Instant::now());
        if let Some(current) = &self.current {
            current.tell();
        }
        let (version, is_head) = (request.version, request.method == Method::HEAD);
        let mut answer = match self.refusal(&request, peer, &guard).await {
            Some(refused) => refused,
            None => match &self.content {
                Content::Pages(pages) => pages.answer(request, body, peer).await,
                Content::Application(application) => application::answer(&**application, request, body).await,
            },
        };
        if version == Version::HTTP_2 {
            if is_head {
                without_payload(&mut answer);
            }
        } else if answer.status().as_u16() >= 400 {
            // Who asks for what is not to be had need not stay.
            answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        answer.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        for (name, value) in &guard.config.config.headers {
            answer.headers_mut().insert(name, value.clone());
        }
        answer
    }

    /// The answer to a request that is let no further. No answer repeats what the request said.
    async fn refusal(&self, request: &Parts, peer: Peer, guard: &Guard) -> Option<Answer> {
        let refused = |reason, answer| {
            self.exporter.metrics.refused_requests.with_label_values(&[reason]).inc();
            Some(answer)
        };
        if !guard.in_rate {
            let mut answer = plain(StatusCode::TOO_MANY_REQUESTS, "too many requests; see rate_limit\n");
            answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
            return refused("rate", answer);
        }
        let names = (peer != Peer::Unix).then_some(&*self.names);
        match edge::check(request, names) {
            Ok(()) => {}
            Err(Refusal::Shape) => return refused("shape", plain(StatusCode::BAD_REQUEST, "bad request\n")),
            Err(Refusal::Host) => {
                if !self.told_of_host.swap(true, Ordering::Relaxed) {
                    // What stands before an @ may be a password.
                    let host = request.uri.host().or_else(|| text(&request.headers, &HOST));
                    let host = host.and_then(|host| host.rsplit('@').next());
                    tracing::warn!(%peer, host, "refused: --web.allowed-host allows a name; told once");
                }
                let hint = "this machine is not known by that name; --web.allowed-host allows one\n";
                return refused("host", plain(StatusCode::FORBIDDEN, hint));
            }
            Err(Refusal::Origin) => {
                return refused("origin", plain(StatusCode::FORBIDDEN, "not for pages of other sites\n"));
            }
        }
        let users = &guard.config.config.users;
        let authorization = request.headers.get(AUTHORIZATION);
        match self.security.authenticator.check(users, guard.token.as_deref(), authorization).await {
            Verdict::Allowed => None,
            Verdict::Busy => {
                refused("busy", plain(StatusCode::TOO_MANY_REQUESTS, "too many passwords at a time; try again\n"))
            }
            Verdict::Unauthorized => {
                let mut answer = plain(StatusCode::UNAUTHORIZED, "unauthorized\n");
                for (scheme, offered) in [("Basic", !users.is_empty()), ("Bearer", guard.token.is_some())] {
                    if offered {
                        answer.headers_mut().append(WWW_AUTHENTICATE, HeaderValue::from_static(scheme));
                    }
                }
                refused("unauthorized", answer)
            }
        }
    }
}
