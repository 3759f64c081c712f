//! The configured users and their bcrypt hashes.

use std::fmt;

use base64::Engine as _;
use base64::alphabet::BCRYPT;
use base64::engine::general_purpose::NO_PAD;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use crate::order;

/// As the original decodes salts: some programs that make hashes leave bits behind the last byte.
const BASE64: GeneralPurpose = GeneralPurpose::new(&BCRYPT, LENIENT);
const LENIENT: GeneralPurposeConfig = NO_PAD.with_decode_allow_trailing_bits(true);

/// Of a password, bcrypt takes this many bytes, the NUL behind it included; whatever follows does not count.
const MOST_BYTES: usize = 72;
/// Bytes of a bcrypt digest that are kept; the 24th has never been.
const DIGEST_BYTES: usize = 23;
/// The least and the highest cost there are.
const COSTS: std::ops::RangeInclusive<u32> = 4..=31;
/// At this cost a check takes about a second.
const USUAL_COST: u32 = 14;

/// A user who may read the pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct User {
    name: String,
    hash: Hash,
}

impl User {
    /// A user of this name, without a colon, whose password has this bcrypt hash.
    ///
    /// # Errors
    /// A text that is no bcrypt hash.
    pub(crate) fn new(name: String, hash: &str) -> Result<Self, BadHash> {
        Ok(User { name, hash: Hash::parse(hash)? })
    }

    /// A user of this name, without a colon, with this password. Of the least cost: this process has the password itself.
    ///
    /// # Errors
    /// A password of which bcrypt would not take the end.
    pub(crate) fn with_password(name: String, password: &[u8], salt: [u8; 16]) -> Result<Self, String> {
        if password.len() > MOST_BYTES {
            return Err(format!("is longer than {MOST_BYTES} bytes; use a shorter password"));
        }
        let cost = *COSTS.start();
        Ok(User { name, hash: Hash { cost, salt, digest: digest(cost, salt, password) } })
    }
}

/// All users, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Users(Vec<User>);

impl Users {
    /// Of two users of the same name, the first counts.
    pub(crate) fn new(users: impl IntoIterator<Item = User>) -> Self {
        let mut users: Vec<User> = users.into_iter().collect();
        order::sort_by(&mut users, |a, b| a.name.cmp(&b.name));
        users.dedup_by(|next, first| next.name == first.name);
        Users(users)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The users whose passwords take over a second to check, with the cost of their hashes: worth one warning, for
    /// whoever tries a wrong password keeps a processor busy for as long.
    pub(crate) fn costly(&self) -> impl Iterator<Item = (&str, u32)> {
        self.0.iter().map(|user| (user.name.as_str(), user.hash.cost)).filter(|(_, cost)| *cost > USUAL_COST)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn hash_of(&self, name: &[u8]) -> Option<&Hash> {
        let position = self.0.binary_search_by(|user| user.name.as_bytes().cmp(name)).ok()?;
        self.0.get(position).map(|user| &user.hash)
    }

    /// The highest cost of all; what a refusal costs.
    pub(super) fn highest_cost(&self) -> u32 {
        self.0.iter().map(|user| user.hash.cost).max().unwrap_or(*COSTS.start())
    }
}

/// A bcrypt hash.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Hash {
    /// Binary logarithm of the rounds.
    pub(super) cost: u32,
    pub(super) salt: [u8; 16],
    /// In base64, as it is compared: unlike a salt, a digest with bits behind its last byte matches nothing.
    pub(super) digest: [u8; 31],
}

/// A text that is no bcrypt hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BadHash;

impl fmt::Display for BadHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "not a bcrypt hash, which begins with $2y$, $2b$ or $2a$ and has 60 characters; htpasswd -nB makes one",
        )
    }
}

impl std::error::Error for BadHash {}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash(cost {}, …)", self.cost)
    }
}

impl Hash {
    /// `$2y$10$`, 22 characters of salt, 31 of digest. Takes what the original takes and can ever match: every version of
    /// the algorithm, the oldest without a letter; what follows the digest does not count.
    pub(super) fn parse(text: &str) -> Result<Self, BadHash> {
        let (version, rest) = text.strip_prefix("$2").and_then(|rest| rest.split_once('$')).ok_or(BadHash)?;
        let (cost, rest) = rest.split_once('$').ok_or(BadHash)?;
        if !matches!(version, "" | "a" | "b" | "x" | "y") || cost.len() != 2 || cost.starts_with('+') {
            return Err(BadHash);
        }
        let cost = cost.parse().ok().filter(|cost| COSTS.contains(cost)).ok_or(BadHash)?;
        let (encoded, rest) = rest.as_bytes().split_at_checked(22).ok_or(BadHash)?;
        let digest = *rest.first_chunk().ok_or(BadHash)?;
        let mut salt = [0; 16];
        let decoded = BASE64.decode_slice(encoded, &mut salt);
        if decoded != Ok(16) || !digest.iter().all(|byte| byte.is_ascii_alphanumeric() || b"./".contains(byte)) {
            return Err(BadHash);
        }
        Ok(Hash { cost, salt, digest })
    }

    /// A hash of this cost that no password is known to have.
    pub(super) fn decoy(cost: u32, random: [u8; 47]) -> Self {
        let mut hash = Hash { cost, salt: [0; 16], digest: [0; 31] };
        let (salt, digest) = random.split_at(hash.salt.len());
        hash.salt.copy_from_slice(salt);
        hash.digest.copy_from_slice(digest);
        hash
    }

    /// Whether it is the hash of this password. Takes 2^cost rounds, some 60 ms at a cost of 10.
    pub(super) fn is_of(&self, password: &[u8]) -> bool {
        let digest = digest(self.cost, self.salt, password);
        // Every byte is looked at: how long it takes does not tell where they differ.
        digest.iter().zip(&self.digest).fold(0, |all, (a, b)| all | (a ^ b)) == 0
    }
}

/// The digest of a password, in base64.
fn digest(cost: u32, salt: [u8; 16], password: &[u8]) -> [u8; 31] {
    let mut key = Zeroizing::new([0; MOST_BYTES]);
    let used = password.len().min(MOST_BYTES);
    key[..used].copy_from_slice(&password[..used]);
    let digest = bcrypt::bcrypt(cost, salt, &key[..(used + 1).min(MOST_BYTES)]);
    let mut encoded = [0; 31];
    let length = BASE64.encode_slice(&digest[..DIGEST_BYTES], &mut encoded);
    debug_assert_eq!(length, Ok(encoded.len()), "23 bytes are 31 characters");
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    const HORSE: &str = "$2a$04$uG1REoKeHo.gZ60Z.w7BseWTR7FujTNaND2ZGdLtGwl/R0.04uo2y";

    fn is_of(hash: &str, password: impl AsRef<[u8]>) -> bool {
        Hash::parse(hash).unwrap().is_of(password.as_ref())
    }

    /// Hashes and verdicts of Go's `bcrypt.CompareHashAndPassword`.
    #[test]
    fn passwords_of_every_kind() {
        let x = |length| "x".repeat(length);
        let seventy_one = "$2a$04$dWr9SN1Ok.Jw0Jg1FO6NJeAWoscjngvBV/Gc1Sd49wNJs6dKbERA2";
        let seventy_two = "$2a$04$0SArNsNEuIuRlaCNXLopLesxb.T2gllyjmMaDJtyv/ECSwTn2Jtne";
        let with_nul = "$2a$04$.Fuqid5ZSlGWeDW.nu2S2.LFKT2.JSclHpDo/HBETyObfg0Zcz1Zu";
        let a = "$2a$04$Ojfg4LnD0JrHh6nD.62NruA51ZQ9QLW4m.ZUQ1nP1MVsXBAwWlXqC";
        for (hash, password, expected) in [
            ("$2a$04$Rou84BdbeEyhUho9eZnJwuKzckTYAS7Q4I2VW8LF/C6SCARf/VxO.", String::new(), true),
            ("$2a$04$pt2/vbSfdCwo0HZeDzUk9.prNToYxqf..Rn5ajCcGEb0F3vVjOFHS", "correct horse".to_owned(), true),
            ("$2a$04$pt2/vbSfdCwo0HZeDzUk9.prNToYxqf..Rn5ajCcGEb0F3vVjOFHS", "correct horse ".to_owned(), false),
            ("$2a$05$XczsTfGV/xkdANLnZZchd.wBvxDdd.99Ca0K.Bi/ZBKipU6/TkJT2", "correct horse".to_owned(), true),
            (seventy_two, x(72), true),
            (seventy_two, x(73), true),
            (seventy_two, x(72) + &"y".repeat(428), true),
            (seventy_two, x(71), false),
            (seventy_one, x(71), true),
            (seventy_one, x(71) + "\0", true),
            (seventy_one, x(71) + "\0y", true),
            (seventy_one, x(72), false),
            (with_nul, "a\0b".to_owned(), true),
            (with_nul, "a".to_owned(), false),
            (a, "a".to_owned(), true),
            (a, "a\0a".to_owned(), true),
            (a, "a\0".to_owned(), false),
            (a, "a\0b".to_owned(), false),
        ] {
            assert_eq!(is_of(hash, &password), expected, "{hash} {password:?}");
        }
        assert!(is_of("$2a$04$4uzj0HF7Tz5gkPLTk13n0uTDhQBTFpNxfF8DRE11NtuMdZpwKJAKS", b"\xff\xfe"));
    }

    #[test]
    fn hashes_in_every_form_that_the_original_takes() {
        for version in ["$2a", "$2b", "$2x", "$2y", "$2"] {
            assert!(is_of(&HORSE.replace("$2a", version), "correct horse"), "{version}");
        }
        assert!(is_of(&format!("{HORSE}\n"), "correct horse"));
        // Bits behind the last byte: of the salt they are dropped, of the digest they are compared.
        assert!(is_of(&HORSE.replace("7Bse", "7Bsh"), "correct horse"));
        assert!(!is_of(&HORSE.replace("uo2y", "uo2z"), "correct horse"));
    }

    #[test]
    fn texts_that_are_no_hash() {
        let bad = [
            String::new(),
            "password".to_owned(),
            HORSE[..59].to_owned(),
            HORSE[1..].to_owned(),
            HORSE.replace("$2a", "$2z"),
            HORSE.replace("$2a", "$1a"),
            HORSE.replace("$04", "$03"),
            HORSE.replace("$04", "$32"),
            HORSE.replace("$04", "$4"),
            HORSE.replace("$04", "$+4"),
            HORSE.replace("REoK", "R!oK"),
            HORSE.replace("04uo", "04=o"),
            HORSE.replace("04uo", "04ü"),
            HORSE.replace("1REo", "1Rü"),
        ];
        for text in &bad {
            assert_eq!(Hash::parse(text), Err(BadHash), "{text}");
        }
    }

    #[test]
    fn users_by_name() {
        let user = |name: &str, cost: &str| User::new(name.to_owned(), &HORSE.replace("04", cost)).unwrap();
        let users = Users::new([user("bob", "15"), user("alice", "04"), user("carol", "31"), user("bob", "10")]);
        let cost = |name: &[u8]| users.hash_of(name).map(|hash| hash.cost);
        assert_eq!([cost(b"alice"), cost(b"bob"), cost(b"carol")], [Some(4), Some(15), Some(31)]);
        assert_eq!([cost(b""), cost(b"Bob"), cost(b"\xff")], [None; 3]);
        assert_eq!((users.len(), users.highest_cost()), (3, 31));
        assert_eq!(users.costly().collect::<Vec<_>>(), [("bob", 15), ("carol", 31)]);
        assert!(Users::default().is_empty());
    }

    #[test]
    fn a_hash_is_not_printed() {
        let printed = format!("{:?}", User::new("bob".to_owned(), HORSE).unwrap());
        assert_eq!(printed, r#"User { name: "bob", hash: Hash(cost 4, …) }"#);
    }
}
