//! Texts that must not be seen: passwords, tokens.

use std::fmt;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use ring::hmac;
use zeroize::Zeroizing;

use crate::file::{ReadFileError, read_file};

/// More than this is no password and no token.
const MOST_BYTES: usize = 64 * 1024;
/// What a secret's file grants to others than its owner.
const OTHERS: u32 = 0o077;

/// A text that can't be printed, and is wiped from memory when it is dropped.
pub struct Secret {
    text: Zeroizing<String>,
    readable_by_others: bool,
}

/// Why a secret could not be read. Names the file and the remedy, never what is in it.
#[derive(Debug)]
pub struct ReadSecretError {
    path: PathBuf,
    reason: Reason,
}

#[derive(Debug)]
enum Reason {
    File(ReadFileError),
    Empty,
    NoText,
}

impl Secret {
    /// A secret that did not come from a file.
    #[must_use]
    pub fn new(text: String) -> Self {
        Secret { text: Zeroizing::new(text), readable_by_others: false }
    }

    /// The text of a file, without the line end that editors leave behind it.
    ///
    /// # Errors
    /// Whatever is no regular file (opening a FIFO would wait for its writer), is larger than 64 kB, empty or not UTF-8,
    /// or can't be read.
    pub fn read(path: &Path) -> Result<Self, ReadSecretError> {
        read(path).map_err(|reason| ReadSecretError { path: path.to_owned(), reason })
    }

    /// Whether the file it was read from lets its group or everybody do anything: worth one warning.
    #[must_use]
    pub fn readable_by_others(&self) -> bool {
        self.readable_by_others
    }

    /// The text itself, for whom it is meant.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// Whether `candidate` is this text. How long that takes tells nothing of the text, nor of its length.
    #[must_use]
    pub fn matches(&self, candidate: &[u8]) -> bool {
        // Digests are compared, all of them, so that nothing depends on where two texts differ. The key need not be secret.
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"");
        let digest = hmac::sign(&key, candidate);
        hmac::verify(&key, self.text.as_bytes(), digest.as_ref()).is_ok()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl fmt::Display for ReadSecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.reason {
            Reason::File(ReadFileError::Io(error)) => write!(f, "can't read the secret in {path}: {error}"),
            Reason::File(error) => write!(f, "{path} is {error}; put the secret alone into a file"),
            Reason::Empty => write!(f, "{path} is empty; put the secret into it"),
            Reason::NoText => write!(f, "{path} is not UTF-8; it has to hold the secret as text"),
        }
    }
}

impl std::error::Error for ReadSecretError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.reason {
            Reason::File(error) => Some(error),
            Reason::Empty | Reason::NoText => None,
        }
    }
}

fn read(path: &Path) -> Result<Secret, Reason> {
    let (bytes, metadata) = read_file(path, MOST_BYTES).map_err(Reason::File)?;
    let bytes = Zeroizing::new(bytes);
    let text = std::str::from_utf8(&bytes).map_err(|_| Reason::NoText)?;
    let text = text.strip_suffix('\n').map_or(text, |line| line.strip_suffix('\r').unwrap_or(line));
    if text.is_empty() {
        return Err(Reason::Empty);
    }
    let readable_by_others = metadata.permissions().mode() & OTHERS != 0;
    Ok(Secret { text: Zeroizing::new(text.to_owned()), readable_by_others })
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};

    use super::*;

    fn of(content: impl AsRef<[u8]>) -> Result<Secret, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        fs::write(&path, content).unwrap();
        Secret::read(&path).map_err(|error| error.to_string().replace(folder.path().to_str().unwrap(), ""))
    }

    #[test]
    fn one_line_end_is_not_part_of_it() {
        for (content, secret) in
            [("s3cret", "s3cret"), ("s3cret\n", "s3cret"), ("s3cret\r\n", "s3cret"), ("a\n\n", "a\n"), (" ü ", " ü ")]
        {
            assert!(of(content).unwrap().matches(secret.as_bytes()), "{content:?}");
        }
    }

    #[test]
    fn files_that_hold_no_secret() {
        let largest = vec![b'x'; MOST_BYTES];
        assert!(of(&largest).unwrap().matches(&largest));
        for (content, message) in [
            (&b""[..], "/token is empty; put the secret into it"),
            (b"\r\n", "/token is empty; put the secret into it"),
            (b"canary\xff", "/token is not UTF-8; it has to hold the secret as text"),
            (&[b'x'; MOST_BYTES + 1], "/token is larger than 64 KiB; put the secret alone into a file"),
        ] {
            assert_eq!(of(content).unwrap_err(), message);
        }
    }

    #[test]
    fn a_file_that_others_may_read_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        fs::write(&path, "s3cret").unwrap();
        for (mode, told) in [(0o600, false), (0o400, false), (0o640, true), (0o644, true), (0o604, true)] {
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            assert_eq!(Secret::read(&path).unwrap().readable_by_others(), told, "{mode:o}");
        }
        assert!(!Secret::new("s3cret".to_owned()).readable_by_others());
    }

    #[test]
    fn what_matches_and_what_is_printed() {
        let secret = Secret::new("canary".to_owned());
        assert!(secret.matches(b"canary"));
        for other in [&b""[..], b"canar", b"canary ", b"Canary", b"canary\0", &[b'c'; 100_000]] {
            assert!(!secret.matches(other));
        }
        assert_eq!(format!("{secret:?} {:#?}", Some(&secret)), "Secret(…) Some(\n    Secret(…),\n)");
    }
}
