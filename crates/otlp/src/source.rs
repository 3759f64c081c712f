//! Between the encodings and the types: a source has fields one after the other, a message takes those that it knows.

use std::borrow::Cow;

use crate::budget::{Budget, Counted};
use crate::error::DecodeError;

/// A message of OTLP, read field by field.
pub(crate) trait Message<'a>: Default {
    /// What it counts as in a list.
    const COUNTED: Counted = Counted::Item;

    /// The number of a field from its name in JSON.
    fn number(name: &str) -> Option<u32>;

    /// Takes the value of a field from the source; false if the message has no such field.
    fn field<S: Source<'a>>(&mut self, number: u32, source: &mut S) -> Result<bool, DecodeError>;
}

/// The value of a field in either encoding.
///
/// The names are those of protobuf's types; in JSON all integers look alike.
pub(crate) trait Source<'a>: Sized {
    /// The whole request.
    fn request<M: Message<'a>>(self) -> Result<M, DecodeError>;

    /// What the request may still cost.
    fn budget(&mut self) -> &mut Budget;

    /// A message. In protobuf pieces of it add up, in JSON the last one counts.
    fn message<M: Message<'a>>(&mut self, into: &mut M) -> Result<(), DecodeError>;

    /// Repeated messages, at most so many. In protobuf it is one of them, in JSON all.
    fn list<M: Message<'a>>(&mut self, into: &mut Vec<M>, most: Most) -> Result<(), DecodeError>;

    /// Text; what is not UTF-8 in it is replaced.
    fn string(&mut self) -> Result<Cow<'a, str>, DecodeError>;

    /// Bytes: in JSON base64.
    fn bytes(&mut self) -> Result<Cow<'a, [u8]>, DecodeError>;

    /// An id of so many bytes, in JSON hexadecimal. None if it has another length or is all zeros, which is no id.
    fn id<const LENGTH: usize>(&mut self) -> Result<Option<[u8; LENGTH]>, DecodeError>;

    fn bool(&mut self) -> Result<bool, DecodeError>;
    fn double(&mut self) -> Result<f64, DecodeError>;
    fn int64(&mut self) -> Result<i64, DecodeError>;
    fn uint32(&mut self) -> Result<u32, DecodeError>;
    fn sint32(&mut self) -> Result<i32, DecodeError>;
    fn fixed32(&mut self) -> Result<u32, DecodeError>;
    fn fixed64(&mut self) -> Result<u64, DecodeError>;
    fn sfixed64(&mut self) -> Result<i64, DecodeError>;

    /// A number of an enumeration, in JSON also one of its names, which are those of 0, 1, 2 … An unknown name is 0.
    fn enumeration(&mut self, names: &[&str]) -> Result<i32, DecodeError>;

    fn doubles(&mut self, into: &mut Vec<f64>) -> Result<(), DecodeError>;
    fn fixed64s(&mut self, into: &mut Vec<u64>) -> Result<(), DecodeError>;
    fn uint64s(&mut self, into: &mut Vec<u64>) -> Result<(), DecodeError>;
}

/// How long one list may get.
#[derive(Clone, Copy)]
pub(crate) enum Most {
    /// As long as the request's own limits allow.
    Any,
    /// [`crate::Limits::attributes_each`].
    Attributes,
    /// [`crate::Limits::buckets`].
    Buckets,
}

impl Most {
    /// How many, and of what.
    pub(crate) fn of(self, budget: &Budget) -> (usize, &'static str) {
        match self {
            Most::Any => (usize::MAX, "elements of one list"),
            Most::Attributes => (budget.limits.attributes_each, "attributes of one point, record or span"),
            Most::Buckets => (budget.limits.buckets, "buckets, quantiles or exemplars of one point"),
        }
    }
}

/// Text without what is not UTF-8 in it; each piece of that becomes a U+FFFD.
pub(crate) fn lossy<'a>(bytes: &'a [u8], budget: &mut Budget) -> Result<Cow<'a, str>, DecodeError> {
    const REPLACEMENT: &str = "\u{fffd}";
    if let Ok(text) = str::from_utf8(bytes) {
        return Ok(Cow::Borrowed(text));
    }
    let replaced = |invalid: &[u8]| if invalid.is_empty() { "" } else { REPLACEMENT };
    let length = bytes.utf8_chunks().map(|chunk| chunk.valid().len() + replaced(chunk.invalid()).len()).sum();
    budget.charge(length)?;
    let mut text = String::with_capacity(length);
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.push_str(replaced(chunk.invalid()));
    }
    Ok(Cow::Owned(text))
}

/// The id that these bytes are.
pub(crate) fn id<const LENGTH: usize>(bytes: &[u8]) -> Option<[u8; LENGTH]> {
    bytes.try_into().ok().filter(|id| *id != [0; LENGTH])
}

/// Implements [`Message`] from a table: number and JSON name of each field, and what becomes of it.
macro_rules! message {
    ($message:ty, $this:ident, $source:ident, { $($number:literal $name:literal => $read:expr,)* }) => {
        message!($message, crate::budget::Counted::Item, $this, $source, { $($number $name => $read,)* });
    };
    ($message:ty, $counted:expr, $this:ident, $source:ident, { $($number:literal $name:literal => $read:expr,)* }) => {
        impl<'a> crate::source::Message<'a> for $message {
            const COUNTED: crate::budget::Counted = $counted;

            fn number(name: &str) -> Option<u32> {
                match name {
                    $($name => Some($number),)*
                    _ => None,
                }
            }

            fn field<S: crate::source::Source<'a>>(
                &mut self,
                number: u32,
                $source: &mut S,
            ) -> Result<bool, crate::error::DecodeError> {
                let $this = self;
                match number {
                    $($number => $read,)*
                    _ => return Ok(false),
                }
                Ok(true)
            }
        }
    };
}
pub(crate) use message;
