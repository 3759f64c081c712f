//! What is asked, and how.

use crate::queues::names::{List, Page};
use crate::queues::queue::{Framework, Queue};
use crate::resp::Commands;

/// Something to be asked: one command or several, whose replies are taken together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Question {
    /// The server's clock.
    Time,
    /// The next keys of a walk.
    Page(Page),
    /// The members of a set.
    List(List),
    /// How many jobs a queue has, and which is the oldest; `looks` are the lists whose oldest job itself is asked for.
    Jobs { queue: Queue, looks: Vec<Vec<u8>> },
    /// When a job was given to its queue.
    Job { queue: Queue, id: Vec<u8> },
    /// Whether a key is a stream.
    Type(Queue),
    /// The groups of a stream.
    Groups(Queue),
    /// What a group has pending, and, if `look`, the entry behind the one that it was given last.
    Group { queue: Queue, group: Group, look: bool },
    /// What Sidekiq counts across its queues.
    Sidekiq,
    /// Messages that workers of Celery have taken and not confirmed.
    Unacked,
}

/// A consumer group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) name: Vec<u8>,
    /// The ID of the entry that it was given last.
    pub(super) delivered: Vec<u8>,
}

/// Members of a set that one SSCAN looks at; it gives no fewer than all of a small set.
const MEMBERS: &[u8] = b"1000";

impl Question {
    pub(super) fn ask(&self, commands: &mut Commands) {
        match self {
            Question::Time => commands.add("TIME", ["TIME"]),
            Question::Page(page) => {
                let (cursor, count) = (page.cursor.to_string(), page.count.to_string());
                commands.add("SCAN", ["SCAN", &cursor, "MATCH", page.walk.pattern(), "COUNT", &count]);
            }
            // SMEMBERS would give all of a set that has a name in common with a queue's, and may be of any size.
            Question::List(list) => commands.add("SSCAN", [&b"SSCAN"[..], list.key(), b"0", b"COUNT", MEMBERS]),
            Question::Jobs { queue, looks } => jobs(queue, looks, commands),
            Question::Job { queue, id } => match queue.framework {
                Framework::Bull => {
                    let key = [&queue.base, &b":"[..], id].concat();
                    commands.add("HGET", [&b"HGET"[..], &key, b"timestamp"]);
                }
                Framework::Rq => {
                    let key = [b"rq:job:", id.as_slice()].concat();
                    commands.add("HGET", [&b"HGET"[..], &key, b"enqueued_at"]);
                }
                Framework::Celery | Framework::Sidekiq | Framework::Stream => {}
            },
            Question::Type(queue) => commands.add("TYPE", [&b"TYPE"[..], &queue.base]),
            Question::Groups(queue) => commands.add("XINFO GROUPS", [&b"XINFO"[..], b"GROUPS", &queue.base]),
            Question::Group { queue, group, look } => {
                commands.add("XPENDING", [&b"XPENDING"[..], &queue.base, &group.name]);
                if *look {
                    let behind = after(&group.delivered);
                    let words = [&b"XRANGE"[..], &queue.base, &behind, b"+", b"COUNT", b"1"];
                    commands.add("XRANGE", words);
                }
            }
            Question::Sidekiq => {
                for key in ["schedule", "retry", "dead"] {
                    commands.add("ZCARD", ["ZCARD", key]);
                }
                commands.add("SCARD", ["SCARD", "processes"]);
                commands.add("MGET", ["MGET", "stat:processed", "stat:failed"]);
            }
            Question::Unacked => commands.add("HLEN", ["HLEN", "unacked"]),
        }
    }
}

fn jobs(queue: &Queue, looks: &[Vec<u8>], commands: &mut Commands) {
    for length in queue.framework.lengths() {
        commands.add(length.command, [length.command.as_bytes(), &length.key(queue)]);
    }
    match queue.framework {
        Framework::Bull => {
            for list in [":wait", ":paused"] {
                commands.add("LINDEX", [&b"LINDEX"[..], &queue.key("", list), b"-1"]);
            }
            let meta = queue.key("", ":meta");
            commands.add("HMGET", [&b"HMGET"[..], &meta, b"version", b"opts.maxLenEvents", b"paused"]);
            commands.add("EXISTS", [&b"EXISTS"[..], &queue.key("", ":meta-paused")]);
            commands.add("TYPE", [&b"TYPE"[..], &queue.key("", ":id")]);
        }
        Framework::Rq => {
            commands.add("LINDEX", [&b"LINDEX"[..], &queue.key("rq:queue:", ""), b"0"]);
            commands.add("SCARD", [&b"SCARD"[..], &queue.key("rq:workers:", "")]);
        }
        Framework::Celery | Framework::Sidekiq => {
            for list in looks {
                commands.add("LINDEX", [&b"LINDEX"[..], list, b"-1"]);
            }
        }
        Framework::Stream => {}
    }
}

/// The smallest ID above this one.
fn after(id: &[u8]) -> Vec<u8> {
    let parts = std::str::from_utf8(id).ok().and_then(|id| id.split_once('-'));
    let next = parts.and_then(|(time, number)| Some(format!("{time}-{}", number.parse::<u64>().ok()?.checked_add(1)?)));
    next.map_or_else(|| b"+".to_vec(), String::into_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entry_behind_another() {
        assert_eq!(after(b"1795290720628-0"), b"1795290720628-1");
        assert_eq!(after(b"0-0"), b"0-1");
        assert_eq!(
            after(b"1-18446744073709551615"),
            b"+",
            "there is no such number; the last entry is newer than none"
        );
        assert_eq!(after(b"x"), b"+");
    }
}
