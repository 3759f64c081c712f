//! What is wrong with the file, and where.

use std::fmt;

/// Longer keys and values are not shown: a line of a key's PEM is 64 characters long.
const MOST_SHOWN: usize = 48;

/// Where something stands in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// Counted from 1; 0 where there is no file.
    pub(crate) line: usize,
    /// From the top, joined by dots: `tls_server_config.min_version`. Empty for the file as a whole.
    pub(crate) key: String,
}

impl Place {
    /// A flag in the place of a file.
    pub(crate) fn flag(name: &str) -> Place {
        Place { line: 0, key: name.to_owned() }
    }

    /// The place of a key below this one. What may be no name but a secret that went astray is shown as `*`.
    pub(crate) fn below(&self, name: &str, line: usize) -> Place {
        let name = if is_showable(name) { name } else { "*" };
        let key = if self.key.is_empty() { name.to_owned() } else { format!("{}.{name}", self.key) };
        Place { line, key }
    }
}

/// What is wrong, in one line that holds no secret: values are shown only of keys whose values are names of options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConfigError(Box<Mistake>);

/// In a box, as nearly every function here hands it on.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mistake {
    place: Option<Place>,
    problem: String,
}

impl ConfigError {
    /// Something at a place of the file. `problem` says what, and what to do.
    pub(crate) fn at(place: &Place, problem: impl Into<String>) -> ConfigError {
        ConfigError(Box::new(Mistake { place: Some(place.clone()), problem: problem.into() }))
    }

    /// The file itself, which can't be read.
    pub(crate) fn of_file(problem: impl Into<String>) -> ConfigError {
        ConfigError(Box::new(Mistake { place: None, problem: problem.into() }))
    }

    /// Counted from 1; none if the file can't be read.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn line(&self) -> Option<usize> {
        self.0.place.as_ref().map(|place| place.line)
    }

    /// The key, from the top and joined by dots; empty where it is not about one.
    #[cfg(test)]
    pub(crate) fn key(&self) -> &str {
        self.0.place.as_ref().map_or("", |place| &place.key)
    }
}

/// `line 3: tls_server_config.min_version: …`, or `--a-flag: …`.
impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Mistake { place, problem } = &*self.0;
        if let Some(Place { line, key }) = place {
            if *line > 0 {
                write!(f, "line {line}: ")?;
            }
            if !key.is_empty() {
                write!(f, "{key}: ")?;
            }
        }
        f.write_str(problem)
    }
}

impl std::error::Error for ConfigError {}

/// A value of an enumerated key, for an error: itself if it looks like a name, or what it is not.
pub(crate) fn shown(value: &str) -> String {
    if is_showable(value) { value.to_owned() } else { "this value".to_owned() }
}

fn is_showable(text: &str) -> bool {
    let is_name = |c: char| c.is_alphanumeric() || "_-.@".contains(c);
    !text.is_empty() && text.chars().count() <= MOST_SHOWN && text.chars().all(is_name)
}
