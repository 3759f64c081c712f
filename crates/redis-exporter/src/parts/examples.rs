//! Servers that say what tests need.

use crate::parts::part::{Next, Part};
use crate::resp::{Commands, Refused, Replies, scanned};
use crate::server::Server;

/// A server that has said this in INFO.
pub(super) fn server(info: &str) -> Server {
    let mut server = Server::default();
    server.info.set(info.as_bytes());
    server
}

/// One round trip in which the server says `replies`; what the part asked. What it needs next is for [`round`].
pub(super) fn asked(part: &mut dyn Part, server: &mut Server, replies: &[u8]) -> Vec<&'static str> {
    round(part, server, replies).0
}

/// One round trip: what the part asked, and what it needs next.
pub(super) fn round(part: &mut dyn Part, server: &mut Server, replies: &[u8]) -> (Vec<&'static str>, Next) {
    let mut commands = Commands::without(&Refused::new());
    part.ask(server, &mut commands);
    let next = part.take(server, &mut Replies::new(&commands, replies, scanned(&commands, replies).extents()));
    (commands.entries().iter().map(|entry| entry.name).collect(), next)
}
