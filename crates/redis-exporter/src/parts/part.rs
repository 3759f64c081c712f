//! What every part of a scrape can do.

use crate::page::Samples;
use crate::resp::{Commands, Replies};
use crate::server::Server;

/// What has a longer name has no series of its own: the name would stand on the page many times.
pub(super) const LONGEST_NAME: usize = 512;

/// One area of a server.
pub(crate) trait Part: Samples + Send {
    /// Adds what it asks this time. Called again in the same scrape when it had to [`Next::Ask`].
    fn ask(&mut self, server: &Server, commands: &mut Commands);

    /// Takes the replies to what it asked, in that order, and keeps what its samples need. A command without a reply was refused.
    fn take(&mut self, server: &mut Server, replies: &mut Replies<'_>) -> Next;

    /// Forgets what it took, as the server did not answer.
    fn forget(&mut self);
}

/// What a part needs after its replies have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Nothing.
    Done,
    /// Another round trip: what it has to ask follows from what came, such as names that were not known yet.
    Ask,
}
