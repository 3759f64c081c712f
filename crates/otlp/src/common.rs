//! What all signals have: attributes, values, resources and scopes.

use std::borrow::Cow;
use std::mem::take;

use crate::budget::Counted;
use crate::error::DecodeError;
use crate::source::{Message, Most, Source, message};

/// Who sends: a program, its version, its machine.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Resource<'a> {
    /// In the order of the request; a key may come twice.
    pub attributes: Vec<Attribute<'a>>,
}

/// The library or part of a program that measured.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scope<'a> {
    /// Empty if unknown.
    pub name: Cow<'a, str>,
    /// Empty if unknown.
    pub version: Cow<'a, str>,
    /// In the order of the request; a key may come twice.
    pub attributes: Vec<Attribute<'a>>,
}

/// A key and its value.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Attribute<'a> {
    /// May be empty.
    pub key: Cow<'a, str>,
    /// [`Value::Empty`] if there is none.
    pub value: Value<'a>,
}

/// A value of any type; [`Value::text`] turns it into a label's value.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Value<'a> {
    /// No value: it was absent, null or of a type that OTLP does not have.
    #[default]
    Empty,
    /// Text.
    String(Cow<'a, str>),
    /// True or false.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A floating-point number, NaN and infinities included.
    Double(f64),
    /// Bytes that are no text.
    Bytes(Cow<'a, [u8]>),
    /// Values in order.
    Array(Vec<Value<'a>>),
    /// Keys and values in the order of the request; a key may come twice.
    Map(Vec<Attribute<'a>>),
}

/// ArrayValue.
#[derive(Default)]
struct Array<'a>(Vec<Value<'a>>);

/// KeyValueList.
#[derive(Default)]
struct Map<'a>(Vec<Attribute<'a>>);

message!(Resource<'a>, resource, source, {
    1 "attributes" => source.list(&mut resource.attributes, Most::Attributes)?,
});

message!(Scope<'a>, scope, source, {
    1 "name" => scope.name = source.string()?,
    2 "version" => scope.version = source.string()?,
    3 "attributes" => source.list(&mut scope.attributes, Most::Attributes)?,
});

message!(Attribute<'a>, Counted::Attribute, attribute, source, {
    1 "key" => attribute.key = source.string()?,
    2 "value" => source.message(&mut attribute.value)?,
});

message!(Value<'a>, Counted::Attribute, value, source, {
    1 "stringValue" => *value = Value::String(source.string()?),
    2 "boolValue" => *value = Value::Bool(source.bool()?),
    3 "intValue" => *value = Value::Int(source.int64()?),
    4 "doubleValue" => *value = Value::Double(source.double()?),
    5 "arrayValue" => {
        let mut array = Array(if let Value::Array(values) = value { take(values) } else { Vec::new() });
        nested(&mut array, source)?;
        *value = Value::Array(array.0);
    },
    6 "kvlistValue" => {
        let mut map = Map(if let Value::Map(entries) = value { take(entries) } else { Vec::new() });
        nested(&mut map, source)?;
        *value = Value::Map(map.0);
    },
    7 "bytesValue" => *value = Value::Bytes(source.bytes()?),
    // An index into a table that only profiles have: the specification has it read as no value.
    8 "stringValueStrindex" => {
        source.int64()?;
        *value = Value::Empty;
    },
});

message!(Array<'a>, array, source, {
    1 "values" => source.list(&mut array.0, Most::Any)?,
});

message!(Map<'a>, map, source, {
    1 "values" => source.list(&mut map.0, Most::Any)?,
});

/// Reads what holds values and is one.
fn nested<'a, M: Message<'a>, S: Source<'a>>(into: &mut M, source: &mut S) -> Result<(), DecodeError> {
    source.budget().descend()?;
    source.message(into)?;
    source.budget().rise();
    Ok(())
}
