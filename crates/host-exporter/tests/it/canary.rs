//! Secrets that were planted wherever one may be, and that are nowhere in what the program shows.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use tempfile::TempDir;
use testkit::process::{Process, binary, free_address, run};
use testkit::raw::exchange;
use testkit::tls::Identity;

const PATIENCE: Duration = Duration::from_secs(20);
/// A request that is not answered in this time is one of those that need not be.
const ANSWER: Duration = Duration::from_secs(2);

const USER: &str = "alice";
const PASSWORD: &str = "canary-right-password-81c2";
const WRONG: &str = "canary-wrong-password-5e07";
const TOKEN: &str = "canary-right-token-c1d9";
const WRONG_TOKEN: &str = "canary-wrong-token-77ab";

/// All texts that must not be shown have this in them, but for what is computed of them.
const MARK: &str = "canary-";

/// The files of a guarded server, and what must not be seen of them.
struct Secrets {
    folder: TempDir,
    identity: Identity,
    hash: String,
}

impl Secrets {
    fn plant() -> Secrets {
        let secrets = Secrets {
            folder: tempfile::tempdir().unwrap(),
            identity: Identity::new().unwrap(),
            hash: bcrypt::hash(PASSWORD, 4).unwrap(),
        };
        fs::create_dir(secrets.path("cwd")).unwrap();
        fs::write(secrets.path("token"), format!("{TOKEN}\n")).unwrap();
        secrets
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn users(&self) -> String {
        format!("basic_auth_users:\n  {USER}: {}\n", self.hash)
    }

    /// A section with certificate and key in the file itself.
    fn tls(&self) -> String {
        let (certificate, key) = (indented(&self.identity.certificate), indented(&self.identity.key));
        format!("tls_server_config:\n  cert: |\n{certificate}  key: |\n{key}")
    }

    /// Everything that must not be seen.
    fn texts(&self) -> Vec<String> {
        let mut texts = vec![MARK.to_owned(), self.hash.clone()];
        // Salt and digest, also without the start that tells the kind of hash; a key, line by line.
        texts.extend(self.hash.rsplit('$').next().map(str::to_owned));
        texts.extend(self.identity.key.lines().filter(|line| !line.starts_with("-----")).map(str::to_owned));
        for (user, password) in [(USER, PASSWORD), (USER, WRONG), ("bob", PASSWORD), ("", PASSWORD), (PASSWORD, "")] {
            texts.push(STANDARD.encode(format!("{user}:{password}")));
        }
        for text in [PASSWORD, WRONG, TOKEN, WRONG_TOKEN] {
            texts.extend([STANDARD.encode(text), URL_SAFE.encode(text)]);
            texts.push(text.bytes().map(|byte| format!("{byte:02x}")).collect());
        }
        texts.retain(|text| text.len() >= 5);
        texts
    }

    fn assert_unseen(&self, place: &str, shown: &str) {
        for text in self.texts() {
            let lines: Vec<&str> = shown.lines().filter(|line| line.contains(&text)).collect();
            assert!(lines.is_empty(), "{place} shows {text:?}:\n{}", lines.join("\n"));
        }
    }

    /// The program where it could leave files behind, with secrets in its environment that are none of its business.
    fn command(&self) -> Command {
        let mut command = Command::new(binary("host-exporter").unwrap());
        command.current_dir(self.path("cwd")).env("TMPDIR", self.path("cwd")).env("HOME", self.path("cwd"));
        command.envs([
            ("AWS_SECRET_ACCESS_KEY", "canary-in-the-environment-1"),
            ("HTTP_PROXY", "http://alice:canary-in-the-environment-2@proxy.example:3128"),
            ("HOST_EXPORTER_PASSWORD", "canary-in-the-environment-3"),
            ("canary-name-of-a-variable", "1"),
        ]);
        command
    }

    fn start(&self, flags: &[String]) -> Process {
        let address = free_address().unwrap();
        let mut command = self.command();
        command.arg(format!("--web.listen-address={address}")).arg("--log.level=debug").args(flags);
        Process::listen(command, address).unwrap()
    }

    /// What it has logged, said of itself and left behind, at its end.
    fn assert_nothing_left(&self, mut process: Process) {
        for file in ["cmdline", "comm", "status"] {
            let bytes = fs::read(format!("/proc/{}/{file}", process.id())).unwrap();
            self.assert_unseen(file, &String::from_utf8_lossy(&bytes));
        }
        process.terminate().unwrap();
        assert!(process.wait(PATIENCE).unwrap().success());
        self.assert_unseen("standard output", &process.stdout());
        self.assert_unseen("standard error", &process.stderr());
        assert!(process.stderr().contains("stopping"), "{}", process.stderr());
        assert_eq!(fs::read_dir(self.path("cwd")).unwrap().count(), 0, "it has left files behind");
    }
}

fn basic(user: &str, password: &str) -> String {
    format!("Authorization: Basic {}\r\n", STANDARD.encode(format!("{user}:{password}")))
}

fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}\r\n")
}

/// Requests with secrets wherever a client may put one, and whether they are answered with a page.
fn requests() -> Vec<(String, bool)> {
    let get = |path: &str, headers: &str| {
        format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n")
    };
    let mut requests = Vec::new();
    for (headers, is_right) in [
        (basic(USER, PASSWORD), true),
        (bearer(TOKEN), true),
        (basic(USER, WRONG), false),
        (basic("bob", PASSWORD), false),
        (basic("", PASSWORD), false),
        (basic(PASSWORD, ""), false),
        (bearer(WRONG_TOKEN), false),
        (bearer(PASSWORD), false),
        (format!("Authorization: Basic {PASSWORD}\r\n"), false),
        (format!("Authorization: {PASSWORD}\r\n"), false),
        (format!("Authorization: Digest username=\"{USER}\", response=\"{PASSWORD}\"\r\n"), false),
        (format!("Authorization: Negotiate {PASSWORD}\r\nAuthorization: Basic {WRONG}\r\n"), false),
        (String::new(), false),
    ] {
        for path in ["/metrics", "/", "/-/ready", "/canary-path?token=canary-query"] {
            requests.push((get(path, &headers), is_right && !path.starts_with("/canary")));
        }
        let openmetrics = format!("Accept: application/openmetrics-text\r\n{headers}");
        requests.push((get("/metrics?token=canary-query&password=canary-query", &openmetrics), is_right));
        requests.push((get("/metrics?collect[]=canary-collector", &headers), false));
        requests.push((get("/metrics?collect[]=canary-collector&exclude[]=canary-collector", &headers), false));
        let others = "Cookie: session=canary-cookie\r\nX-Api-Key: canary-header\r\nProxy-Authorization: Basic canary-proxy\r\n\
                      Referer: http://alice:canary-referer@localhost/?t=canary-referer\r\nUser-Agent: canary-agent\r\n";
        requests.push((get("/metrics", &format!("{headers}{others}")), is_right));
        // What is turned away, or is no request at all.
        for head in [
            "GET http://alice:canary-userinfo@localhost/metrics?canary-query HTTP/1.1\r\nHost: localhost\r\n",
            "GET /metrics HTTP/1.1\r\nHost: alice:canary-userinfo@localhost\r\n",
            "GET /metrics HTTP/1.1\r\nHost: alice:canary-userinfo@evil.example\r\n",
            "GET /metrics HTTP/1.1\r\nHost: localhost\r\nOrigin: http://alice:canary-origin@evil.example\r\n",
            "CANARY-METHOD /canary-path HTTP/1.1\r\nHost: localhost\r\n",
            "POST /canary-path HTTP/1.1\r\nHost: localhost\r\nContent-Length: 11\r\n",
            "GET /canary-path HTTP/9.9\r\nHost: localhost\r\n",
            "GET /canary-path\x01\x7f HTTP/1.1\r\nHost: localhost\r\n",
            "GET /metrics HTTP/1.1\r\nHost: localhost\r\ncanary-header\r\n",
            "GET /metrics HTTP/1.1\r\nHost: localhost\r\ncanary-header : x\r\n",
            "GET /metrics HTTP/1.1\r\nHost: localhost\r\nX: canary-header\x01\r\n",
        ] {
            requests.push((format!("{head}Connection: close\r\n{headers}\r\ncanary-body"), false));
        }
    }
    requests
}

/// Status 200, however it is spelled.
fn is_page(answer: &str) -> bool {
    answer.starts_with("HTTP/1.1 200 ")
}

/// A guarded server with every kind of request, and with its files turned bad while it serves.
fn plain(format: &str) {
    let secrets = Secrets::plant();
    let config = secrets.path("web.yml");
    fs::write(&config, secrets.users()).unwrap();
    let process = secrets.start(&[
        format!("--log.format={format}"),
        format!("--web.config.file={}", config.display()),
        format!("--web.bearer-token-file={}", secrets.path("token").display()),
    ]);
    for (request, is_served) in requests() {
        let answer = exchange(process.address(), request.as_bytes(), ANSWER).unwrap().text();
        assert_eq!(is_page(&answer), is_served, "{request}\n{answer}");
        secrets.assert_unseen(&request, &answer);
    }
    let right = |headers: &str| format!("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n");
    for (_, bad) in bad_configurations(&secrets) {
        fs::write(&config, bad).unwrap();
        for request in [right(&basic(USER, PASSWORD)), right(&basic(USER, WRONG))] {
            let answer = exchange(process.address(), request.as_bytes(), ANSWER).unwrap().text();
            secrets.assert_unseen("an answer of a server whose file is bad", &answer);
        }
    }
    for bad in bad_tokens() {
        fs::write(secrets.path("token"), bad).unwrap();
        let answer = exchange(process.address(), right(&bearer(TOKEN)).as_bytes(), ANSWER).unwrap().text();
        secrets.assert_unseen("an answer of a server whose token is bad", &answer);
    }
    secrets.assert_nothing_left(process);
}

#[test]
fn no_secret_is_shown_with_logs_in_logfmt() {
    plain("logfmt");
}

#[test]
fn no_secret_is_shown_with_logs_in_json() {
    plain("json");
}

#[test]
fn no_secret_is_shown_over_tls() {
    let secrets = Secrets::plant();
    let config = secrets.path("web.yml");
    fs::write(&config, secrets.tls() + &secrets.users()).unwrap();
    let process = secrets.start(&[format!("--web.config.file={}", config.display())]);
    let client = secrets.identity.client().unwrap();
    for headers in [basic(USER, PASSWORD), basic(USER, WRONG), bearer(WRONG_TOKEN), String::new()] {
        let request =
            format!("GET /metrics?canary-query HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n");
        let answer = client.exchange(process.address(), request.as_bytes()).unwrap();
        assert_eq!(is_page(&answer), headers == basic(USER, PASSWORD), "{answer}");
        secrets.assert_unseen(&request, &answer);
        // In the clear, by mistake; and halves of handshakes.
        for bytes in [request.as_bytes(), b"\x16\x03\x01canary-handshake", b"\x16\x03\x01\x00\x10canary-handshake"] {
            let answer = exchange(process.address(), bytes, Duration::from_millis(100)).unwrap();
            secrets.assert_unseen("an answer without TLS", &answer.text());
        }
    }
    secrets.assert_nothing_left(process);
}

/// Files that hold a secret in a line that is wrong, and what is wrong.
fn bad_configurations(secrets: &Secrets) -> Vec<(&'static str, String)> {
    let Secrets { hash, .. } = secrets;
    let cut = &hash[..hash.len() - 1];
    let (tls, users) = (secrets.tls(), secrets.users());
    vec![
        ("a password where a hash belongs", format!("basic_auth_users:\n  {USER}: {PASSWORD}\n")),
        ("a hash that is cut off", format!("basic_auth_users:\n  {USER}: {cut}\n")),
        ("a hash with more behind it", format!("basic_auth_users:\n  {USER}: {hash}{PASSWORD}\n")),
        ("a hash in a list", format!("basic_auth_users:\n  - {USER}: {hash}\n")),
        ("a list of hashes", format!("basic_auth_users:\n  {USER}: [{hash}]\n")),
        ("a user twice", format!("{users}  {USER}: {hash}\n")),
        ("no space behind the colon", format!("basic_auth_users:\n  {USER}:{hash}\n")),
        ("an unknown key", format!("{users}password: {PASSWORD}\n")),
        ("an unknown key below", format!("{users}http_server_config:\n  token: {PASSWORD}\n")),
        ("a text where a section belongs", format!("basic_auth_users: {PASSWORD}\n")),
        ("a text for the whole", format!("{PASSWORD} {PASSWORD}\n")),
        ("a quote without end", format!("basic_auth_users:\n  {USER}: \"{PASSWORD}\n")),
        ("a tab", format!("basic_auth_users:\n\t{USER}: {PASSWORD}\n")),
        ("an alias to nothing", format!("basic_auth_users:\n  {USER}: *{PASSWORD}\n")),
        ("a tag", format!("basic_auth_users:\n  {USER}: !<{PASSWORD}> {hash}\n")),
        ("a directive", format!("%YAML {PASSWORD}\n---\n{users}")),
        ("a brace without end", format!("basic_auth_users: {{{USER}: {hash}\n")),
        ("two documents", format!("{users}---\nx: {PASSWORD}\n")),
        ("a header's value", format!("http_server_config:\n  headers:\n    X-Frame-Options: {PASSWORD} x\n")),
        ("an unknown header", format!("http_server_config:\n  headers:\n    Authorization: Basic {PASSWORD}\n")),
        ("a number", format!("rate_limit:\n  burst: {PASSWORD} x\n")),
        ("a key without a certificate", tls.replace("cert: |", "cert: \"\"\n  x: |")),
        ("a key that is cut off", tls.replace("-----END PRIVATE KEY-----", "")),
        (
            "a key in the certificate's place",
            format!("tls_server_config:\n  cert: |\n{0}  key: |\n{0}", indented(&secrets.identity.key)),
        ),
        (
            "a key in the key file's place",
            format!("tls_server_config:\n  cert_file: |\n{0}  key_file: |\n{0}", indented(&secrets.identity.key)),
        ),
        ("a key badly indented", tls.replace("    -----END PRIVATE", "-----END PRIVATE")),
        ("bytes that are not text", format!("{users}\u{0}{PASSWORD}")),
    ]
}

fn indented(pem: &str) -> String {
    pem.lines().map(|line| format!("    {line}\n")).collect()
}

fn bad_tokens() -> Vec<Vec<u8>> {
    vec![
        b"canary-\xff\xfe".to_vec(),
        Vec::new(),
        b"\n".to_vec(),
        format!("{TOKEN}\n").repeat(8 << 10).into_bytes(),
        format!("{TOKEN}\n{TOKEN}\n").into_bytes(),
        format!("{TOKEN}\0").into_bytes(),
    ]
}

/// Starts with these flags, and ends by itself or, where the file is good after all, serves.
fn assert_start_shows_nothing(secrets: &Secrets, what: &str, flags: &[String]) -> Option<i32> {
    let mut command = secrets.command();
    command.args(["--web.listen-address=192.0.2.1:9100", "--log.level=debug"]).args(flags);
    let ended = run(command, PATIENCE).unwrap_or_else(|error| panic!("{what}: {error}"));
    secrets.assert_unseen(what, &ended.stdout);
    secrets.assert_unseen(what, &ended.stderr);
    assert!(!ended.stderr.contains("panicked"), "{what}: {}", ended.stderr);
    ended.status.code()
}

#[test]
fn no_secret_is_shown_by_a_start_that_fails() {
    let secrets = Secrets::plant();
    let config = secrets.path("web.yml");
    for (what, bad) in bad_configurations(&secrets) {
        fs::write(&config, bad).unwrap();
        for format in ["logfmt", "json"] {
            let flags = [format!("--web.config.file={}", config.display()), format!("--log.format={format}")];
            // Status 1 is that of the address, which nobody can have: some of it is taken, as the peer does.
            let status = assert_start_shows_nothing(&secrets, what, &flags);
            assert!(matches!(status, Some(1 | 2)), "{what}: {status:?}");
        }
    }
    for bad in bad_tokens() {
        fs::write(secrets.path("token"), bad).unwrap();
        let flags = [format!("--web.bearer-token-file={}", secrets.path("token").display())];
        assert!(assert_start_shows_nothing(&secrets, "a bad token", &flags).is_some_and(|status| status > 0));
    }
    fs::write(&config, secrets.tls() + &secrets.users()).unwrap();
    let good = format!("--web.config.file={}", config.display());
    for flags in
        [vec![good.clone()], vec![good.clone(), "--web.max-requests=many".to_owned()], vec![good, "--help".to_owned()]]
    {
        assert_start_shows_nothing(&secrets, "a good file", &flags);
    }
    assert_eq!(fs::read_dir(secrets.path("cwd")).unwrap().count(), 0, "it has left files behind");
}

#[test]
fn no_secret_of_the_environment_is_in_help_and_version() {
    let secrets = Secrets::plant();
    for flag in ["--help", "-h", "--version", "--no-such-flag"] {
        let mut command = secrets.command();
        // A variable that sets a flag may well hold one.
        command
            .env("HOST_EXPORTER_WEB_BEARER_TOKEN_FILE", "/canary-path")
            .env("HOST_EXPORTER_WEB_CONFIG_FILE", "/canary-path");
        let ended = run(
            {
                command.arg(flag);
                command
            },
            PATIENCE,
        )
        .unwrap();
        secrets.assert_unseen(flag, &ended.stdout);
        secrets.assert_unseen(flag, &ended.stderr);
        assert!(Path::new(&secrets.path("cwd")).exists() && ended.status.code().is_some());
    }
}
