//! A password's bcrypt hash.

use std::fmt;

use bcrypt::HashParts;
use zeroize::Zeroizing;

/// A checked hash; it is not shown.
pub(crate) struct Hash {
    text: Zeroizing<String>,
    cost: u32,
}

impl Hash {
    /// The exponent of the number of rounds, 4 to 31: 2^10 rounds take some 50 ms.
    pub(crate) const COSTS: std::ops::RangeInclusive<u32> = 4..=31;

    /// A hash of the versions 2a, 2b, 2x and 2y, in the 60 characters that bcrypt writes; a line's end behind it is ignored.
    /// None for anything else, and for a cost out of [`Hash::COSTS`].
    pub(crate) fn parse(text: &str) -> Option<Hash> {
        let text = text.trim_ascii_end();
        let cost = text.parse::<HashParts>().ok()?.get_cost();
        Hash::COSTS.contains(&cost).then(|| Hash { text: Zeroizing::new(text.to_owned()), cost })
    }

    /// As the functions of the bcrypt crate want it.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// In [`Hash::COSTS`].
    pub(crate) fn cost(&self) -> u32 {
        self.cost
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash(cost {}, …)", self.cost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REST: &str = "abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01232";

    #[test]
    fn versions_and_costs() {
        for (text, cost) in [
            (format!("$2y$10${REST}"), Some(10)),
            (format!("$2a$04${REST}"), Some(4)),
            (format!("$2b$31${REST}"), Some(31)),
            (format!("$2x$12${REST}"), Some(12)),
            (format!("$2y$10${REST}\n"), Some(10)),
            (format!("$2y$03${REST}"), None),
            (format!("$2y$32${REST}"), None),
            (format!("$2z$10${REST}"), None),
            (format!("$1y$10${REST}"), None),
            (format!("$2y$1x${REST}"), None),
            (format!("$2y$10${REST}x"), None),
            (format!("$2y$10${}", REST.replace('a', "ä")), None),
            (format!("$2y$10${}", REST.replace('a', "=")), None),
            ("secret".to_owned(), None),
            (String::new(), None),
        ] {
            assert_eq!(Hash::parse(&text).map(|hash| hash.cost()), cost, "{text}");
        }
    }

    #[test]
    fn a_hash_is_not_shown() {
        let hash = Hash::parse(&format!("$2y$10${REST}")).unwrap();
        assert_eq!((hash.text().len(), format!("{hash:?}").as_str()), (60, "Hash(cost 10, …)"));
    }
}
