//! Regular expressions from the command line, and those of them that most command lines have.

use regex_lite::Regex;

/// What a pattern says, in code.
pub type Code = fn(&str) -> bool;

/// A pattern that compiles, with Go's syntax but for its `\p` classes.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    code: Option<Code>,
}

impl Pattern {
    /// # Errors
    /// What is wrong with it, for the command line.
    pub fn new(text: &str) -> Result<Self, String> {
        match Regex::new(text) {
            Ok(_) => Ok(Pattern { text: text.to_owned(), code: None }),
            Err(error) => Err(format!("{error}; Go's syntax without \\p classes is understood")),
        }
    }

    /// A pattern with what it says as code, which takes neither the time to compile it nor its memory, some 100 kB each.
    #[must_use]
    pub fn in_code(text: &str, code: Code) -> Self {
        Pattern { text: text.to_owned(), code: Some(code) }
    }

    /// An empty pattern is none, as the peers have it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The pattern at work.
    #[must_use]
    pub fn matcher(&self) -> Matcher {
        match self.code {
            Some(is_match) => Matcher::Code(is_match),
            None => Matcher::Regex { pattern: self.text.clone(), compiled: None },
        }
    }
}

/// A pattern at work.
#[derive(Debug, Clone)]
pub enum Matcher {
    /// One that is code.
    Code(Code),
    /// Compiled where it is needed.
    Regex {
        /// What is to be compiled.
        pattern: String,
        /// While it is needed.
        compiled: Option<Regex>,
    },
}

impl Matcher {
    /// Whether the pattern is found in the text.
    pub fn is_match(&mut self, text: &str) -> bool {
        match self {
            Matcher::Code(is_match) => is_match(text),
            Matcher::Regex { pattern, compiled } => {
                let compile = || Regex::new(pattern).expect("a pattern is made of text that compiles");
                compiled.get_or_insert_with(compile).is_match(text)
            }
        }
    }

    /// Gives back the memory of the compiled pattern.
    pub(crate) fn rest(&mut self) {
        if let Matcher::Regex { compiled, .. } = self {
            *compiled = None;
        }
    }
}
