//! EVAL: what scripts of the user say.

use std::collections::BTreeMap;

use crate::parts::part::{Next, Part};
use crate::resp::{Commands, Replies, Reply};
use crate::server::Server;
use crate::settings::{Script, Settings};

/// Values that one script may have; it fails with more.
const MOST_VALUES: usize = 1000;

/// Scripts and what they said last. A script that fails is nobody else's concern.
#[derive(Debug)]
pub(crate) struct Scripts {
    read_only: bool,
    pub(crate) scripts: Vec<Script>,
    /// How many were run this time.
    asked: usize,
    pub(crate) said: Vec<Said>,
}

/// What a script said: values by name; absent if it failed.
pub(crate) type Said = Option<BTreeMap<String, f64>>;

impl Scripts {
    pub(crate) fn new(settings: &Settings) -> Self {
        Scripts { read_only: settings.scripts_read_only, scripts: settings.scripts.clone(), asked: 0, said: Vec::new() }
    }
}

impl Part for Scripts {
    fn ask(&mut self, server: &Server, commands: &mut Commands) {
        let name = if self.read_only { "EVAL_RO" } else { "EVAL" };
        // A sentinel runs none.
        self.asked = if server.info.is_sentinel() { 0 } else { self.scripts.len() };
        for script in &self.scripts[..self.asked] {
            // No keys, and an argument that scripts may expect, as redis_exporter gives it.
            commands.add(name, [name, &script.text, "0", "0"]);
        }
    }

    fn take(&mut self, _: &mut Server, replies: &mut Replies<'_>) -> Next {
        self.said.clear();
        self.said.extend((0..self.asked).map(|_| replies.next().and_then(said)));
        Next::Done
    }

    fn forget(&mut self) {
        self.said.clear();
    }
}

/// Names and values in turn; nothing else may be among them.
fn said(reply: Reply<'_>) -> Said {
    match reply {
        Reply::Array(array) if array.len() % 2 == 0 && array.len() / 2 <= MOST_VALUES => {
            let mut values = BTreeMap::new();
            for (name, value) in array.pairs() {
                values.insert(name.text()?.into_owned(), value.number()?);
            }
            Some(values)
        }
        Reply::Nil => Some(BTreeMap::new()),
        Reply::Array(_) | Reply::Text(_) | Reply::Integer(_) | Reply::Error(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parts::examples::{asked, server};

    fn part(texts: &[&str], scripts_read_only: bool) -> Scripts {
        let scripts = texts.iter().map(|text| Script { name: "a.lua".to_owned(), text: (*text).to_owned() }).collect();
        Scripts::new(&Settings { scripts, scripts_read_only, ..Settings::default() })
    }

    #[test]
    fn scripts_on_the_wire() {
        let mut commands = Commands::default();
        part(&["return {}"], true).ask(&server(""), &mut commands);
        let expected = b"*4\r\n$7\r\nEVAL_RO\r\n$9\r\nreturn {}\r\n$1\r\n0\r\n$1\r\n0\r\n";
        assert_eq!(String::from_utf8_lossy(commands.bytes()), String::from_utf8_lossy(expected));
    }

    /// redis_exporter: an error of a script makes `up` 0, and nothing behind it is read.
    #[test]
    fn a_script_that_fails_is_nobody_elses_concern() {
        let mut part = part(&["a", "b", "c"], false);
        let replies = b"*4\r\n+a\r\n$3\r\n1.5\r\n+b\r\n:-2\r\n-ERR user_script:1: bad\r\n*0\r\n";
        assert_eq!(asked(&mut part, &mut server(""), replies), ["EVAL"; 3]);
        let values = BTreeMap::from([("a".to_owned(), 1.5), ("b".to_owned(), -2.0)]);
        assert_eq!(part.said, [Some(values), None, Some(BTreeMap::new())]);
    }

    #[test]
    fn a_sentinel_runs_no_scripts() {
        let mut part = part(&["a"], false);
        assert_eq!(asked(&mut part, &mut server("# Sentinel\nsentinel_masters:0"), b""), [""; 0]);
        assert_eq!(part.said, []);
    }

    #[test]
    fn what_is_no_map_of_numbers() {
        for (reply, expected) in [
            ("$-1", Some(0)),
            ("*-1", Some(0)),
            (":1", None),
            ("*1\r\n+a", None),
            ("*2\r\n+a\r\n+abc", None),
            ("*2\r\n+a\r\n+nan", None),
            ("*2\r\n*0\r\n+1", None),
            ("*4\r\n+a\r\n+1\r\n+a\r\n+2", Some(1)),
        ] {
            let mut part = part(&["a"], false);
            asked(&mut part, &mut server(""), format!("{reply}\r\n").as_bytes());
            assert_eq!(part.said[0].as_ref().map(BTreeMap::len), expected, "{reply}");
        }
        let many = format!("*{}\r\n{}", 2 * (MOST_VALUES + 1), "+a\r\n:1\r\n".repeat(MOST_VALUES + 1));
        let mut part = part(&["a"], false);
        asked(&mut part, &mut server(""), many.as_bytes());
        assert_eq!(part.said, [None]);
    }
}
