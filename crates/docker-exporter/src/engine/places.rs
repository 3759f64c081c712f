//! Which engine is meant: the one that was named, else the one that the `docker` command would use, else any that is where
//! engines are known to be.

use std::path::PathBuf;

use exporter_toolkit::order;

use crate::engine::context::context;
use crate::engine::endpoint::{Endpoint, EndpointError};
use crate::engine::environment::{Environment, Files, Machine};
use crate::engine::error::EngineError;

/// What leads to an engine. Engines come and go, so it is looked for anew with each attempt to connect.
#[derive(Debug, Clone)]
pub(crate) struct Finder {
    /// `--docker.host`.
    pub(crate) host: Option<Endpoint>,
    pub(crate) environment: Environment,
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
        order::sort_by(&mut profiles, Ord::cmp);
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

#[cfg(test)]
pub(super) mod tests {
    use std::fs;

    use super::*;
    use crate::engine::context::tests::files;
    use crate::engine::environment::tests::Table;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        let variable = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into());
        Environment::new(variable, 1000)
    }

    pub(in crate::engine) fn found(
        host: Option<&str>,
        variables: &[(&str, &str)],
        files: &Table,
    ) -> Result<Places, String> {
        let host = host.map(|host| host.parse().unwrap());
        Finder { host, environment: environment(variables) }.find_among(files).map_err(|error| error.to_string())
    }

    pub(in crate::engine) fn hosts(places: &Places) -> Vec<String> {
        places.endpoints.iter().map(ToString::to_string).collect()
    }

    const MAC: &[(&str, &str)] = &[("HOME", "/Users/ada")];
    const LINUX: &[(&str, &str)] = &[("HOME", "/home/ada"), ("XDG_RUNTIME_DIR", "/run/user/1000")];

    #[test]
    fn where_engines_are_known_to_be() {
        for (system, variables, sockets) in [
            ("Linux", LINUX, &["/var/run/docker.sock"][..]),
            ("rootless", LINUX, &["/run/user/1000/docker.sock"]),
            ("rootless, as a service", &[], &["/run/user/1000/docker.sock"]),
            ("another runtime folder", &[("XDG_RUNTIME_DIR", "/tmp/run")], &["/tmp/run/docker.sock"]),
            ("both", LINUX, &["/var/run/docker.sock", "/run/user/1000/docker.sock"]),
            ("Docker Desktop", MAC, &["/Users/ada/.docker/run/docker.sock"]),
            ("OrbStack", MAC, &["/Users/ada/.orbstack/run/docker.sock"]),
            ("Colima", MAC, &["/Users/ada/.colima/default/docker.sock"]),
            (
                "profiles of Colima",
                MAC,
                &[
                    "/Users/ada/.colima/default/docker.sock",
                    "/Users/ada/.colima/arm/docker.sock",
                    "/Users/ada/.colima/work/docker.sock",
                ],
            ),
            ("an older Colima", MAC, &["/Users/ada/.colima/docker.sock"]),
            ("Rancher Desktop", MAC, &["/Users/ada/.rd/docker.sock"]),
            ("Lima", MAC, &["/Users/ada/.lima/default/sock/docker.sock", "/Users/ada/.lima/docker/sock/docker.sock"]),
            ("Podman", &[], &["/run/podman/podman.sock"]),
            ("rootless Podman", LINUX, &["/run/user/1000/podman/podman.sock"]),
            ("Podman on a Mac", MAC, &["/Users/ada/.local/share/containers/podman/machine/podman.sock"]),
            ("nothing", MAC, &[]),
        ] {
            let table = Table { sockets: sockets.to_vec(), ..Table::default() };
            let places = found(None, variables, &table).unwrap();
            let expected: Vec<String> = sockets.iter().map(|socket| format!("unix://{socket}")).collect();
            assert_eq!((hosts(&places), &places.origin), (expected, &Origin::Known), "{system}");
            assert_eq!(places.remarks, [""; 0]);
        }
    }

    #[test]
    fn what_was_tried() {
        let places = found(None, &[("HOME", "/home/ada"), ("XDG_RUNTIME_DIR", "relative")], &Table::default()).unwrap();
        assert_eq!(
            places.missing,
            [
                "/var/run/docker.sock",
                "/run/docker.sock",
                "/run/user/1000/docker.sock",
                "/home/ada/.docker/run/docker.sock",
                "/home/ada/.orbstack/run/docker.sock",
                "/home/ada/.colima/default/docker.sock",
                "/home/ada/.colima/docker.sock",
                "/home/ada/.rd/docker.sock",
                "/home/ada/.lima/default/sock/docker.sock",
                "/home/ada/.lima/docker/sock/docker.sock",
                "/run/podman/podman.sock",
                "/run/user/1000/podman/podman.sock",
                "/home/ada/.local/share/containers/podman/machine/podman.sock",
            ]
        );
        assert_eq!(places.endpoints, []);
    }

    /// What is named is what is meant, whether it is there or not.
    #[test]
    fn the_flag_before_the_variable_before_the_context() {
        let table = Table { sockets: vec!["/var/run/docker.sock"], files: files("unix:///ctx.sock") };
        let host = ("DOCKER_HOST", "tcp://proxy:2375");
        let home = ("HOME", "/home/ada");
        for (flag, variables, expected, origin) in [
            (Some("unix:///flag.sock"), &[host, home][..], "unix:///flag.sock", Origin::Flag),
            (None, &[host, home, ("DOCKER_CONTEXT", "desktop-linux")], "tcp://proxy:2375", Origin::Variable),
            (None, &[home], "unix:///ctx.sock", Origin::Context("desktop-linux".to_owned())),
            (None, &[home, ("DOCKER_HOST", "")], "unix:///ctx.sock", Origin::Context("desktop-linux".to_owned())),
            (None, &[home, ("DOCKER_CONTEXT", "default")], "unix:///var/run/docker.sock", Origin::Known),
            (None, &[], "unix:///var/run/docker.sock", Origin::Known),
        ] {
            let places = found(flag, variables, &table).unwrap();
            assert_eq!((hosts(&places), places.origin), (vec![expected.to_owned()], origin));
        }
    }

    #[test]
    fn what_is_named_and_can_not_be_used() {
        let verify = ("DOCKER_TLS_VERIFY", "1");
        let tls = "DOCKER_TLS_VERIFY is set, and TLS to the engine is not supported; use its Unix socket, or a socket proxy on a \
                   private network with DOCKER_TLS_VERIFY unset";
        for (flag, variables, message) in [
            (None, &[("DOCKER_HOST", "tcp://proxy:2376"), verify][..], format!("DOCKER_HOST: {tls}")),
            (Some("tcp://proxy:2376"), &[verify], format!("--docker.host: {tls}")),
            (
                None,
                &[("DOCKER_HOST", "tcp://user:canary@proxy")],
                "DOCKER_HOST: a user or a password in the address is not supported; use a socket proxy on a private network"
                    .to_owned(),
            ),
        ] {
            assert_eq!(found(flag, variables, &Table::default()), Err(message));
        }
        // A Unix socket has no TLS, whatever is set.
        assert!(found(None, &[("DOCKER_HOST", "unix:///a"), verify], &Table::default()).is_ok());
    }

    /// Of this machine: a socket is one, and what only looks like one is not.
    #[test]
    fn sockets_and_what_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("docker.sock");
        assert!(!Machine.is_socket(&socket));
        // What compose makes of a mount whose source is not there.
        fs::create_dir(&socket).unwrap();
        assert!(!Machine.is_socket(&socket));
        fs::remove_dir(&socket).unwrap();
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        assert!(Machine.is_socket(&socket));
        assert_eq!(Machine.names(folder.path()), ["docker.sock"]);
        assert_eq!(Machine.names(&folder.path().join("none")), [""; 0]);
    }
}
