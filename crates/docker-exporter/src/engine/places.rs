//! Which engine is meant: the one that was named, else the one that the `docker` command would use, else any that is where
//! engines are known to be.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};

use exporter_toolkit::{ReadFileError, read_file};
use ring::digest::{SHA256, digest};
use serde::Deserialize;

use crate::engine::endpoint::{Endpoint, EndpointError};
use crate::engine::error::EngineError;

/// More than this is no configuration of the `docker` command.
const MOST_BYTES: usize = 1 << 20;
/// Colima has a folder for each of its machines; nobody has more.
const MOST_PROFILES: usize = 16;

/// What leads to an engine. Engines come and go, so it is looked for anew with each attempt to connect.
#[derive(Debug, Clone)]
pub(crate) struct Finder {
    /// `--docker.host`.
    pub(crate) host: Option<Endpoint>,
    pub(crate) environment: Environment,
}

/// What the process was started with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Environment {
    docker_host: Option<OsString>,
    docker_context: Option<OsString>,
    docker_config: Option<PathBuf>,
    docker_tls_verify: Option<OsString>,
    runtime_folder: Option<PathBuf>,
    home: Option<PathBuf>,
    user: u32,
}

/// Where to try, in this order, and what there is to tell of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Places {
    pub(crate) origin: Origin,
    pub(crate) endpoints: Vec<Endpoint>,
    /// Known places where there is no socket.
    pub(crate) missing: Vec<String>,
    /// What the `docker` command has laid down and could not be followed, and why.
    pub(crate) remarks: Vec<String>,
}

/// Who names an engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// `--docker.host`.
    Flag,
    /// `DOCKER_HOST`.
    Variable,
    /// A context of the `docker` command: its name.
    Context(String),
    /// Nobody.
    Known,
}

/// What of the machine's files is looked at.
trait Files {
    fn is_socket(&self, path: &Path) -> bool;
    fn is_there(&self, path: &Path) -> bool;
    fn read(&self, path: &Path) -> Result<Vec<u8>, ReadFileError>;
    /// The names of what is in a folder; none if it is not there.
    fn names(&self, folder: &Path) -> Vec<String>;
}

/// Those of this one.
struct Machine;

impl Files for Machine {
    fn is_socket(&self, path: &Path) -> bool {
        fs::metadata(path).is_ok_and(|metadata| metadata.file_type().is_socket())
    }

    fn is_there(&self, path: &Path) -> bool {
        path.exists()
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, ReadFileError> {
        read_file(path, MOST_BYTES).map(|(bytes, _)| bytes)
    }

    fn names(&self, folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().into_string().ok()).take(MOST_PROFILES).collect()
    }
}

impl Environment {
    /// Of the variables that the process has, and the number of its user.
    pub(crate) fn new(variable: impl Fn(&str) -> Option<OsString>, user: u32) -> Self {
        // To these programs an empty variable is none.
        let set = |name| variable(name).filter(|value| !value.is_empty());
        let folder = |name| set(name).map(PathBuf::from).filter(|path| path.is_absolute());
        Environment {
            docker_host: set("DOCKER_HOST"),
            docker_context: set("DOCKER_CONTEXT"),
            docker_config: folder("DOCKER_CONFIG"),
            docker_tls_verify: set("DOCKER_TLS_VERIFY"),
            runtime_folder: folder("XDG_RUNTIME_DIR"),
            home: folder("HOME"),
            user,
        }
    }
}

impl Finder {
    /// Where an engine may be now.
    ///
    /// # Errors
    /// What was named is no address that this program can talk to.
    pub(crate) fn find(&self) -> Result<Places, EngineError> {
        self.find_among(&Machine)
    }

    fn find_among(&self, files: &impl Files) -> Result<Places, EngineError> {
        let environment = &self.environment;
        if let Some(host) = &self.host {
            return self.named(Origin::Flag, "--docker.host", host.clone());
        }
        if let Some(host) = &environment.docker_host {
            let host = host.to_str().ok_or(EndpointError::Unknown).and_then(str::parse);
            return match host {
                Ok(host) => self.named(Origin::Variable, "DOCKER_HOST", host),
                Err(error) => Err(EngineError::Address("DOCKER_HOST", error)),
            };
        }
        let mut remarks = Vec::new();
        match context(environment, files) {
            Ok(Some((name, endpoint))) => return Ok(Places::of(Origin::Context(name), endpoint)),
            Ok(None) => {}
            Err(remark) => remarks.push(remark),
        }
        let mut places = Places { remarks, ..Places::of_none() };
        for path in known(environment, files) {
            if files.is_socket(&path) {
                places.endpoints.push(Endpoint::Unix(path));
            } else {
                places.missing.push(path.display().to_string());
            }
        }
        Ok(places)
    }

    fn named(&self, origin: Origin, who: &'static str, endpoint: Endpoint) -> Result<Places, EngineError> {
        // To the `docker` command this means that tcp:// is TLS, and an engine that wants it answers nothing else.
        if matches!(endpoint, Endpoint::Tcp { .. }) && self.environment.docker_tls_verify.is_some() {
            return Err(EngineError::Address(who, EndpointError::Verify));
        }
        Ok(Places::of(origin, endpoint))
    }
}

impl Places {
    fn of(origin: Origin, endpoint: Endpoint) -> Self {
        Places { origin, endpoints: vec![endpoint], ..Places::of_none() }
    }

    fn of_none() -> Self {
        Places { origin: Origin::Known, endpoints: Vec::new(), missing: Vec::new(), remarks: Vec::new() }
    }
}

/// `config.json` of the `docker` command.
#[derive(Deserialize)]
struct Config {
    #[serde(rename = "currentContext", default)]
    current_context: Option<String>,
}

/// `contexts/meta/DIGEST/meta.json`.
#[derive(Deserialize)]
struct Meta {
    #[serde(rename = "Endpoints")]
    endpoints: MetaEndpoints,
}

#[derive(Deserialize)]
struct MetaEndpoints {
    docker: MetaEndpoint,
}

#[derive(Deserialize)]
struct MetaEndpoint {
    #[serde(rename = "Host")]
    host: String,
}

/// The context that the `docker` command would use and its engine; none if it would use the usual one. What can't be followed
/// is told.
fn context(environment: &Environment, files: &impl Files) -> Result<Option<(String, Endpoint)>, String> {
    let home = || environment.home.as_ref().map(|home| home.join(".docker"));
    let Some(folder) = environment.docker_config.clone().or_else(home) else { return Ok(None) };
    let name = match &environment.docker_context {
        Some(name) => name.to_str().ok_or("DOCKER_CONTEXT is not UTF-8")?.to_owned(),
        None => {
            let config: Option<Config> = read(files, &folder.join("config.json"))?;
            config.and_then(|config| config.current_context).unwrap_or_default()
        }
    };
    // This one stands for none.
    if name.is_empty() || name == "default" {
        return Ok(None);
    }
    let key = key(&name);
    let path = folder.join("contexts/meta").join(&key).join("meta.json");
    let meta: Meta = read(files, &path)?.ok_or_else(|| {
        format!("the docker context {name:?} is passed over: there is no {}; see docker context ls", path.display())
    })?;
    let passed_over = |error: EndpointError| format!("the docker context {name:?} is passed over: {error}");
    let endpoint = meta.endpoints.docker.host.parse().map_err(passed_over)?;
    if matches!(endpoint, Endpoint::Tcp { .. })
        && files.is_there(&folder.join("contexts/tls").join(&key).join("docker"))
    {
        return Err(passed_over(EndpointError::Tls));
    }
    Ok(Some((name, endpoint)))
}

/// The folder of a context.
fn key(name: &str) -> String {
    digest(&SHA256, name.as_bytes()).as_ref().iter().fold(String::new(), |mut key, byte| {
        write!(key, "{byte:02x}").expect("a String takes every write");
        key
    })
}

/// A file of the `docker` command; none if it is not there.
fn read<T: for<'de> Deserialize<'de>>(files: &impl Files, path: &Path) -> Result<Option<T>, String> {
    let bytes = match files.read(path) {
        Ok(bytes) => bytes,
        Err(ReadFileError::Io(error)) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("{} is passed over: {error}", path.display())),
    };
    // Not the reader's own words: the file may hold passwords.
    serde_json::from_slice(&bytes).map(Some).map_err(|error| {
        format!("{} is passed over: not as docker writes it, at line {}", path.display(), error.line())
    })
}

/// Where engines are known to be: the machine's, the user's, those in a Mac's virtual machines, Podman.
fn known(environment: &Environment, files: &impl Files) -> Vec<PathBuf> {
    let mut paths = vec![PathBuf::from("/var/run/docker.sock"), PathBuf::from("/run/docker.sock")];
    let user = PathBuf::from(format!("/run/user/{}", environment.user));
    let runtime = environment.runtime_folder.as_ref().unwrap_or(&user);
    paths.push(runtime.join("docker.sock"));
    paths.push(user.join("docker.sock"));
    if let Some(home) = &environment.home {
        paths.push(home.join(".docker/run/docker.sock"));
        paths.push(home.join(".orbstack/run/docker.sock"));
        paths.push(home.join(".colima/default/docker.sock"));
        let mut profiles = files.names(&home.join(".colima"));
        // What begins with an underscore is Colima's own.
        profiles.retain(|profile| !profile.starts_with(['_', '.']) && profile != "default" && profile != "docker.sock");
        profiles.sort_unstable();
        paths.extend(profiles.iter().map(|profile| home.join(".colima").join(profile).join("docker.sock")));
        paths.push(home.join(".colima/docker.sock"));
        paths.push(home.join(".rd/docker.sock"));
        paths.push(home.join(".lima/default/sock/docker.sock"));
        paths.push(home.join(".lima/docker/sock/docker.sock"));
    }
    paths.push(PathBuf::from("/run/podman/podman.sock"));
    paths.push(runtime.join("podman/podman.sock"));
    if let Some(home) = &environment.home {
        paths.push(home.join(".local/share/containers/podman/machine/podman.sock"));
    }
    let mut seen = Vec::new();
    paths.retain(|path| {
        let is_new = !seen.contains(path);
        if is_new {
            seen.push(path.clone());
        }
        is_new
    });
    paths
}
