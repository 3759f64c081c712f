//! The context that the `docker` command would use: what it has laid down in its folder.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use exporter_toolkit::ReadFileError;
use ring::digest::{SHA256, digest};
use serde::Deserialize;

use crate::engine::endpoint::{Endpoint, EndpointError};
use crate::engine::environment::{Environment, Files};

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
pub(super) fn context(environment: &Environment, files: &impl Files) -> Result<Option<(String, Endpoint)>, String> {
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

/// Takes bytes as either file.
#[cfg(fuzzing)]
pub(super) fn read_any(bytes: &[u8]) {
    serde_json::from_slice::<Config>(bytes).ok();
    serde_json::from_slice::<Meta>(bytes).ok();
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::engine::environment::tests::Table;
    use crate::engine::places::tests::{found, hosts};

    /// Of `desktop-linux`, as its digest is.
    const META: &str =
        "/home/ada/.docker/contexts/meta/fe9c6bd7a66301f49ca9b6a70b217107cd1284598bfc254700c989b916da791e/meta.json";
    const CONFIG: &str = "/home/ada/.docker/config.json";

    /// The files of the `docker` command whose current context has this address.
    pub(in crate::engine) fn files(host: &str) -> BTreeMap<String, &'static [u8]> {
        let meta = format!(
            r#"{{"Name":"desktop-linux","Metadata":{{"Description":"Docker Desktop"}},
                "Endpoints":{{"docker":{{"Host":"{host}","SkipTLSVerify":false}}}}}}"#
        );
        let config = br#"{"auths":{"r.example":{"auth":"canary"}},"currentContext":"desktop-linux"}"#;
        BTreeMap::from([(CONFIG.to_owned(), &config[..]), (META.to_owned(), meta.leak().as_bytes())])
    }

    #[test]
    fn a_context_in_another_folder() {
        let meta = META.replace("/home/ada/.docker", "/etc/docker-cli");
        let bytes = files("unix:///ctx.sock")[META];
        let table = Table { files: BTreeMap::from([(meta, bytes)]), ..Table::default() };
        let variables =
            [("DOCKER_CONFIG", "/etc/docker-cli"), ("DOCKER_CONTEXT", "desktop-linux"), ("HOME", "/home/ada")];
        assert_eq!(hosts(&found(None, &variables, &table).unwrap()), ["unix:///ctx.sock"]);
    }

    /// What is broken there is told of, without what is in it, and costs nobody the engine that is where it usually is.
    #[test]
    fn contexts_that_are_passed_over() {
        let with = |path: &str, bytes: &'static [u8]| {
            let mut files = files("unix:///ctx.sock");
            files.insert(path.to_owned(), bytes);
            files
        };
        let mut without = files("unix:///ctx.sock");
        without.remove(META);
        let mut tls = files("tcp://far:2376");
        let ca = META.replace("meta.json", "docker/ca.pem").replace("/meta/", "/tls/");
        tls.insert(ca, b"-----");
        for (files, remark) in [
            (
                with(CONFIG, b"{\"auths\":\n\"canary"),
                format!("{CONFIG} is passed over: not as docker writes it, at line 2"),
            ),
            (with(CONFIG, b"7"), format!("{CONFIG} is passed over: not as docker writes it, at line 1")),
            (with(CONFIG, b""), format!("{CONFIG} is passed over: permission denied")),
            (with(META, b"{}"), format!("{META} is passed over: not as docker writes it, at line 1")),
            (
                without,
                format!(
                    "the docker context \"desktop-linux\" is passed over: there is no {META}; see docker context ls"
                ),
            ),
            (
                files("ssh://ada@far"),
                format!("the docker context \"desktop-linux\" is passed over: {}", EndpointError::Ssh),
            ),
            (tls, format!("the docker context \"desktop-linux\" is passed over: {}", EndpointError::Tls)),
        ] {
            let table = Table { sockets: vec!["/var/run/docker.sock"], files };
            let places = found(None, &[("HOME", "/home/ada")], &table).unwrap();
            assert_eq!(
                (hosts(&places), places.remarks),
                (vec!["unix:///var/run/docker.sock".to_owned()], vec![remark])
            );
        }
        // No file is no context, and nothing to be told of.
        assert_eq!(found(None, &[("HOME", "/home/ada")], &Table::default()).unwrap().remarks, [""; 0]);
    }
}
