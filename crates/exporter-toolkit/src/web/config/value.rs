//! A node of the tree together with its place, read as the type that a key wants.

use std::collections::HashSet;
use std::time::Duration;

use super::error::{ConfigError, Place, shown};
use super::scalar;
use super::yaml::{Kind, Node, Scalar};

/// A value at its place.
#[derive(Debug)]
pub(crate) struct Value<'n> {
    node: &'n Node,
    place: Place,
}

/// A key of a mapping and its value.
pub(crate) struct Entry<'n> {
    pub(crate) name: &'n str,
    pub(crate) value: Value<'n>,
}

impl<'n> Value<'n> {
    /// The whole document.
    pub(crate) fn root(node: &'n Node) -> Value<'n> {
        Value { node, place: Place { line: node.line, key: String::new() } }
    }

    /// Where it stands: the line of its key.
    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    /// An error about this value.
    pub(crate) fn error(&self, problem: impl Into<String>) -> ConfigError {
        ConfigError::at(&self.place, problem)
    }

    /// The key of this value is none of those that the mapping has.
    pub(crate) fn unknown(&self, keys: &[&str]) -> ConfigError {
        self.error(format!("there is no such key; there are {}", keys.join(", ")))
    }

    /// A text of any kind of scalar; none for null.
    pub(crate) fn text(&self) -> Result<Option<&'n str>, ConfigError> {
        Ok(self.scalar("a text")?.map(|scalar| scalar.text.as_str()))
    }

    /// A text that is not empty.
    pub(crate) fn some_text(&self) -> Result<Option<&'n str>, ConfigError> {
        Ok(self.text()?.filter(|text| !text.is_empty()))
    }

    /// A boolean without quotes; none for null.
    pub(crate) fn boolean(&self) -> Result<Option<bool>, ConfigError> {
        let Some(scalar) = self.scalar("true or false")? else { return Ok(None) };
        let value = scalar::boolean(&scalar.text).filter(|_| scalar.is_plain);
        value.map(Some).ok_or_else(|| self.error("is not a boolean; use true or false, without quotes"))
    }

    /// A whole number without quotes, cut off at the ends of the range; none for null.
    pub(crate) fn count(&self) -> Result<Option<u32>, ConfigError> {
        let Some(scalar) = self.scalar("a number")? else { return Ok(None) };
        let value = scalar::integer(&scalar.text).filter(|_| scalar.is_plain);
        let value = value.ok_or_else(|| self.error("is not a whole number; use one, without quotes"))?;
        Ok(Some(u32::try_from(value.max(0)).unwrap_or(u32::MAX)))
    }

    /// A duration with a unit, or 0; none for null.
    pub(crate) fn duration(&self) -> Result<Option<Duration>, ConfigError> {
        let Some(Scalar { text, is_plain }) = self.scalar("a duration")? else { return Ok(None) };
        match scalar::integer(text).filter(|_| *is_plain) {
            Some(0) => Ok(Some(Duration::ZERO)),
            Some(_) => Err(self.error(format!("{} has no unit; write it with one, such as 1s", shown(text)))),
            None => scalar::duration(text).map(Some).ok_or_else(|| {
                self.error(format!("{} is not a duration; use one such as 100ms, 1s or 1m30s", shown(text)))
            }),
        }
    }

    /// The items of a list, each at its own line; none for null.
    pub(crate) fn list(&self) -> Result<Option<Vec<Value<'n>>>, ConfigError> {
        if self.is_null() {
            return Ok(None);
        }
        let Kind::Sequence(items) = &self.node.kind else {
            return Err(self.error("is not a list; write each item on a line of its own, behind a dash"));
        };
        let place = |line| Place { line, key: self.place.key.clone() };
        Ok(Some(items.iter().map(|node| Value { node, place: place(node.line) }).collect()))
    }

    /// The entries of a mapping in the order of the file; none for null.
    ///
    /// # Errors
    /// Anything else than a mapping, keys that are no text, and a key that comes twice.
    pub(crate) fn entries(&self) -> Result<Vec<Entry<'n>>, ConfigError> {
        if self.is_null() {
            return Ok(Vec::new());
        }
        let Kind::Mapping(entries) = &self.node.kind else {
            return Err(self.error("is not a mapping; write its keys as key: value, indented by two spaces"));
        };
        let mut names = HashSet::new();
        let mut list = Vec::with_capacity(entries.len());
        for (key, node) in entries {
            let Kind::Scalar(Scalar { text: name, .. }) = &key.kind else {
                let place = Place { line: key.line, key: self.place.key.clone() };
                return Err(ConfigError::at(&place, "has a key that is no text; write key: value"));
            };
            let value = Value { node, place: self.place.below(name, key.line) };
            if name.as_str() == "<<" {
                return Err(value.error("merging is not supported; write the keys out"));
            }
            if !names.insert(name.as_str()) {
                return Err(value.error("comes a second time; remove one of them"));
            }
            list.push(Entry { name, value });
        }
        Ok(list)
    }

    fn is_null(&self) -> bool {
        matches!(&self.node.kind, Kind::Scalar(Scalar { text, is_plain: true }) if scalar::is_null(text))
    }

    fn scalar(&self, wanted: &str) -> Result<Option<&'n Scalar>, ConfigError> {
        match &self.node.kind {
            _ if self.is_null() => Ok(None),
            Kind::Scalar(scalar) => Ok(Some(scalar)),
            Kind::Sequence(_) => Err(self.error(format!("is a list; use {wanted}"))),
            Kind::Mapping(_) => Err(self.error(format!("is a mapping; use {wanted}"))),
        }
    }
}
