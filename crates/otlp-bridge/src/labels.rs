//! The labels of one point: sanitized, sorted, each name once; and the hash by which their series is known.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use siphasher::sip128::{Hasher128 as _, SipHasher13};

use crate::naming::label_name;

/// Bytes of a label's value; what is longer is cut.
const MOST_VALUE_BYTES: usize = 1024;
/// Bytes of a label's name; with a longer one there's no label.
const MOST_NAME_BYTES: usize = 256;

/// A key for hashes; of the ledger, so that hashes mean the same as long as it lasts.
pub(crate) type Key = [u8; 16];

/// The hash of everything that was written to it, each part with its length: different lists have different hashes.
pub(crate) struct Digest(SipHasher13);

impl Digest {
    pub(crate) fn new(key: &Key) -> Self {
        Digest(SipHasher13::new_with_key(key))
    }

    pub(crate) fn part(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.write(&bytes.len().to_le_bytes());
        self.0.write(bytes);
        self
    }

    pub(crate) fn number(&mut self, number: u64) -> &mut Self {
        self.0.write(&number.to_le_bytes());
        self
    }

    pub(crate) fn hash(&mut self, hash: u128) -> &mut Self {
        self.0.write(&hash.to_le_bytes());
        self
    }

    pub(crate) fn finish(&self) -> u128 {
        self.0.finish128().as_u128()
    }
}

/// A table by hashes, which need not be hashed once more.
pub(crate) type HashTable<V> = HashMap<u128, V, BuildHasherDefault<IsHash>>;

/// Takes a hash for what it is.
#[derive(Debug, Default)]
pub(crate) struct IsHash(u64);

impl Hasher for IsHash {
    fn write(&mut self, bytes: &[u8]) {
        let bytes = bytes.first_chunk().copied().unwrap_or_default();
        self.0 = u64::from_ne_bytes(bytes);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Labels while they are put together, used again for each point.
#[derive(Debug, Default)]
pub(crate) struct Labels<'a> {
    /// The labels' names, back to back.
    names: String,
    pairs: Vec<Pair<'a>>,
}

#[derive(Debug)]
struct Pair<'a> {
    /// Where in `names`.
    start: usize,
    end: usize,
    /// The attribute's key: values of several that make the same label are joined in its order.
    key: &'a str,
    value: Cow<'a, str>,
}

impl<'a> Labels<'a> {
    pub(crate) fn clear(&mut self) {
        self.names.clear();
        self.pairs.clear();
    }

    /// Adds the label for an attribute, if one can be made of its key.
    pub(crate) fn add(&mut self, key: &'a str, value: Cow<'a, str>) {
        self.add_named("", key, value);
    }

    /// As [`Labels::add`], with something before the label's name.
    pub(crate) fn add_named(&mut self, prefix: &str, key: &'a str, value: Cow<'a, str>) {
        let start = self.names.len();
        if key.len() <= MOST_NAME_BYTES && label_name(prefix, key, &mut self.names) {
            self.pairs.push(Pair { start, end: self.names.len(), key, value: shortened(value) });
        }
    }

    /// Replaces what a point's own attributes say of a label that is not theirs to give.
    pub(crate) fn set(&mut self, name: &'static str, value: Cow<'a, str>) {
        let names = &self.names;
        self.pairs.retain(|pair| names.get(pair.start..pair.end) != Some(name));
        let start = self.names.len();
        self.names.push_str(name);
        self.pairs.push(Pair { start, end: self.names.len(), key: name, value: shortened(value) });
    }

    /// Sorts the labels and joins, with `;`, the values of those that have come to the same name.
    pub(crate) fn settle(&mut self) {
        let Labels { names, pairs } = self;
        let name = |pair: &Pair<'_>| names.get(pair.start..pair.end).unwrap_or_default();
        pairs.sort_by(|a, b| name(a).cmp(name(b)).then_with(|| a.key.cmp(b.key)));
        pairs.dedup_by(|next, kept| {
            let same = name(next) == name(kept);
            if same {
                let joined = format!("{};{}", kept.value, next.value);
                kept.value = shortened(Cow::Owned(joined));
            }
            same
        });
    }

    /// The labels by name, once they are settled.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> + Clone {
        self.pairs.iter().map(|pair| (self.names.get(pair.start..pair.end).unwrap_or_default(), &*pair.value))
    }

    /// What the series of these labels in a family is known by.
    pub(crate) fn series(&self, key: &Key, family: &str) -> u128 {
        series_hash(key, family, self.iter())
    }
}

/// What the series of these labels, which are sorted, is known by.
pub(crate) fn series_hash<'l>(key: &Key, family: &str, labels: impl Iterator<Item = (&'l str, &'l str)>) -> u128 {
    let mut digest = Digest::new(key);
    digest.part(family.as_bytes());
    for (name, value) in labels {
        digest.part(name.as_bytes()).part(value.as_bytes());
    }
    digest.finish()
}

/// The value, cut between two characters where it is too long.
fn shortened(value: Cow<'_, str>) -> Cow<'_, str> {
    if value.len() <= MOST_VALUE_BYTES {
        return value;
    }
    let end = value.floor_char_boundary(MOST_VALUE_BYTES);
    match value {
        Cow::Borrowed(text) => Cow::Borrowed(text.get(..end).unwrap_or_default()),
        Cow::Owned(mut text) => {
            text.truncate(end);
            Cow::Owned(text)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(attributes: &[(&'static str, &'static str)]) -> Labels<'static> {
        let mut labels = Labels::default();
        attributes.iter().for_each(|(key, value)| labels.add(key, Cow::Borrowed(value)));
        labels.settle();
        labels
    }

    fn pairs(attributes: &[(&'static str, &'static str)]) -> Vec<(String, String)> {
        labels(attributes).iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn sorted_by_name() {
        assert_eq!(pairs(&[("type", "input"), ("model", "m")]), owned(&[("model", "m"), ("type", "input")]));
    }

    #[test]
    fn keys_that_make_the_same_label_are_joined_by_key() {
        assert_eq!(pairs(&[("a_b", "3"), ("a.b", "2"), ("a-b", "1")]), owned(&[("a_b", "1;2;3")]));
    }

    #[test]
    fn keys_that_make_none() {
        assert_eq!(pairs(&[("", "x"), ("__name__", "x"), ("a", "y")]), owned(&[("a", "y")]));
    }

    #[test]
    fn what_the_bridge_says_holds() {
        let mut labels = Labels::default();
        labels.add("job", Cow::Borrowed("forged"));
        labels.set("job", Cow::Borrowed("claude-code"));
        labels.settle();
        assert_eq!(labels.iter().collect::<Vec<_>>(), [("job", "claude-code")]);
    }

    #[test]
    fn long_values_are_cut_between_characters() {
        let mut labels = Labels::default();
        labels.add("a", Cow::Owned("ü".repeat(600)));
        labels.add("b", Cow::Owned(format!("x{}", "ü".repeat(600))));
        let lengths: Vec<_> = labels.iter().map(|(_, value)| value.len()).collect();
        assert_eq!(lengths, [1024, 1023]);
    }

    #[test]
    fn one_series_in_whatever_order_and_no_other() {
        let key = [7; 16];
        let series = |attributes| labels(attributes).series(&key, "family");
        assert_eq!(series(&[("a", "1"), ("b", "2")]), series(&[("b", "2"), ("a", "1")]));
        assert_ne!(series(&[("a", "1"), ("b", "2")]), series(&[("a", "1b"), ("b", "2")]));
        assert_ne!(series(&[("a", "1")]), labels(&[("a", "1")]).series(&key, "other"));
        assert_ne!(series(&[("a", "1")]), labels(&[("a", "1")]).series(&[8; 16], "family"));
    }
}
