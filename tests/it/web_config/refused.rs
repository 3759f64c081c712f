//! Files that node_exporter refuses.

use super::case::Case;
use super::case::Then::Refuses;

/// Each begins our error with the line and the key.
pub(crate) const CASES: &[Case] = &[
    Case { name: "words", text: "nothing but words\n", then: Refuses("line 1: ") },
    Case { name: "a list", text: "- tls_server_config\n", then: Refuses("line 1: ") },
    Case { name: "a tab", text: "rate_limit:\n\tburst: 1\n", then: Refuses("line 2: ") },
    Case { name: "a quote without end", text: "rate_limit: 'x\n", then: Refuses("line 1: ") },
    Case { name: "a control character", text: "rate_limit:\n# \u{7}\n", then: Refuses("line 2: ") },
    Case { name: "an unknown section", text: "tls_config: {}\n", then: Refuses("line 1: tls_config: ") },
    Case {
        name: "an unknown key of TLS",
        text: "tls_server_config:\n  cert_file: server.crt\n  keyfile: server.key\n",
        then: Refuses("line 3: tls_server_config.keyfile: "),
    },
    Case {
        name: "an unknown key of HTTP",
        text: "http_server_config:\n  http3: true\n",
        then: Refuses("line 2: http_server_config.http3: "),
    },
    Case {
        name: "an unknown key of the limit",
        text: "rate_limit:\n  rate: 1\n",
        then: Refuses("line 2: rate_limit.rate: "),
    },
    Case {
        name: "a key twice",
        text: "rate_limit:\n  burst: 1\n  burst: 1\n",
        then: Refuses("line 3: rate_limit.burst: "),
    },
    Case { name: "a section twice", text: "rate_limit: {}\nrate_limit: {}\n", then: Refuses("line 2: rate_limit: ") },
    Case {
        name: "an empty path of the certificate",
        text: "tls_server_config:\n  cert_file: ''\n  key_file: server.key\n",
        then: Refuses("line 1: tls_server_config: "),
    },
    Case {
        name: "an empty certificate",
        text: "tls_server_config:\n  cert: ''\n  key: |\n    <server.key>\n",
        then: Refuses("line 1: tls_server_config: "),
    },
    Case {
        name: "an empty path of the key",
        text: "tls_server_config:\n  cert_file: server.crt\n  key_file: ''\n",
        then: Refuses("line 1: tls_server_config: "),
    },
    Case {
        name: "an empty key",
        text: "tls_server_config:\n  cert: |\n    <server.crt>\n  key: ''\n",
        then: Refuses("line 1: tls_server_config: "),
    },
    Case {
        name: "a policy alone",
        text: "tls_server_config:\n  cert_file: ''\n  key_file: ''\n  client_auth_type: NoClientCert\n",
        then: Refuses("line 1: tls_server_config: "),
    },
    Case {
        name: "a certificate that is not there",
        text: "tls_server_config:\n  cert_file: none.crt\n  key_file: server.key\n",
        then: Refuses("line 2: tls_server_config.cert_file: "),
    },
    Case {
        name: "a key that is not there",
        text: "tls_server_config:\n  cert_file: server.crt\n  key_file: none.key\n",
        then: Refuses("line 3: tls_server_config.key_file: "),
    },
    Case {
        name: "nothing that is there",
        text: "tls_server_config:\n  cert_file: none.crt\n  key_file: none.key\n",
        then: Refuses("line 2: tls_server_config.cert_file: "),
    },
    Case {
        name: "a file that is not there before a text that is good",
        text: "tls_server_config:\n  cert_file: none.crt\n  cert: |\n    <server.crt>\n  key_file: server.key\n",
        then: Refuses("line 2: tls_server_config.cert_file: "),
    },
    Case {
        name: "a folder for a key",
        text: "tls_server_config:\n  cert_file: server.crt\n  key_file: .\n",
        then: Refuses("line 3: tls_server_config.key_file: "),
    },
    Case {
        name: "the key of another certificate",
        text: "tls_server_config:\n  cert_file: server.crt\n  key_file: second.key\n",
        then: Refuses("line 3: tls_server_config.key_file: "),
    },
    Case {
        name: "a certificate for a key",
        text: "tls_server_config:\n  cert_file: server.crt\n  key_file: server.crt\n",
        then: Refuses("line 3: tls_server_config.key_file: "),
    },
    Case {
        name: "words for a certificate",
        text: "tls_server_config:\n  cert: hello\n  key_file: server.key\n",
        then: Refuses("line 2: tls_server_config.cert: "),
    },
    Case {
        name: "a CA without a policy",
        text: "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n  client_ca_file: clients.crt\n",
        then: Refuses("line 4: tls_server_config.client_ca_file: "),
    },
    Case {
        name: "a CA under NoClientCert",
        text: "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n  client_ca: |\n    <clients.crt>\n  \
               client_auth_type: NoClientCert\n",
        then: Refuses("line 4: tls_server_config.client_ca: "),
    },
    Case {
        name: "a CA that is not there",
        text: "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n  client_ca_file: none.crt\n  \
               client_auth_type: RequireAndVerifyClientCert\n",
        then: Refuses("line 4: tls_server_config.client_ca_file: "),
    },
    Case {
        name: "an unknown policy",
        text: "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n  client_auth_type: Always\n",
        then: Refuses("line 4: tls_server_config.client_auth_type: "),
    },
    Case {
        name: "an unknown version",
        text: "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n  min_version: TLS111\n",
        then: Refuses("line 4: tls_server_config.min_version: "),
    },
    Case {
        name: "an unknown suite",
        text: "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n  cipher_suites:\n  - TLS_HOME_MADE\n",
        then: Refuses("line 5: tls_server_config.cipher_suites: "),
    },
    Case {
        name: "a suite that Go calls insecure",
        text: "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n  cipher_suites:\n  \
               - TLS_RSA_WITH_AES_128_GCM_SHA256\n",
        then: Refuses("line 5: tls_server_config.cipher_suites: "),
    },
    Case {
        name: "an unknown curve",
        text: "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n  curve_preferences: [P256]\n",
        then: Refuses("line 4: tls_server_config.curve_preferences: "),
    },
    Case {
        name: "suites without one for HTTP/2",
        text: "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n  cipher_suites:\n  \
               - TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384\n",
        then: Refuses("line 4: tls_server_config.cipher_suites: "),
    },
    Case {
        name: "suites of TLS 1.3 alone",
        text: "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n  cipher_suites:\n  \
               - TLS_AES_128_GCM_SHA256\n",
        then: Refuses("line 4: tls_server_config.cipher_suites: "),
    },
    Case {
        name: "a header that is not to be set",
        text: "http_server_config:\n  headers:\n    Server: x\n",
        then: Refuses("line 3: http_server_config.headers.Server: "),
    },
    Case {
        name: "a frame option that there is not",
        text: "http_server_config:\n  headers:\n    X-Frame-Options: allow\n",
        then: Refuses("line 3: http_server_config.headers.X-Frame-Options: "),
    },
    Case {
        name: "a content type option that there is not",
        text: "http_server_config:\n  headers:\n    X-Content-Type-Options: sniff\n",
        then: Refuses("line 3: http_server_config.headers.X-Content-Type-Options: "),
    },
    Case {
        name: "a boolean in quotes",
        text: "http_server_config:\n  http2: 'true'\n",
        then: Refuses("line 2: http_server_config.http2: "),
    },
    Case {
        name: "a password instead of a hash",
        text: "basic_auth_users:\n  alice: secret\n",
        then: Refuses("line 2: basic_auth_users.alice: "),
    },
    Case {
        name: "no password",
        text: "basic_auth_users:\n  alice:\n",
        then: Refuses("line 2: basic_auth_users.alice: "),
    },
    Case {
        name: "a hash beyond the highest cost",
        text: "basic_auth_users:\n  alice: $2a$32$p9vcIWz52fZX/972ZvnRaePAQ52ltgHkMMuEA9tkOs2Cm4HquB49u\n",
        then: Refuses("line 2: basic_auth_users.alice: "),
    },
    Case {
        name: "an interval that is none",
        text: "rate_limit:\n  interval: soon\n",
        then: Refuses("line 2: rate_limit.interval: "),
    },
    Case {
        name: "a burst that is no number",
        text: "rate_limit:\n  interval: 1s\n  burst: many\n",
        then: Refuses("line 3: rate_limit.burst: "),
    },
];
