//! Verdicts that are known, by a keyed hash of what they are about: no password is kept, nor anything that tells one.

use std::collections::VecDeque;

use ring::hmac;
use ring::rand::SystemRandom;

use super::users::Hash;

/// Refusals that are kept; with one more, the oldest goes.
const MOST_REFUSED: usize = 100;

/// Stands for one user, hash and password.
pub(super) type Tag = [u8; 32];

/// Makes tags; its key is this process's own.
pub(super) struct Tagger(hmac::Key);

impl Tagger {
    pub(super) fn new(random: &SystemRandom) -> Result<Self, ring::error::Unspecified> {
        hmac::Key::generate(hmac::HMAC_SHA256, random).map(Tagger)
    }

    /// Every part is told with its length, so that no two different triples are the same bytes.
    pub(super) fn tag(&self, user: &[u8], hash: Option<&Hash>, password: &[u8]) -> Tag {
        let mut context = hmac::Context::with_key(&self.0);
        let cost = hash.map(|hash| hash.cost.to_be_bytes()).unwrap_or_default();
        let (salt, digest) = hash.map(|hash| (&hash.salt[..], &hash.digest[..])).unwrap_or_default();
        for part in [user, &cost, salt, digest, password] {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut tag = Tag::default();
        tag.copy_from_slice(context.sign().as_ref());
        tag
    }
}

/// Verdicts of the past. Wrong passwords never push out right ones.
#[derive(Default)]
pub(super) struct Cache {
    /// The last right password of each user, oldest first.
    allowed: VecDeque<(Vec<u8>, Tag)>,
    refused: VecDeque<Tag>,
}

impl Cache {
    /// Whether it was right, if that is known.
    pub(super) fn get(&self, tag: &Tag) -> Option<bool> {
        if self.allowed.iter().any(|(_, known)| known == tag) {
            return Some(true);
        }
        self.refused.contains(tag).then_some(false)
    }

    /// Keeps that this was right, for at most as many users as are configured.
    pub(super) fn allow(&mut self, user: Vec<u8>, tag: Tag, configured: usize) {
        self.allowed.retain(|(name, _)| *name != user);
        self.allowed.push_back((user, tag));
        while self.allowed.len() > configured {
            self.allowed.pop_front();
        }
    }

    /// Keeps that this was wrong.
    pub(super) fn refuse(&mut self, tag: Tag) {
        if self.refused.len() == MOST_REFUSED {
            self.refused.pop_front();
        }
        self.refused.push_back(tag);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(number: usize) -> Tag {
        let mut tag = Tag::default();
        tag[..8].copy_from_slice(&number.to_be_bytes());
        tag
    }

    #[test]
    fn wrong_passwords_push_out_wrong_ones_alone() {
        let mut cache = Cache::default();
        cache.allow(b"alice".to_vec(), tag(0), 1);
        (1..=1000).for_each(|number| cache.refuse(tag(number)));
        assert_eq!(cache.get(&tag(0)), Some(true));
        assert_eq!([900, 901, 1000].map(|number| cache.get(&tag(number))), [None, Some(false), Some(false)]);
        assert_eq!(cache.refused.len(), MOST_REFUSED);
    }

    #[test]
    fn one_right_password_for_each_configured_user() {
        let mut cache = Cache::default();
        cache.allow(b"alice".to_vec(), tag(1), 2);
        cache.allow(b"alice".to_vec(), tag(2), 2);
        cache.allow(b"bob".to_vec(), tag(3), 2);
        assert_eq!([1, 2, 3].map(|number| cache.get(&tag(number))), [None, Some(true), Some(true)]);
        cache.allow(b"carol".to_vec(), tag(4), 2);
        assert_eq!([2, 3, 4].map(|number| cache.get(&tag(number))), [None, Some(true), Some(true)]);
    }

    /// CVE-2022-46146: parts that are only written one behind the other can be cut elsewhere.
    #[test]
    fn parts_that_are_cut_elsewhere() {
        let tagger = Tagger::new(&SystemRandom::new()).unwrap();
        let hash = Hash::decoy(4, [b'x'; 47]);
        let other = Hash::decoy(5, [b'x'; 47]);
        let tags = [
            tagger.tag(b"alice", None, b"xy"),
            tagger.tag(b"alicex", None, b"y"),
            tagger.tag(b"alic", None, b"exy"),
            tagger.tag(b"alice", Some(&hash), b"xy"),
            tagger.tag(b"alice", Some(&other), b"xy"),
            tagger.tag(b"alice\0\0\0\x04xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", None, b"xy"),
            tagger.tag(b"", None, b"alicexy"),
            Tagger::new(&SystemRandom::new()).unwrap().tag(b"alice", None, b"xy"),
        ];
        for (position, tag) in tags.iter().enumerate() {
            assert!(!tags[..position].contains(tag), "{position}");
        }
        assert_eq!(tags[0], tagger.tag(b"alice", None, b"xy"));
    }
}
