//! Checksums of rows. SQLite has none: a bit that flips in a number leaves a sound file with a wrong total.

use std::hash::Hasher as _;

use siphasher::sip::SipHasher13;

/// What is in a row, hashed piece by piece.
pub(crate) struct Checksum(SipHasher13);

impl Checksum {
    /// Of a row of this table: a row that turns up in another is wrong as well.
    pub(crate) fn of(table: &str) -> Self {
        Checksum(SipHasher13::new()).text(table)
    }

    pub(crate) fn number(mut self, number: i64) -> Self {
        self.0.write(&number.to_le_bytes());
        self
    }

    pub(crate) fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    pub(crate) fn bytes(self, bytes: &[u8]) -> Self {
        let mut with_length = self.number(i64::try_from(bytes.len()).unwrap_or(i64::MAX));
        with_length.0.write(bytes);
        with_length
    }

    /// 32 bits of it, as SQLite keeps an integer in no more bytes than it needs.
    pub(crate) fn value(self) -> i64 {
        let [a, b, c, d, ..] = self.0.finish().to_le_bytes();
        i64::from(i32::from_le_bytes([a, b, c, d]))
    }
}
