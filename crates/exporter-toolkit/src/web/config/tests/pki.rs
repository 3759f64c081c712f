//! Certificates for the tables, and a client and a server that talk in memory.

use std::io;
use std::path::Path;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, SanType, date_time_ymd,
};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, HandshakeKind, NamedGroup, ProtocolVersion, RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio_rustls::{TlsAcceptor, TlsConnector, client::TlsStream};

use crate::web::config::sections::parse;
use crate::web::config::tls::server_config;

/// A certificate and its key.
pub(crate) struct Pair {
    params: CertificateParams,
    key: KeyPair,
    pub(crate) cert: String,
    pub(crate) der: CertificateDer<'static>,
}

impl Pair {
    fn new(params: CertificateParams, issuer: Option<&Pair>) -> Pair {
        let key = KeyPair::generate().unwrap();
        let certificate = match issuer {
            Some(ca) => params.signed_by(&key, &Issuer::from_params(&ca.params, &ca.key)).unwrap(),
            None => params.self_signed(&key).unwrap(),
        };
        Pair { params, key, cert: certificate.pem(), der: certificate.der().clone() }
    }

    /// An authority; signed by itself, or by another one.
    pub(crate) fn authority(name: &str, issuer: Option<&Pair>) -> Pair {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Pair::new(params, issuer)
    }

    /// For whoever has these names; signed by itself, or by an authority.
    pub(crate) fn leaf(names: Vec<SanType>, issuer: Option<&Pair>) -> Pair {
        Pair::leaf_with(names, issuer, |_| ())
    }

    /// The same with changes.
    pub(crate) fn leaf_with(
        names: Vec<SanType>,
        issuer: Option<&Pair>,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Pair {
        let mut params = CertificateParams::default();
        params.subject_alt_names = names;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
        change(&mut params);
        Pair::new(params, issuer)
    }

    pub(crate) fn key(&self) -> String {
        self.key.serialize_pem()
    }

    fn key_der(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::try_from(self.key.serialize_der()).unwrap()
    }
}

/// Makes a certificate end in the past.
pub(crate) fn expired(params: &mut CertificateParams) {
    params.not_before = date_time_ymd(2001, 1, 1);
    params.not_after = date_time_ymd(2002, 1, 1);
}

pub(crate) fn dns(name: &str) -> SanType {
    SanType::DnsName(name.try_into().unwrap())
}

/// The configuration of a server with the certificate of `server`, and these keys besides, indented by two.
pub(crate) fn configured(server: &Pair, more: &str, http2: bool) -> Result<Arc<ServerConfig>, String> {
    let text = format!("tls_server_config:\n{}{}{more}", block("cert", &server.cert), block("key", &server.key()));
    let config = parse(format!("{text}http_server_config: {{http2: {http2}}}\n").as_bytes(), Path::new(""));
    let config = config.map_err(|error| error.to_string())?;
    server_config(&config.tls.unwrap(), http2).map_err(|error| error.to_string())
}

/// A key with a text of several lines.
pub(crate) fn block(key: &str, text: &str) -> String {
    let lines: String = text.lines().map(|line| format!("    {line}\n")).collect();
    format!("  {key}: |\n{lines}")
}

/// What a client is willing to do.
pub(crate) struct Client<'p> {
    pub(crate) trusts: &'p Pair,
    pub(crate) certificate: Option<(&'p Pair, &'p [&'p Pair])>,
    pub(crate) versions: Vec<&'static rustls::SupportedProtocolVersion>,
    pub(crate) provider: CryptoProvider,
    pub(crate) protocols: Vec<&'static str>,
}

impl<'p> Client<'p> {
    pub(crate) fn new(trusts: &'p Pair) -> Client<'p> {
        let provider = ring::default_provider();
        Client { trusts, certificate: None, versions: rustls::ALL_VERSIONS.to_vec(), provider, protocols: Vec::new() }
    }

    pub(crate) fn with(trusts: &'p Pair, certificate: &'p Pair) -> Client<'p> {
        Client { certificate: Some((certificate, &[])), ..Client::new(trusts) }
    }

    pub(crate) fn config(&self) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.trusts.der.clone()).unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(self.provider.clone()))
            .with_protocol_versions(&self.versions)
            .unwrap()
            .with_root_certificates(roots);
        let mut config = match self.certificate {
            Some((pair, chain)) => {
                let chain = std::iter::once(pair).chain(chain.iter().copied()).map(|pair| pair.der.clone());
                builder.with_client_auth_cert(chain.collect(), pair.key_der()).unwrap()
            }
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = self.protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        Arc::new(config)
    }
}

/// What both agreed on.
#[derive(Debug, PartialEq)]
pub(crate) struct Agreed {
    pub(crate) version: ProtocolVersion,
    pub(crate) suite: rustls::CipherSuite,
    pub(crate) group: Option<NamedGroup>,
    pub(crate) protocol: Option<Vec<u8>>,
    pub(crate) is_resumed: bool,
}

/// A handshake and one byte each way: in TLS 1.3 a client learns only then whether its certificate was taken.
pub(crate) async fn meet(server: &Arc<ServerConfig>, client: Arc<ClientConfig>) -> io::Result<Agreed> {
    let (near, far) = tokio::io::duplex(64 << 10);
    let serving = async {
        let mut stream = TlsAcceptor::from(Arc::clone(server)).accept(far).await?;
        let byte = stream.read_u8().await?;
        stream.write_u8(byte).await?;
        stream.shutdown().await
    };
    let calling = async {
        let name = ServerName::try_from("localhost").unwrap();
        let mut stream: TlsStream<DuplexStream> = TlsConnector::from(client).connect(name, near).await?;
        stream.write_u8(7).await?;
        assert_eq!(stream.read_u8().await?, 7);
        let (_, connection) = stream.get_ref();
        let agreed = Agreed {
            version: connection.protocol_version().unwrap(),
            suite: connection.negotiated_cipher_suite().unwrap().suite(),
            group: connection.negotiated_key_exchange_group().map(|group| group.name()),
            protocol: connection.alpn_protocol().map(<[u8]>::to_vec),
            is_resumed: connection.handshake_kind() == Some(HandshakeKind::Resumed),
        };
        // So that tickets, which come late, would be taken.
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await?;
        io::Result::Ok(agreed)
    };
    let (served, agreed) = tokio::join!(serving, calling);
    // If both fail, the one who refused knows why.
    served?;
    agreed
}
