//! A certificate that a test makes for its server, and a client that trusts it alone.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, StreamOwned};

/// How long each step may take.
const LIMIT: Duration = Duration::from_secs(10);

/// More than this is not read.
const MAX_ANSWER: usize = 16 << 20;

/// The name that the certificate is for.
const NAME: &str = "localhost";

/// A certificate for `localhost`, signed by its own key, both as PEM.
#[expect(missing_docs, reason = "the fields say it")]
pub struct Identity {
    pub certificate: String,
    pub key: String,
}

/// Speaks TLS with one server.
#[derive(Clone)]
pub struct Client(Arc<ClientConfig>);

/// A connection whose handshake is complete.
pub type Connection = StreamOwned<ClientConnection, TcpStream>;

impl Identity {
    /// A new one.
    pub fn new() -> io::Result<Identity> {
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let parameters = CertificateParams::new(vec![NAME.to_owned()]).map_err(io::Error::other)?;
        let certificate = parameters.self_signed(&key).map_err(io::Error::other)?;
        Ok(Identity { certificate: certificate.pem(), key: key.serialize_pem() })
    }

    /// Who trusts its certificate and speaks HTTP/1.1. Fails when the certificate is none.
    pub fn client(&self) -> io::Result<Client> {
        self.client_of("http/1.1")
    }

    /// Who trusts its certificate and speaks this protocol, as ALPN calls it. Fails when the certificate is none.
    pub fn client_of(&self, protocol: &str) -> io::Result<Client> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let roots = only(&self.certificate)?;
        let mut config = versions.map_err(io::Error::other)?.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![protocol.into()];
        Ok(Client(Arc::new(config)))
    }

    /// What a server needs that has it; with an authority's certificate, as PEM, it serves those alone whom that one vouches
    /// for. Fails when certificate or key are none.
    pub fn server(&self, clients: Option<&str>) -> io::Result<Arc<ServerConfig>> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let versions = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions();
        let verifier = match clients {
            None => WebPkiClientVerifier::no_client_auth(),
            Some(authority) => {
                let roots = Arc::new(only(authority)?);
                WebPkiClientVerifier::builder_with_provider(roots, provider).build().map_err(io::Error::other)?
            }
        };
        let certificate = CertificateDer::from_pem_slice(self.certificate.as_bytes()).map_err(io::Error::other)?;
        let key = PrivateKeyDer::from_pem_slice(self.key.as_bytes()).map_err(io::Error::other)?;
        let config = versions.map_err(io::Error::other)?.with_client_cert_verifier(verifier);
        config.with_single_cert(vec![certificate], key).map(Arc::new).map_err(io::Error::other)
    }
}

/// Trusts this certificate, as PEM, and no other.
fn only(certificate: &str) -> io::Result<RootCertStore> {
    let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).map_err(io::Error::other)?;
    let mut roots = RootCertStore::empty();
    roots.add(certificate).map_err(io::Error::other)?;
    Ok(roots)
}

impl Client {
    /// Connects and agrees on TLS. Fails when a step takes more than 10 seconds.
    pub fn connect(&self, address: SocketAddr) -> io::Result<Connection> {
        let name = ServerName::try_from(NAME).map_err(io::Error::other)?;
        let connection = ClientConnection::new(Arc::clone(&self.0), name).map_err(io::Error::other)?;
        let stream = TcpStream::connect_timeout(&address, LIMIT)?;
        stream.set_read_timeout(Some(LIMIT))?;
        stream.set_write_timeout(Some(LIMIT))?;
        stream.set_nodelay(true)?;
        let mut connection = StreamOwned::new(connection, stream);
        while connection.conn.is_handshaking() {
            connection.conn.complete_io(&mut connection.sock)?;
        }
        Ok(connection)
    }

    /// Sends bytes over a connection of their own, and reads until it is closed. Fails as [`Client::connect`] does.
    pub fn exchange(&self, address: SocketAddr, bytes: &[u8]) -> io::Result<String> {
        let mut connection = self.connect(address)?;
        connection.write_all(bytes)?;
        let (mut answer, mut chunk) = (Vec::new(), [0; 16 << 10]);
        while answer.len() < MAX_ANSWER {
            match connection.read(&mut chunk) {
                Ok(0) => break,
                Ok(length) => answer.extend(chunk.iter().take(length)),
                // Closed without the alert that says so, as by a reset.
                Err(err) if err.kind() == ErrorKind::UnexpectedEof => break,
                Err(err) => return Err(err),
            }
        }
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use rustls::ServerConnection;

    use super::*;

    /// A server with this identity that answers its first client.
    fn server(identity: &Identity) -> SocketAddr {
        let config = identity.server(None).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            let mut stream = StreamOwned::new(ServerConnection::new(config).unwrap(), stream);
            if stream.read_exact(&mut [0; 4]).is_ok() {
                stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
            }
        });
        address
    }

    #[test]
    fn an_answer_of_the_server_that_is_trusted_and_none_of_another() {
        let (own, other) = (Identity::new().unwrap(), Identity::new().unwrap());
        let client = own.client().unwrap();
        assert_eq!(client.exchange(server(&own), b"GET ").unwrap(), "HTTP/1.1 204 No Content\r\n\r\n");
        assert!(client.exchange(server(&other), b"GET ").is_err());
    }
}
