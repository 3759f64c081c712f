//! What one request may cost.

use crate::error::DecodeError;

/// What one request may hold. The default is far beyond what clients send, and below what hurts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Levels of arrays and maps in one another. More than 128 count as 128, as each takes stack.
    pub depth: usize,
    /// Resources, scopes, metrics, points, records, spans, exemplars, events, links, quantiles of a request together.
    pub items: usize,
    /// Key-values and elements of arrays in a whole request, nested ones included.
    pub attributes: usize,
    /// Attributes of one resource, scope, point, exemplar, record, span, event or link.
    pub attributes_each: usize,
    /// Bucket counts, bounds, quantiles or exemplars of one point, each by itself.
    pub buckets: usize,
    /// Bytes of heap that the decoded request takes; never more than 16 times its own length and 64 KiB. While it is
    /// decoded, half as much again is in use for moments.
    pub memory: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            depth: 32,
            items: 100_000,
            attributes: 1_000_000,
            attributes_each: 256,
            buckets: 10_000,
            memory: 64 * 1024 * 1024,
        }
    }
}

/// Each level of values takes some hundred bytes of stack, when it is read and when it is dropped.
const DEEPEST: usize = 128;

/// What clients send needs twice to eight times its length: a bucket count can be one byte long, a point 20.
const MEMORY_PER_BYTE: usize = 16;
/// Short requests may be all overhead.
const MEMORY_AT_LEAST: usize = 64 * 1024;

/// What an element of a list counts as.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Counted {
    /// One of [`Limits::items`].
    Item,
    /// One of [`Limits::attributes`].
    Attribute,
}

/// What is left of the limits.
pub(crate) struct Budget {
    pub(crate) limits: Limits,
    depth: usize,
    items: usize,
    attributes: usize,
    memory: usize,
    most_memory: usize,
}

impl Budget {
    /// For a request of so many bytes.
    pub(crate) fn new(limits: &Limits, length: usize) -> Self {
        let most_memory = length.saturating_mul(MEMORY_PER_BYTE).saturating_add(MEMORY_AT_LEAST).min(limits.memory);
        Budget {
            limits: *limits,
            depth: limits.depth.min(DEEPEST),
            items: limits.items,
            attributes: limits.attributes,
            memory: most_memory,
            most_memory,
        }
    }

    /// One more of them; how many are left.
    pub(crate) fn count(&mut self, counted: Counted) -> Result<usize, DecodeError> {
        let (left, what, limit) = match counted {
            Counted::Item => (&mut self.items, "items in a request", self.limits.items),
            Counted::Attribute => (&mut self.attributes, "attributes in a request", self.limits.attributes),
        };
        *left = left.checked_sub(1).ok_or(DecodeError::TooMany { what, limit })?;
        Ok(*left)
    }

    /// A value in a value, until [`Budget::rise`].
    pub(crate) fn descend(&mut self) -> Result<(), DecodeError> {
        let limit = self.limits.depth.min(DEEPEST);
        let what = "levels of arrays and maps in one another";
        self.depth = self.depth.checked_sub(1).ok_or(DecodeError::TooMany { what, limit })?;
        Ok(())
    }

    /// The way back.
    pub(crate) fn rise(&mut self) {
        self.depth += 1;
    }

    /// Bytes that are about to be allocated.
    pub(crate) fn charge(&mut self, bytes: usize) -> Result<(), DecodeError> {
        let what = "bytes of memory for a decoded request of this length";
        let left = self.memory.checked_sub(bytes);
        self.memory = left.ok_or(DecodeError::TooMany { what, limit: self.most_memory })?;
        Ok(())
    }

    /// Room in `list` for so many more, all of which the request has. It is exact the first time; a list that grows
    /// again at least doubles, as a request can give a list in any number of pieces.
    pub(crate) fn room<T>(&mut self, list: &mut Vec<T>, more: usize) -> Result<(), DecodeError> {
        if list.capacity() - list.len() < more {
            let more = more.max(list.capacity());
            let added = list.len() + more - list.capacity();
            self.charge(added.saturating_mul(size_of::<T>()))?;
            list.reserve_exact(more);
        }
        Ok(())
    }
}
