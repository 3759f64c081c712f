//! What is at other paths than the pages'.

use std::sync::Arc;

use exporter_toolkit::{Answering, Application, Payload, RequestBody, Takes};
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};

use crate::discovery::Discovery;
use crate::passwords::Passwords;
use crate::targets::Registry;

const DISCOVERY: &str = "/discover-cluster-nodes";
const RELOAD: &str = "/-/reload";
const HEALTH: &str = "/health";

/// The peer's paths.
pub(crate) struct Endpoints {
    about: String,
    discovery: Option<Discovery>,
    passwords: Arc<Passwords>,
    targets: Option<Arc<Registry>>,
}

impl Endpoints {
    pub(crate) fn new(discovery: Option<Discovery>, passwords: Arc<Passwords>, targets: Option<Arc<Registry>>) -> Self {
        let scrape = targets.is_some().then_some("/scrape?target=host:port scrapes another server");
        let nodes = discovery.is_some().then_some("/discover-cluster-nodes names the nodes of the cluster");
        let reload = passwords.has_file().then_some("/-/reload reads the password file again");
        let paths: Vec<_> = [scrape, nodes, reload].into_iter().flatten().chain(["/health says ok"]).collect();
        Endpoints { about: format!("Besides: {}.", paths.join(", ")), discovery, passwords, targets }
    }

    async fn nodes(&self) -> Response<Payload> {
        let Some(discovery) = &self.discovery else {
            let hint = "the nodes of a cluster are named with --is-cluster alone, and --redis.addr\n";
            return answer(StatusCode::BAD_REQUEST, hint);
        };
        match discovery.json().await {
            Ok(json) => {
                let mut answer = answer(StatusCode::OK, json);
                answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                answer
            }
            Err(error) => {
                tracing::warn!(%error, "the nodes of the cluster are not known");
                answer(StatusCode::INTERNAL_SERVER_ERROR, "the nodes of the cluster are not known; the log says why\n")
            }
        }
    }

    fn reload(&self) -> Response<Payload> {
        if !self.passwords.has_file() {
            return answer(StatusCode::BAD_REQUEST, "there is no --redis.password-file\n");
        }
        match self.passwords.read_again() {
            Ok(()) => {
                if let Some(targets) = &self.targets {
                    targets.forget_those_not_allowed();
                }
                answer(StatusCode::OK, "ok")
            }
            Err(error) => {
                tracing::warn!(%error, "the passwords stay as they were");
                answer(StatusCode::INTERNAL_SERVER_ERROR, "the password file is bad; the log says how\n")
            }
        }
    }
}

impl Application for Endpoints {
    fn about(&self) -> &str {
        &self.about
    }

    fn takes(&self, path: &str) -> Option<Takes> {
        match path {
            DISCOVERY | HEALTH => Some(Takes { get: true, ..Takes::default() }),
            RELOAD => Some(Takes { get: true, bare_post: true, ..Takes::default() }),
            _ => None,
        }
    }

    fn answer(&self, request: Parts, _: RequestBody) -> Answering<'_> {
        Box::pin(async move {
            match request.uri.path() {
                DISCOVERY => self.nodes().await,
                RELOAD => self.reload(),
                _ => answer(StatusCode::OK, "ok"),
            }
        })
    }
}

fn answer(status: StatusCode, text: impl Into<String>) -> Response<Payload> {
    let mut answer = Response::new(Payload::from(Bytes::from(text.into())));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    answer
}
