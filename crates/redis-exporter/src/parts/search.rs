//! FT.INFO: indexes of the search module.

use exporter_toolkit::{Matcher, Pattern, order};

use crate::parts::part::{LONGEST_NAME, Next, Part};
use crate::resp::{Array, Commands, Replies, Reply};
use crate::server::Server;

/// Of more indexes than this no more is asked.
const MOST_INDEXES: usize = 100;

/// The search indexes of a server.
pub(crate) struct Search {
    shown: Matcher,
    /// Names of the indexes that this round trip asks of: those that were there last time, then those that are new.
    asked: Vec<String>,
    /// Whether it is the second of a scrape.
    second: bool,
    /// The names that are to be shown, as they were listed.
    names: Vec<String>,
    pub(crate) indexes: Vec<Index>,
    /// How many were listed beyond the most.
    pub(crate) omitted: Option<u64>,
}

/// What FT.INFO says of an index: fields that are numbers, in its units.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Index {
    pub(crate) name: String,
    pub(crate) fields: Vec<(String, f64)>,
}

impl Search {
    pub(crate) fn new(shown: &Pattern) -> Self {
        Search {
            shown: shown.matcher(),
            asked: Vec::new(),
            second: false,
            names: Vec::new(),
            indexes: Vec::new(),
            omitted: None,
        }
    }

    fn take_names(&mut self, reply: Option<Reply<'_>>) {
        let Search { shown, names, omitted, .. } = self;
        *omitted = None;
        names.clear();
        let Some(reply) = reply else { return };
        names.extend(reply.array().filter_map(|name| Some(name.text()?.into_owned())));
        names.retain(|name| shown.is_match(name) && name.len() <= LONGEST_NAME);
        order::sort_by(names, Ord::cmp);
        names.dedup();
        *omitted = u64::try_from(names.len().saturating_sub(MOST_INDEXES)).ok();
        names.truncate(MOST_INDEXES);
    }

    fn take_indexes(&mut self, replies: &mut Replies<'_>) {
        for name in std::mem::take(&mut self.asked) {
            let reply = replies.next();
            // What was dropped meanwhile is not shown any more.
            if let Some(reply) = reply.filter(|_| self.names.contains(&name)) {
                self.indexes.push(Index { name, fields: fields(reply.array()) });
            }
        }
    }
}

impl Part for Search {
    fn ask(&mut self, _: &Server, commands: &mut Commands) {
        if !self.second {
            commands.add("FT._LIST", ["FT._LIST"]);
            self.asked.clone_from(&self.names);
        }
        self.asked.iter().for_each(|name| commands.add("FT.INFO", ["FT.INFO", name]));
    }

    fn take(&mut self, _: &mut Server, replies: &mut Replies<'_>) -> Next {
        if self.second {
            self.second = false;
            self.take_indexes(replies);
            return Next::Done;
        }
        self.take_names(replies.next());
        self.indexes.clear();
        let asked = self.asked.clone();
        self.take_indexes(replies);
        self.asked = self.names.iter().filter(|name| !asked.contains(name)).cloned().collect();
        self.second = !self.asked.is_empty();
        if self.second { Next::Ask } else { Next::Done }
    }

    fn forget(&mut self) {
        (self.second, self.asked, self.names, self.indexes, self.omitted) = Default::default();
    }
}

/// The numbers of a map that also holds texts and maps.
fn fields(map: Array<'_>) -> Vec<(String, f64)> {
    map.pairs().filter_map(|(name, value)| Some((name.text()?.into_owned(), value.number()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parts::examples::{round, server};

    const LIST: &str = "FT._LIST";
    const ONE: &str = "*6\r\n+index_name\r\n+x\r\n+num_docs\r\n:7\r\n+attributes\r\n*1\r\n*0\r\n";

    fn part(pattern: &str) -> Search {
        Search::new(&Pattern::new(pattern).unwrap())
    }

    fn list(names: &[&str]) -> String {
        format!("*{}\r\n{}", names.len(), names.iter().map(|name| format!("+{name}\r\n")).collect::<String>())
    }

    fn names(part: &Search) -> Vec<&str> {
        part.indexes.iter().map(|index| index.name.as_str()).collect()
    }

    #[test]
    fn new_indexes_take_a_second_round_trip() {
        let (mut part, mut server) = (part(".*"), server(""));
        assert_eq!(round(&mut part, &mut server, list(&["b", "a"]).as_bytes()), (vec![LIST], Next::Ask));
        let both = ONE.replace(":7", "$4\r\nnan\t").replace("num_docs", "other") + ONE;
        assert_eq!(round(&mut part, &mut server, both.as_bytes()), (vec!["FT.INFO"; 2], Next::Done));
        let index = |name: &str, fields| Index { name: name.to_owned(), fields };
        assert_eq!(part.indexes, [index("a", vec![]), index("b", vec![("num_docs".to_owned(), 7.0)])]);

        let steady = list(&["a", "b"]) + ONE + ONE;
        assert_eq!(round(&mut part, &mut server, steady.as_bytes()), (vec![LIST, "FT.INFO", "FT.INFO"], Next::Done));
        let dropped = list(&["b", "c"]) + "-Unknown index name\r\n" + ONE;
        assert_eq!(round(&mut part, &mut server, dropped.as_bytes()), (vec![LIST, "FT.INFO", "FT.INFO"], Next::Ask));
        assert_eq!(round(&mut part, &mut server, ONE.as_bytes()), (vec!["FT.INFO"], Next::Done));
        assert_eq!(names(&part), ["b", "c"]);
        round(&mut part, &mut server, b"-ERR unknown command\r\n*0\r\n*0\r\n");
        assert_eq!((names(&part), part.omitted), (vec![], None));
    }

    #[test]
    fn only_the_indexes_that_are_asked_for_and_not_too_many() {
        let (mut part, mut server) = (part("^idx"), server(""));
        let all: Vec<String> = (0..103)
            .map(|n| format!("idx{n}"))
            .chain(["other".to_owned(), format!("idx{}", "x".repeat(510))])
            .collect();
        let reply = list(&all.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(round(&mut part, &mut server, reply.as_bytes()), (vec![LIST], Next::Ask));
        assert_eq!((part.asked.len(), part.omitted), (100, Some(3)));
        assert!(part.asked.iter().all(|name| name.starts_with("idx") && name.len() < 10));
    }
}
