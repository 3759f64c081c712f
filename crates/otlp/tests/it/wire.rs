//! Writes messages in protobuf and JSON, in the various ways that senders have.

/// A field of a message: number, name in JSON, content.
pub(crate) struct Field {
    pub(crate) number: u32,
    pub(crate) name: &'static str,
    pub(crate) content: Content,
    /// It is told from its default value.
    pub(crate) explicit: bool,
}

pub(crate) type Message = Vec<Field>;

/// The types that OTLP has.
pub(crate) enum Content {
    Text(String),
    Bytes(Vec<u8>),
    Id(Vec<u8>),
    Bool(bool),
    Enum(i32),
    Int64(i64),
    Uint32(u32),
    Sint32(i32),
    Fixed32(u32),
    Fixed64(u64),
    Sfixed64(i64),
    Double(f64),
    Message(Message),
    Messages(Vec<Message>),
    Uint64s(Vec<u64>),
    Fixed64s(Vec<u64>),
    Doubles(Vec<f64>),
}

/// How a sender writes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Style {
    /// 64-bit integers as strings in JSON.
    pub(crate) quoted: bool,
    /// Lists of numbers in one field of protobuf.
    pub(crate) packed: bool,
    /// Fields that have their default value too.
    pub(crate) defaults: bool,
    /// Fields that do not exist, white space and escapes where there need be none.
    pub(crate) noise: bool,
}

impl Field {
    fn is_default(&self) -> bool {
        match &self.content {
            Content::Text(text) => text.is_empty(),
            Content::Bytes(bytes) | Content::Id(bytes) => bytes.is_empty(),
            Content::Bool(value) => !value,
            Content::Enum(value) | Content::Sint32(value) => *value == 0,
            Content::Int64(value) | Content::Sfixed64(value) => *value == 0,
            Content::Uint32(value) | Content::Fixed32(value) => *value == 0,
            Content::Fixed64(value) => *value == 0,
            Content::Double(value) => value.to_bits() == 0,
            Content::Message(fields) => fields.iter().all(|field| !field.explicit && field.is_default()),
            Content::Messages(messages) => messages.is_empty(),
            Content::Uint64s(values) | Content::Fixed64s(values) => values.is_empty(),
            Content::Doubles(values) => values.is_empty(),
        }
    }

    fn is_written(&self, style: Style) -> bool {
        self.explicit || style.defaults || !self.is_default()
    }
}

/// Appends the message in protobuf.
pub(crate) fn protobuf(message: &Message, style: Style, out: &mut Vec<u8>) {
    if style.noise {
        // Fields 1000 to 1004 of every type; the group has another one in it.
        for (wire, value) in [
            (0, &b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"[..]),
            (1, b"12345678"),
            (2, b"\x03\xff\x00a"),
            (3, b"\x0b\x08\x05\x0c\xdc\x3e"),
            (5, b"1234"),
        ] {
            key(if wire == 3 { 1003 } else { 1000 + wire }, wire, out);
            out.extend_from_slice(value);
        }
    }
    for field in message.iter().filter(|field| field.is_written(style)) {
        let number = field.number;
        let mut fixed = |number, bytes: [u8; 8]| {
            key(number, 1, out);
            out.extend_from_slice(&bytes);
        };
        match &field.content {
            Content::Text(text) => block(number, text.as_bytes(), out),
            Content::Bytes(bytes) | Content::Id(bytes) => block(number, bytes, out),
            Content::Bool(value) => integer(number, u64::from(*value), out),
            // Negative numbers have ten bytes.
            Content::Enum(value) => integer(number, i64::from(*value).cast_unsigned(), out),
            Content::Int64(value) => integer(number, value.cast_unsigned(), out),
            Content::Uint32(value) => integer(number, u64::from(*value), out),
            Content::Sint32(value) => integer(number, u64::from(((value << 1) ^ (value >> 31)).cast_unsigned()), out),
            Content::Fixed32(value) => {
                key(number, 5, out);
                out.extend_from_slice(&value.to_le_bytes());
            }
            Content::Fixed64(value) => fixed(number, value.to_le_bytes()),
            Content::Sfixed64(value) => fixed(number, value.to_le_bytes()),
            Content::Double(value) => fixed(number, value.to_le_bytes()),
            Content::Message(message) => nested(number, message, style, out),
            Content::Messages(messages) => messages.iter().for_each(|message| nested(number, message, style, out)),
            Content::Fixed64s(values) if !style.packed => {
                values.iter().for_each(|value| fixed(number, value.to_le_bytes()));
            }
            Content::Doubles(values) if !style.packed => {
                values.iter().for_each(|value| fixed(number, value.to_le_bytes()));
            }
            Content::Uint64s(values) if !style.packed => values.iter().for_each(|value| integer(number, *value, out)),
            Content::Fixed64s(values) => {
                let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
                block(number, &bytes, out);
            }
            Content::Doubles(values) => {
                let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
                block(number, &bytes, out);
            }
            Content::Uint64s(values) => {
                let mut bytes = Vec::new();
                values.iter().for_each(|value| varint(*value, &mut bytes));
                block(number, &bytes, out);
            }
        }
    }
}

/// Appends a field that declares its length.
pub(crate) fn block(number: u32, bytes: &[u8], out: &mut Vec<u8>) {
    key(number, 2, out);
    varint(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

fn nested(number: u32, message: &Message, style: Style, out: &mut Vec<u8>) {
    let mut bytes = Vec::new();
    protobuf(message, style, &mut bytes);
    block(number, &bytes, out);
}

fn integer(number: u32, value: u64, out: &mut Vec<u8>) {
    key(number, 0, out);
    varint(value, out);
}

fn key(number: u32, wire: u32, out: &mut Vec<u8>) {
    varint(u64::from(number << 3 | wire), out);
}

fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

/// Appends the message in JSON.
pub(crate) fn json(message: &Message, style: Style, out: &mut String) {
    out.push_str(if style.noise {
        "{ \"future\" :\n[ {\"a\\\"\":null,\"b\":[[],-1.5e3,\"]\"]},{} , true\t]\r"
    } else {
        "{"
    });
    let fields = message.iter().filter(|field| field.is_written(style)).enumerate();
    for (index, field) in fields {
        out.push_str(if index == 0 && !style.noise { "" } else { "," });
        text(field.name, style, out);
        out.push_str(if style.noise { " : " } else { ":" });
        match &field.content {
            Content::Text(content) => text(content, style, out),
            Content::Bytes(bytes) => base64(bytes, style, out),
            Content::Id(bytes) => {
                let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                text(&if style.noise { hex.to_uppercase() } else { hex }, style, out);
            }
            Content::Bool(value) => out.push_str(&value.to_string()),
            Content::Enum(value) | Content::Sint32(value) => out.push_str(&value.to_string()),
            Content::Uint32(value) | Content::Fixed32(value) => out.push_str(&value.to_string()),
            Content::Int64(value) | Content::Sfixed64(value) => whole(value, style, out),
            Content::Fixed64(value) => whole(value, style, out),
            Content::Double(value) => double(value, style, out),
            Content::Message(message) => json(message, style, out),
            Content::Messages(messages) => array(messages, out, |message, out| json(message, style, out)),
            Content::Uint64s(values) | Content::Fixed64s(values) => {
                array(values, out, |value, out| whole(value, style, out));
            }
            Content::Doubles(values) => array(values, out, |value, out| double(value, style, out)),
        }
    }
    out.push('}');
}

fn array<T>(values: &[T], out: &mut String, write: impl Fn(&T, &mut String)) {
    out.push('[');
    for (index, value) in values.iter().enumerate() {
        out.push_str(if index == 0 { "" } else { "," });
        write(value, out);
    }
    out.push(']');
}

fn text(content: &str, style: Style, out: &mut String) {
    if style.noise {
        out.push('"');
        content.encode_utf16().for_each(|unit| out.push_str(&format!("\\u{unit:04X}")));
        out.push('"');
    } else {
        out.push_str(&serde_json::to_string(content).unwrap());
    }
}

fn whole(value: &impl ToString, style: Style, out: &mut String) {
    let value = value.to_string();
    let value = if style.noise { format!("{value}.00E+0") } else { value };
    out.push_str(&if style.quoted { format!("\"{value}\"") } else { value });
}

fn double(value: &f64, style: Style, out: &mut String) {
    let finite = if style.noise { format!("{value:e}") } else { format!("{value}") };
    out.push_str(&match *value {
        f64::INFINITY => "\"Infinity\"".to_owned(),
        f64::NEG_INFINITY => "\"-Infinity\"".to_owned(),
        value if value.is_nan() => "\"NaN\"".to_owned(),
        _ if style.quoted => format!("\"{finite}\""),
        _ => finite,
    });
}

fn base64(bytes: &[u8], style: Style, out: &mut String) {
    let alphabet = if style.noise { "-_" } else { "+/" };
    let symbols: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(alphabet.chars()).collect();
    let bits: Vec<usize> =
        bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| usize::from(byte >> bit & 1))).collect();
    out.push('"');
    for sextet in bits.chunks(6) {
        let value = sextet.iter().chain(&[0; 5]).take(6).fold(0, |value, bit| value << 1 | bit);
        out.push(symbols[value]);
    }
    let padding = (3 - bytes.len() % 3) % 3;
    out.push_str(if style.noise { "" } else { &"=="[..padding] });
    out.push('"');
}
