//! A request as the suite makes it, and the verdict on it.

use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// How long a request may take.
const LIMIT: Duration = Duration::from_secs(10);

/// More is not read of an answer.
const MAX_ANSWER: u64 = 1 << 20;

/// Headers that a configuration may add, and that make part of a verdict; X-Content-Type-Options is mostly there anyway.
const SHOWN: [&str; 5] =
    ["WWW-Authenticate", "Strict-Transport-Security", "X-Frame-Options", "X-XSS-Protection", "Content-Security-Policy"];

/// A GET of the metrics page, by which way and by whom.
#[derive(Clone, Copy)]
pub(crate) struct Request {
    pub(crate) tls: bool,
    /// The client's certificate, by its name in the folder.
    pub(crate) certificate: &'static str,
    /// `name:password` in base64; empty for none.
    pub(crate) credentials: &'static str,
    /// The version of TLS; 0 for the best that both know.
    pub(crate) version: u8,
    /// Cipher suites in rustls' words, most preferred first; none for all. The verdict then names the one that was taken.
    pub(crate) suites: &'static [&'static str],
    /// Groups in rustls' words, likewise.
    pub(crate) groups: &'static [&'static str],
    /// Protocols to choose from. If there are some, the verdict is the choice, and nothing is asked.
    pub(crate) protocols: &'static [&'static str],
    /// Whether the verdict names the server's certificate.
    pub(crate) shows_server: bool,
}

/// Without TLS.
pub(crate) const PLAIN: Request = Request {
    tls: false,
    certificate: "",
    credentials: "",
    version: 0,
    suites: &[],
    groups: &[],
    protocols: &[],
    shows_server: false,
};

/// With TLS.
pub(crate) const TLS: Request = Request { tls: true, ..PLAIN };

/// With TLS and a certificate.
pub(crate) const fn by(certificate: &'static str) -> Request {
    Request { certificate, ..TLS }
}

/// In one version of TLS alone.
pub(crate) const fn in_version(version: u8, request: Request) -> Request {
    Request { version, ..request }
}

/// Makes the request: the status, headers that a configuration adds, and what was negotiated; `refused` where there is no
/// answer, or none but that a server of TLS has for one who does without.
pub(crate) fn verdict(address: SocketAddr, request: &Request, folder: &Path) -> String {
    let answer = if request.tls { over_tls(address, request, folder) } else { plainly(address, request) };
    answer.unwrap_or_else(|_| "refused".to_owned())
}

/// The first message of a client of TLS.
pub(crate) fn hello(folder: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    client(&TLS, folder).write_tls(&mut bytes).expect("a vector takes all");
    bytes
}

fn client(request: &Request, folder: &Path) -> ClientConnection {
    let name = ServerName::try_from("localhost").expect("it is a name");
    ClientConnection::new(config(request, folder), name).expect("the configuration is complete")
}

fn plainly(address: SocketAddr, request: &Request) -> io::Result<String> {
    let answer = exchange(connect(address)?, request)?;
    if answer.starts_with("400") { Err(io::ErrorKind::ConnectionRefused.into()) } else { Ok(answer) }
}

fn over_tls(address: SocketAddr, request: &Request, folder: &Path) -> io::Result<String> {
    let mut stream = StreamOwned::new(client(request, folder), connect(address)?);
    stream.conn.complete_io(&mut stream.sock)?;
    let mut negotiated = String::new();
    if !request.suites.is_empty() {
        let suite = stream.conn.negotiated_cipher_suite().expect("the handshake is over");
        write!(negotiated, " by {:?}", suite.suite()).expect("a string takes all");
    }
    if !request.groups.is_empty() {
        let group = stream.conn.negotiated_key_exchange_group().expect("the handshake is over");
        write!(negotiated, " by {:?}", group.name()).expect("a string takes all");
    }
    if request.shows_server {
        let of = ["first", "second"].into_iter().find(|name| {
            let chain = stream.conn.peer_certificates().expect("the handshake is over");
            chain.first() == certificates(folder, name).first()
        });
        write!(negotiated, " of {}", of.unwrap_or("nobody")).expect("a string takes all");
    }
    if !request.protocols.is_empty() {
        return Ok(String::from_utf8_lossy(stream.conn.alpn_protocol().unwrap_or(b"none")).into_owned());
    }
    Ok(exchange(stream, request)? + &negotiated)
}

fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, LIMIT)?;
    stream.set_read_timeout(Some(LIMIT))?;
    stream.set_write_timeout(Some(LIMIT))?;
    Ok(stream)
}

fn exchange(mut stream: impl Read + Write, request: &Request) -> io::Result<String> {
    let mut text = "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n".to_owned();
    if !request.credentials.is_empty() {
        write!(text, "Authorization: Basic {}\r\n", request.credentials).expect("a string takes all");
    }
    stream.write_all((text + "\r\n").as_bytes())?;
    let mut answer = Vec::new();
    match io::copy(&mut stream.take(MAX_ANSWER), &mut answer) {
        // A server that does not say goodbye to TLS has answered all the same.
        Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => return Err(error),
        _ => {}
    }
    let answer = String::from_utf8_lossy(&answer);
    let mut lines = answer.lines();
    let status = lines.next().and_then(|line| line.strip_prefix("HTTP/1.")?.get(2..5));
    let mut verdict = status.ok_or(io::ErrorKind::InvalidData)?.to_owned();
    let headers: Vec<_> = lines.take_while(|line| !line.is_empty()).filter_map(|line| line.split_once(": ")).collect();
    for shown in SHOWN {
        let value = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(shown)).map(|(_, value)| *value);
        if let Some(value) = value {
            write!(verdict, " {shown}={value}").expect("a string takes all");
        }
    }
    Ok(verdict)
}

fn config(request: &Request, folder: &Path) -> Arc<ClientConfig> {
    let mut provider = ring::default_provider();
    if !request.suites.is_empty() {
        provider.cipher_suites =
            chosen(&provider.cipher_suites, request.suites, |suite| format!("{:?}", suite.suite()));
    }
    if !request.groups.is_empty() {
        provider.kx_groups = chosen(&provider.kx_groups, request.groups, |group| format!("{:?}", group.name()));
    }
    let mut config = with_certificate(provider, request, folder);
    config.alpn_protocols = request.protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    Arc::new(config)
}

fn with_certificate(provider: CryptoProvider, request: &Request, folder: &Path) -> ClientConfig {
    let versions: &[_] = match request.version {
        12 => &[&TLS12],
        13 => &[&TLS13],
        _ => &[&TLS12, &TLS13],
    };
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates(folder, "servers"));
    let builder = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(versions)
        .expect("the suites fit the version")
        .with_root_certificates(roots);
    if request.certificate.is_empty() {
        return builder.with_no_client_auth();
    }
    let key = PrivateKeyDer::from_pem_file(folder.join(format!("{}.key", request.certificate)));
    builder
        .with_client_auth_cert(certificates(folder, request.certificate), key.expect("the key is there"))
        .expect("the key is that of the certificate")
}

fn certificates(folder: &Path, name: &str) -> Vec<CertificateDer<'static>> {
    let file = CertificateDer::pem_file_iter(folder.join(format!("{name}.crt"))).expect("the certificate is there");
    file.map(|certificate| certificate.expect("it is PEM")).collect()
}

/// Those with these names, in this order.
fn chosen<T: Copy>(all: &[T], names: &[&str], name: impl Fn(&T) -> String) -> Vec<T> {
    let find = |wanted: &&str| all.iter().find(|item| name(item) == *wanted).copied();
    names.iter().map(|wanted| find(wanted).unwrap_or_else(|| panic!("{wanted} is unknown"))).collect()
}
