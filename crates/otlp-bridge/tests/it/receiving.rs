//! Receivers on free ports of this machine, with a sink that keeps what it gets.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use exporter_toolkit::{
    Address, Exporter, Identity, Listen, Port, ScrapeDescs, Security, Service, Shutdown, Stop, Web, runtime, serve,
};
use exposition::{Desc, Kind};
use otlp_bridge::receive::{Delivery, Limits, Protocol, Reason, Receiver, Signal, Sink, Verdict};
use testkit::raw::{Answer, exchange};

static SUCCESS: Desc =
    Desc { name: "x_scrape_collector_success", help: "Success.", kind: Kind::Gauge, labels: &["collector"] };
static DURATION: Desc =
    Desc { name: "x_scrape_collector_duration_seconds", help: "Duration.", kind: Kind::Gauge, labels: &["collector"] };

/// For an answer.
pub(crate) const LIMIT: Duration = Duration::from_secs(10);

/// A message that did not get to the sink.
pub(crate) type Refused = (Option<Signal>, Protocol, Reason);

/// A sink that says of each message what the message says.
#[derive(Default)]
pub(crate) struct Recorder {
    pub(crate) delivered: Mutex<Vec<Delivery>>,
    pub(crate) refused: Mutex<Vec<Refused>>,
}

impl Sink for Recorder {
    async fn deliver(&self, delivery: Delivery) -> Verdict {
        let verdict = match &delivery.body[..] {
            b"partial" => Verdict::Partial { rejected: 3, message: "too old".to_owned() },
            b"malformed" => Verdict::Malformed("100% \"wrong\"".to_owned()),
            b"unavailable" => {
                Verdict::Unavailable { retry_after: Duration::from_millis(1500), message: "disk full".to_owned() }
            }
            b"never" => std::future::pending().await,
            _ => Verdict::Accepted,
        };
        // What is large is not kept: the suites look at the memory of a server with this sink.
        if delivery.body.len() < 1 << 16 {
            self.delivered.lock().unwrap().push(delivery);
        }
        verdict
    }

    fn refused(&self, signal: Option<Signal>, protocol: Protocol, reason: Reason) {
        self.refused.lock().unwrap().push((signal, protocol, reason));
    }
}

/// A service whose one port receives.
pub(crate) struct Receiving {
    pub(crate) address: SocketAddr,
    pub(crate) sink: Arc<Recorder>,
    stop: Stop,
    thread: Option<JoinHandle<()>>,
}

/// How it is served.
pub(crate) struct Options<'a> {
    pub(crate) limits: Limits,
    pub(crate) body_time: Duration,
    /// The files that guard it.
    pub(crate) config: Option<&'a Path>,
    pub(crate) token: Option<&'a Path>,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Options { limits: Limits::default(), body_time: Duration::from_secs(10), config: None, token: None }
    }
}

impl Receiving {
    pub(crate) fn start() -> Self {
        Self::with(&Options::default())
    }

    pub(crate) fn with(options: &Options<'_>) -> Self {
        let sink = Arc::new(Recorder::default());
        let security = Security::open(options.config, options.token).unwrap();
        let service = service(&sink, at("127.0.0.1:0"), options);
        let (stop, shutdown) = Shutdown::new();
        let (tell, told) = mpsc::channel();
        let thread = thread::spawn(move || {
            runtime().unwrap().block_on(async {
                let sockets = service.bind(&at("127.0.0.1:0")).await.unwrap();
                let Address::Tcp(address) = sockets.ports[0][0].address().unwrap() else { panic!("it is no socket") };
                tell.send(address).unwrap();
                serve(&service, Web::default(), security, sockets, shutdown).await;
            });
        });
        Receiving { address: told.recv().unwrap(), sink, stop, thread: Some(thread) }
    }

    /// Sends a request over a connection of its own.
    pub(crate) fn send(&self, request: &[u8]) -> Answer {
        exchange(self.address, request, LIMIT).unwrap()
    }

    /// What has been delivered since this was last asked.
    pub(crate) fn delivered(&self) -> Vec<Delivery> {
        std::mem::take(&mut self.sink.delivered.lock().unwrap())
    }

    /// What has been refused since this was last asked.
    pub(crate) fn refused(&self) -> Vec<Refused> {
        std::mem::take(&mut self.sink.refused.lock().unwrap())
    }
}

impl Drop for Receiving {
    fn drop(&mut self) {
        self.stop.request();
        self.thread.take().map(JoinHandle::join);
    }
}

fn at(address: &str) -> Listen {
    Listen { addresses: vec![address.to_owned()], ..Listen::default() }
}

/// Serves there, with limits as they are by default, until the process ends.
#[cfg(target_os = "linux")]
pub(crate) fn serve_at(address: &str) {
    let service = service(&Arc::new(Recorder::default()), at(address), &Options::default());
    let (_stop, shutdown) = Shutdown::new();
    runtime().unwrap().block_on(async {
        let sockets = service.bind(&at("127.0.0.1:0")).await.unwrap();
        serve(&service, Web::default(), Security::open(None, None).unwrap(), sockets, shutdown).await;
    });
}

/// A service whose port is a receiver.
fn service(sink: &Arc<Recorder>, listen: Listen, options: &Options<'_>) -> Service {
    let identity = Identity {
        name: "x-bridge",
        summary: "Nothing but tests.",
        scrape: ScrapeDescs { success: &SUCCESS, duration: &DURATION },
        peer_build_info: None,
    };
    let receiver = Arc::new(Receiver::new(Arc::clone(sink), options.limits));
    let port = Port { body_time: options.body_time, ..Port::new("OTLP", listen, receiver) };
    Service { ports: vec![port], ..Exporter::new(identity, Vec::new(), true).into() }
}

/// A request of OTLP/HTTP that ends its connection.
pub(crate) fn post(path: &str, media: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {media}\r\nContent-Length: {}\r\n\
         Connection: close\r\n{headers}\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// The body of an answer.
pub(crate) fn body(answer: &Answer) -> &[u8] {
    let end = answer.bytes.windows(4).position(|bytes| bytes == b"\r\n\r\n");
    end.and_then(|end| answer.bytes.get(end + 4..)).unwrap_or_default()
}
