//! How the server is set up.

use exposition::{Desc, Kind};

use crate::page::{Out, Samples};
use crate::parts::config::{Config, Setting};
use crate::resp::number;
use crate::server::Server;

/// A gauge without labels.
const fn gauge(name: &'static str, help: &'static str) -> Desc {
    Desc { name, help, kind: Kind::Gauge, labels: &[] }
}

/// Settings with a family of their own.
static NUMBERS: [(&str, Desc); 10] = [
    ("io-threads", gauge("redis_config_io_threads", "Threads for I/O (CONFIG GET io-threads).")),
    ("maxclients", gauge("redis_config_maxclients", "Clients that may be connected (CONFIG GET maxclients).")),
    (
        "maxmemory",
        gauge("redis_config_maxmemory", "Bytes that the data may take, 0 for no limit (CONFIG GET maxmemory)."),
    ),
    (
        "repl-backlog-size",
        gauge("redis_config_repl_backlog_size", "Bytes of the replication backlog (CONFIG GET repl-backlog-size)."),
    ),
    (
        "commandlog-execution-slower-than",
        gauge(
            "redis_commandlog_execution_slower_than",
            "Microseconds from which a command is logged as slow (CONFIG GET commandlog-execution-slower-than).",
        ),
    ),
    (
        "commandlog-slow-execution-max-len",
        gauge(
            "redis_commandlog_slow_execution_max_len",
            "Entries that the log of slow commands may have (CONFIG GET commandlog-slow-execution-max-len).",
        ),
    ),
    (
        "commandlog-request-larger-than",
        gauge(
            "redis_commandlog_request_larger_than",
            "Bytes from which a request is logged as large (CONFIG GET commandlog-request-larger-than).",
        ),
    ),
    (
        "commandlog-large-request-max-len",
        gauge(
            "redis_commandlog_large_request_max_len",
            "Entries that the log of large requests may have (CONFIG GET commandlog-large-request-max-len).",
        ),
    ),
    (
        "commandlog-reply-larger-than",
        gauge(
            "redis_commandlog_reply_larger_than",
            "Bytes from which a reply is logged as large (CONFIG GET commandlog-reply-larger-than).",
        ),
    ),
    (
        "commandlog-large-reply-max-len",
        gauge(
            "redis_commandlog_large_reply_max_len",
            "Entries that the log of large replies may have (CONFIG GET commandlog-large-reply-max-len).",
        ),
    ),
];
static BUFFER_LIMIT: Desc = Desc {
    name: "redis_config_client_output_buffer_limit_bytes",
    help: "Bytes of output from which a client of this class is cut off: at once, or after some time (CONFIG GET client-output-buffer-limit).",
    kind: Kind::Gauge,
    labels: &["class", "limit"],
};
static BUFFER_TIME: Desc = Desc {
    name: "redis_config_client_output_buffer_limit_overcome_seconds",
    help: "Seconds for which a client of this class may be above the soft limit (CONFIG GET client-output-buffer-limit).",
    kind: Kind::Gauge,
    labels: &["class", "limit"],
};
static KEY_VALUE: Desc = Desc {
    name: "redis_config_key_value",
    help: "Always 1; a setting with what it is set to (CONFIG GET *).",
    kind: Kind::Gauge,
    labels: &["key", "value"],
};
static VALUE: Desc = Desc {
    name: "redis_config_value",
    help: "A setting that is a number (CONFIG GET *).",
    kind: Kind::Gauge,
    labels: &["key"],
};
static RDB_SIZE: Desc = Desc {
    name: "redis_rdb_current_size_bytes",
    help: "Size of the RDB file on this machine; 0 if there is none.",
    kind: Kind::Gauge,
    labels: &[],
};

impl Samples for Config {
    fn samples(&self, _: &Server, out: &mut Out<'_>) {
        config(&self.settings, self.everything, self.rdb_bytes, out);
    }
}

/// Stages settings; each of them if `everything`.
fn config(settings: &[Setting], everything: bool, rdb_bytes: Option<u64>, out: &mut Out<'_>) {
    for Setting { name, value } in settings {
        if everything {
            out.add(&KEY_VALUE, &[name, value], true);
            out.add_some(&VALUE, &[name], number(value));
        }
        if name == "client-output-buffer-limit" {
            buffer_limits(value, out);
        }
        if let Some((_, desc)) = NUMBERS.iter().find(|(known, _)| known == name) {
            out.add_some(desc, &[], number(value));
        }
    }
    out.add_some(&RDB_SIZE, &[], rdb_bytes);
}

/// `normal 0 0 0 slave 268435456 67108864 60`: class, hard limit, soft limit, seconds, and so on.
fn buffer_limits(value: &str, out: &mut Out<'_>) {
    let words: Vec<_> = value.split_ascii_whitespace().collect();
    let (classes, _) = words.as_chunks();
    for [class, hard, soft, seconds] in classes {
        out.add_some(&BUFFER_LIMIT, &[class, "hard"], number(hard));
        out.add_some(&BUFFER_LIMIT, &[class, "soft"], number(soft));
        out.add_some(&BUFFER_TIME, &[class, "soft"], number(seconds));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::examples::staged;

    fn setting(name: &str, value: &str) -> Setting {
        Setting { name: name.to_owned(), value: value.to_owned() }
    }

    #[test]
    fn settings_with_a_family_of_their_own() {
        let settings = [
            setting("maxmemory", "104857600"),
            setting("io-threads", "nan"),
            setting("commandlog-reply-larger-than", "-1"),
            setting("save", "3600 1"),
        ];
        assert_eq!(
            staged(|out| config(&settings, false, Some(0), out)),
            "redis_commandlog_reply_larger_than -1\n\
             redis_config_maxmemory 104857600\n\
             redis_rdb_current_size_bytes 0\n"
        );
    }

    #[test]
    fn limits_of_output_buffers() {
        let settings = [setting("client-output-buffer-limit", "normal 0 0 0 slave 256 64 60 pubsub 1")];
        assert_eq!(
            staged(|out| config(&settings, false, None, out)),
            "redis_config_client_output_buffer_limit_bytes{class=\"normal\",limit=\"hard\"} 0\n\
             redis_config_client_output_buffer_limit_bytes{class=\"normal\",limit=\"soft\"} 0\n\
             redis_config_client_output_buffer_limit_bytes{class=\"slave\",limit=\"hard\"} 256\n\
             redis_config_client_output_buffer_limit_bytes{class=\"slave\",limit=\"soft\"} 64\n\
             redis_config_client_output_buffer_limit_overcome_seconds{class=\"normal\",limit=\"soft\"} 0\n\
             redis_config_client_output_buffer_limit_overcome_seconds{class=\"slave\",limit=\"soft\"} 60\n"
        );
    }

    #[test]
    fn every_setting() {
        let settings = [setting("save", "3600 1"), setting("maxclients", "50")];
        assert_eq!(
            staged(|out| config(&settings, true, None, out)),
            "redis_config_key_value{key=\"save\",value=\"3600 1\"} 1\n\
             redis_config_key_value{key=\"maxclients\",value=\"50\"} 1\n\
             redis_config_maxclients 50\n\
             redis_config_value{key=\"maxclients\"} 50\n"
        );
    }
}
