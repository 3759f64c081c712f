//! JSON objects one after the other in bytes that come as they like: by lines, with other white space between them, with the
//! record separators of RFC 7464, or with nothing.

/// Objects, each of which may have so many bytes.
#[derive(Debug)]
pub(super) struct Values {
    /// What has come and is not given out yet.
    bytes: Vec<u8>,
    /// How much of it has been given out.
    done: usize,
    /// How much of it has been looked at, of the object that is not complete.
    seen: usize,
    /// Where in the object that is.
    depth: usize,
    text: Text,
    limit: usize,
}

/// Whether a brace is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Text {
    Outside,
    Inside,
    /// Behind a backslash.
    Escaped,
}

/// Why no more objects can be told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// What begins here is no object.
    NoObject,
    /// An object has more than this many bytes.
    TooLarge(usize),
}

impl Values {
    pub(super) fn new(limit: usize) -> Self {
        Values { bytes: Vec::new(), done: 0, seen: 0, depth: 0, text: Text::Outside, limit }
    }

    /// Takes what has come.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes.drain(..self.done);
        self.seen -= self.done;
        self.done = 0;
        self.bytes.extend_from_slice(bytes);
    }

    /// Whether all that has come has been given out.
    pub(super) fn is_between(&self) -> bool {
        self.depth == 0 && self.bytes.iter().skip(self.done).all(is_space)
    }

    /// The next object that is complete, from brace to brace. Whether it is JSON between them, its reader will see.
    pub(super) fn next(&mut self) -> Result<Option<&[u8]>, Fault> {
        if self.depth == 0 {
            let rest = self.bytes.get(self.done..).unwrap_or_default();
            self.done += rest.iter().take_while(|byte| is_space(byte)).count();
            self.seen = self.done;
        }
        while let Some(byte) = self.bytes.get(self.seen) {
            self.seen += 1;
            self.step(*byte)?;
            if self.seen - self.done > self.limit {
                return Err(Fault::TooLarge(self.limit));
            }
            if self.depth == 0 {
                let begin = std::mem::replace(&mut self.done, self.seen);
                return Ok(self.bytes.get(begin..self.seen));
            }
        }
        if self.is_between() {
            // Days may pass until the next one, and nothing is held for it.
            *self = Values::new(self.limit);
        }
        Ok(None)
    }

    fn step(&mut self, byte: u8) -> Result<(), Fault> {
        match (self.text, byte) {
            (Text::Outside, b'{' | b'[') if self.depth > 0 || byte == b'{' => self.depth += 1,
            (Text::Outside, _) if self.depth == 0 => return Err(Fault::NoObject),
            (Text::Outside, b'}' | b']') => self.depth -= 1,
            (Text::Outside, b'"') => self.text = Text::Inside,
            (Text::Inside, b'"') => self.text = Text::Outside,
            (Text::Inside, b'\\') => self.text = Text::Escaped,
            (Text::Escaped, _) => self.text = Text::Inside,
            (Text::Outside | Text::Inside, _) => {}
        }
        Ok(())
    }
}

fn is_space(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'\x1e')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What is told apart of a text that comes in pieces of so many bytes.
    fn told(text: &[u8], piece: usize) -> (Vec<String>, Result<bool, Fault>) {
        let mut values = Values::new(40);
        let mut all = Vec::new();
        for piece in text.chunks(piece) {
            values.push(piece);
            loop {
                match values.next() {
                    Ok(Some(value)) => all.push(String::from_utf8_lossy(value).into_owned()),
                    Ok(None) => break,
                    Err(fault) => return (all, Err(fault)),
                }
            }
        }
        (all, Ok(values.is_between()))
    }

    #[test]
    fn objects_however_they_are_separated() {
        let objects = [r#"{"a":"}{\"\\"}"#, r#"{"b":{"c":[1,{}]}}"#, "{}"];
        for separator in ["", "\n", "\r\n", " \t", "\x1e", "\n\x1e"] {
            let text = objects.map(|object| format!("{separator}{object}")).concat() + separator;
            for piece in [1, 2, 7, 1000] {
                assert_eq!(told(text.as_bytes(), piece), (objects.map(str::to_owned).to_vec(), Ok(true)), "{text}");
            }
        }
    }

    #[test]
    fn what_is_not_complete() {
        for text in [r#"{"a":"}"#, r#"{"a":{}"#, r#"{}{"#, r#"{"\""#] {
            assert_eq!(told(text.as_bytes(), 1).1, Ok(false), "{text}");
        }
        assert_eq!(told(b"", 1), (Vec::new(), Ok(true)));
    }

    #[test]
    fn what_is_no_object() {
        for text in ["{}<html>", "{}[]", "{}null", "{}}", "{}\0"] {
            assert_eq!(told(text.as_bytes(), 1), (vec!["{}".to_owned()], Err(Fault::NoObject)), "{text}");
        }
    }

    #[test]
    fn an_object_without_an_end() {
        let fits = format!(r#"{{"{}"}}"#, "a".repeat(36));
        assert_eq!(told(fits.as_bytes(), 7), (vec![fits.clone()], Ok(true)));
        let more = format!(r#"{{"{}"}}"#, "a".repeat(37));
        assert_eq!(told(more.as_bytes(), 7), (Vec::new(), Err(Fault::TooLarge(40))));
        assert_eq!(told(&[b'{'; 100], 100).1, Err(Fault::TooLarge(40)));
    }

    proptest! {
        /// However the bytes come, the same is told of them.
        #[test]
        fn pieces_change_nothing(text in r#"[{}\[\]"\\ \na]{0,60}"#, piece in 1usize..9) {
            prop_assert_eq!(told(text.as_bytes(), piece), told(text.as_bytes(), 100));
        }
    }
}
