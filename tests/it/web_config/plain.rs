//! Files about users, limits and headers; what YAML allows; and files that change.

use super::case::Step::{Ask, Write};
use super::case::Then::Serves;
use super::case::{CONFIG, Case};
use super::client::{PLAIN, Request, TLS};

const fn with(credentials: &'static str) -> Request {
    Request { credentials, ..PLAIN }
}

/// alice:open sesame
const ALICE: &str = "YWxpY2U6b3BlbiBzZXNhbWU=";

/// bob:open sesame
const BOB: &str = "Ym9iOm9wZW4gc2VzYW1l";

const HTTP2: Request = Request { protocols: &["h2", "http/1.1"], ..TLS };
const SERVER: Request = Request { shows_server: true, ..TLS };

const ONE_USER: &str = "basic_auth_users:\n  alice: $2a$04$p9vcIWz52fZX/972ZvnRaePAQ52ltgHkMMuEA9tkOs2Cm4HquB49u\n";
const TWO_USERS: &str = "basic_auth_users:\n  alice: &hash $2a$04$p9vcIWz52fZX/972ZvnRaePAQ52ltgHkMMuEA9tkOs2Cm4HquB49u\n  \
                         bob: *hash\n";
const WITH_TLS: &str = "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n";

pub(crate) const CASES: &[Case] = &[
    Case { name: "an empty file", text: "", then: Serves(&[Ask(PLAIN, "200"), Ask(TLS, "refused")]) },
    Case { name: "comments", text: "# tls_server_config:\n---\n", then: Serves(&[Ask(PLAIN, "200")]) },
    Case {
        name: "empty sections",
        text: "tls_server_config:\nbasic_auth_users:\nrate_limit:\nhttp_server_config:\n  headers:\n",
        then: Serves(&[Ask(PLAIN, "200")]),
    },
    Case {
        name: "TLS that nothing switches on",
        text: "tls_server_config:\n  min_version: TLS13\n  cert_file: ''\n  client_auth_type: ''\n",
        then: Serves(&[Ask(PLAIN, "200")]),
    },
    Case {
        name: "two documents",
        text: "rate_limit: {}\n---\nbasic_auth_users: {}\n",
        then: Serves(&[Ask(PLAIN, "200")]),
    },
    Case {
        name: "a merged section",
        text: "rate_limit: &base {burst: 1}\nhttp_server_config:\n  <<: {http2: false}\n",
        then: Serves(&[Ask(PLAIN, "200")]),
    },
    Case { name: "a tag of nobody's", text: "rate_limit: !local {}\n", then: Serves(&[Ask(PLAIN, "200")]) },
    Case {
        name: "an alias",
        text: "basic_auth_users:\n  bob: &hash $2a$04$p9vcIWz52fZX/972ZvnRaePAQ52ltgHkMMuEA9tkOs2Cm4HquB49u\n  \
               alice: *hash\n",
        then: Serves(&[Ask(with(ALICE), "200")]),
    },
    Case {
        name: "null for HTTP/2",
        text: "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\nhttp_server_config:\n",
        then: Serves(&[Ask(HTTP2, "none")]),
    },
    Case {
        name: "one user",
        text: ONE_USER,
        then: Serves(&[
            Ask(PLAIN, "401 WWW-Authenticate=Basic"),
            Ask(with(ALICE), "200"),
            Ask(with(ALICE), "200"),
            Ask(with(BOB), "401 WWW-Authenticate=Basic"),
            // alice:wrong, alice: and Alice:open sesame
            Ask(with("YWxpY2U6d3Jvbmc="), "401 WWW-Authenticate=Basic"),
            Ask(with("YWxpY2U6"), "401 WWW-Authenticate=Basic"),
            Ask(with("QWxpY2U6b3BlbiBzZXNhbWU="), "401 WWW-Authenticate=Basic"),
            // No base64, and no colon.
            Ask(with("&&&"), "401 WWW-Authenticate=Basic"),
            Ask(with("YWxpY2U="), "401 WWW-Authenticate=Basic"),
        ]),
    },
    Case {
        name: "a hash for a password",
        text: ONE_USER,
        then: Serves(&[Ask(
            with("YWxpY2U6JDJhJDA0JHA5dmNJV3o1MmZaWC85NzJadm5SYWVQQVE1Mmx0Z0hrTU11RUE5dGtPczJDbTRIcXVCNDl1"),
            "401 WWW-Authenticate=Basic",
        )]),
    },
    Case {
        name: "one user over TLS",
        text: "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\nbasic_auth_users:\n  \
               alice: $2y$04$p9vcIWz52fZX/972ZvnRaePAQ52ltgHkMMuEA9tkOs2Cm4HquB49u\n",
        then: Serves(&[
            Ask(TLS, "401 WWW-Authenticate=Basic"),
            Ask(Request { credentials: ALICE, ..TLS }, "200"),
            Ask(Request { credentials: "YWxpY2U6d3Jvbmc=", ..TLS }, "401 WWW-Authenticate=Basic"),
        ]),
    },
    Case {
        name: "a hash in a block",
        text: "basic_auth_users:\n  alice: |\n    $2b$04$p9vcIWz52fZX/972ZvnRaePAQ52ltgHkMMuEA9tkOs2Cm4HquB49u\n",
        then: Serves(&[Ask(with(ALICE), "200")]),
    },
    Case {
        name: "a hash of no version",
        text: "basic_auth_users:\n  alice: $2z$04$p9vcIWz52fZX/972ZvnRaePAQ52ltgHkMMuEA9tkOs2Cm4HquB49u\n",
        then: Serves(&[]),
    },
    Case {
        name: "headers",
        text: "http_server_config:\n  headers:\n    X-Frame-Options: deny\n    X-Content-Type-Options: nosniff\n    \
               Strict-Transport-Security: max-age=31536000\n    X-XSS-Protection: 0\n    Content-Security-Policy: >\n      \
               default-src\n      'self'\n",
        then: Serves(&[Ask(
            PLAIN,
            "200 Strict-Transport-Security=max-age=31536000 X-Frame-Options=deny X-XSS-Protection=0 \
             Content-Security-Policy=default-src 'self'",
        )]),
    },
    Case {
        name: "headers of those who may not come",
        text: "http_server_config:\n  headers: {X-Frame-Options: sameorigin}\nbasic_auth_users:\n  \
               alice: $2a$04$p9vcIWz52fZX/972ZvnRaePAQ52ltgHkMMuEA9tkOs2Cm4HquB49u\n",
        then: Serves(&[
            Ask(PLAIN, "401 WWW-Authenticate=Basic X-Frame-Options=sameorigin"),
            Ask(with(ALICE), "200 X-Frame-Options=sameorigin"),
        ]),
    },
    // The request that shows that the program serves is one of the burst.
    Case {
        name: "a burst of three",
        text: "rate_limit:\n  interval: 1h\n  burst: 3\nhttp_server_config:\n  headers: {X-Frame-Options: deny}\n",
        then: Serves(&[
            Ask(PLAIN, "200 X-Frame-Options=deny"),
            Ask(PLAIN, "200 X-Frame-Options=deny"),
            Ask(PLAIN, "429"),
        ]),
    },
    Case {
        name: "no burst",
        text: "rate_limit:\n  interval: \"1s\"\n",
        then: Serves(&[Ask(PLAIN, "429"), Ask(PLAIN, "429")]),
    },
    Case {
        name: "less than no burst",
        text: "rate_limit:\n  interval: 1m30s\n  burst: -1\n",
        then: Serves(&[Ask(PLAIN, "429")]),
    },
    Case {
        name: "a limit that is off",
        text: "rate_limit:\n  interval: 0\n  burst: 0\n",
        then: Serves(&[Ask(PLAIN, "200"), Ask(PLAIN, "200"), Ask(PLAIN, "200")]),
    },
    Case {
        name: "a limit below zero",
        text: "rate_limit:\n  interval: -1s\n  burst: 0\n",
        then: Serves(&[Ask(PLAIN, "200"), Ask(PLAIN, "200")]),
    },
    Case { name: "an interval without a unit", text: "rate_limit:\n  interval: 5\n  burst: 1\n", then: Serves(&[]) },
    Case {
        name: "a limit before the password",
        text: "rate_limit:\n  interval: 1h\n  burst: 2\nbasic_auth_users:\n  \
               alice: $2a$04$p9vcIWz52fZX/972ZvnRaePAQ52ltgHkMMuEA9tkOs2Cm4HquB49u\n",
        then: Serves(&[Ask(PLAIN, "401 WWW-Authenticate=Basic"), Ask(with(ALICE), "429"), Ask(PLAIN, "429")]),
    },
    Case {
        name: "users that come and go",
        text: "",
        then: Serves(&[
            Ask(PLAIN, "200"),
            Write(CONFIG, ONE_USER),
            Ask(PLAIN, "401 WWW-Authenticate=Basic"),
            Ask(with(ALICE), "200"),
            Write(CONFIG, "basic_auth_users: {}\n"),
            Ask(PLAIN, "200"),
        ]),
    },
    Case {
        name: "a mistake while running",
        text: ONE_USER,
        then: Serves(&[
            Ask(with(ALICE), "200"),
            Write(CONFIG, "basic_auth_userz:\n"),
            Ask(PLAIN, "500"),
            Ask(with(ALICE), "500"),
            Write(CONFIG, TWO_USERS),
            Ask(PLAIN, "401 WWW-Authenticate=Basic"),
            Ask(with(ALICE), "200"),
            Ask(with(BOB), "200"),
        ]),
    },
    Case {
        name: "a limit that comes late",
        text: "",
        then: Serves(&[Write(CONFIG, "rate_limit: {interval: 1h, burst: 1}\n"), Ask(PLAIN, "200"), Ask(PLAIN, "200")]),
    },
    Case {
        name: "TLS that comes late",
        text: "",
        then: Serves(&[Write(CONFIG, WITH_TLS), Ask(TLS, "refused"), Ask(PLAIN, "200")]),
    },
    Case {
        name: "a certificate that is renewed",
        text: WITH_TLS,
        then: Serves(&[
            Ask(SERVER, "200 of first"),
            Write("server.crt", "<second.crt>"),
            Ask(SERVER, "refused"),
            Write("server.key", "<second.key>"),
            Ask(SERVER, "200 of second"),
        ]),
    },
    Case {
        name: "a policy that comes late",
        text: WITH_TLS,
        then: Serves(&[
            Ask(TLS, "200"),
            Write(
                CONFIG,
                "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n  client_ca_file: clients.crt\n  \
                 client_auth_type: RequireAndVerifyClientCert\n",
            ),
            Ask(TLS, "refused"),
            Ask(Request { certificate: "scraper", ..TLS }, "200"),
        ]),
    },
];
