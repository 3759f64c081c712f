//! Which names a sweep has met: SCAN tells of a key more than once when the server's table is resized meanwhile.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, BuildHasherDefault, Hasher, RandomState};

/// Names that have been met, as hashes: of a million names, two are taken for one by a chance of 1 in 40 million.
#[derive(Debug, Default)]
pub(super) struct Names {
    hasher: RandomState,
    met: Hashes,
    /// Those of this page that are not remembered any longer.
    page: Hashes,
    most: usize,
    /// Whether there were more than are remembered.
    pub(super) overflowed: bool,
}

/// Hashes, which need not be hashed once more.
type Hashes = HashSet<u64, BuildHasherDefault<Itself>>;

/// The hash of a number that is one.
#[derive(Debug, Default)]
struct Itself(u64);

impl Hasher for Itself {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

impl Names {
    /// None met. As many are remembered.
    pub(super) fn new(most: usize) -> Self {
        Names { most, ..Names::default() }
    }

    /// A page begins. Those of the one before that were too many to be remembered are forgotten.
    pub(super) fn turn_page(&mut self) {
        self.page.clear();
    }

    /// Whether a name is met for the first time, as far as is remembered.
    pub(super) fn is_new(&mut self, name: &[u8]) -> bool {
        let hash = self.hasher.hash_one(name);
        if self.met.len() < self.most {
            return self.met.insert(hash);
        }
        if self.met.contains(&hash) {
            return false;
        }
        self.overflowed = true;
        self.page.insert(hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_new_once() {
        let mut names = Names::new(2);
        let mut new = |name: &str| names.is_new(name.as_bytes());
        assert_eq!(["a", "b", "a", "b"].map(&mut new), [true, true, false, false]);
        assert!(!names.overflowed);
    }

    #[test]
    fn names_beyond_the_bound_are_new_once_a_page() {
        let mut names = Names::new(1);
        names.turn_page();
        assert_eq!(["a", "b", "b", "a"].map(|name| names.is_new(name.as_bytes())), [true, true, false, false]);
        assert!(names.overflowed);
        names.turn_page();
        assert_eq!(["a", "b", "b"].map(|name| names.is_new(name.as_bytes())), [false, true, false]);
    }
}
