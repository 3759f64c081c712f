//! One line of a page, read from left to right.

use crate::desc::{is_label_name, is_metric_name};
use crate::number::Number;

/// Label names and values in the order of the page.
pub(super) type Labels = Vec<(String, String)>;

/// The rest of a line that is still to be read.
pub(super) struct Line<'a> {
    rest: &'a [u8],
    dialect: Dialect,
}

/// How much freedom a format leaves to its writers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Dialect {
    /// Blanks between tokens, a comma after the last label, names in quotes.
    Text,
    /// None of them.
    OpenMetrics,
}

impl<'a> Line<'a> {
    pub(super) fn new(line: &'a [u8], dialect: Dialect) -> Self {
        Line { rest: line, dialect }
    }

    /// All that is left.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn starts_with(&self, byte: u8) -> bool {
        self.rest.first() == Some(&byte)
    }

    pub(super) fn starts_with_blank(&self) -> bool {
        self.rest.first().is_some_and(|byte| is_blank(*byte))
    }

    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let found = self.starts_with(byte);
        if found {
            self.rest = &self.rest[1..];
        }
        found
    }

    pub(super) fn expect(&mut self, byte: u8) -> Result<(), String> {
        if self.eat(byte) { Ok(()) } else { Err(self.unexpected(&format!("{:?}", char::from(byte)))) }
    }

    /// The error of a line that goes on otherwise than with `expected`.
    pub(super) fn unexpected(&self, expected: &str) -> String {
        let found = if self.is_empty() { "the end of the line".to_owned() } else { shown(self.rest) };
        format!("expected {expected}, found {found}")
    }

    pub(super) fn skip_blanks(&mut self) {
        if self.dialect == Dialect::Text {
            self.take_while(is_blank);
        }
    }

    /// What comes before the next blank or the end; may be empty.
    pub(super) fn word(&mut self) -> &'a [u8] {
        self.take_while(|byte| !is_blank(byte))
    }

    /// The name of a metric; may be empty or invalid.
    pub(super) fn metric_name(&mut self) -> Result<String, String> {
        self.name(|byte| byte == b':' || is_label_byte(byte))
    }

    /// `name`, `name{label="value"}` or `{"name",label="value"}`: a valid name and valid labels.
    pub(super) fn series(&mut self) -> Result<(String, Labels), String> {
        let braces_first = self.dialect == Dialect::Text && self.starts_with(b'{');
        let mut name = if braces_first { None } else { Some(self.metric_name()?) };
        if name.as_ref().is_some_and(String::is_empty) {
            return Err(self.unexpected("a metric name"));
        }
        self.skip_blanks();
        let labels = if self.starts_with(b'{') { self.labels(&mut name)? } else { Labels::new() };
        match name {
            Some(name) if is_metric_name(&name) => Ok((name, labels)),
            Some(name) => Err(format!("invalid metric name {}", shown(name.as_bytes()))),
            None => Err("expected a metric name, found only labels".to_owned()),
        }
    }

    /// `{label="value"}`, where no metric name may be.
    pub(super) fn exemplar_labels(&mut self) -> Result<Labels, String> {
        self.labels(&mut Some(String::new()))
    }

    /// The labels with their braces. A part without a value becomes the metric's name if there is none yet.
    fn labels(&mut self, metric: &mut Option<String>) -> Result<Labels, String> {
        let mut labels = Labels::new();
        self.expect(b'{')?;
        self.skip_blanks();
        while !self.eat(b'}') {
            let name = self.name(is_label_byte)?;
            if name.is_empty() {
                return Err(self.unexpected("a label name"));
            }
            self.skip_blanks();
            if metric.is_none() && !self.starts_with(b'=') {
                *metric = Some(name);
            } else {
                self.expect(b'=')?;
                if !is_label_name(&name) || name == "__name__" {
                    return Err(format!("invalid label name {}", shown(name.as_bytes())));
                }
                self.skip_blanks();
                labels.push((name, self.quoted()?));
            }
            self.skip_blanks();
            if self.eat(b',') {
                self.skip_blanks();
                if self.dialect == Dialect::OpenMetrics && self.starts_with(b'}') {
                    return Err(self.unexpected("a label name"));
                }
            } else if !self.starts_with(b'}') {
                return Err(self.unexpected("',' or '}'"));
            }
        }
        let mut names: Vec<&str> = labels.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        match names.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(format!("label {} twice", shown(pair[0].as_bytes()))),
            None => Ok(labels),
        }
    }

    /// A bare name; in the classic format also one in quotes, which may begin in the middle. May be empty or invalid.
    fn name(&mut self, is_part: impl Fn(u8) -> bool) -> Result<String, String> {
        let bare = !self.rest.first().is_some_and(u8::is_ascii_digit);
        let mut name = String::from_utf8_lossy(self.take_while(|byte| bare && is_part(byte))).into_owned();
        if self.dialect == Dialect::Text && self.starts_with(b'"') {
            name += &self.quoted()?;
        }
        Ok(name)
    }

    fn quoted(&mut self) -> Result<String, String> {
        self.expect(b'"')?;
        let mut escaped = false;
        let text = self.take_while(|byte| {
            let closes = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            !closes
        });
        if !self.eat(b'"') {
            return Err(format!("expected a closing quote after {}", shown(text)));
        }
        String::from_utf8(unescaped(text)?).map_err(|_| format!("expected UTF-8, found {}", shown(text)))
    }

    fn take_while(&mut self, mut keep: impl FnMut(u8) -> bool) -> &'a [u8] {
        let end = self.rest.iter().position(|byte| !keep(*byte)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }
}

/// A number in the spellings of Go's `strconv.ParseFloat`, but for the hexadecimal ones; `thing` is for the error.
pub(super) fn number(word: &[u8], thing: &str) -> Result<Number, String> {
    let refusal = || format!("expected a number as {thing}, found {}", shown(word));
    let text = std::str::from_utf8(word).map_err(|_| refusal())?;
    if word.iter().all(u8::is_ascii_digit)
        && let Ok(integer) = text.parse()
    {
        return Ok(Number::Integer(integer));
    }
    let value: f64 = text.parse().map_err(|_| refusal())?;
    // Rust takes these two, Go does not.
    let signed_nan = value.is_nan() && word.len() > "NaN".len();
    let overflow = value.is_infinite() && !text.contains(['i', 'I']);
    if signed_nan || overflow { Err(refusal()) } else { Ok(Number::Float(value)) }
}

/// `text` without its escapes, which are the same in HELP texts and label values.
pub(super) fn unescaped(text: &[u8]) -> Result<Vec<u8>, String> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [byte, tail @ ..] = rest {
        let (unescaped, tail) = match (byte, tail) {
            (b'\\', [b'n', tail @ ..]) => (b'\n', tail),
            (b'\\', [escaped @ (b'\\' | b'"'), tail @ ..]) => (*escaped, tail),
            (b'\\', _) => return Err(format!("expected an escaped backslash, quote or n, found {}", shown(rest))),
            (byte, tail) => (*byte, tail),
        };
        out.push(unescaped);
        rest = tail;
    }
    Ok(out)
}

/// `bytes` in quotes for an error message, shortened.
pub(super) fn shown(bytes: &[u8]) -> String {
    const LONGEST: usize = 60;
    let more = if bytes.len() > LONGEST { "…" } else { "" };
    format!("{:?}{more}", String::from_utf8_lossy(&bytes[..bytes.len().min(LONGEST)]))
}

pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

fn is_label_byte(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphanumeric()
}
