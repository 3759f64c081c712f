//! Names and values of the server's users as labels.

/// As many bytes of a name or a value are shown.
pub(super) const MOST_BYTES: usize = 128;

/// What can be shown of some bytes: the first of them, cut between characters, with � where they are not UTF-8.
pub(super) fn label(bytes: &[u8]) -> String {
    let mut shown = bytes;
    if bytes.len() > MOST_BYTES {
        // A character begins at a byte that does not continue one, and has four bytes at most.
        let begins = |at: &usize| bytes[*at] & 0xC0 != 0x80;
        let end = (MOST_BYTES - 3..=MOST_BYTES).rev().find(begins).unwrap_or(MOST_BYTES);
        shown = &bytes[..end];
    }
    String::from_utf8_lossy(shown).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_and_strange_names() {
        assert_eq!(label(b"a\"b\nc"), "a\"b\nc");
        assert_eq!(label(b"\xff\x00k"), "\u{fffd}\0k");
        assert_eq!(label(&[b'a'; 128]), "a".repeat(128));
        assert_eq!(label(&[b'a'; 1 << 20]), "a".repeat(128));
        assert_eq!(label(format!("a{}", "€".repeat(50)).as_bytes()), format!("a{}", "€".repeat(42)));
        assert_eq!(label(&[0x80; 200]), "\u{fffd}".repeat(128), "none begins");
    }
}
