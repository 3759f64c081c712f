//! Labels as they stand on a page, each distinct `name="value"` once.
//!
//! Series share most of their labels: what is kept for a label is its number, and its text goes when nobody has it any
//! more.

use std::hash::BuildHasher as _;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::labels::escape_into;

/// Rendered labels with the number of their users.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    /// By [`PairId`]; an empty text is a free slot.
    pairs: Vec<Pair>,
    free: Vec<u32>,
    by_text: HashTable<u32>,
    hasher: DefaultHashBuilder,
    /// The label that is being looked for.
    scratch: String,
}

/// A label: the index of its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PairId(u32);

#[derive(Debug)]
struct Pair {
    /// `name="value"`, escaped.
    text: Box<str>,
    users: u32,
}

impl Pairs {
    /// The label, for one more user.
    pub(super) fn take(&mut self, name: &str, value: &str) -> PairId {
        let Pairs { pairs, free, by_text, hasher, scratch } = self;
        scratch.clear();
        scratch.push_str(name);
        scratch.push_str("=\"");
        escape_into(value, scratch);
        scratch.push('"');
        let hash = hasher.hash_one(&**scratch);
        if let Some(&index) = by_text.find(hash, |index| *pairs[*index as usize].text == **scratch) {
            pairs[index as usize].users += 1;
            return PairId(index);
        }
        let pair = Pair { text: scratch.as_str().into(), users: 1 };
        let index = match free.pop() {
            Some(index) => {
                pairs[index as usize] = pair;
                index
            }
            None => {
                pairs.push(pair);
                u32::try_from(pairs.len() - 1).expect("memory ends before four billion labels")
            }
        };
        by_text.insert_unique(hash, index, |other| hasher.hash_one(&*pairs[*other as usize].text));
        scratch.shrink_to(MAX_SCRATCH);
        PairId(index)
    }

    /// One user less.
    pub(super) fn release(&mut self, pair: PairId) {
        let Pairs { pairs, free, by_text, hasher, .. } = self;
        let Pair { text, users } = &mut pairs[pair.0 as usize];
        *users -= 1;
        if *users > 0 {
            return;
        }
        let hash = hasher.hash_one(&**text);
        *text = Box::default();
        if let Ok(entry) = by_text.find_entry(hash, |index| *index == pair.0) {
            entry.remove();
        }
        free.push(pair.0);
    }

    /// The label as it stands on a page.
    pub(super) fn text(&self, pair: PairId) -> &str {
        &self.pairs[pair.0 as usize].text
    }
}

/// One long value does not keep its memory.
const MAX_SCRATCH: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_of_two_series_goes_with_the_second() {
        let mut pairs = Pairs::default();
        let first = pairs.take("model", "a\"b\\c\nd");
        assert_eq!(pairs.take("model", "a\"b\\c\nd"), first);
        assert_eq!(pairs.text(first), r#"model="a\"b\\c\nd""#);
        let other = pairs.take("model", "");
        assert_ne!(other, first);
        pairs.release(first);
        assert_eq!(pairs.text(first), r#"model="a\"b\\c\nd""#);
        pairs.release(first);
        assert_eq!((pairs.by_text.len(), pairs.free.len()), (1, 1));
        assert_eq!(pairs.take("user", "x"), first); // The slot is given again.
        assert_eq!((pairs.text(first), pairs.text(other)), (r#"user="x""#, r#"model="""#));
    }
}
