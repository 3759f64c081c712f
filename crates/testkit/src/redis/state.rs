//! What the server has been told to do, and what has come to it.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::reply::{error, status, text};
use super::socket::Socket;
use super::{Answer, Manner};

/// The little that a client needs to know a server by.
const INFO: &str = "# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\nprocess_id:4242\r\nrun_id:0a1b2c\r\n\
                    tcp_port:6379\r\nuptime_in_seconds:12\r\n\r\n# Clients\r\nconnected_clients:3\r\nmaxclients:10000\r\n\r\n\
                    # Memory\r\nused_memory:1048576\r\nmaxmemory:0\r\nmaxmemory_policy:noeviction\r\n\r\n\
                    # Stats\r\ntotal_connections_received:7\r\ntotal_commands_processed:21\r\n\r\n\
                    # Replication\r\nrole:master\r\nconnected_slaves:0\r\n\r\n# Cluster\r\ncluster_enabled:0\r\n\r\n\
                    # Keyspace\r\ndb0:keys=5,expires=2,avg_ttl=1000\r\n";

pub(super) struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

pub(super) struct State {
    /// The words that a command begins with, and the answer; the last one that fits holds.
    pub(super) answers: Vec<(Vec<String>, Answer)>,
    pub(super) manner: Manner,
    /// What has to follow AUTH, if anybody is asked to log in.
    pub(super) login: Option<Vec<String>>,
    pub(super) commands: Vec<String>,
    pub(super) round_trips: usize,
    /// Connections by the number of their coming.
    pub(super) open: BTreeMap<usize, Socket>,
    pub(super) accepted: usize,
    pub(super) stopped: bool,
}

impl Default for Shared {
    fn default() -> Self {
        let known = [("INFO", text(INFO)), ("PING", status("PONG")), ("CLIENT SETNAME", status("OK"))];
        let words = |command: &str| command.split(' ').map(str::to_owned).collect();
        let state = State {
            answers: known.map(|(command, answer)| (words(command), Answer::Bytes(answer))).into(),
            manner: Manner::Answer,
            login: None,
            commands: Vec::new(),
            round_trips: 0,
            open: BTreeMap::new(),
            accepted: 0,
            stopped: false,
        };
        Shared { state: Mutex::new(state), changed: Condvar::new() }
    }
}

impl Shared {
    /// Changes something.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let changed = change(&mut self.lock());
        self.changed.notify_all();
        changed
    }

    pub(super) fn read<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.lock())
    }

    /// Waits this long, or until the server is to stop.
    pub(super) fn pause(&self, pause: Duration) {
        drop(self.changed.wait_timeout_while(self.lock(), pause, |state| !state.stopped));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The answer to a command of a client that has logged in, or has not.
    pub(super) fn answer(&self, words: &[String], logged_in: &mut bool) -> Answer {
        let is = |word: &str| words.first().is_some_and(|first| first.eq_ignore_ascii_case(word));
        let fits = |start: &[String]| {
            words.len() >= start.len() && start.iter().zip(words).all(|(start, word)| start.eq_ignore_ascii_case(word))
        };
        let told = self.answers.iter().rev().find(|(start, _)| fits(start)).map(|(_, answer)| answer.clone());
        if is("AUTH") && (self.login.is_some() || told.is_none()) {
            return Answer::Bytes(match &self.login {
                None => error(
                    "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?",
                ),
                Some(login) if words.get(1..) == Some(login) => {
                    *logged_in = true;
                    status("OK")
                }
                Some(_) => error("WRONGPASS invalid username-password pair or user is disabled."),
            });
        }
        if self.login.is_some() && !*logged_in {
            return Answer::Bytes(error("NOAUTH Authentication required."));
        }
        told.unwrap_or_else(|| {
            let name = words.first().map_or("", String::as_str);
            Answer::Bytes(error(&format!("ERR unknown command '{name}', with args beginning with: ")))
        })
    }
}
