//! Files that switch TLS on, and clients of every kind.

use super::case::Case;
use super::case::Step::Ask;
use super::case::Then::Serves;
use super::client::{PLAIN, Request, TLS, by, in_version};

const SMALL: &str = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256";
const LARGE: &str = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384";
const CHACHA: &str = "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256";

/// A client of TLS 1.2 with these suites.
const fn with_suites(suites: &'static [&'static str]) -> Request {
    Request { suites, version: 12, ..TLS }
}

const fn with_groups(groups: &'static [&'static str]) -> Request {
    Request { groups, ..TLS }
}

const fn speaking(protocols: &'static [&'static str]) -> Request {
    Request { protocols, ..TLS }
}

pub(crate) const CASES: &[Case] = &[
    Case {
        name: "TLS from files",
        text: "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n",
        then: Serves(&[
            Ask(PLAIN, "refused"),
            Ask(TLS, "200"),
            Ask(in_version(12, TLS), "200"),
            Ask(in_version(13, TLS), "200"),
            Ask(speaking(&["h2", "http/1.1"]), "h2"),
            Ask(speaking(&["h2"]), "h2"),
            Ask(speaking(&["spdy/3"]), "refused"),
            Ask(with_suites(&[CHACHA]), "200 by TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"),
            Ask(with_suites(&[LARGE, SMALL]), "200 by TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
            Ask(with_groups(&["secp384r1"]), "200 by secp384r1"),
            Ask(by("stranger"), "200"),
        ]),
    },
    Case {
        name: "TLS from the text",
        text: "tls_server_config:\n  cert: |\n    <server.crt>\n  key: |\n    <server.key>\n",
        then: Serves(&[Ask(PLAIN, "refused"), Ask(TLS, "200")]),
    },
    Case {
        name: "the certificate from a file, the key from the text",
        text: "tls_server_config:\n  cert_file: server.crt\n  key: |\n    <server.key>\n",
        then: Serves(&[Ask(TLS, "200")]),
    },
    Case {
        name: "files before the text",
        text: "tls_server_config:\n  cert: x\n  key: x\n  cert_file: server.crt\n  key_file: ./server.key\n",
        then: Serves(&[Ask(TLS, "200")]),
    },
    Case {
        name: "TLS without HTTP/2",
        text: "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\nhttp_server_config:\n  http2: no\n",
        then: Serves(&[
            Ask(TLS, "200"),
            Ask(speaking(&["h2", "http/1.1"]), "none"),
            Ask(speaking(&["http/1.1"]), "none"),
        ]),
    },
    Case {
        name: "TLS 1.3 alone",
        text: "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n  min_version: TLS13\n",
        then: Serves(&[Ask(in_version(13, TLS), "200"), Ask(in_version(12, TLS), "refused")]),
    },
    Case {
        name: "TLS 1.2 alone",
        text: "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n  max_version: TLS12\n",
        then: Serves(&[Ask(in_version(12, TLS), "200"), Ask(in_version(13, TLS), "refused")]),
    },
    Case {
        name: "some suites",
        text: "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n  cipher_suites:\n  \
               - TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256\n  - TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384\n",
        then: Serves(&[
            Ask(with_suites(&[SMALL]), "200 by TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
            Ask(with_suites(&[LARGE]), "200 by TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
            Ask(with_suites(&[LARGE, SMALL]), "200 by TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
            Ask(with_suites(&[CHACHA]), "refused"),
            Ask(in_version(13, TLS), "200"),
        ]),
    },
    Case {
        name: "some suites, and the client's order",
        text: "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n  prefer_server_cipher_suites: false\n  \
               cipher_suites:\n  - TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256\n  \
               - TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384\n",
        then: Serves(&[
            Ask(with_suites(&[SMALL, LARGE]), "200 by TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
            Ask(with_suites(&[LARGE, SMALL]), "200 by TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
        ]),
    },
    Case {
        name: "suites for another kind of key",
        text: "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n  cipher_suites:\n  \
               - TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\n",
        then: Serves(&[Ask(in_version(12, TLS), "refused"), Ask(in_version(13, TLS), "200")]),
    },
    Case {
        name: "suites that HTTP/2 does not take, without it",
        text: "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n  cipher_suites:\n  \
               - TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384\nhttp_server_config:\n  http2: false\n",
        then: Serves(&[Ask(with_suites(&[LARGE]), "200 by TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384")]),
    },
    Case {
        name: "suites that HTTP/2 does not take, with TLS 1.3 alone",
        text: "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n  min_version: TLS13\n  cipher_suites:\n  \
               - TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384\n",
        then: Serves(&[Ask(TLS, "200"), Ask(in_version(12, TLS), "refused")]),
    },
    Case {
        name: "suites with chained blocks",
        text: "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n  cipher_suites:\n  \
               - TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256\n  - TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA\n",
        then: Serves(&[]),
    },
    Case {
        name: "one curve",
        text: "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n  curve_preferences: [CurveP256]\n",
        then: Serves(&[
            Ask(with_groups(&["X25519", "secp256r1"]), "200 by secp256r1"),
            Ask(with_groups(&["X25519"]), "refused"),
            Ask(in_version(12, with_groups(&["secp384r1"])), "refused"),
        ]),
    },
    Case {
        name: "all curves",
        text: "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n  curve_preferences:\n  - CurveP256\n  \
               - CurveP384\n  - CurveP521\n  - X25519\n",
        then: Serves(&[]),
    },
    Case {
        name: "an old version",
        text: "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n  min_version: TLS10\n",
        then: Serves(&[]),
    },
    Case {
        name: "versions in the wrong order",
        text: "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n  min_version: TLS13\n  \
               max_version: TLS12\n",
        then: Serves(&[Ask(TLS, "refused")]),
    },
    Case {
        name: "RequestClientCert",
        text: "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n  client_auth_type: RequestClientCert\n  \
               client_ca_file: clients.crt\n",
        then: Serves(&[
            Ask(TLS, "200"),
            Ask(by("scraper"), "200"),
            Ask(by("stranger"), "200"),
            Ask(by("expired"), "200"),
        ]),
    },
    Case {
        name: "RequireAnyClientCert",
        text: "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n  client_auth_type: RequireAnyClientCert\n",
        then: Serves(&[
            Ask(TLS, "refused"),
            Ask(by("scraper"), "200"),
            Ask(by("own"), "200"),
            Ask(by("expired"), "200"),
        ]),
    },
    Case {
        name: "RequireClientCert",
        text: "tls_server_config:\n  cert_file: server.crt\n  key: |\n    <server.key>\n  \
               client_auth_type: RequireClientCert\n",
        then: Serves(&[Ask(TLS, "refused"), Ask(by("stranger"), "200")]),
    },
    Case {
        name: "VerifyClientCertIfGiven",
        text: "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n  client_ca_file: clients.crt\n  \
               client_auth_type: VerifyClientCertIfGiven\n",
        then: Serves(&[
            Ask(TLS, "200"),
            Ask(by("scraper"), "200"),
            Ask(by("stranger"), "refused"),
            Ask(by("expired"), "refused"),
        ]),
    },
    Case {
        name: "RequireAndVerifyClientCert",
        text: "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n  client_ca: |\n    <clients.crt>\n  \
               client_auth_type: RequireAndVerifyClientCert\n",
        then: Serves(&[
            Ask(PLAIN, "refused"),
            Ask(TLS, "refused"),
            Ask(in_version(12, TLS), "refused"),
            Ask(by("scraper"), "200"),
            Ask(in_version(12, by("scraper")), "200"),
            Ask(by("nameless"), "200"),
            Ask(by("stranger"), "refused"),
            Ask(by("own"), "refused"),
            Ask(by("expired"), "refused"),
        ]),
    },
    Case {
        name: "a client's own certificate for a CA",
        text: "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n  client_ca_file: own.crt\n  \
               client_auth_type: RequireAndVerifyClientCert\n",
        then: Serves(&[Ask(by("own"), "200"), Ask(in_version(12, by("own")), "200"), Ask(by("scraper"), "refused")]),
    },
    Case {
        name: "verification without a CA",
        text: "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n  \
               client_auth_type: RequireAndVerifyClientCert\n",
        then: Serves(&[Ask(TLS, "refused"), Ask(by("scraper"), "refused")]),
    },
    Case {
        name: "a CA that is none",
        text: "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n  client_ca_file: server.key\n  \
               client_auth_type: RequireAndVerifyClientCert\n",
        then: Serves(&[Ask(by("scraper"), "refused")]),
    },
    Case {
        name: "a host that may come",
        text: "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n  client_ca_file: clients.crt\n  \
               client_auth_type: RequireAndVerifyClientCert\n  client_allowed_sans: [other, scraper.example.com]\n",
        then: Serves(&[
            Ask(by("scraper"), "200"),
            Ask(in_version(12, by("scraper")), "200"),
            Ask(by("nameless"), "refused"),
            Ask(TLS, "refused"),
        ]),
    },
    Case {
        name: "an address that may come",
        text: "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n  \
               client_auth_type: RequireAnyClientCert\n  client_allowed_sans: [192.0.2.7]\n",
        then: Serves(&[Ask(by("scraper"), "200"), Ask(by("stranger"), "refused")]),
    },
    Case {
        name: "a mailbox that may come",
        text: "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n  \
               client_auth_type: RequireAnyClientCert\n  client_allowed_sans: [ops@example.com]\n",
        then: Serves(&[Ask(by("scraper"), "200"), Ask(by("stranger"), "refused")]),
    },
    Case {
        name: "a URI that may come",
        text: "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n  \
               client_auth_type: RequireAnyClientCert\n  client_allowed_sans: ['spiffe://example.com/scraper']\n",
        then: Serves(&[Ask(by("scraper"), "200"), Ask(by("stranger"), "refused")]),
    },
    Case {
        name: "a host of which a part fits",
        text: "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n  client_ca_file: clients.crt\n  \
               client_auth_type: RequireAndVerifyClientCert\n  client_allowed_sans: [example.com, '*.example.com', SCRAPER]\n",
        then: Serves(&[Ask(by("scraper"), "refused"), Ask(in_version(12, by("scraper")), "refused")]),
    },
    Case {
        name: "nobody who may come",
        text: "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n  \
               client_auth_type: RequireAnyClientCert\n  client_allowed_sans: []\n",
        then: Serves(&[Ask(by("scraper"), "refused")]),
    },
    Case {
        name: "names where no certificate need be",
        text: "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n  client_ca_file: clients.crt\n  \
               client_auth_type: VerifyClientCertIfGiven\n  client_allowed_sans: [scraper.example.com]\n",
        then: Serves(&[
            Ask(by("scraper"), "200"),
            Ask(by("nameless"), "refused"),
            Ask(TLS, "refused"),
            Ask(in_version(12, TLS), "refused"),
        ]),
    },
    Case {
        name: "names where no certificate is asked for",
        text: "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n  client_allowed_sans: [nobody]\n",
        then: Serves(&[Ask(TLS, "200")]),
    },
];
