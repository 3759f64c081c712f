//! COMMANDLOG of Valkey: commands that were slow, or had large requests or replies.

use crate::info::Info;
use crate::parts::part::{Next, Part};
use crate::resp::{Commands, Replies, Reply};
use crate::server::Server;

/// How many entries each log has; what they are about is in CONFIG.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct CommandLog {
    pub(crate) slow: Option<f64>,
    pub(crate) large_request: Option<f64>,
    pub(crate) large_reply: Option<f64>,
}

impl Part for CommandLog {
    fn ask(&mut self, server: &Server, commands: &mut Commands) {
        if has_command_log(&server.info) {
            for log in ["slow", "large-request", "large-reply"] {
                commands.add("COMMANDLOG LEN", ["COMMANDLOG", "LEN", log]);
            }
        }
    }

    fn take(&mut self, _: &mut Server, replies: &mut Replies<'_>) -> Next {
        for length in [&mut self.slow, &mut self.large_request, &mut self.large_reply] {
            *length = replies.next().and_then(Reply::number);
        }
        Next::Done
    }

    fn forget(&mut self) {
        *self = CommandLog::default();
    }
}

/// Whether the server has command logs: Valkey from 8.1 on.
pub(super) fn has_command_log(info: &Info) -> bool {
    info.is_valkey_since([8, 1, 0]) && !info.is_sentinel()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parts::examples::{asked, server};

    #[test]
    fn lengths_of_the_three_logs() {
        let mut part = CommandLog::default();
        let mut valkey = server("redis_version:7.2.4\r\nvalkey_version:8.1.0\r\n");
        assert_eq!(asked(&mut part, &mut valkey, b":3\r\n:0\r\n-ERR no\r\n"), ["COMMANDLOG LEN"; 3]);
        assert_eq!(part, CommandLog { slow: Some(3.0), large_request: Some(0.0), large_reply: None });
    }

    /// redis_exporter: every server is asked in every scrape whether it knows the command.
    #[test]
    fn servers_without_it_are_not_asked() {
        for (info, asks) in [
            ("valkey_version:10.0", true),
            ("server_name:valkey\nvalkey_version:9.0.1", true),
            ("valkey_version:8.0.9", false),
            ("redis_version:8.2.0", false),
            ("valkey_version:8.1.0\n# Sentinel\nsentinel_masters:1", false),
        ] {
            assert_eq!(asked(&mut CommandLog::default(), &mut server(info), b"").is_empty(), !asks, "{info}");
        }
    }
}
