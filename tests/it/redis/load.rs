//! A server with something in it.

use testkit::redis::loaded;

use super::server::Server;

/// Puts keys of every type into three databases, and has some thirty commands run.
pub(crate) fn load(server: &Server) {
    let commands = loaded::commands();
    let replies = server.client().ask_all(&commands).expect("the server takes them");
    assert_eq!(replies.len(), commands.len());
}
