//! Commands that were slow.

use exposition::{Desc, Kind};

use crate::page::{Out, Samples};
use crate::parts::slowlog::SlowLog;
use crate::server::Server;

static LENGTH: Desc = Desc {
    name: "redis_slowlog_length",
    help: "Entries of the slow log (SLOWLOG LEN).",
    kind: Kind::Gauge,
    labels: &[],
};
static LAST_ID: Desc = Desc {
    name: "redis_slowlog_last_id",
    help: "Number of the last entry of the slow log, counted from 0; 0 too while it is empty (SLOWLOG GET).",
    kind: Kind::Gauge,
    labels: &[],
};
static LAST_DURATION: Desc = Desc {
    name: "redis_last_slow_execution_duration_seconds",
    help: "Seconds that the last command of the slow log took; 0 while it is empty (SLOWLOG GET).",
    kind: Kind::Gauge,
    labels: &[],
};

impl Samples for SlowLog {
    fn samples(&self, _: &Server, out: &mut Out<'_>) {
        out.add_some(&LENGTH, &[], self.length);
        if let Some(last) = self.last {
            out.add(&LAST_ID, &[], last.id);
            out.add(&LAST_DURATION, &[], last.usec / 1e6);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::examples::staged;
    use crate::parts::slowlog::SlowCommand;

    #[test]
    fn what_the_slow_log_says() {
        let last = Some(SlowCommand { id: 14.0, usec: 15_000.0 });
        assert_eq!(
            staged(|out| SlowLog { length: Some(128.0), last }.samples(&Server::default(), out)),
            "redis_last_slow_execution_duration_seconds 0.015\nredis_slowlog_last_id 14\nredis_slowlog_length 128\n"
        );
        assert_eq!(staged(|out| SlowLog::default().samples(&Server::default(), out)), "");
    }
}
