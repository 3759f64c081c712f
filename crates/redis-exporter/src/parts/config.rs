//! CONFIG: how the server is set up.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::info::{Flavour, Info};
use crate::parts::commandlog::has_command_log;
use crate::parts::part::{LONGEST_NAME, Next, Part};
use crate::resp::{Array, Commands, Replies};
use crate::server::Server;
use crate::settings::Settings;

/// Settings change seldom, and all of them are as long as INFO: they are read again after this time, and when another server, or
/// the same one started anew, answers.
const KEPT: Duration = Duration::from_secs(5 * 60);
/// More settings than this are not taken; there are some 220.
const MOST_SETTINGS: usize = 1000;
/// A longer value is cut there.
const LONGEST_VALUE: usize = 1024;

/// What is asked of every server.
const NAMES: [&str; 6] =
    ["client-output-buffer-limit", "databases", "io-threads", "maxclients", "maxmemory", "repl-backlog-size"];
/// Where its RDB file is.
const RDB_NAMES: [&str; 2] = ["dbfilename", "dir"];
/// What is asked besides of one that may have several databases in a cluster.
const CLUSTER_NAMES: [&str; 1] = ["cluster-databases"];
/// What is asked besides of one with command logs.
const COMMAND_LOG_NAMES: [&str; 6] = [
    "commandlog-execution-slower-than",
    "commandlog-large-reply-max-len",
    "commandlog-large-request-max-len",
    "commandlog-reply-larger-than",
    "commandlog-request-larger-than",
    "commandlog-slow-execution-max-len",
];

/// The settings of a server.
pub(crate) struct Config {
    /// What CONFIG is called there.
    command: String,
    pub(crate) everything: bool,
    redact: bool,
    rdb_file_size: bool,
    known: Option<Known>,
    /// How many commands this time's question consists of.
    asked: usize,
    pub(crate) settings: Vec<Setting>,
    pub(crate) rdb_bytes: Option<u64>,
}

/// Of which server the settings are, and since when.
#[derive(Debug)]
struct Known {
    run_id: String,
    at: Instant,
}

/// A setting. One that may be a secret is kept only where it is to be shown.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) name: String,
    pub(crate) value: String,
}

impl Config {
    /// `command` is what CONFIG is called there.
    pub(crate) fn new(command: &str, settings: &Settings) -> Self {
        let Settings { config, redact_config, rdb_file_size, .. } = *settings;
        Config {
            command: command.to_owned(),
            everything: config,
            redact: redact_config,
            rdb_file_size,
            known: None,
            asked: 0,
            settings: Vec::new(),
            rdb_bytes: None,
        }
    }

    fn is_due(&self, now: Instant) -> bool {
        self.known.as_ref().is_none_or(|known| now.saturating_duration_since(known.at) >= KEPT)
    }

    fn names(&self, info: &Info) -> Vec<&'static str> {
        if self.everything {
            return vec!["*"];
        }
        let mut names = NAMES.to_vec();
        if self.rdb_file_size {
            names.extend(RDB_NAMES);
        }
        if info.is_cluster() && info.flavour() == Flavour::Valkey {
            names.extend(CLUSTER_NAMES);
        }
        if has_command_log(info) {
            names.extend(COMMAND_LOG_NAMES);
        }
        names
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.settings.iter().find_map(|setting| (setting.name == name).then_some(setting.value.as_str()))
    }

    /// How many databases there are; a cluster has one, unless it says otherwise.
    fn databases(&self, info: &Info) -> Option<u32> {
        let number = |name| self.get(name)?.parse().ok();
        if info.is_cluster() { Some(number("cluster-databases").unwrap_or(1)) } else { number("databases") }
    }
}

impl Part for Config {
    fn ask(&mut self, server: &Server, commands: &mut Commands) {
        let before = commands.len();
        if self.is_due(Instant::now()) && !server.info.is_sentinel() {
            let names = self.names(&server.info);
            // One CONFIG GET takes several names from then on.
            if server.info.is_redis_since([7, 0, 0]) {
                commands.add("CONFIG GET", [&[&*self.command, "GET"], &names[..]].concat());
            } else {
                names.iter().for_each(|name| commands.add("CONFIG GET", [&*self.command, "GET", name]));
            }
        }
        self.asked = commands.len() - before;
    }

    fn take(&mut self, server: &mut Server, replies: &mut Replies<'_>) -> Next {
        let run_id = server.info.get("run_id").unwrap_or_default();
        if self.asked > 0 {
            self.known = None;
            self.settings.clear();
            for _ in 0..self.asked {
                if let Some(reply) = replies.next() {
                    self.known = Some(Known { run_id: run_id.to_owned(), at: Instant::now() });
                    take_settings(reply.array(), self.redact, &mut self.settings);
                }
            }
        } else if self.known.as_ref().is_some_and(|known| known.run_id != run_id) {
            self.known = None;
            return Next::Ask;
        }
        server.databases = self.databases(&server.info);
        self.rdb_bytes = None;
        if self.rdb_file_size
            && let (Some(dir), Some(name)) = (self.get("dir"), self.get("dbfilename"))
        {
            self.rdb_bytes = rdb_bytes(dir, name);
        }
        Next::Done
    }

    fn forget(&mut self) {
        self.known = None;
        self.settings.clear();
        self.rdb_bytes = None;
    }
}

/// Takes settings and their values, in turn, as far as they are to be shown.
pub(super) fn take_settings(reply: Array<'_>, redact: bool, settings: &mut Vec<Setting>) {
    for (name, value) in reply.pairs() {
        let (Some(name), Some(value)) = (name.text(), value.text()) else { continue };
        let is_shown = name.len() <= LONGEST_NAME && !(redact && may_be_secret(&name));
        if is_shown && settings.len() < MOST_SETTINGS {
            let value = value[..value.floor_char_boundary(LONGEST_VALUE)].to_owned();
            settings.push(Setting { name: name.into_owned(), value });
        }
    }
}

/// Whether a setting of this name may hold a password or the like: `requirepass`, `masterauth`, `primaryauth`,
/// `tls-key-file-pass`, and what modules call theirs.
fn may_be_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with("auth") || ["pass", "secret", "token"].iter().any(|word| name.contains(word))
}

/// The size of the server's RDB file, which is 0 while there is none. `name` comes from the server: only a bare file name is
/// looked for, and only of a regular file is there a size.
fn rdb_bytes(dir: &str, name: &str) -> Option<u64> {
    if Path::new(name).file_name()? != name {
        return None;
    }
    let path = Path::new(dir).join(name);
    match std::fs::metadata(&path) {
        Ok(metadata) => metadata.is_file().then_some(metadata.len()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Some(0),
        Err(error) => {
            tracing::debug!(path = %path.display(), %error, "the RDB file has no size");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parts::examples::{asked, round, server};

    const REDIS: &str = "redis_version:7.0.15\r\nrun_id:a\r\n";

    fn part(settings: &Settings) -> Config {
        Config::new("CONFIG", settings)
    }

    /// The words of what is asked.
    fn words(part: &mut Config, server: &Server) -> String {
        let mut commands = Commands::default();
        part.ask(server, &mut commands);
        let text = String::from_utf8_lossy(commands.bytes()).replace("\r\n", " ");
        let is_length = |word: &str| word.len() > 1 && word.starts_with(['*', '$']);
        text.split_ascii_whitespace().filter(|word| !is_length(word)).collect::<Vec<_>>().join(" ")
    }

    /// A map as a server sends it.
    fn map(pairs: &[(&str, &str)]) -> Vec<u8> {
        let text = |text: &str| format!("${}\r\n{text}\r\n", text.len());
        let pairs: String = pairs.iter().map(|(name, value)| text(name) + &text(value)).collect();
        format!("*{}\r\n{pairs}", pairs.matches('$').count()).into_bytes()
    }

    fn names(part: &Config) -> Vec<&str> {
        part.settings.iter().map(|setting| setting.name.as_str()).collect()
    }

    #[test]
    fn what_is_asked_of_whom() {
        let few = "client-output-buffer-limit databases io-threads maxclients maxmemory repl-backlog-size";
        let redis = server(REDIS);
        assert_eq!(words(&mut part(&Settings::default()), &redis), format!("CONFIG GET {few}"));
        let rdb = Settings { rdb_file_size: true, ..Settings::default() };
        assert_eq!(words(&mut part(&rdb), &redis), format!("CONFIG GET {few} dbfilename dir"));
        let all = Settings { config: true, ..rdb };
        assert_eq!(words(&mut Config::new("conf", &all), &server("redis_version:7.2.0")), "conf GET *");
        let valkey = server("redis_version:7.2.4\r\nvalkey_version:9.0.0\r\ncluster_enabled:1\r\n");
        assert_eq!(
            words(&mut part(&Settings::default()), &valkey),
            format!("CONFIG GET {few} cluster-databases {}", COMMAND_LOG_NAMES.join(" "))
        );
        assert_eq!(words(&mut part(&Settings::default()), &server(&format!("{REDIS}# Sentinel\r\na:b"))), "");
        for old in ["redis_version:6.2.14", "redis_version:7.4.0\ndragonfly_version:df-1"] {
            assert_eq!(asked(&mut part(&Settings::default()), &mut server(old), b""), ["CONFIG GET"; 6], "{old}");
        }
    }

    #[test]
    fn settings_are_kept_until_another_server_answers() {
        let mut part = part(&Settings::default());
        let mut redis = server(REDIS);
        assert_eq!(round(&mut part, &mut redis, &map(&[("databases", "3")])), (vec!["CONFIG GET"], Next::Done));
        assert_eq!(redis.databases, Some(3));
        assert_eq!(round(&mut part, &mut redis, b""), (vec![], Next::Done));
        assert_eq!((redis.databases, names(&part)), (Some(3), vec!["databases"]));
        let soon = Instant::now() + KEPT / 2;
        assert_eq!((part.is_due(soon), part.is_due(soon + KEPT)), (false, true));
        let mut other = server("redis_version:7.0.15\r\nrun_id:b\r\n");
        assert_eq!(round(&mut part, &mut other, b""), (vec![], Next::Ask));
        assert_eq!(round(&mut part, &mut other, &map(&[("databases", "4")])), (vec!["CONFIG GET"], Next::Done));
        assert_eq!(other.databases, Some(4));
        part.forget();
        assert_eq!((names(&part), part.is_due(Instant::now())), (vec![], true));
    }

    #[test]
    fn a_refused_config_is_no_reason_to_ask_more() {
        let mut part = part(&Settings::default());
        let mut redis = server(REDIS);
        assert_eq!(round(&mut part, &mut redis, b"-NOPERM no\r\n"), (vec!["CONFIG GET"], Next::Done));
        assert_eq!((redis.databases, names(&part)), (None, vec![]));
    }

    #[test]
    fn databases_of_a_cluster() {
        let mut cluster = server(&format!("{REDIS}cluster_enabled:1\r\n"));
        asked(&mut part(&Settings::default()), &mut cluster, &map(&[("databases", "16")]));
        assert_eq!(cluster.databases, Some(1));
        let reply = map(&[("databases", "16"), ("cluster-databases", "4")]);
        asked(&mut part(&Settings::default()), &mut cluster, &reply);
        assert_eq!(cluster.databases, Some(4));
    }

    #[test]
    fn what_may_be_secret_is_not_even_kept() {
        let secrets =
            ["requirepass", "masterauth", "primaryauth", "tls-key-file-pass", "Search.SECRET-x", "json.api-token"];
        let harmless = ["masteruser", "tls-auth-clients", "maxmemory"];
        let pairs: Vec<_> = secrets.iter().chain(&harmless).map(|name| (*name, "x")).collect();
        let taken = |redact_config| {
            let mut part = part(&Settings { config: true, redact_config, ..Settings::default() });
            asked(&mut part, &mut server(REDIS), &map(&pairs));
            part
        };
        assert_eq!(names(&taken(true)), harmless);
        assert_eq!(names(&taken(false)).len(), pairs.len());
    }

    #[test]
    fn values_are_cut_and_counted() {
        let mut part = part(&Settings { config: true, ..Settings::default() });
        let long = "é".repeat(LONGEST_VALUE);
        asked(&mut part, &mut server(REDIS), &map(&[("save", &*long), (&*long, "y")].repeat(1001)));
        assert_eq!((part.settings.len(), part.settings[0].value.len()), (MOST_SETTINGS, LONGEST_VALUE));
    }

    #[test]
    fn the_rdb_file() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("dump.rdb"), [0; 42]).unwrap();
        std::fs::create_dir(dir.path().join("sub")).unwrap();
        let bytes = |name| rdb_bytes(dir.path().to_str().unwrap(), name);
        assert_eq!((bytes("dump.rdb"), bytes("other.rdb"), bytes("sub")), (Some(42), Some(0), None));
        for name in ["../dump.rdb", "sub/../dump.rdb", "..", ".", "", "/etc/passwd"] {
            assert_eq!(bytes(name), None, "{name}");
        }
        let mut part = part(&Settings { rdb_file_size: true, ..Settings::default() });
        let mut redis = server(REDIS);
        asked(&mut part, &mut redis, &map(&[("dir", dir.path().to_str().unwrap()), ("dbfilename", "dump.rdb")]));
        assert_eq!(part.rdb_bytes, Some(42));
        std::fs::write(dir.path().join("dump.rdb"), [0; 43]).unwrap();
        asked(&mut part, &mut redis, b"");
        assert_eq!(part.rdb_bytes, Some(43), "it is looked at each time");
    }
}
