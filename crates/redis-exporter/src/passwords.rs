//! The passwords that the command line knows, for each server its own.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use exporter_toolkit::{ReadSecretError, Secret, lock};
use serde::Deserialize;

use crate::address::{Address, AddressError, Url};

/// Of `--redis.password` and `--redis.password-file`.
#[derive(Debug, Default)]
pub(crate) struct Passwords {
    /// The flag's, which is for every server.
    given: Option<Arc<Secret>>,
    file: Option<PathBuf>,
    read: Mutex<Read>,
}

/// What the file says.
#[derive(Debug, Default)]
struct Read {
    /// A password alone, which is for every server.
    alone: Option<Arc<Secret>>,
    by_server: HashMap<(Address, Option<String>), Arc<Secret>>,
}

/// What is wrong with the file. Repeats nothing of it.
#[derive(Debug)]
pub(crate) enum PasswordFileError {
    Read(ReadSecretError),
    /// Where it is no JSON, or something else in it than texts.
    Json {
        path: PathBuf,
        line: usize,
        column: usize,
    },
    /// Which of its keys is no address, counted from 1 in the order of their letters.
    Key {
        path: PathBuf,
        position: usize,
        error: AddressError,
    },
}

impl fmt::Display for PasswordFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PasswordFileError::Read(error) => error.fmt(f),
            PasswordFileError::Json { path, line, column } => write!(
                f,
                "{}, line {line}, column {column}: not a map of passwords; write {{\"redis://user@host:6379\": \"password\"}}",
                path.display()
            ),
            PasswordFileError::Key { path, position, error } => {
                write!(f, "{}: of its keys in the order of the alphabet, number {position}: {error}", path.display())
            }
        }
    }
}

impl std::error::Error for PasswordFileError {}

/// A value of the map.
#[derive(Deserialize)]
struct Value(String);

impl Passwords {
    /// Reads the file.
    pub(crate) fn new(given: Option<Arc<Secret>>, file: Option<PathBuf>) -> Result<Self, PasswordFileError> {
        let given = given.filter(|password| !password.expose().is_empty());
        let passwords = Passwords { given, file, read: Mutex::default() };
        passwords.read_again()?;
        Ok(passwords)
    }

    /// Whether there is a file.
    pub(crate) fn has_file(&self) -> bool {
        self.file.is_some()
    }

    /// Whether there is any password.
    pub(crate) fn is_empty(&self) -> bool {
        self.given.is_none() && self.file.is_none()
    }

    /// Reads the file as it is now. One that is bad leaves in force what was read before.
    pub(crate) fn read_again(&self) -> Result<(), PasswordFileError> {
        let Some(path) = &self.file else { return Ok(()) };
        let secret = Secret::read(path).map_err(PasswordFileError::Read)?;
        if secret.readable_by_others() {
            tracing::warn!(file = %path.display(), "others may read the passwords; chmod 600 keeps them");
        }
        let read = parse(path, secret)?;
        tracing::info!(file = %path.display(), servers = read.by_server.len(), "passwords read");
        *lock(&self.read) = read;
        Ok(())
    }

    /// The password of a server for a user: the flag's, as with the peer, else the server's own, else the one that is alone in
    /// its file.
    pub(crate) fn of(&self, address: &Address, user: Option<&str>) -> Option<Arc<Secret>> {
        if let Some(given) = &self.given {
            return Some(Arc::clone(given));
        }
        let read = lock(&self.read);
        let own = read.by_server.get(&(address.clone(), user.map(str::to_owned)));
        own.or(read.alone.as_ref()).cloned()
    }

    /// Whether the file names a server, for whichever user.
    pub(crate) fn name(&self, address: &Address) -> bool {
        lock(&self.read).by_server.keys().any(|(named, _)| named == address)
    }
}

fn parse(path: &Path, text: Secret) -> Result<Read, PasswordFileError> {
    if !text.expose().trim_start().starts_with('{') {
        return Ok(Read { alone: Some(Arc::new(text)), by_server: HashMap::new() });
    }
    let map: BTreeMap<String, Value> = serde_json::from_str(text.expose()).map_err(|error| {
        PasswordFileError::Json { path: path.to_owned(), line: error.line(), column: error.column() }
    })?;
    let mut by_server = HashMap::new();
    for (position, (key, Value(password))) in map.into_iter().enumerate() {
        let wrong = |error| PasswordFileError::Key { path: path.to_owned(), position: position + 1, error };
        let Url { address, user, .. } = key.parse().map_err(wrong)?;
        if !password.is_empty() {
            by_server.insert((address, user), Arc::new(Secret::new(password)));
        }
    }
    Ok(Read { alone: None, by_server })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    struct Setting {
        folder: tempfile::TempDir,
    }

    impl Setting {
        fn new() -> Self {
            Setting { folder: tempfile::tempdir().unwrap() }
        }

        fn write(&self, content: &str) -> PathBuf {
            let path = self.folder.path().join("passwords");
            fs::write(&path, content).unwrap();
            path
        }
    }

    fn of(passwords: &Passwords, server: &str) -> Option<String> {
        let Url { address, user, .. } = server.parse().unwrap();
        passwords.of(&address, user.as_deref()).map(|password| password.expose().to_owned())
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    const MAP: &str =
        r#"{"redis://a:6379": "pa", "redis://u@a:6379": "pu", "rediss://b:6380": "pb", "valkey://c": "pc", "d": ""}"#;

    #[test]
    fn each_server_has_its_own_by_address_and_user() {
        let passwords = Passwords::new(None, Some(Setting::new().write(MAP))).unwrap();
        for (server, password) in [
            ("a", Some("pa")),
            ("redis://a:6379", Some("pa")),
            ("redis://u@a", Some("pu")),
            ("redis://v@a", None),
            ("rediss://b:6380", Some("pb")),
            ("redis://b:6380", None),
            ("redis://c:6379", Some("pc")),
            ("d", None),
            ("e", None),
        ] {
            assert_eq!(of(&passwords, server).as_deref(), password, "{server}");
        }
        let named = |server: &str| passwords.name(&server.parse::<Url>().unwrap().address);
        assert!(named("a") && named("rediss://b:6380") && !named("redis://b:6380") && !named("d"));
    }

    #[test]
    fn the_flag_goes_before_the_file_and_an_empty_one_is_none() {
        let given = |text: &str| Some(Arc::new(Secret::new(text.to_owned())));
        let path = Setting::new();
        let file = path.write(MAP);
        assert_eq!(of(&Passwords::new(given("flag"), Some(file.clone())).unwrap(), "a"), some("flag"));
        assert_eq!(of(&Passwords::new(given(""), Some(file)).unwrap(), "a"), some("pa"));
        assert_eq!(of(&Passwords::new(given("flag"), None).unwrap(), "e"), some("flag"));
        assert_eq!(of(&Passwords::default(), "a"), None);
    }

    #[test]
    fn a_password_alone_is_for_every_server_and_names_none() {
        let passwords = Passwords::new(None, Some(Setting::new().write("s3cret\n"))).unwrap();
        assert_eq!((of(&passwords, "a"), of(&passwords, "redis://u@b")), (some("s3cret"), some("s3cret")));
        assert!(!passwords.name(&"a".parse::<Url>().unwrap().address));
    }

    #[test]
    fn a_file_that_turns_bad_leaves_what_was_good() {
        let setting = Setting::new();
        let passwords = Passwords::new(None, Some(setting.write(MAP))).unwrap();
        setting.write("{");
        assert!(passwords.read_again().is_err());
        assert_eq!(of(&passwords, "a"), some("pa"));
        setting.write(r#"{"a": "new"}"#);
        passwords.read_again().unwrap();
        assert_eq!((of(&passwords, "a"), of(&passwords, "c")), (some("new"), None));
    }

    #[test]
    fn mistakes_are_told_without_what_is_in_the_file() {
        let setting = Setting::new();
        for (content, said) in [
            ("{\n  \"redis://canary\": 5\n}", "line 2, column 21: not a map of passwords"),
            (r#"{"a": "canary""#, "line 1, column 14: not a map"),
            (r#"{"a": ["canary"]}"#, "not a map of passwords"),
            (r#"{"a": "x", "http://canary": "canary"}"#, "number 2: not an address of Redis"),
            ("", "is empty; put the secret into it"),
        ] {
            let error = Passwords::new(None, Some(setting.write(content))).unwrap_err();
            let text = error.to_string();
            assert!(text.contains(said) && text.contains("/passwords") && !text.contains("canary"), "{text}");
            assert!(!format!("{error:?}").contains("canary"));
        }
        assert!(!format!("{:?}", Passwords::new(None, Some(setting.write(MAP))).unwrap()).contains("pa\""));
    }
}
