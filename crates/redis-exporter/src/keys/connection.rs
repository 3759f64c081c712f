//! Round trips of the keys' own, each in a database.

use std::time::Instant;

use crate::client::Client;
use crate::failure::Failure;
use crate::resp::{Commands, Replies, Reply};

/// A server that commands are sent to, and the clock that its answers are timed by.
pub(super) trait Connection {
    /// Commands for [`Connection::ask`], without those that the server refuses.
    fn commands(&self) -> Commands;

    /// Sends the commands in one go, and waits for all replies. After a failure there is no connection.
    fn ask(&mut self, commands: &Commands) -> Result<Replies<'_>, Failure>;

    /// Lets the connection go.
    fn disconnect(&mut self);

    fn now(&self) -> Instant;
}

impl Connection for Client {
    fn commands(&self) -> Commands {
        Client::commands(self)
    }

    fn ask(&mut self, commands: &Commands) -> Result<Replies<'_>, Failure> {
        Client::ask(self, commands)
    }

    fn disconnect(&mut self) {
        Client::disconnect(self);
    }

    fn now(&self) -> Instant {
        Instant::now()
    }
}

/// Why keys could not be looked at.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The connection is gone.
    Lost(Failure),
    /// The server does not answer this, and says why.
    Refused(String),
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Trouble::Lost(failure)
    }
}

impl Trouble {
    /// That a command was not answered with what it is for.
    pub(super) fn refused(command: &str, reply: Option<Reply<'_>>) -> Self {
        let text = match reply {
            Some(Reply::Error(error)) => error.text().chars().take(200).collect(),
            Some(_) => "an answer that it does not have".to_owned(),
            None => "the server refuses it to this user".to_owned(),
        };
        Trouble::Refused(format!("{command}: {text}"))
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Trouble::Lost(failure) => failure.fmt(f),
            Trouble::Refused(text) => f.write_str(text),
        }
    }
}

/// One round trip in a database. The connection is in database 0 before and behind it, or gone: whoever comes next relies on it.
pub(super) fn in_database<T>(
    connection: &mut dyn Connection,
    database: u32,
    add: impl Fn(&mut Commands),
    mut take: impl FnMut(&mut Replies<'_>) -> T,
) -> Result<T, Trouble> {
    let mut taken = None;
    round_trip(connection, database, &add, &mut |replies| taken = Some(take(replies)))?;
    Ok(taken.expect("a round trip that did not fail has replies"))
}

fn round_trip(
    connection: &mut dyn Connection,
    database: u32,
    add: &dyn Fn(&mut Commands),
    take: &mut dyn FnMut(&mut Replies<'_>),
) -> Result<(), Trouble> {
    let mut commands = connection.commands();
    if database > 0 {
        commands.add("SELECT", ["SELECT", &database.to_string()]);
        if commands.sent() == 0 {
            return Err(Trouble::refused("SELECT", None));
        }
    }
    let before = commands.len();
    add(&mut commands);
    let own = commands.len() - before;
    if database == 0 {
        take(&mut connection.ask(&commands)?);
        return Ok(());
    }
    commands.add("SELECT", ["SELECT", "0"]);
    let mut replies = connection.ask(&commands)?;
    let there = selected(replies.next_or_error());
    let mut own = replies.split(own);
    let back = selected(replies.next_or_error());
    // Without the database the commands have gone to another one, and what they say is of no use.
    let taken = there.map(|()| take(&mut own));
    if back.is_err() {
        connection.disconnect();
    }
    taken
}

fn selected(reply: Option<Reply<'_>>) -> Result<(), Trouble> {
    match reply {
        Some(Reply::Text(b"OK")) => Ok(()),
        reply => Err(Trouble::refused("SELECT", reply)),
    }
}
