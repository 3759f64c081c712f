//! What is left alone for a while.

use std::collections::{BTreeSet, HashMap};

/// A key that was answered with an error is left alone for this many scrapes: each error counts in the server's statistics.
const AFTER_ERROR: usize = 20;
/// As many scrapes without a look at a job that is known to be too large.
const AFTER_LARGE: usize = 20;
/// Together the jobs that a scrape looks at may be expected to have this many bytes.
const MOST_BYTES: usize = 4 * 1024 * 1024;
/// What a job is expected to have before one has been seen.
const EXPECTED_BYTES: usize = 16 * 1024;
/// As little is expected of the next one of a list whose jobs are small, or that was empty.
const LEAST_BYTES: usize = 4 * 1024;
/// Jobs above this size are looked at rarely.
const LARGE_BYTES: usize = 1024 * 1024;

/// Keys that are not asked for now, and what is known of the size of what is behind the others.
///
/// Some frameworks have a whole job, of any size, where the others have its id: there is no command that says how large it is, or
/// gives a part of it. So a scrape looks at no more jobs than are expected to be small together, by their size the last time.
/// Should one of them be so large that the scrape fails, they are looked at one by one until it is found.
#[derive(Debug, Default)]
pub(super) struct Rests {
    /// Scrapes that are left, by key that was answered with an error.
    errors: HashMap<Vec<u8>, usize>,
    /// Scrapes that are left, by list whose oldest job is not looked at.
    lists: HashMap<Vec<u8>, usize>,
    /// Bytes that the oldest job had the last time.
    sizes: HashMap<Vec<u8>, usize>,
    /// Lists whose oldest job this scrape looks at, and the bytes that are expected together.
    looking: BTreeSet<Vec<u8>>,
    expected: usize,
}

impl Rests {
    /// A scrape begins.
    pub(super) fn begin(&mut self) {
        for left in [&mut self.errors, &mut self.lists] {
            left.retain(|_, left| {
                *left -= 1;
                *left > 0
            });
        }
        self.looking.clear();
        self.expected = 0;
    }

    /// Whether the key is to be left alone.
    pub(super) fn has(&self, key: &[u8]) -> bool {
        self.errors.contains_key(key)
    }

    /// The key was answered with an error.
    pub(super) fn after_error(&mut self, key: &[u8]) {
        self.errors.insert(key.to_owned(), AFTER_ERROR);
    }

    /// Whether the oldest job of that list is looked at in this scrape.
    pub(super) fn look(&mut self, list: &[u8]) -> bool {
        if self.lists.contains_key(list) {
            return false;
        }
        let size = self.sizes.get(list).map_or(EXPECTED_BYTES, |bytes| LEAST_BYTES.max(*bytes));
        if self.expected + size > MOST_BYTES {
            self.lists.insert(list.to_owned(), AFTER_LARGE);
            return false;
        }
        self.expected += size;
        self.looking.insert(list.to_owned());
        true
    }

    /// The oldest job of that list has this many bytes; 0 if there is none.
    pub(super) fn seen(&mut self, list: &[u8], bytes: usize) {
        if bytes > LARGE_BYTES {
            self.lists.insert(list.to_owned(), AFTER_LARGE);
        }
        self.sizes.insert(list.to_owned(), bytes);
    }

    /// All replies have come.
    pub(super) fn finish(&mut self) {
        let Rests { lists, sizes, looking, .. } = self;
        sizes.retain(|list, _| looking.contains(list) || lists.contains_key(list));
        looking.clear();
    }

    /// The scrape failed while it looked at jobs, perhaps because of one of them: most likely one that had not been seen before.
    pub(super) fn failed(&mut self) {
        let mut suspects = std::mem::take(&mut self.looking);
        if suspects.iter().any(|list| !self.sizes.contains_key(list)) {
            suspects.retain(|list| !self.sizes.contains_key(list));
        }
        let alone = suspects.len() == 1;
        for (list, turn) in suspects.into_iter().zip(2..) {
            self.sizes.remove(&list);
            self.lists.insert(list, if alone { AFTER_LARGE } else { turn });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(rests: &mut Rests, keys: &[&str]) -> Vec<bool> {
        rests.begin();
        keys.iter().map(|key| rests.look(key.as_bytes())).collect()
    }

    #[test]
    fn an_error_is_provoked_once_in_a_while() {
        let mut rests = Rests::default();
        rests.after_error(b"queues");
        let scrapes = std::iter::repeat_with(|| {
            rests.begin();
            rests.has(b"queues")
        });
        assert_eq!(scrapes.take(100).take_while(|rests| *rests).count(), 19);
    }

    #[test]
    fn large_jobs_are_looked_at_rarely_and_never_many_together() {
        let mut rests = Rests::default();
        assert_eq!(looks(&mut rests, &["a", "b"]), [true, true]);
        rests.seen(b"a", 2 * 1024 * 1024);
        rests.seen(b"b", MOST_BYTES);
        assert_eq!(looks(&mut rests, &["a", "b"]), [false, false]);
        assert!(!rests.has(b"a"), "how long it is can be asked");
        (0..AFTER_LARGE).for_each(|_| rests.begin());
        assert_eq!(looks(&mut rests, &["a", "b"]), [true, false], "together they are too much");
        let many: Vec<_> = (0..300).map(|number| number.to_string()).collect();
        let many: Vec<_> = many.iter().map(String::as_str).collect();
        assert_eq!(looks(&mut Rests::default(), &many).iter().filter(|looks| **looks).count(), 256);
    }

    #[test]
    fn a_job_that_no_scrape_survives_is_found_and_left_alone() {
        let mut rests = Rests::default();
        let keys = ["a", "bad", "c"];
        let mut failures = 0;
        for scrape in 0..20 {
            let looked = looks(&mut rests, &keys);
            if looked[1] {
                failures += 1;
                rests.failed();
            } else {
                keys.iter()
                    .zip(&looked)
                    .filter(|(_, looked)| **looked)
                    .for_each(|(key, _)| rests.seen(key.as_bytes(), 9));
                rests.finish();
            }
            assert!(scrape < 5 || looked == [true, false, true], "{scrape}: {looked:?}");
        }
        assert_eq!(failures, 2);
    }
}
