//! The wire format of protobuf.
//!
//! A request is read where it lies: `rest` shrinks to a message while that is read. No length that the request declares
//! is believed before so many bytes are there.

use std::borrow::Cow;

use crate::budget::Budget;
use crate::error::DecodeError;
use crate::source::{Message, Most, Source, id, lossy};

pub(crate) struct Reader<'a> {
    /// Up to the end of the message that is being read.
    rest: &'a [u8],
    /// What follows that message in the request.
    behind: usize,
    /// Bytes of the request.
    length: usize,
    /// Of the field that is being read.
    key: Key,
    budget: Budget,
}

#[derive(Clone, Copy, PartialEq)]
struct Key {
    number: u32,
    wire: Wire,
}

#[derive(Clone, Copy, PartialEq)]
enum Wire {
    Varint,
    Fixed64,
    Length,
    Start,
    End,
    Fixed32,
}

/// Groups in one another that are skipped: nothing of OTLP is one.
const DEEPEST_GROUP: usize = 64;

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8], budget: Budget) -> Self {
        let key = Key { number: 0, wire: Wire::Length };
        Reader { rest: bytes, behind: 0, length: bytes.len(), key, budget }
    }

    #[cold]
    fn malformed<T>(&self, what: &'static str) -> Result<T, DecodeError> {
        Err(DecodeError::Malformed { at: self.length - self.behind - self.rest.len(), what })
    }

    /// Reads the fields up to the end of `rest`.
    fn fields<M: Message<'a>>(&mut self, into: &mut M) -> Result<(), DecodeError> {
        while !self.rest.is_empty() {
            self.key = self.read_key()?;
            if !into.field(self.key.number, self)? {
                self.skip()?;
            }
        }
        Ok(())
    }

    #[inline]
    fn read_key(&mut self) -> Result<Key, DecodeError> {
        let before = self.rest;
        let varint = self.varint()?;
        match key(varint) {
            Some(key) => Ok(key),
            None => {
                self.rest = before;
                self.malformed("a field whose number or type does not exist")
            }
        }
    }

    #[inline]
    fn varint(&mut self) -> Result<u64, DecodeError> {
        match varint(self.rest) {
            Some((value, rest)) => {
                self.rest = rest;
                Ok(value)
            }
            None => self.malformed("a varint without an end"),
        }
    }

    #[inline]
    fn fixed<const LENGTH: usize>(&mut self) -> Result<[u8; LENGTH], DecodeError> {
        match self.rest.split_first_chunk() {
            Some((bytes, rest)) => {
                self.rest = rest;
                Ok(*bytes)
            }
            None => self.malformed("a number cut off"),
        }
    }

    /// The bytes of a field that declares its length.
    #[inline]
    fn block(&mut self) -> Result<&'a [u8], DecodeError> {
        let before = self.rest;
        let length = self.varint()?;
        match usize::try_from(length).ok().and_then(|length| self.rest.split_at_checked(length)) {
            Some((block, rest)) => {
                self.rest = rest;
                Ok(block)
            }
            None => {
                self.rest = before;
                self.malformed("a length beyond the end")
            }
        }
    }

    /// Refuses a field that is not of this type.
    #[inline]
    fn expect(&self, wire: Wire) -> Result<(), DecodeError> {
        if self.key.wire == wire { Ok(()) } else { self.malformed("a field of another type than OTLP has") }
    }

    /// Runs `read` with `rest` shrunk to the length that the request declares.
    #[inline]
    fn within(&mut self, read: impl FnOnce(&mut Self) -> Result<(), DecodeError>) -> Result<(), DecodeError> {
        self.expect(Wire::Length)?;
        let block = self.block()?;
        let (rest, behind) = (self.rest, self.behind);
        (self.rest, self.behind) = (block, behind + rest.len());
        read(self)?;
        (self.rest, self.behind) = (rest, behind);
        Ok(())
    }

    /// Skips the value of an unknown field.
    fn skip(&mut self) -> Result<(), DecodeError> {
        let mut groups = [0; DEEPEST_GROUP];
        let mut depth = 0;
        loop {
            match self.key.wire {
                Wire::Varint => drop(self.varint()?),
                Wire::Fixed64 => drop(self.fixed::<8>()?),
                Wire::Length => drop(self.block()?),
                Wire::Fixed32 => drop(self.fixed::<4>()?),
                Wire::Start => {
                    let Some(group) = groups.get_mut(depth) else { return self.malformed("groups nested too deeply") };
                    *group = self.key.number;
                    depth += 1;
                }
                Wire::End => {
                    if depth == 0 || groups[depth - 1] != self.key.number {
                        return self.malformed("the end of a group that has not begun");
                    }
                    depth -= 1;
                }
            }
            if depth == 0 {
                return Ok(());
            }
            self.key = self.read_key()?;
        }
    }

    /// How often the field comes from here to the end of the message, the one that is being read included. What is
    /// malformed is left for the one who reads it.
    fn occurrences(&self) -> usize {
        let mut count = 1;
        let mut rest = self.rest;
        let mut wire = Wire::Length;
        loop {
            let after = match wire {
                Wire::Varint => varint(rest).map(|(_, rest)| rest),
                Wire::Fixed64 => rest.get(8..),
                Wire::Fixed32 => rest.get(4..),
                Wire::Length => varint(rest).and_then(|(length, rest)| rest.get(usize::try_from(length).ok()?..)),
                Wire::Start | Wire::End => None,
            };
            let next = after.and_then(varint).and_then(|(next, rest)| Some((key(next)?, rest)));
            let Some((next, after)) = next else { return count };
            count += usize::from(next == self.key);
            (wire, rest) = (next.wire, after);
        }
    }

    /// Repeated numbers, one by one or packed; a packed list has `count` of them.
    fn numbers<T>(
        &mut self,
        wire: Wire,
        into: &mut Vec<T>,
        count: impl FnOnce(&[u8]) -> usize,
        mut read: impl FnMut(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<(), DecodeError> {
        let (most, what) = Most::Buckets.of(&self.budget);
        if self.key.wire == wire {
            self.budget.room(into, 1)?;
            into.push(read(self)?);
        } else {
            self.within(|reader| {
                let count = count(reader.rest);
                if count > most - into.len() {
                    return Err(DecodeError::TooMany { what, limit: most });
                }
                reader.budget.room(into, count)?;
                while !reader.rest.is_empty() {
                    into.push(read(reader)?);
                }
                Ok(())
            })?;
        }
        if into.len() > most { Err(DecodeError::TooMany { what, limit: most }) } else { Ok(()) }
    }
}

impl<'a> Source<'a> for Reader<'a> {
    fn request<M: Message<'a>>(mut self) -> Result<M, DecodeError> {
        let mut request = M::default();
        self.fields(&mut request)?;
        Ok(request)
    }

    fn budget(&mut self) -> &mut Budget {
        &mut self.budget
    }

    fn message<M: Message<'a>>(&mut self, into: &mut M) -> Result<(), DecodeError> {
        self.within(|reader| reader.fields(into))
    }

    fn list<M: Message<'a>>(&mut self, into: &mut Vec<M>, most: Most) -> Result<(), DecodeError> {
        self.expect(Wire::Length)?;
        let left = self.budget.count(M::COUNTED)?;
        let (most, what) = most.of(&self.budget);
        if into.len() >= most {
            return Err(DecodeError::TooMany { what, limit: most });
        }
        if into.len() == into.capacity() {
            let count = self.occurrences().min(most - into.len()).min(left + 1);
            self.budget.room(into, count)?;
        }
        let mut message = M::default();
        self.message(&mut message)?;
        into.push(message);
        Ok(())
    }

    fn string(&mut self) -> Result<Cow<'a, str>, DecodeError> {
        self.expect(Wire::Length)?;
        let block = self.block()?;
        lossy(block, &mut self.budget)
    }

    fn bytes(&mut self) -> Result<Cow<'a, [u8]>, DecodeError> {
        self.expect(Wire::Length)?;
        self.block().map(Cow::Borrowed)
    }

    fn id<const LENGTH: usize>(&mut self) -> Result<Option<[u8; LENGTH]>, DecodeError> {
        self.expect(Wire::Length)?;
        self.block().map(id)
    }

    fn bool(&mut self) -> Result<bool, DecodeError> {
        self.expect(Wire::Varint)?;
        Ok(self.varint()? != 0)
    }

    fn double(&mut self) -> Result<f64, DecodeError> {
        self.expect(Wire::Fixed64)?;
        self.fixed().map(f64::from_le_bytes)
    }

    fn int64(&mut self) -> Result<i64, DecodeError> {
        self.expect(Wire::Varint)?;
        self.varint().map(u64::cast_signed)
    }

    fn uint32(&mut self) -> Result<u32, DecodeError> {
        self.expect(Wire::Varint)?;
        self.varint().map(low)
    }

    fn sint32(&mut self) -> Result<i32, DecodeError> {
        let zigzag = self.uint32()?;
        Ok((zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed())
    }

    fn fixed32(&mut self) -> Result<u32, DecodeError> {
        self.expect(Wire::Fixed32)?;
        self.fixed().map(u32::from_le_bytes)
    }

    fn fixed64(&mut self) -> Result<u64, DecodeError> {
        self.expect(Wire::Fixed64)?;
        self.fixed().map(u64::from_le_bytes)
    }

    fn sfixed64(&mut self) -> Result<i64, DecodeError> {
        self.expect(Wire::Fixed64)?;
        self.fixed().map(i64::from_le_bytes)
    }

    fn enumeration(&mut self, _names: &[&str]) -> Result<i32, DecodeError> {
        self.uint32().map(u32::cast_signed)
    }

    fn doubles(&mut self, into: &mut Vec<f64>) -> Result<(), DecodeError> {
        let read = |reader: &mut Self| reader.fixed().map(f64::from_le_bytes);
        self.numbers(Wire::Fixed64, into, |packed| packed.len() / 8, read)
    }

    fn fixed64s(&mut self, into: &mut Vec<u64>) -> Result<(), DecodeError> {
        let read = |reader: &mut Self| reader.fixed().map(u64::from_le_bytes);
        self.numbers(Wire::Fixed64, into, |packed| packed.len() / 8, read)
    }

    fn uint64s(&mut self, into: &mut Vec<u64>) -> Result<(), DecodeError> {
        let ends = |packed: &[u8]| packed.iter().filter(|byte| **byte < 0x80).count();
        self.numbers(Wire::Varint, into, ends, Self::varint)
    }
}

/// A number of up to 64 bits, seven to a byte, and what follows; None if it does not end or is larger.
#[inline]
fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    if first < 0x80 { Some((u64::from(first), rest)) } else { long_varint(bytes) }
}

fn long_varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    const LONGEST: usize = 10;
    let mut value = 0;
    for (index, &byte) in bytes.iter().take(LONGEST).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte < 0x80 {
            // The tenth byte has room for the last of 64 bits alone.
            return (index < LONGEST - 1 || byte < 2).then(|| (value, &bytes[index + 1..]));
        }
    }
    None
}

#[inline]
fn key(varint: u64) -> Option<Key> {
    let wire = match varint & 7 {
        0 => Wire::Varint,
        1 => Wire::Fixed64,
        2 => Wire::Length,
        3 => Wire::Start,
        4 => Wire::End,
        5 => Wire::Fixed32,
        _ => return None,
    };
    // Numbers have 29 bits.
    let number = u32::try_from(varint).ok()? >> 3;
    (number != 0).then_some(Key { number, wire })
}

/// What is wider than 32 bits is cut off, as protobuf does.
fn low(value: u64) -> u32 {
    let [a, b, c, d, ..] = value.to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}
