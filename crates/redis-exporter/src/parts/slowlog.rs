//! SLOWLOG: commands that took longer than `slowlog-log-slower-than`.

use crate::parts::part::{Next, Part};
use crate::resp::{Commands, Replies, Reply};
use crate::server::Server;

/// What the slow log says.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct SlowLog {
    /// Entries that it has.
    pub(crate) length: Option<f64>,
    /// The last entry; one of zeros while there is none.
    pub(crate) last: Option<SlowCommand>,
}

/// A command that was slow.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct SlowCommand {
    /// They are counted from 0.
    pub(crate) id: f64,
    pub(crate) usec: f64,
}

impl Part for SlowLog {
    fn ask(&mut self, server: &Server, commands: &mut Commands) {
        if !server.info.is_sentinel() {
            commands.add("SLOWLOG LEN", ["SLOWLOG", "LEN"]);
            commands.add("SLOWLOG GET", ["SLOWLOG", "GET", "1"]);
        }
    }

    fn take(&mut self, _: &mut Server, replies: &mut Replies<'_>) -> Next {
        self.length = replies.next().and_then(Reply::number);
        self.last = replies.next().and_then(|reply| match reply.array().next() {
            Some(entry) => slow_command(entry),
            None => Some(SlowCommand::default()),
        });
        Next::Done
    }

    fn forget(&mut self) {
        *self = SlowLog::default();
    }
}

/// An entry: id, Unix time, microseconds, then what was said and by whom, which is nobody's business here.
fn slow_command(entry: Reply<'_>) -> Option<SlowCommand> {
    let mut parts = entry.array();
    let id = parts.next()?.number()?;
    let usec = parts.nth(1)?.number()?;
    Some(SlowCommand { id, usec })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parts::examples::{asked, server};

    fn taken(replies: &[u8]) -> SlowLog {
        let mut part = SlowLog::default();
        assert_eq!(asked(&mut part, &mut server(""), replies), ["SLOWLOG LEN", "SLOWLOG GET"]);
        part
    }

    #[test]
    fn the_last_slow_command() {
        let entry = b":128\r\n*1\r\n*6\r\n:14\r\n:1309448221\r\n:15000\r\n*2\r\n$3\r\nget\r\n$1\r\nk\r\n$9\r\n127.0.0.1\r\n$0\r\n\r\n";
        let last = Some(SlowCommand { id: 14.0, usec: 15_000.0 });
        assert_eq!(taken(entry), SlowLog { length: Some(128.0), last });
        assert_eq!(taken(b":1\r\n*1\r\n*2\r\n:14\r\n:1\r\n"), SlowLog { length: Some(1.0), last: None });
    }

    #[test]
    fn an_empty_log_has_zeros_and_a_refused_one_nothing() {
        assert_eq!(taken(b":0\r\n*0\r\n"), SlowLog { length: Some(0.0), last: Some(SlowCommand::default()) });
        assert_eq!(taken(b"-NOPERM no\r\n-NOPERM no\r\n"), SlowLog::default());
    }
}
