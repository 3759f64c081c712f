//! The exposition validator: the oracle of every suite that scrapes.
//!
//! It takes the bytes of a whole HTTP response, text 0.0.4, OpenMetrics 1.0.0 or protobuf by its Content-Type, and lists
//! what is wrong with it. It is stricter than Prometheus where both formats' specifications are, and than promtool,
//! which lets split
//! families, broken histograms and impossible counters pass.
//! [`Rule`] says for each defect what Prometheus does with it.
//!
//! The way through: `response` (bytes → body) → `line` (one line) → `reader` (lines → families), or `wire` (one message)
//! → `protobuf` (messages → families) → `family`, `histogram`, `native`, `series` (the rules of what was read).

mod family;
mod field;
mod format;
mod histogram;
mod line;
mod native;
mod number;
mod protobuf;
mod reader;
mod response;
mod rule;
mod series;
mod wire;

use std::fmt;

pub use rule::Rule;

pub(crate) use format::Format;
pub(crate) use reader::Page;
pub(crate) use response::Response;
pub(crate) use series::identity;

/// One thing that is wrong with a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defect {
    /// The rule that it breaks.
    pub rule: Rule,
    /// The line of the body, or the message of a protobuf one, from 1; 0 if it is about the head or the whole page.
    pub line: usize,
    /// What is there, with names.
    pub detail: String,
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Defect { rule, line, detail } = self;
        if *line > 0 {
            write!(f, "line {line}: ")?;
        }
        write!(f, "{rule:?}: {detail}")
    }
}

/// Validates responses; its fields are what a caller allows. The default allows nothing.
///
/// Families are named as in text, so a counter with its `_total`, for every format.
#[derive(Clone, Copy, Debug, Default)]
pub struct Validator<'a> {
    /// Counters without `_total` in text, because a peer's names are kept.
    /// In OpenMetrics such a family must be `unknown`.
    pub without_total: &'a [&'a str],
    /// Families whose series need not all have the same label names.
    pub varying_labels: &'a [&'a str],
    /// Families whose counters may be smaller than in the previous page.
    pub may_fall: &'a [&'a str],
    /// Summaries whose quantiles are from 0 to 100, because a peer's labels are kept.
    pub percentiles: &'a [&'a str],
}

impl Validator<'_> {
    /// Lists the defects of one HTTP/1.1 response to a scrape, given as it came over the wire, sorted by line.
    ///
    /// `previous` is the response to the scrape of the same process before, if there was one;
    /// its own defects are not listed.
    /// Where Prometheus reads no further, neither does this:
    /// after a bad head, status, length, coding or type of content.
    pub fn check(&self, response: &[u8], previous: Option<&[u8]>) -> Vec<Defect> {
        let mut report = Report::default();
        if let Some(page) = page(response, &mut report) {
            if page.samples().next().is_none() {
                report.here(Rule::Empty, "the page has no sample");
            }
            for family in &page.families {
                family::check(&page, family, self, &mut report);
                histogram::check(family, page.format, self, &mut report);
            }
            series::unique(&page, &mut report);
            if let Some(previous) = previous.and_then(|previous| self::page(previous, &mut Report::default())) {
                series::compare(&previous, &page, self, &mut report);
            }
        }
        report.defects.sort_by_key(|defect| defect.line);
        report.defects
    }
}

/// The page of a response that Prometheus would read one of.
fn page(response: &[u8], report: &mut Report) -> Option<Page> {
    let response = Response::read(response, report)?;
    if response.status != 200 {
        // What such a response has for a body is no page, so its length and coding do not matter.
        report.defects.clear();
        report.here(Rule::Status, format!("the status is {}", response.status));
    }
    if !report.defects.is_empty() {
        return None;
    }
    let types = response.values("content-type");
    let format = if let [one] = types[..] { Format::of(one) } else { None };
    if !format.is_some_and(|(_, exact)| exact) {
        report.here(Rule::ContentType, format!("Content-Type is {:?}", types.join(", ")));
    }
    let (format, _) = format?;
    Some(match format {
        Format::Protobuf => protobuf::read(&response.body, report),
        Format::Text | Format::OpenMetrics => Page::read(&response.body, format, report),
    })
}

/// The defects found so far, and the line that is being read.
#[derive(Default)]
pub(crate) struct Report {
    defects: Vec<Defect>,
    line: usize,
}

impl Report {
    /// A defect of the line being read; of the head or the whole page while none is.
    fn here(&mut self, rule: Rule, detail: impl Into<String>) {
        self.at(self.line, rule, detail);
    }

    fn at(&mut self, line: usize, rule: Rule, detail: impl Into<String>) {
        self.defects.push(Defect { rule, line, detail: detail.into() });
    }
}
