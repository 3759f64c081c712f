//! What a program is given to do: the machine, containers, a Redis and an agent's telemetry, and Prometheus that comes for the pages.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;
use testkit::otlp::scenarios::{JSON, PROTOBUF};
use testkit::process::{Process, Signal, free_address};
use testkit::redis::loaded;

use crate::Failure;
use crate::bench::client::Client;
use crate::bench::docker::engine::Engine;
use crate::bench::redis::server::Server;

/// Requests as agents have sent them, from the workspace's root.
const TELEMETRY: [&str; 3] =
    ["tests/fixtures/otlp/claude-code", "tests/fixtures/otlp/codex", "tests/fixtures/otlp/gemini"];
/// Of each page, on one connection.
const SCRAPES: usize = 10;
/// How long a program may take to end.
const PATIENCE: Duration = Duration::from_secs(30);

/// What there is to be seen.
pub(super) struct Work {
    engine: Engine,
    redis: Server,
    ledgers: TempDir,
}

impl Work {
    /// Starts it. Fails without root, an engine and a Redis, all of which `./test --install` installs.
    pub(super) fn prepare() -> Result<Work, Failure> {
        let engine = Engine::boot()?;
        engine.run("old", 5, &[])?;
        let mut redis = Server::start()?;
        redis.run(&loaded::commands())?;
        Ok(Work { engine, redis, ledgers: tempfile::tempdir()? })
    }

    /// Runs the program `name`, which these words start, until it has done all of its work, and ends it as a service is ended. Fails
    /// when it doesn't start, answer or end.
    pub(super) fn run(&self, name: &str, words: &[String]) -> Result<(), Failure> {
        let pages = Pages::new()?;
        let mut command = self.engine.command("env");
        command.arg(format!("DOCKER_HOST={}", self.engine.host()));
        command.arg(format!("REDIS_ADDR=redis://{}", self.redis.address));
        let settings = pages.settings(&self.ledgers.path().join(format!("{name}.db")));
        let all = name == "pilotlight";
        if all {
            let variable = |name: &str| name.to_ascii_uppercase().replace(['-', '.'], "_");
            let variables =
                settings.iter().map(|(of, flag, value)| format!("{}_{}={value}", variable(of), variable(flag)));
            command.args(variables).args(words);
        } else {
            let flags =
                settings.iter().filter(|(of, ..)| *of == name).map(|(_, flag, value)| format!("--{flag}={value}"));
            command.args(words).args(flags);
        }
        let served: Vec<SocketAddr> = pages.of_all.iter().filter(|(of, _)| all || *of == name).map(|of| of.1).collect();
        let answer = |page: &SocketAddr| Client::connect(*page, "identity").and_then(|mut page| page.get()).is_ok();
        let mut process = Process::until(command, "all pages", || served.iter().all(answer))?;

        for page in &served {
            scrape(*page)?;
        }
        if all || name == "docker-exporter" {
            self.engine.run(name, 1, &[])?;
        }
        if all || name == "otlp-bridge" {
            TELEMETRY.into_iter().try_for_each(|folder| send(Path::new(folder), pages.otlp))?;
        }
        for page in &served {
            scrape(*page)?;
        }
        process.signal(Signal::TERM)?;
        process.wait(PATIENCE)?;
        Ok(())
    }
}

/// Where what is served.
struct Pages {
    of_all: [(&'static str, SocketAddr); 4],
    otlp: SocketAddr,
    grpc: SocketAddr,
}

impl Pages {
    fn new() -> Result<Pages, Failure> {
        let of_all = ["host-exporter", "docker-exporter", "redis-exporter", "otlp-bridge"];
        let place = |name| Ok::<_, Failure>((name, free_address()?));
        let [host, docker, redis, otlp] = of_all.map(place);
        Ok(Pages { of_all: [host?, docker?, redis?, otlp?], otlp: free_address()?, grpc: free_address()? })
    }

    /// Whose setting, its flag, its value.
    fn settings(&self, ledger: &Path) -> Vec<(&'static str, &'static str, String)> {
        let pages = self.of_all.iter().map(|(name, page)| (*name, "web.listen-address", page.to_string()));
        let bridge = [
            ("otlp.http-address", self.otlp.to_string()),
            ("otlp.grpc-address", self.grpc.to_string()),
            ("ledger.file", ledger.display().to_string()),
        ];
        pages.chain(bridge.map(|(flag, value)| ("otlp-bridge", flag, value))).collect()
    }
}

/// Comes for a page as Prometheus does, and as somebody with curl.
fn scrape(page: SocketAddr) -> Result<(), Failure> {
    let mut prometheus = Client::connect(page, "gzip")?;
    (0..SCRAPES).try_for_each(|_| prometheus.get())?;
    Ok(Client::connect(page, "identity")?.get()?)
}

/// Posts what the folder has.
fn send(folder: &Path, address: SocketAddr) -> Result<(), Failure> {
    for entry in fs::read_dir(folder)
        .map_err(|err| format!("{}: {err}; run this from the workspace's root", folder.display()))?
    {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let content_type = if name.ends_with(".json") { JSON } else { PROTOBUF };
        let Some(signal) =
            ["metrics", "logs", "traces"].into_iter().find(|signal| name.contains(&format!(".{signal}.")))
        else {
            continue;
        };
        Client::connect_to_post(address, &format!("/v1/{signal}"), content_type)?.post(&fs::read(&path)?)?;
    }
    Ok(())
}
