//! RESP2 as it goes over the wire.

/// A string.
pub fn text(text: impl AsRef<[u8]>) -> Vec<u8> {
    let text = text.as_ref();
    [format!("${}\r\n", text.len()).as_bytes(), text, b"\r\n"].concat()
}

/// A word such as `OK`.
pub fn status(word: &str) -> Vec<u8> {
    format!("+{word}\r\n").into_bytes()
}

/// An error: a code in capitals, and text.
pub fn error(text: &str) -> Vec<u8> {
    format!("-{text}\r\n").into_bytes()
}

/// A number.
pub fn integer(number: i64) -> Vec<u8> {
    format!(":{number}\r\n").into_bytes()
}

/// Nothing.
pub fn nil() -> Vec<u8> {
    b"$-1\r\n".to_vec()
}

/// Replies in one.
pub fn array(replies: impl IntoIterator<Item = Vec<u8>>) -> Vec<u8> {
    let replies: Vec<Vec<u8>> = replies.into_iter().collect();
    [format!("*{}\r\n", replies.len()).into_bytes(), replies.concat()].concat()
}
