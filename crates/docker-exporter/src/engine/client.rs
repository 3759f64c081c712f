//! Questions to one engine, and its answers as plain structs.

use std::fmt;
use std::io;
use std::time::{Duration, Instant};

use exporter_toolkit::bounded;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};
use serde::de::{DeserializeOwned, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use tokio::time::timeout_at;

use crate::engine::endpoint::Endpoint;
use crate::engine::error::EngineError;
use crate::engine::events::Events;
use crate::engine::model::{Image, Info, Inspect, Summary, Version};
use crate::engine::paths::{Api, ContainerId, ImageId, Request};
use crate::engine::places::Places;
use crate::engine::stats::Stats;
use crate::engine::transport::Connection;

/// An engine that has told which API it has. Holds no connection.
#[derive(Debug, Clone)]
pub(crate) struct Engine {
    endpoint: Endpoint,
    version: Version,
    api: Api,
    /// For a request, from connecting to the last byte of its answer.
    limit: Duration,
}

/// A connection that is kept while several things are asked one after the other, and closed when it is dropped.
pub(crate) struct Session<'e> {
    engine: &'e Engine,
    connection: Option<Connection>,
}

/// Every container that the engine has.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct List {
    pub(crate) containers: Vec<Summary>,
    /// How many more there are, of which not even the id could be read.
    pub(crate) unreadable: u64,
}

impl Engine {
    /// The first engine of these places that says which API it has. Each has `limit` to do so, as it has for every later
    /// request.
    ///
    /// # Errors
    /// Of the first place where there is anything, if none is an engine of this program's time.
    pub(crate) async fn meet(places: &Places, limit: Duration) -> Result<Self, EngineError> {
        let mut first = None;
        for endpoint in &places.endpoints {
            match Engine::meet_at(endpoint.clone(), limit).await {
                Ok(engine) => return Ok(engine),
                Err(error) => first = first.or(Some(error)),
            }
        }
        Err(first.unwrap_or_else(|| EngineError::Nowhere(places.missing.clone())))
    }

    /// Asks for the version, the one question that is put without one, and keeps to what both sides know from then on:
    /// without a version an engine answers in its newest shapes.
    async fn meet_at(endpoint: Endpoint, limit: Duration) -> Result<Self, EngineError> {
        let mut engine = Engine { endpoint, version: Version::default(), api: Api::NEWEST, limit };
        let version: Version = engine.open().ask(&Request::Version).await?;
        let newest = Api::new(&version.api_version).ok_or(EngineError::Unversioned)?;
        if let Some(least) = Api::new(&version.min_api_version)
            && least > Api::NEWEST
        {
            return Err(EngineError::TooNew { least });
        }
        engine.api = newest.min(Api::NEWEST);
        engine.version = version;
        Ok(engine)
    }

    /// The same engine, asked with other patience.
    #[cfg(test)]
    pub(super) fn with_limit(self, limit: Duration) -> Self {
        Engine { limit, ..self }
    }

    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// What it told when it was met.
    pub(crate) fn version(&self) -> &Version {
        &self.version
    }

    /// The version of the API that it is asked in.
    pub(crate) fn api(&self) -> Api {
        self.api
    }

    /// Connects with the first question.
    pub(crate) fn open(&self) -> Session<'_> {
        Session { engine: self, connection: None }
    }

    /// What happens to containers from now on, after what has happened since `since_nanos`, as far as the engine remembers
    /// it: it keeps the last 256 events of any kind.
    ///
    /// # Errors
    /// No connection, or no begin of an answer within the time for a request.
    pub(crate) async fn events(&self, since_nanos: Option<u64>) -> Result<Events, EngineError> {
        let request = Request::Events { since_nanos };
        let deadline = Instant::now() + self.limit;
        let (connection, answer) = self.exchange(None, &request, deadline).await?;
        match judge(&request, &answer)? {
            Judgement::Answer => Ok(Events::new(connection, answer.into_body(), request.limit())),
            Judgement::Refusal => Err(EngineError::of_words("", &request, answer.status().as_u16())),
        }
    }

    /// Sends a request, over a connection that is there if it still takes one, and waits for the head of the answer.
    async fn exchange(
        &self,
        kept: Option<Connection>,
        request: &Request<'_>,
        deadline: Instant,
    ) -> Result<(Connection, Response<Incoming>), EngineError> {
        let path = request.path(self.api);
        let exchange = async {
            if let Some(mut connection) = kept
                && connection.is_ready().await
                && let Ok(answer) = connection.get(&path).await
            {
                return Ok((connection, answer));
            }
            // There was none, or the engine closed it while nothing was asked.
            let unreachable = |error| EngineError::Unreachable { endpoint: self.endpoint.clone(), error };
            let mut connection = match timeout_at(deadline.into(), Connection::open(&self.endpoint)).await {
                Ok(connection) => connection.map_err(unreachable)?,
                Err(_) => return Err(unreachable(io::ErrorKind::TimedOut.into())),
            };
            let answer = connection.get(&path).await;
            let answer = answer.map_err(|error| EngineError::Broken { route: request.route(), error: error.into() })?;
            Ok((connection, answer))
        };
        match timeout_at(deadline.into(), exchange).await {
            Ok(exchanged) => exchanged,
            Err(_) => Err(EngineError::Slow { route: request.route(), limit: self.limit }),
        }
    }
}

impl Session<'_> {
    /// # Errors
    /// As all requests: an engine that is not there, hangs, or tells what no engine does.
    pub(crate) async fn info(&mut self) -> Result<Info, EngineError> {
        self.ask(&Request::Info).await
    }

    /// Every container, running or not.
    pub(crate) async fn list(&mut self) -> Result<List, EngineError> {
        self.ask(&Request::List).await
    }

    /// One container; absent if there is none with that id any more.
    pub(crate) async fn inspect(&mut self, id: &str) -> Result<Option<Inspect>, EngineError> {
        let request = Request::Inspect(ContainerId::new(id).ok_or(EngineError::NoId { route: "/containers/ID/json" })?);
        let inspect: Option<Inspect> = self.ask_for(&request).await?;
        match inspect {
            Some(other) if other.id != id => Err(EngineError::Another { route: request.route() }),
            inspect => Ok(inspect),
        }
    }

    /// What one container has used; absent if there is none with that id any more. Of one that has stopped, [`Stats::usage`] is
    /// absent.
    pub(crate) async fn stats(&mut self, id: &str) -> Result<Option<Stats>, EngineError> {
        let id = ContainerId::new(id).ok_or(EngineError::NoId { route: "/containers/ID/stats" })?;
        self.ask_for(&Request::Stats(id)).await
    }

    /// One image; absent if there is none with that id any more.
    pub(crate) async fn image(&mut self, id: &str) -> Result<Option<Image>, EngineError> {
        let id = ImageId::new(id).ok_or(EngineError::NoId { route: "/images/ID/json" })?;
        self.ask_for(&Request::Image(id)).await
    }

    async fn ask<T: DeserializeOwned>(&mut self, request: &Request<'_>) -> Result<T, EngineError> {
        match self.fetch(request).await? {
            (_, Judgement::Answer, body) => decode(request, &body),
            (status, Judgement::Refusal, body) => Err(EngineError::of_words(&words(&body), request, status.as_u16())),
        }
    }

    /// What may have vanished.
    async fn ask_for<T: DeserializeOwned>(&mut self, request: &Request<'_>) -> Result<Option<T>, EngineError> {
        match self.fetch(request).await? {
            (_, Judgement::Answer, body) => decode(request, &body).map(Some),
            (status, ..) if request.is_gone(status.as_u16()) => Ok(None),
            (status, Judgement::Refusal, body) => Err(EngineError::of_words(&words(&body), request, status.as_u16())),
        }
    }

    async fn fetch(&mut self, request: &Request<'_>) -> Result<(StatusCode, Judgement, Bytes), EngineError> {
        let deadline = Instant::now() + self.engine.limit;
        // Put back when its answer has been read; with one that was not, it takes no other request.
        let kept = self.connection.take();
        let (mut connection, answer) = self.engine.exchange(kept, request, deadline).await?;
        let judgement = judge(request, &answer)?;
        let status = answer.status();
        let body = connection.drive(bounded::collect(answer.into_body(), request.limit(), deadline)).await;
        let body = body.map_err(|error| EngineError::of_body(error, request, self.engine.limit))?;
        self.connection = Some(connection);
        Ok((status, judgement, body))
    }
}

/// What the head of an answer says of its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Judgement {
    /// What was asked for.
    Answer,
    /// Why it is not told.
    Refusal,
}

/// Whether it is an engine that answers. Proxies before it answer in HTML or plain text, and redirects are not followed.
fn judge(request: &Request<'_>, answer: &Response<Incoming>) -> Result<Judgement, EngineError> {
    let route = request.route();
    let status = answer.status();
    if status == StatusCode::FORBIDDEN {
        return Err(EngineError::Forbidden { route, setting: request.setting() });
    }
    let media = answer.headers().get(CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
    let media = media.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    // Also application/jsonl, application/x-ndjson, application/json-seq.
    let is_json = media.windows(4).any(|part| part.eq_ignore_ascii_case(b"json"));
    if !is_json || status.is_redirection() || status.is_informational() {
        let media = match media {
            b"" => "no Content-Type".to_owned(),
            media => media.escape_ascii().to_string().chars().take(60).collect(),
        };
        return Err(EngineError::Foreign { route, status: status.as_u16(), media });
    }
    Ok(if status == StatusCode::OK { Judgement::Answer } else { Judgement::Refusal })
}

fn decode<T: DeserializeOwned>(request: &Request<'_>, body: &[u8]) -> Result<T, EngineError> {
    serde_json::from_slice(body).map_err(|error| EngineError::of_json(&error, request))
}

/// What an engine says of a failure; empty if that is not to be found.
fn words(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Failure {
        message: String,
    }
    serde_json::from_slice(body).map(|failure: Failure| failure.message).unwrap_or_default()
}

/// Each container by itself: one that is told of in words which this program does not know costs no other.
impl<'de> Deserialize<'de> for List {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Each;
        impl<'de> Visitor<'de> for Each {
            type Value = List;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of containers")
            }

            fn visit_unit<E>(self) -> Result<List, E> {
                Ok(List::default())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<List, A::Error> {
                let mut list = List::default();
                while let Some(entry) = entries.next_element::<&RawValue>()? {
                    match serde_json::from_str::<Summary>(entry.get()) {
                        Ok(summary) if ContainerId::new(&summary.id).is_some() => list.containers.push(summary),
                        Ok(_) | Err(_) => list.unreadable += 1,
                    }
                }
                Ok(list)
            }
        }
        from.deserialize_any(Each)
    }
}
