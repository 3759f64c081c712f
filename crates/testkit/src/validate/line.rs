//! One line of a page, read by itself.
//!
//! There is one grammar for both formats, the strict one that encoders write: one space between parts, no spare commas.

use super::format::Format;
use super::{Report, Rule, number};

/// The most characters that the labels of an exemplar may have together.
const MAX_EXEMPLAR: usize = 128;

pub(crate) enum Line<'a> {
    Comment,
    /// `# EOF` of OpenMetrics.
    Eof,
    Type {
        family: String,
        word: &'a str,
    },
    Help {
        family: String,
        text: &'a str,
    },
    Unit {
        family: String,
        unit: &'a str,
    },
    Sample(Sample),
}

/// One sample as its line has it.
pub(crate) struct Sample {
    pub(crate) line: usize,
    /// Name and labels, byte for byte.
    pub(crate) text: String,
    pub(crate) name: String,
    /// In the order of the line, values unescaped, names possibly double.
    pub(crate) labels: Vec<(String, String)>,
    /// `None` if it is no number, which was reported.
    pub(crate) value: Option<f64>,
    pub(crate) has_exemplar: bool,
}

/// Reads a line that is not blank; `None`, with a [`Rule::Malformed`], if it is none of the format's.
pub(super) fn read<'a>(text: &'a str, format: Format, report: &mut Report) -> Option<Line<'a>> {
    let mut reader = Reader { rest: text, format, report };
    let line = if text.starts_with('#') { reader.comment() } else { reader.sample(text).map(Line::Sample) };
    if line.is_none() {
        report.here(Rule::Malformed, excerpt(text));
    }
    line
}

/// Eats a line from its start; what returns `None` leaves the line malformed.
struct Reader<'a, 'r> {
    rest: &'a str,
    format: Format,
    report: &'r mut Report,
}

impl<'a> Reader<'a, '_> {
    fn comment(&mut self) -> Option<Line<'a>> {
        let openmetrics = self.format == Format::OpenMetrics;
        if openmetrics && self.rest == "# EOF" {
            return Some(Line::Eof);
        }
        if self.eat("# TYPE ") {
            let (family, word) = self.metadata()?;
            return Some(Line::Type { family, word });
        }
        if self.eat("# HELP ") {
            let (family, text) = self.metadata()?;
            self.check_help(text);
            return Some(Line::Help { family, text });
        }
        if openmetrics && self.eat("# UNIT ") {
            let (family, unit) = self.metadata()?;
            return Some(Line::Unit { family, unit });
        }
        // Prometheus takes `#  TYPE`, with a tab or more spaces, for metadata too.
        let blank_after_hash = self.rest.starts_with("# ") || self.rest.starts_with("#\t");
        let first_word = self.rest.trim_start_matches('#').split_ascii_whitespace().next();
        let is_metadata = blank_after_hash && matches!(first_word, Some("TYPE" | "HELP"));
        (!openmetrics && !is_metadata).then_some(Line::Comment)
    }

    fn metadata(&mut self) -> Option<(String, &'a str)> {
        let family = if self.rest.starts_with('"') { self.quoted()? } else { self.until(&[' ']).to_owned() };
        check_metric_name(&family, self.report);
        self.eat(" ").then_some((family, self.rest))
    }

    fn sample(&mut self, text: &'a str) -> Option<Sample> {
        let mut name = self.until(&['{', ' ', '\t']).to_owned();
        let labels = if self.eat("{") { self.labels(&mut name)? } else { Vec::new() };
        if name.is_empty() {
            return None;
        }
        check_metric_name(&name, self.report);
        let series = text.strip_suffix(self.rest)?;
        let value = self.value()?;
        if self.rest.starts_with(' ') && !self.rest.starts_with(" # ") {
            let timestamp = self.eat(" ").then(|| self.until(&[' ']))?;
            number::parse(timestamp)?;
            self.report.here(Rule::Timestamp, format!("{name} has the timestamp {timestamp}"));
        }
        let has_exemplar = self.eat(" # {");
        if has_exemplar {
            self.exemplar()?;
        }
        let sample = Sample { line: self.report.line, text: series.to_owned(), name, labels, value, has_exemplar };
        self.rest.is_empty().then_some(sample)
    }

    /// The labels up to the closing brace; a quoted string without a value among them is the metric's name.
    fn labels(&mut self, metric: &mut String) -> Option<Vec<(String, String)>> {
        let mut labels = Vec::new();
        if self.eat("}") {
            return Some(labels);
        }
        loop {
            let is_quoted = self.rest.starts_with('"');
            let name = if is_quoted { self.quoted()? } else { self.until(&['=']).to_owned() };
            if self.eat("=") {
                check_label_name(&name, &labels, self.report);
                labels.push((name, self.quoted()?));
            } else if is_quoted && metric.is_empty() {
                *metric = name;
            } else {
                return None;
            }
            if self.eat("}") {
                return Some(labels);
            }
            if !self.eat(",") {
                return None;
            }
        }
    }

    fn exemplar(&mut self) -> Option<()> {
        let labels = self.labels(&mut "an exemplar has no name".to_owned())?;
        self.value()?;
        if self.eat(" ") {
            number::parse(self.until(&[' ']))?;
        }
        let length: usize = labels.iter().map(|(name, value)| name.chars().count() + value.chars().count()).sum();
        if length > MAX_EXEMPLAR {
            self.report.here(Rule::ExemplarSize, format!("the exemplar's labels have {length} characters"));
        }
        Some(())
    }

    /// A space and a word; the inner `None` is a word that is no number.
    fn value(&mut self) -> Option<Option<f64>> {
        if !self.eat(" ") {
            return None;
        }
        let word = self.until(&[' ']);
        if word.is_empty() {
            return None;
        }
        let value = number::parse(word);
        if value.is_none() {
            self.report.here(Rule::Number, format!("{:?} is not a number that Prometheus reads", excerpt(word)));
        }
        Some(value)
    }

    /// A string in quotes, unescaped.
    fn quoted(&mut self) -> Option<String> {
        let mut value = String::new();
        let mut chars = self.rest.strip_prefix('"')?.chars();
        loop {
            match chars.next()? {
                '"' => break,
                '\\' => match chars.next()? {
                    'n' => value.push('\n'),
                    c @ ('\\' | '"') => value.push(c),
                    c => {
                        self.report.here(Rule::Escape, format!("`\\{c}` in a label value"));
                        value.extend(['\\', c]);
                    }
                },
                c => value.push(c),
            }
        }
        self.rest = chars.as_str();
        Some(value)
    }

    fn check_help(&mut self, text: &str) {
        let openmetrics = self.format == Format::OpenMetrics;
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            let bad = match c {
                '\\' => match chars.next() {
                    Some('\\' | 'n') => None,
                    Some('"') if openmetrics => None,
                    after => Some(format!("`\\{}` in HELP", after.map_or(String::new(), String::from))),
                },
                '"' if openmetrics => Some("a bare quote in HELP".to_owned()),
                _ => None,
            };
            if let Some(bad) = bad {
                self.report.here(Rule::Escape, bad);
            }
        }
    }

    fn eat(&mut self, prefix: &str) -> bool {
        let rest = self.rest.strip_prefix(prefix);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// What is before the first of `stops`, or all.
    fn until(&mut self, stops: &[char]) -> &'a str {
        let end = self.rest.find(stops).unwrap_or(self.rest.len());
        let (before, rest) = self.rest.split_at(end);
        self.rest = rest;
        before
    }
}

pub(super) fn check_metric_name(name: &str, report: &mut Report) {
    if !is_name(name, ":") {
        report.here(Rule::MetricName, format!("{:?} is not a metric's name", excerpt(name)));
    }
}

/// `before` are the labels that the series has already.
pub(super) fn check_label_name(name: &str, before: &[(String, String)], report: &mut Report) {
    if !is_name(name, "") || name.starts_with("__") {
        report.here(Rule::LabelName, format!("{:?} is not a label's name", excerpt(name)));
    }
    if before.iter().any(|(other, _)| other == name) {
        report.here(Rule::DuplicateLabel, format!("the label {name} is there twice"));
    }
}

fn is_name(name: &str, also: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || also.contains(c);
    !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) && name.chars().all(fits)
}

/// Enough of a hostile text to recognise it.
fn excerpt(text: &str) -> String {
    text.chars().take(80).collect()
}
