//! JSON as the specification of OTLP has it: protobuf's mapping, but ids are hexadecimal and enumerations are numbers.
//!
//! What is null counts as absent, and of equal keys the last one counts. More is taken than the specification demands:
//! names of enumerations, numbers as strings wherever there is a number, and integers in any notation.

use std::borrow::Cow;

use crate::base64;
use crate::budget::Budget;
use crate::error::DecodeError;
use crate::source::{Message, Most, Source, id, lossy};

mod number;
mod string;

pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    /// What is read next.
    at: usize,
    budget: Budget,
}

/// Unknown values may be nested so deep.
const DEEPEST: u32 = u128::BITS;

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8], budget: Budget) -> Self {
        Reader { bytes, at: 0, budget }
    }

    #[cold]
    fn malformed<T>(at: usize, what: &'static str) -> Result<T, DecodeError> {
        Err(DecodeError::Malformed { at, what })
    }

    /// The next byte that is no white space.
    #[inline]
    fn peek(&mut self) -> Option<u8> {
        while let Some(&byte) = self.bytes.get(self.at) {
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(byte);
            }
            self.at += 1;
        }
        None
    }

    #[inline]
    fn eat(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    #[inline]
    fn expect(&mut self, byte: u8, what: &'static str) -> Result<(), DecodeError> {
        if self.eat(byte) { Ok(()) } else { Self::malformed(self.at, what) }
    }

    fn word(&mut self, word: &str) -> bool {
        self.peek();
        let is_next = self.bytes[self.at..].starts_with(word.as_bytes());
        self.at += if is_next { word.len() } else { 0 };
        is_next
    }

    #[inline]
    fn null(&mut self) -> bool {
        self.peek() == Some(b'n') && self.word("null")
    }

    /// A string as it is written, without its quotes, and whether it has escapes.
    #[inline]
    fn raw_string(&mut self) -> Result<(&'a [u8], bool), DecodeError> {
        self.expect(b'"', "expected a string")?;
        let rest = &self.bytes[self.at..];
        match string::end(rest) {
            Ok((length, has_escapes)) => {
                self.at += length + 1;
                Ok((&rest[..length], has_escapes))
            }
            Err(length) => Self::malformed(self.at + length, "a string without an end, or with a control character"),
        }
    }

    /// A number as it is written, with or without quotes.
    fn number(&mut self) -> Result<&'a [u8], DecodeError> {
        if self.peek() == Some(b'"') {
            return self.raw_string().map(|(text, _)| text);
        }
        let rest = &self.bytes[self.at..];
        let length = number::length(rest);
        if length == 0 {
            return Self::malformed(self.at, "expected a value that fits the field");
        }
        self.at += length;
        Ok(&rest[..length])
    }

    /// An integer that the type holds.
    fn integer<T: TryFrom<i128>>(&mut self) -> Result<T, DecodeError> {
        self.peek();
        let at = self.at;
        match number::integer(self.number()?).and_then(|value| T::try_from(value).ok()) {
            Some(value) => Ok(value),
            None => Self::malformed(at, "expected an integer of the field's range"),
        }
    }

    /// An array, each element of which `read` reads.
    fn array(&mut self, mut read: impl FnMut(&mut Self) -> Result<(), DecodeError>) -> Result<(), DecodeError> {
        self.expect(b'[', "expected an array")?;
        if self.eat(b']') {
            return Ok(());
        }
        loop {
            read(self)?;
            if self.eat(b']') {
                return Ok(());
            }
            self.expect(b',', "expected a comma or the end of the array")?;
        }
    }

    /// An array of numbers.
    fn numbers<T>(
        &mut self,
        into: &mut Vec<T>,
        read: impl Fn(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<(), DecodeError> {
        into.clear();
        self.array(|reader| {
            let number = read(reader)?;
            reader.push(into, number, Most::Buckets)
        })
    }

    fn push<T>(&mut self, into: &mut Vec<T>, element: T, most: Most) -> Result<(), DecodeError> {
        /// Lists of small things have more than one mostly.
        const SMALL: usize = 64;
        let (most, what) = most.of(&self.budget);
        if into.len() >= most {
            return Err(DecodeError::TooMany { what, limit: most });
        }
        let first = if into.capacity() == 0 && size_of::<T>() <= SMALL { 4 } else { 1 };
        if into.len() == into.capacity() {
            self.budget.room(into, first)?;
        }
        into.push(element);
        Ok(())
    }

    /// The fields of an object.
    fn object<M: Message<'a>>(&mut self, into: &mut M) -> Result<(), DecodeError> {
        self.expect(b'{', "expected an object")?;
        if self.eat(b'}') {
            return Ok(());
        }
        loop {
            let key = self.string()?;
            self.expect(b':', "expected a colon")?;
            if !self.null() {
                let is_known = match M::number(&key) {
                    Some(number) => into.field(number, self)?,
                    None => false,
                };
                if !is_known {
                    self.skip()?;
                }
            }
            if self.eat(b'}') {
                return Ok(());
            }
            self.expect(b',', "expected a comma or the end of the object")?;
        }
    }

    /// Skips a value of any kind.
    fn skip(&mut self) -> Result<(), DecodeError> {
        // A bit for each array or object that is open: 1 for an object. The lowest is the innermost.
        let (mut open, mut depth) = (0_u128, 0);
        loop {
            let byte = self.peek();
            match byte {
                Some(b'{' | b'[') if depth == DEEPEST => return Self::malformed(self.at, "values nested too deeply"),
                Some(bracket @ (b'{' | b'[')) => {
                    self.at += 1;
                    let is_object = bracket == b'{';
                    if !self.eat(if is_object { b'}' } else { b']' }) {
                        open = open << 1 | u128::from(is_object);
                        depth += 1;
                        if is_object {
                            self.skip_key()?;
                        }
                        continue;
                    }
                }
                Some(b'"') => drop(self.raw_string()?),
                Some(b't' | b'f') => drop(self.bool()?),
                Some(b'n') if self.word("null") => {}
                _ => drop(self.number()?),
            }
            loop {
                if depth == 0 {
                    return Ok(());
                }
                let is_object = open & 1 == 1;
                if self.eat(b',') {
                    if is_object {
                        self.skip_key()?;
                    }
                    break;
                }
                let bracket = if is_object { b'}' } else { b']' };
                self.expect(bracket, "expected a comma or the end of the array or object")?;
                open >>= 1;
                depth -= 1;
            }
        }
    }

    fn skip_key(&mut self) -> Result<(), DecodeError> {
        self.raw_string()?;
        self.expect(b':', "expected a colon")
    }
}

impl<'a> Source<'a> for Reader<'a> {
    fn request<M: Message<'a>>(mut self) -> Result<M, DecodeError> {
        let mut request = M::default();
        self.object(&mut request)?;
        if self.peek().is_some() {
            return Self::malformed(self.at, "something behind the request");
        }
        Ok(request)
    }

    fn budget(&mut self) -> &mut Budget {
        &mut self.budget
    }

    fn message<M: Message<'a>>(&mut self, into: &mut M) -> Result<(), DecodeError> {
        *into = M::default();
        self.object(into)
    }

    fn list<M: Message<'a>>(&mut self, into: &mut Vec<M>, most: Most) -> Result<(), DecodeError> {
        into.clear();
        self.array(|reader| {
            reader.budget.count(M::COUNTED)?;
            let mut message = M::default();
            if !reader.null() {
                reader.object(&mut message)?;
            }
            reader.push(into, message, most)
        })
    }

    fn string(&mut self) -> Result<Cow<'a, str>, DecodeError> {
        let (raw, has_escapes) = self.raw_string()?;
        if !has_escapes {
            return lossy(raw, &mut self.budget);
        }
        self.budget.charge(raw.len())?;
        let start = self.at - 1 - raw.len();
        let bytes = string::unescape(raw).or_else(|at| Self::malformed(start + at, "an escape that JSON has not"))?;
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Cow::Owned(text)),
            Err(invalid) => lossy(invalid.as_bytes(), &mut self.budget).map(|text| Cow::Owned(text.into_owned())),
        }
    }

    fn bytes(&mut self) -> Result<Cow<'a, [u8]>, DecodeError> {
        self.peek();
        let at = self.at;
        let text = self.string()?;
        self.budget.charge(base64::decoded_length(&text))?;
        base64::decode(&text).map(Cow::Owned).map_or_else(|| Self::malformed(at, "expected base64"), Ok)
    }

    fn id<const LENGTH: usize>(&mut self) -> Result<Option<[u8; LENGTH]>, DecodeError> {
        self.peek();
        let at = self.at;
        let text = self.string()?;
        if !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Self::malformed(at, "expected a hexadecimal id");
        }
        let (pairs, odd) = text.as_bytes().as_chunks::<2>();
        if pairs.len() != LENGTH || !odd.is_empty() {
            return Ok(None);
        }
        let mut bytes = [0; LENGTH];
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = string::hex(*high).unwrap_or(0) << 4 | string::hex(*low).unwrap_or(0);
        }
        Ok(id(&bytes))
    }

    fn bool(&mut self) -> Result<bool, DecodeError> {
        if self.word("true") {
            Ok(true)
        } else if self.word("false") {
            Ok(false)
        } else {
            Self::malformed(self.at, "expected true or false")
        }
    }

    fn double(&mut self) -> Result<f64, DecodeError> {
        let is_quoted = self.peek() == Some(b'"');
        let at = self.at;
        let text = self.number()?;
        let special = match text {
            b"NaN" => Some(f64::NAN),
            b"Infinity" => Some(f64::INFINITY),
            b"-Infinity" => Some(f64::NEG_INFINITY),
            _ => None,
        };
        let value = special.filter(|_| is_quoted).or_else(|| number::double(text));
        value.map_or_else(|| Self::malformed(at, "expected a number of 64 bits"), Ok)
    }

    fn int64(&mut self) -> Result<i64, DecodeError> {
        self.integer()
    }

    fn uint32(&mut self) -> Result<u32, DecodeError> {
        self.integer()
    }

    fn sint32(&mut self) -> Result<i32, DecodeError> {
        self.integer()
    }

    fn fixed32(&mut self) -> Result<u32, DecodeError> {
        self.integer()
    }

    fn fixed64(&mut self) -> Result<u64, DecodeError> {
        self.integer()
    }

    fn sfixed64(&mut self) -> Result<i64, DecodeError> {
        self.integer()
    }

    fn enumeration(&mut self, names: &[&str]) -> Result<i32, DecodeError> {
        if self.peek() != Some(b'"') {
            return self.integer();
        }
        let name = self.string()?;
        let number = names.iter().position(|known| *known == name).and_then(|number| i32::try_from(number).ok());
        Ok(number.unwrap_or_default())
    }

    fn doubles(&mut self, into: &mut Vec<f64>) -> Result<(), DecodeError> {
        self.numbers(into, Self::double)
    }

    fn fixed64s(&mut self, into: &mut Vec<u64>) -> Result<(), DecodeError> {
        self.numbers(into, Self::integer)
    }

    fn uint64s(&mut self, into: &mut Vec<u64>) -> Result<(), DecodeError> {
        self.numbers(into, Self::integer)
    }
}
