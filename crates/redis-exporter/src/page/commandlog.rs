//! Valkey's command logs.

use exposition::{Desc, Kind};

use crate::page::Out;
use crate::parts::commandlog::CommandLog;

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

/// Stages the lengths of the logs.
pub(crate) fn commandlog(log: &CommandLog, out: &mut Out<'_>) {
    out.add_some(&SLOW, &[], log.slow);
    out.add_some(&LARGE_REQUEST, &[], log.large_request);
    out.add_some(&LARGE_REPLY, &[], log.large_reply);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::examples::staged;

    #[test]
    fn the_three_logs() {
        let log = CommandLog { slow: Some(3.0), large_request: Some(2.0), large_reply: Some(1.0) };
        assert_eq!(
            staged(|out| commandlog(&log, out)),
            "redis_commandlog_large_reply_length 1\n\
             redis_commandlog_large_request_length 2\n\
             redis_commandlog_slow_length 3\n"
        );
        assert_eq!(staged(|out| commandlog(&CommandLog::default(), out)), "");
    }
}
