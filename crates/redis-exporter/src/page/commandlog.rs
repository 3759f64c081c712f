//! Valkey's command logs.

use exposition::{Desc, Kind};

use crate::page::{Out, Samples};
use crate::parts::commandlog::CommandLog;
use crate::server::Server;

static SLOW: Desc = Desc {
    name: "redis_commandlog_slow_length",
    help: "Entries of the log of slow commands (COMMANDLOG LEN slow).",
    kind: Kind::Gauge,
    labels: &[],
};
static LARGE_REQUEST: Desc = Desc {
    name: "redis_commandlog_large_request_length",
    help: "Entries of the log of large requests (COMMANDLOG LEN large-request).",
    kind: Kind::Gauge,
    labels: &[],
};
static LARGE_REPLY: Desc = Desc {
    name: "redis_commandlog_large_reply_length",
    help: "Entries of the log of large replies (COMMANDLOG LEN large-reply).",
    kind: Kind::Gauge,
    labels: &[],
};

impl Samples for CommandLog {
    fn samples(&self, _: &Server, out: &mut Out<'_>) {
        out.add_some(&SLOW, &[], self.slow);
        out.add_some(&LARGE_REQUEST, &[], self.large_request);
        out.add_some(&LARGE_REPLY, &[], self.large_reply);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::examples::staged;

    #[test]
    fn the_three_logs() {
        let log = CommandLog { slow: Some(3.0), large_request: Some(2.0), large_reply: Some(1.0) };
        assert_eq!(
            staged(|out| log.samples(&Server::default(), out)),
            "redis_commandlog_large_reply_length 1\n\
             redis_commandlog_large_request_length 2\n\
             redis_commandlog_slow_length 3\n"
        );
        assert_eq!(staged(|out| CommandLog::default().samples(&Server::default(), out)), "");
    }
}
