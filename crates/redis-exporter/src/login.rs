//! Who we are, which is the first thing that a server is told; and what it is.

use std::time::SystemTime;

use crate::client::{AUTH, Client, Target};
use crate::failure::{Class, Failure};
use crate::resp::{Commands, Replies, Reply};
use crate::server::Server;

/// Adds what says who we are; whether there is something to say.
pub(crate) fn authenticate(target: &Target, commands: &mut Commands) -> bool {
    let password = target.login.password(&target.address);
    match (&target.login.user, &password) {
        (Some(user), Some(password)) => commands.add(AUTH, [AUTH, user, password.expose()]),
        (None, Some(password)) => commands.add(AUTH, [AUTH, password.expose()]),
        (_, None) => {}
    }
    password.is_some()
}

/// Logs in to a server that is connected to, gives the connection its name if it is to have one, and learns what the server is.
pub(crate) fn log_in(client: &mut Client, named: bool, server: &mut Server) -> Result<(), Failure> {
    let mut commands = client.commands();
    let with_password = authenticate(client.target(), &mut commands);
    if named {
        commands.add("CLIENT SETNAME", ["CLIENT", "SETNAME", "redis_exporter"]);
    }
    commands.add("INFO", ["INFO"]);
    let mut replies = client.ask(&commands)?;
    if with_password && let Some(Reply::Error(error)) = replies.next_or_error() {
        // A server without a password does not mind.
        let unasked = error.text().contains("without any password configured");
        if !unasked {
            let class = match Failure::of_server(error).class {
                Class::Denied => Class::Auth,
                class => class,
            };
            // Not in its own words: who does not know AUTH repeats what stands behind it.
            let failure = Failure::new(class, format!("the server answers {} to the password", error.code()));
            client.disconnect();
            return Err(failure);
        }
    }
    if named {
        replies.next();
    }
    let known = info(server, &mut replies);
    if known.is_err() {
        client.disconnect();
    }
    known
}

/// Takes the reply to INFO, without which there is nothing to tell.
pub(crate) fn info(server: &mut Server, replies: &mut Replies<'_>) -> Result<(), Failure> {
    match replies.next_or_error() {
        Some(Reply::Text(text)) => {
            server.info.set(text);
            server.info.learn_start(SystemTime::now());
            Ok(())
        }
        Some(Reply::Error(error)) => Err(Failure::of_server(error)),
        Some(Reply::Integer(_) | Reply::Nil | Reply::Array(_)) => {
            Err(Failure::new(Class::Protocol, "INFO is answered with something else than text"))
        }
        None => Err(Failure::new(Class::Denied, "the server refuses INFO to this user")),
    }
}
