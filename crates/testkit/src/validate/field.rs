//! What the fields of a message hold.

use super::wire::Value;

/// The fields of a message, each with its number.
pub(super) type Fields<'a> = [(u64, Value<'a>)];

/// The value that counts of a field that is there once.
pub(super) fn last<'a>(fields: &Fields<'a>, number: u64) -> Option<Value<'a>> {
    fields.iter().rfind(|(field, _)| *field == number).map(|(_, value)| *value)
}

pub(super) fn repeated<'a>(fields: &Fields<'a>, number: u64) -> impl Iterator<Item = Value<'a>> {
    fields.iter().filter(move |(field, _)| *field == number).map(|(_, value)| *value)
}

pub(super) fn delimited(value: Value<'_>) -> Option<&[u8]> {
    if let Value::Delimited(bytes) = value { Some(bytes) } else { None }
}

pub(super) fn unsigned(value: Value<'_>) -> Option<u64> {
    if let Value::Varint(value) = value { Some(value) } else { None }
}

/// A `double`; what is not there is 0.
pub(super) fn double(value: Option<Value<'_>>) -> Option<f64> {
    match value {
        None => Some(0.0),
        Some(Value::Fixed64(bytes)) => Some(f64::from_le_bytes(bytes)),
        Some(_) => None,
    }
}
