//! A server in memory for tests: a few commands about a few keys, each with a price in time.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use crate::failure::{Class, Failure};
use crate::keys::connection::{Connection, Trouble};
use crate::keys::nodes::Nodes;
use crate::resp::{Commands, Refused, Replies, Reply, Scanner, scanned};

/// A string or a list.
#[derive(Debug, Clone)]
pub(super) enum Content {
    Text(Vec<u8>),
    /// Its length.
    List(usize),
}

/// What a command is answered with instead, by its words and the database. Absent: with what is right.
pub(super) type Instead = fn(u32, &[&str]) -> Option<Vec<u8>>;

pub(super) struct Fake {
    /// By database, in the order of SCAN.
    pub(super) keys: BTreeMap<u32, Vec<(Vec<u8>, Content)>>,
    pub(super) databases: u32,
    pub(super) instead: Instead,
    /// What is answered to all commands, round and round, if there is something.
    pub(super) said: VecDeque<Vec<u8>>,
    /// What a key costs that SCAN passes, and what a command costs.
    pub(super) price: Duration,
    /// Breaks when it meets such a key's name in a command.
    pub(super) poison: &'static [u8],
    /// SCAN gives the last key of the page before once more.
    pub(super) repeats: bool,
    /// The words of every command, and the database that it came in.
    pub(super) heard: Vec<(u32, String)>,
    pub(super) connected: bool,
    selected: u32,
    refused: Refused,
    pub(super) now: Instant,
    replies: Vec<u8>,
    scanner: Scanner,
}

impl Fake {
    /// Without keys.
    pub(super) fn new() -> Self {
        Fake {
            keys: BTreeMap::new(),
            databases: 16,
            instead: |_, _| None,
            said: VecDeque::new(),
            price: Duration::ZERO,
            poison: b"\0",
            repeats: false,
            heard: Vec::new(),
            connected: true,
            selected: 0,
            refused: Refused::new(),
            now: Instant::now(),
            replies: Vec::new(),
            scanner: Scanner::new(0, 0),
        }
    }

    pub(super) fn set(mut self, database: u32, name: impl AsRef<[u8]>, content: Content) -> Self {
        self.keys.entry(database).or_default().push((name.as_ref().to_vec(), content));
        self
    }

    pub(super) fn text(self, database: u32, name: impl AsRef<[u8]>, text: impl AsRef<[u8]>) -> Self {
        self.set(database, name, Content::Text(text.as_ref().to_vec()))
    }

    /// Lists `k:0`, `k:1`, … in database 0, of one element each.
    pub(super) fn lists(mut self, count: usize) -> Self {
        for number in 0..count {
            self = self.set(0, format!("k:{number}"), Content::List(1));
        }
        self
    }

    /// How many commands of a name were heard.
    pub(super) fn times(&self, command: &str) -> usize {
        self.heard.iter().filter(|(_, words)| words.starts_with(command)).count()
    }

    fn answer(&mut self, words: &[&[u8]]) -> Vec<u8> {
        let text: Vec<_> = words.iter().map(|word| String::from_utf8_lossy(word)).collect();
        let text: Vec<_> = text.iter().map(AsRef::as_ref).collect();
        self.heard.push((self.selected, text.join(" ")));
        self.now += self.price;
        if let Some(answer) = (self.instead)(self.selected, &text) {
            return answer;
        }
        if let Some(word) = self.said.pop_front() {
            self.said.push_back(word.clone());
            return word;
        }
        let key = |at: usize| {
            let mut keys = self.keys.get(&self.selected).into_iter().flatten();
            keys.find(|(name, _)| *name == words[at]).map(|(_, content)| content)
        };
        match text[0] {
            "SELECT" => match text[1].parse() {
                Ok(database) if database < self.databases => {
                    self.selected = database;
                    b"+OK\r\n".to_vec()
                }
                _ => b"-ERR DB index is out of range\r\n".to_vec(),
            },
            "SCAN" => self.scan(&text),
            "TYPE" => match key(1) {
                Some(Content::Text(_)) => b"+string\r\n".to_vec(),
                Some(Content::List(_)) => b"+list\r\n".to_vec(),
                None => b"+none\r\n".to_vec(),
            },
            "MEMORY" => match key(2) {
                Some(Content::Text(text)) => integer(50 + text.len()),
                Some(Content::List(length)) => integer(100 + length),
                None => b"$-1\r\n".to_vec(),
            },
            "STRLEN" => match key(1) {
                Some(Content::Text(text)) => integer(text.len()),
                _ => integer(0),
            },
            "GETRANGE" => match key(1) {
                Some(Content::Text(bytes)) => {
                    let end: usize = text[3].parse().unwrap();
                    bulk(&bytes[..bytes.len().min(end + 1)])
                }
                _ => bulk(b""),
            },
            "LLEN" => match key(1) {
                Some(Content::List(length)) => integer(*length),
                _ => integer(0),
            },
            command => format!("-ERR unknown command '{command}'\r\n").into_bytes(),
        }
    }

    /// The cursor is how many keys were passed. A pattern is what names begin with, and a `*`.
    fn scan(&mut self, words: &[&str]) -> Vec<u8> {
        let (from, count): (usize, usize) = (words[1].parse().unwrap(), words[5].parse().unwrap());
        let begin = words[3].strip_suffix('*').unwrap();
        let keys = self.keys.get(&self.selected).map_or(&[][..], Vec::as_slice);
        let end = keys.len().min(from + count);
        self.now += self.price * u32::try_from(end - from).unwrap();
        let page = &keys[from - usize::from(self.repeats && from > 0)..end];
        let page: Vec<_> = page.iter().filter(|(name, _)| name.starts_with(begin.as_bytes())).collect();
        let next = if end < keys.len() { end.to_string() } else { "0".to_owned() };
        let names: Vec<u8> = page.iter().flat_map(|(name, _)| bulk(name)).collect();
        [b"*2\r\n".to_vec(), bulk(next.as_bytes()), format!("*{}\r\n", page.len()).into_bytes(), names].concat()
    }
}

pub(super) fn integer(number: usize) -> Vec<u8> {
    format!(":{number}\r\n").into_bytes()
}

pub(super) fn bulk(bytes: &[u8]) -> Vec<u8> {
    [format!("${}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}

impl Connection for Fake {
    fn commands(&self) -> Commands {
        Commands::without(&self.refused)
    }

    fn ask(&mut self, commands: &Commands) -> Result<Replies<'_>, Failure> {
        if !self.connected {
            return Err(Failure::new(Class::Io, "not connected"));
        }
        // A command is written as an array, as a reply is.
        let bytes = commands.bytes().to_vec();
        let mut replies = Vec::new();
        for (_, words) in Replies::new(commands, &bytes, scanned(commands, &bytes).extents()).outcomes() {
            let words: Vec<_> = words.into_iter().flat_map(Reply::array).filter_map(Reply::bytes).collect();
            if words.contains(&self.poison) {
                self.disconnect();
                return Err(Failure::new(Class::Protocol, "the replies are longer than 16777216 bytes"));
            }
            if !words.is_empty() {
                replies.extend(self.answer(&words));
            }
        }
        self.scanner = scanned(commands, &replies);
        self.replies = replies;
        for (name, reply) in Replies::new(commands, &self.replies, self.scanner.extents()).outcomes() {
            if let Some(Reply::Error(error)) = reply
                && error.is_refusal()
            {
                self.refused.insert(name);
            }
        }
        Ok(Replies::new(commands, &self.replies, self.scanner.extents()))
    }

    fn disconnect(&mut self) {
        self.connected = false;
        self.selected = 0;
    }

    fn now(&self) -> Instant {
        self.now
    }
}

impl Nodes for Fake {
    fn count(&self) -> usize {
        1
    }

    fn of(&self, _: &str) -> usize {
        0
    }

    fn node(&mut self, _: usize) -> Result<&mut dyn Connection, Trouble> {
        Ok(self)
    }

    fn now(&self) -> Instant {
        self.now
    }
}
