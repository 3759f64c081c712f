//! Keys in groups, by what patterns of Lua find in their names. The server finds it, so that no name has to travel.

use std::collections::HashMap;

use exporter_toolkit::order;

use crate::keys::connection::{Connection, Trouble, in_database};
use crate::keys::key::number;
use crate::keys::label::label;
use crate::keys::names::Names;
use crate::resp::Reply;

/// As many groups are told from each other; what comes beyond is counted with the overflow.
const MOST_GROUPS: usize = 10_000;

/// The name of all groups together that have no series of their own.
pub(super) const OVERFLOW: &str = "overflow";

/// One step of a SCAN: from the cursor `ARGV[1]`, about `ARGV[2]` keys, with the patterns behind those. A key is of the group that the
/// captures of the first pattern that finds anything make. Gives the next cursor, and of every group the name, its keys and their
/// bytes.
const SCRIPT: &str = r"
local page = redis.call('SCAN', ARGV[1], 'COUNT', ARGV[2])
local keys, bytes, groups = {}, {}, {}
for _, key in ipairs(page[2]) do
  local group = 'unclassified'
  for i = 3, #ARGV do
    local found = {string.find(key, ARGV[i])}
    if found[1] then
      group = table.concat(found, '', 3)
      break
    end
  end
  local usage = redis.pcall('MEMORY', 'USAGE', key)
  keys[group] = (keys[group] or 0) + 1
  bytes[group] = (bytes[group] or 0) + (type(usage) == 'number' and usage or 0)
end
for group, count in pairs(keys) do
  groups[#groups + 1] = {group, count, bytes[group]}
end
return {page[1], groups}
";

/// Groups that were found.
#[derive(Debug)]
pub(super) struct Groups {
    found: HashMap<String, Usage>,
    /// What is in groups beyond those.
    rest: Usage,
    /// The names of those.
    names: Names,
    beyond: u64,
}

/// What keys have together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Usage {
    pub(super) keys: u64,
    /// Bytes, by MEMORY USAGE.
    pub(super) memory: u64,
}

/// Groups as they are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shown {
    /// Those with the most memory first.
    pub(super) groups: Vec<(String, Usage)>,
    /// All others together, if there are any.
    pub(super) overflow: Option<Usage>,
    /// How many there are altogether.
    pub(super) distinct: u64,
    /// Whether there are so many that some were not told from each other.
    pub(super) truncated: bool,
}

impl Usage {
    fn add(&mut self, other: Usage) {
        self.keys = self.keys.saturating_add(other.keys);
        self.memory = self.memory.saturating_add(other.memory);
    }
}

impl Groups {
    /// None found; `most_names` are remembered of those that are counted only.
    pub(super) fn new(most_names: usize) -> Self {
        Groups { found: HashMap::new(), rest: Usage::default(), names: Names::new(most_names), beyond: 0 }
    }

    fn add(&mut self, name: &[u8], usage: Usage) {
        let name = label(name);
        if let Some(group) = self.found.get_mut(&name) {
            group.add(usage);
        } else if self.found.len() < MOST_GROUPS {
            self.found.insert(name, usage);
        } else {
            self.rest.add(usage);
            self.beyond += u64::from(self.names.is_new(name.as_bytes()));
        }
    }

    /// The groups with the most memory, and the others together.
    pub(super) fn into_shown(self, most: usize) -> Shown {
        let distinct = u64::try_from(self.found.len()).unwrap_or(u64::MAX).saturating_add(self.beyond);
        let mut groups: Vec<_> = self.found.into_iter().collect();
        order::sort_by(&mut groups, |(a_name, a), (b_name, b)| {
            (b.memory, b.keys).cmp(&(a.memory, a.keys)).then_with(|| a_name.cmp(b_name))
        });
        let mut rest = self.rest;
        for (_, usage) in groups.drain(most.min(groups.len())..) {
            rest.add(usage);
        }
        // One that is called like all others together is one of them.
        if rest.keys > 0
            && let Some(at) = groups.iter().position(|(name, _)| name == OVERFLOW)
        {
            rest.add(groups.remove(at).1);
        }
        groups.shrink_to_fit();
        let overflow = (rest.keys > 0).then_some(rest);
        Shown { groups, overflow, distinct, truncated: self.names.overflowed }
    }
}

/// What a step is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step<'s> {
    pub(super) cursor: u64,
    pub(super) count: u32,
    pub(super) patterns: &'s [String],
    /// Whether EVAL_RO is what runs scripts.
    pub(super) read_only: bool,
}

/// Makes a step, and tells the next one's cursor.
pub(super) fn step(
    connection: &mut dyn Connection,
    database: u32,
    step: Step<'_>,
    groups: &mut Groups,
) -> Result<u64, Trouble> {
    // A name of its own: that this script is refused says nothing of those of users.
    let (command, name) = if step.read_only { ("EVAL_RO", "EVAL_RO SCAN") } else { ("EVAL", "EVAL SCAN") };
    let (cursor, count) = (step.cursor.to_string(), step.count.to_string());
    groups.names.turn_page();
    in_database(
        connection,
        database,
        |commands| {
            let mut words = vec![command, SCRIPT, "0", &cursor, &count];
            words.extend(step.patterns.iter().map(String::as_str));
            commands.add(name, words);
        },
        |replies| {
            let reply = replies.next_or_error();
            let mut elements = reply.into_iter().flat_map(Reply::array);
            let cursor = elements.next().and_then(cursor_of);
            let Some((cursor, page)) = cursor.zip(elements.next()) else { return Err(Trouble::refused(name, reply)) };
            for mut group in page.array().map(Reply::array) {
                let name = group.next().and_then(Reply::bytes);
                let (keys, memory) = (number(group.next()), number(group.next()));
                if let (Some(name), Some(keys), Some(memory)) = (name, keys, memory) {
                    groups.add(name, Usage { keys, memory });
                }
            }
            Ok(cursor)
        },
    )?
}

/// Where a SCAN is to go on.
pub(super) fn cursor_of(reply: Reply<'_>) -> Option<u64> {
    std::str::from_utf8(reply.bytes()?).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Usage = Usage { keys: 1, memory: 10 };

    #[test]
    fn a_group_that_is_called_overflow_is_part_of_it() {
        let mut groups = Groups::new(10);
        groups.add(b"overflow", Usage { keys: 5, memory: 500 });
        groups.add(b"a", Usage { keys: 2, memory: 20 });
        groups.add(b"b", ONE);
        let shown = Shown {
            groups: vec![("a".to_owned(), Usage { keys: 2, memory: 20 })],
            overflow: Some(Usage { keys: 6, memory: 510 }),
            distinct: 3,
            truncated: false,
        };
        assert_eq!(groups.into_shown(2), shown);
    }

    #[test]
    fn more_groups_than_are_told_from_each_other() {
        let mut groups = Groups::new(1);
        for round in 0..2 {
            groups.names.turn_page();
            (0..MOST_GROUPS + 1).for_each(|group| groups.add(format!("{group}").as_bytes(), ONE));
            assert_eq!((groups.found.len(), groups.beyond, groups.rest.keys), (MOST_GROUPS, 1, round + 1));
        }
        groups.add(b"one more", ONE);
        let Shown { groups, overflow, distinct, truncated } = groups.into_shown(100);
        assert_eq!((groups.len(), distinct, truncated), (100, 10_002, true));
        assert_eq!(overflow.map(|rest| rest.keys), Some(2 * 9_900 + 3));
        assert_eq!(groups[0], ("0".to_owned(), Usage { keys: 2, memory: 20 }));
    }
}
