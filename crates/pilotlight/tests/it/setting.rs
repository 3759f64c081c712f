//! What a test gives the program of its own: addresses, and a folder in the place of its user's.

use std::ffi::OsStr;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;
use testkit::process::{Process, binary, free_address};

/// An address of no engine: this machine may have one, which is none of a test's business.
const NO_ENGINE: &str = "none";
/// The same of a Redis.
pub(crate) const NO_REDIS: &str = "127.0.0.1:1";

/// Addresses that were free a moment ago, and a folder in which the program keeps what it keeps.
pub(crate) struct Setting {
    pub(crate) host: SocketAddr,
    pub(crate) docker: SocketAddr,
    pub(crate) redis: SocketAddr,
    /// The bridge's page.
    pub(crate) page: SocketAddr,
    pub(crate) grpc: SocketAddr,
    pub(crate) http: SocketAddr,
    pub(crate) folder: TempDir,
}

impl Setting {
    pub(crate) fn new() -> Setting {
        let [host, docker, redis, page, grpc, http] = [(); 6].map(|()| free_address().unwrap());
        Setting { host, docker, redis, page, grpc, http, folder: tempfile::tempdir().unwrap() }
    }

    /// Where the ledger is when no setting says where.
    pub(crate) fn ledger(&self) -> PathBuf {
        let state = if cfg!(target_os = "macos") { "Library/Application Support" } else { ".local/state" };
        self.folder.path().join(state).join("pilotlight/ledger.db")
    }

    /// `pilotlight up` here, on a machine whose engine and Redis are out of reach.
    pub(crate) fn command(&self) -> Command {
        self.command_of(&binary("pilotlight").unwrap())
    }

    /// Another copy of the program.
    pub(crate) fn command_of(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env("HOME", self.folder.path()).env_remove("XDG_STATE_HOME").env_remove("STATE_DIRECTORY");
        command.env("DOCKER_HOST", NO_ENGINE).env("XDG_RUNTIME_DIR", self.folder.path());
        command.env("REDIS_ADDR", NO_REDIS);
        for variable in [
            "REDIS_USER",
            "REDIS_PASSWORD",
            "REDIS_PASSWORD_FILE",
            "DOCKER_CONTEXT",
            "DOCKER_CONFIG",
            "DOCKER_TLS_VERIFY",
        ] {
            command.env_remove(variable);
        }
        for (variable, address) in [
            ("HOST_EXPORTER_WEB_LISTEN_ADDRESS", self.host),
            ("DOCKER_EXPORTER_WEB_LISTEN_ADDRESS", self.docker),
            ("REDIS_EXPORTER_WEB_LISTEN_ADDRESS", self.redis),
            ("OTLP_BRIDGE_WEB_LISTEN_ADDRESS", self.page),
            ("OTLP_BRIDGE_OTLP_GRPC_ADDRESS", self.grpc),
            ("OTLP_BRIDGE_OTLP_HTTP_ADDRESS", self.http),
        ] {
            command.env(variable, address.to_string());
        }
        command
    }

    /// What it prints until it ends by itself, since nothing can be served; the bridge is off for a setting of its own.
    pub(crate) fn ends(&self, variable: &str, value: impl AsRef<OsStr>) -> [String; 2] {
        let mut command = self.command();
        let output = command.env("OTLP_BRIDGE_COMPAT", "nothing").env(variable, value).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap())
    }
}

/// Ends it, and gives the table.
pub(crate) fn table(mut process: Process) -> String {
    process.terminate().unwrap();
    assert!(process.wait(Duration::from_secs(10)).unwrap().success(), "{}", process.stderr());
    process.stdout()
}
