//! What guards a server: the web configuration file and the bearer token, as they are now.
//!
//! Both files are followed: each connection and each request gets what they say at that moment. A file that turns bad
//! leaves in force what was good, and so does one that would lay the server open, because half of a file that is being
//! written reads just like that.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use rustls::ServerConfig;

use crate::lock::lock;
use crate::secret::Secret;
use crate::web::auth::Authenticator;
use crate::web::config::{Loaded, Source, WebFlags};
use crate::web::rate_limit::RateLimit;

/// Guards one server.
pub struct Security {
    pub(crate) authenticator: Authenticator,
    state: Mutex<State>,
}

/// What is in force, and where it comes from.
struct State {
    config: Arc<Loaded>,
    config_file: Option<Followed<Source>>,
    token: Option<Arc<Secret>>,
    token_file: Option<Followed<PathBuf>>,
    limiter: Option<RateLimit>,
}

/// What is looked at again and again.
struct Followed<S> {
    /// What it is called in the log: a path, or a flag.
    name: String,
    source: S,
    /// What is wrong with it now.
    problem: Option<String>,
}

/// What holds for one request.
pub(crate) struct Guard {
    pub(crate) config: Arc<Loaded>,
    pub(crate) token: Option<Arc<Secret>>,
    /// Whether the rate limit lets it through.
    pub(crate) in_rate: bool,
}

/// A file, or a flag, that a server can't start with.
#[derive(Debug)]
pub struct SecurityError(String);

impl fmt::Display for SecurityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SecurityError {}

impl SecurityError {
    /// The file says who may come, and so do flags.
    pub(crate) fn twice(flags: &WebFlags) -> Self {
        SecurityError(format!(
            "--web.config.file says who may come, and so does {}; leave one of them out",
            flags.flag()
        ))
    }
}

impl Security {
    /// Reads the web configuration file and the file of the bearer token, where there are such.
    ///
    /// # Errors
    /// When one can't be read or is wrong; the text names line, key and remedy.
    pub fn open(config_file: Option<&Path>, token_file: Option<&Path>) -> Result<Self, SecurityError> {
        let mut config_file = config_file.map(|path| Followed::new(named(path), Source::new(path)));
        let config = match &mut config_file {
            Some(file) => file.source.changed().transpose().map_err(|error| wrong(&file.name, &error))?,
            None => None,
        };
        Security::of(config, config_file, token_file)
    }

    /// As [`Security::open`], by what flags say in the place of the configuration file.
    ///
    /// # Errors
    /// As that, but that the text names a flag.
    pub fn by_flags(flags: &WebFlags, token_file: Option<&Path>) -> Result<Self, SecurityError> {
        let mut source = Source::of_flags(flags.clone());
        let config = source.changed().transpose().map_err(|error| SecurityError(error.to_string()))?;
        let followed = source.has_files().then(|| Followed::new(flags.flag().to_owned(), source));
        Security::of(config, followed, token_file)
    }

    fn of(
        config: Option<Loaded>,
        config_file: Option<Followed<Source>>,
        token_file: Option<&Path>,
    ) -> Result<Self, SecurityError> {
        let token =
            token_file.map(|path| Secret::read(path).map_err(|error| wrong(&named(path), &error))).transpose()?;
        let mut state = State {
            config: Arc::default(),
            config_file,
            token: None,
            token_file: token_file.map(|path| Followed::new(named(path), path.to_owned())),
            limiter: None,
        };
        state.install(config.unwrap_or_default());
        if let (Some(token), Some(file)) = (token, token_file) {
            if token.readable_by_others() {
                tracing::warn!(file = %file.display(), "others may read the bearer token; chmod 600 keeps it");
            }
            state.token = Some(Arc::new(token));
        }
        let authenticator = Authenticator::new();
        let authenticator = authenticator.map_err(|error| wrong("random numbers", &error))?;
        Ok(Security { authenticator, state: Mutex::new(state) })
    }

    /// The scheme of the server's URLs.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        if self.has_tls() { "https" } else { "http" }
    }

    /// Whether the server speaks TLS, by what was last read.
    pub(crate) fn has_tls(&self) -> bool {
        lock(&self.state).config.tls.is_some()
    }

    /// Whether there is a file to follow.
    pub(crate) fn follows_files(&self) -> bool {
        let state = lock(&self.state);
        state.config_file.is_some() || state.token_file.is_some()
    }

    /// Whether the files say what is in force.
    pub(crate) fn is_current(&self) -> bool {
        let state = lock(&self.state);
        state.config_file.as_ref().is_none_or(Followed::is_good)
            && state.token_file.as_ref().is_none_or(Followed::is_good)
    }

    /// What a new connection has to speak TLS with; `None` for plain HTTP.
    pub(crate) fn tls(&self) -> Option<Arc<ServerConfig>> {
        let mut state = lock(&self.state);
        state.follow_config();
        state.config.tls.clone()
    }

    /// What holds for a request that arrives now, which counts against the rate limit.
    pub(crate) fn guard(&self, now: Instant) -> Guard {
        let mut state = lock(&self.state);
        state.follow_config();
        state.follow_token();
        let in_rate = state.limiter.as_ref().is_none_or(|limiter| limiter.allow(now));
        Guard { config: Arc::clone(&state.config), token: state.token.clone(), in_rate }
    }
}

impl State {
    fn follow_config(&mut self) {
        let Some(file) = &mut self.config_file else { return };
        match file.source.changed() {
            None => {}
            Some(Ok(config)) => match weakens(&self.config, &config) {
                Some(how) => file.tell(Some(format!("it {how}, which takes a restart"))),
                None => {
                    file.tell(None);
                    tracing::info!(file = file.name, "read again");
                    self.install(config);
                }
            },
            Some(Err(error)) => file.tell(Some(error.to_string())),
        }
    }

    fn follow_token(&mut self) {
        let Some(file) = &mut self.token_file else { return };
        match Secret::read(&file.source) {
            Ok(token) => {
                self.token = Some(Arc::new(token));
                file.tell(None);
            }
            Err(error) => file.tell(Some(error.to_string())),
        }
    }

    /// Puts a configuration in force, and says what of it is unwise.
    fn install(&mut self, loaded: Loaded) {
        for (user, cost) in loaded.config.users.costly() {
            tracing::warn!(user, cost, "a new password takes seconds of a processor to check; a cost of 10 will do");
        }
        let limit = loaded.config.rate_limit;
        self.limiter = limit.map(|limit| RateLimit::new(limit.interval, limit.burst, Instant::now()));
        self.config = Arc::new(loaded);
    }
}

impl<S> Followed<S> {
    fn new(name: String, source: S) -> Self {
        Followed { name, source, problem: None }
    }

    fn is_good(&self) -> bool {
        self.problem.is_none()
    }

    /// Logs what is wrong with the file, or that nothing is any more: once per change.
    fn tell(&mut self, problem: Option<String>) {
        if self.problem == problem {
            return;
        }
        let file = &self.name;
        match &problem {
            Some(error) => tracing::warn!(file, error, "can't be used; what it said before stays in force"),
            None => tracing::info!(file, "can be used again"),
        }
        self.problem = problem;
    }
}

fn named(path: &Path) -> String {
    path.display().to_string()
}

fn wrong(file: &str, error: &impl fmt::Display) -> SecurityError {
    SecurityError(format!("{file}: {error}"))
}

/// How the new configuration would let in whom the old one keeps out.
fn weakens(old: &Loaded, new: &Loaded) -> Option<&'static str> {
    let clients = |loaded: &Loaded| loaded.config.tls.as_ref().map(|tls| (tls.client_auth, tls.allowed_sans.is_some()));
    if old.tls.is_some() && new.tls.is_none() {
        Some("switches TLS off")
    } else if !old.config.users.is_empty() && new.config.users.is_empty() {
        Some("removes the last user")
    } else if clients(old) > clients(new) {
        Some("asks less of clients' certificates")
    } else {
        None
    }
}
