//! OpenMetrics, version 1.0.0.

use super::assembly::{Assembly, Draft, Part, Sample};
use super::line::{Dialect, Line, number, shown, unescaped};
use super::{Family, ParseError};
use crate::desc::{Kind, is_metric_name};

/// Reads a page of OpenMetrics.
///
/// Info and state sets become gauges named like their samples (`…_info`), `unknown` becomes [`Kind::Untyped`]. UNIT
/// lines, exemplars and `_created` samples are checked and left out. Values are not judged.
///
/// # Errors
///
/// On the first line that is not of the format, a second HELP or TYPE, metadata after the family's samples, a sample
/// without the suffix or label of its type, a family that comes back after another one, a gauge histogram, and on a
/// page that does not end with `# EOF`.
pub fn parse_openmetrics(page: &[u8]) -> Result<Vec<Family>, ParseError> {
    let mut reader = Reader::default();
    let mut lines = 0;
    let mut ended = false;
    for line in page.split_inclusive(|byte| *byte == b'\n') {
        lines += 1;
        let read = match line.strip_suffix(b"\n") {
            _ if ended => Err(format!("expected nothing after # EOF, found {}", shown(line))),
            _ if matches!(line, b"# EOF" | b"# EOF\n") => {
                ended = true;
                Ok(())
            }
            Some(line) => reader.read_line(&mut Line::new(line, Dialect::OpenMetrics)),
            None => Err(format!("expected a newline at the end of the page, found {}", shown(line))),
        };
        read.map_err(|message| ParseError { line: lines, message })?;
    }
    if !ended {
        return Err(ParseError { line: lines + 1, message: "expected # EOF, found the end of the page".to_owned() });
    }
    Ok(reader.families.finish())
}

struct Type {
    word: &'static str,
    kind: Kind,
    /// What a sample with the value itself, or with a bucket, appends to the declared name.
    suffix: &'static str,
}

const TYPES: &[Type] = &[
    Type { word: "counter", kind: Kind::Counter, suffix: "_total" },
    Type { word: "gauge", kind: Kind::Gauge, suffix: "" },
    Type { word: "histogram", kind: Kind::Histogram, suffix: "_bucket" },
    Type { word: "info", kind: Kind::Gauge, suffix: "_info" },
    Type { word: "stateset", kind: Kind::Gauge, suffix: "" },
    Type { word: "summary", kind: Kind::Summary, suffix: "" },
    Type { word: "unknown", kind: Kind::Untyped, suffix: "" },
];

#[derive(Default)]
struct Reader {
    families: Assembly,
    /// The family whose lines are being read.
    current: Option<Declared>,
}

struct Declared {
    name: String,
    suffix: &'static str,
    index: usize,
}

impl Reader {
    fn read_line(&mut self, line: &mut Line<'_>) -> Result<(), String> {
        if line.eat(b'#') { self.read_metadata(line) } else { self.read_sample(line) }
    }

    fn read_metadata(&mut self, line: &mut Line<'_>) -> Result<(), String> {
        line.expect(b' ')?;
        let keyword = line.word();
        if !matches!(keyword, b"HELP" | b"TYPE" | b"UNIT") {
            return Err(format!("expected HELP, TYPE, UNIT or EOF, found {}", shown(keyword)));
        }
        line.expect(b' ')?;
        let name = line.metric_name()?;
        line.expect(b' ')?;
        let text = line.rest();
        let shown_name = shown(name.as_bytes());

        let mut current = match self.current.take() {
            Some(current) if current.name == name => current,
            _ => self.begin(&name)?,
        };
        let Draft { family, typed } = &mut self.families.drafts[current.index];
        if !family.metrics.is_empty() {
            return Err(format!("metadata of metric {shown_name} after its samples"));
        }
        match keyword {
            b"HELP" if family.help.is_none() => {
                let help = String::from_utf8(unescaped(text)?);
                family.help = Some(help.map_err(|_| format!("expected UTF-8, found {}", shown(text)))?);
            }
            b"TYPE" if !*typed => {
                let refusal = || format!("unknown type {} of metric {shown_name}", shown(text));
                let declared = TYPES.iter().find(|known| known.word.as_bytes() == text).ok_or_else(refusal)?;
                (family.kind, *typed, current.suffix) = (declared.kind, true, declared.suffix);
                // Without buckets the samples all have one name, under which the classic format knows the family.
                if declared.kind != Kind::Histogram && !self.families.rename(current.index, declared.suffix) {
                    return Err(format!("samples of metric {shown_name} are named like another metric"));
                }
            }
            b"UNIT" if name.as_bytes().ends_with(&[b"_", text].concat()) => {}
            b"UNIT" => return Err(format!("metric {shown_name} does not end with its unit {}", shown(text))),
            _ => return Err(format!("second {} for metric {shown_name}", keyword.escape_ascii())),
        }
        self.current = Some(current);
        Ok(())
    }

    fn read_sample(&mut self, line: &mut Line<'_>) -> Result<(), String> {
        let (name, labels) = line.series()?;
        line.expect(b' ')?;
        let value = number(line.word(), "value")?;
        let timestamp_ms = read_tail(line)?;

        let found = self.current.take().and_then(|current| Some((self.part(&current, &name)?, current)));
        let (part, current) = match found {
            Some(found) => found,
            None => (Part::Point, self.begin(&name)?),
        };
        if part == Part::Point
            && let Some(own_label) = self.families.drafts[current.index].family.kind.own_label()
            && labels.iter().all(|(label, _)| label != own_label)
        {
            return Err(format!("sample of {} lacks its label {own_label}", shown(name.as_bytes())));
        }
        self.families.add(current.index, Sample { part, labels, value, timestamp_ms })?;
        self.current = Some(current);
        Ok(())
    }

    /// What a sample called `name` gives the family; `None` if it is none of its samples.
    fn part(&self, family: &Declared, name: &str) -> Option<Part> {
        match (self.families.drafts[family.index].family.kind, name.strip_prefix(&family.name)?) {
            (_, suffix) if suffix == family.suffix => Some(Part::Point),
            (Kind::Histogram | Kind::Summary, "_count") => Some(Part::Count),
            (Kind::Histogram | Kind::Summary, "_sum") => Some(Part::Sum),
            (Kind::Histogram | Kind::Summary | Kind::Counter, "_created") => Some(Part::Created),
            _ => None,
        }
    }

    fn begin(&mut self, name: &str) -> Result<Declared, String> {
        let shown_name = shown(name.as_bytes());
        if !is_metric_name(name) {
            return Err(format!("invalid metric name {shown_name}"));
        }
        if self.families.find(name).is_some() {
            return Err(format!("metric {shown_name} comes back after another one, or lacks the suffix of its type"));
        }
        Ok(Declared { name: name.to_owned(), suffix: "", index: self.families.find_or_create(name) })
    }
}

/// What may follow a value: a timestamp, then an exemplar.
fn read_tail(line: &mut Line<'_>) -> Result<Option<i64>, String> {
    let mut timestamp_ms = None;
    if line.is_empty() {
        return Ok(timestamp_ms);
    }
    line.expect(b' ')?;
    if !line.starts_with(b'#') {
        timestamp_ms = Some(milliseconds(line.word())?);
        if line.is_empty() {
            return Ok(timestamp_ms);
        }
        line.expect(b' ')?;
    }
    line.expect(b'#')?;
    line.expect(b' ')?;
    line.exemplar_labels()?;
    line.expect(b' ')?;
    number(line.word(), "exemplar")?;
    if line.eat(b' ') {
        milliseconds(line.word())?;
    }
    if line.is_empty() { Ok(timestamp_ms) } else { Err(line.unexpected("the end of the line")) }
}

fn milliseconds(word: &[u8]) -> Result<i64, String> {
    let seconds = number(word, "timestamp")?.as_f64();
    if !seconds.is_finite() {
        return Err(format!("expected seconds as timestamp, found {}", shown(word)));
    }
    #[expect(clippy::cast_possible_truncation, reason = "what is beyond i64 is beyond all dates")]
    Ok((seconds * 1000.0).round() as i64)
}

#[cfg(test)]
mod tests {
    use super::super::tests::verdict;
    use super::*;

    fn check(table: &[(&str, &str, &str)]) {
        for (situation, page, expected) in table {
            assert_eq!(verdict(parse_openmetrics(page.as_bytes())), *expected, "{situation}");
        }
    }

    #[test]
    fn lines() {
        check(&[
            ("an empty page", "# EOF\n", ""),
            ("no newline at the very end", "a 1\n# EOF", "a Untyped: 1"),
            ("no EOF", "a 1\n", "refused in line 2: expected # EOF, found the end of the page"),
            ("nothing at all", "", "refused in line 1: expected # EOF, found the end of the page"),
            (
                "a page cut in a line",
                "a 1\nb",
                "refused in line 2: expected a newline at the end of the page, found \"b\"",
            ),
            (
                "something after EOF",
                "# EOF\na 1\n",
                "refused in line 2: expected nothing after # EOF, found \"a 1\\n\"",
            ),
            ("an empty line", "\n# EOF\n", "refused in line 1: expected a metric name, found the end of the line"),
            (
                "a free comment",
                "# hello\n# EOF\n",
                "refused in line 1: expected HELP, TYPE, UNIT or EOF, found \"hello\"",
            ),
            ("a tab", "a\t1\n# EOF\n", "refused in line 1: expected ' ', found \"\\t1\""),
            ("two blanks", "a  1\n# EOF\n", "refused in line 1: expected a number as value, found \"\""),
            (
                "blanks in labels",
                "a{x=\"1\", y=\"2\"} 1\n# EOF\n",
                "refused in line 1: expected a label name, found \" y=\\\"2\\\"} 1\"",
            ),
            (
                "a comma after the last label",
                "a{x=\"1\",} 1\n# EOF\n",
                "refused in line 1: expected a label name, found \"} 1\"",
            ),
            (
                "a name in quotes",
                "{\"a\"} 1\n# EOF\n",
                "refused in line 1: expected a metric name, found \"{\\\"a\\\"} 1\"",
            ),
            ("timestamps in seconds", "a 1 1.5\na 1 -2\n# EOF\n", "a Untyped: 1 at 1500, 1 at -2000"),
            (
                "an endless timestamp",
                "a 1 +Inf\n# EOF\n",
                "refused in line 1: expected seconds as timestamp, found \"+Inf\"",
            ),
            ("a blank at the end", "a 1 \n# EOF\n", "refused in line 1: expected a number as timestamp, found \"\""),
            ("something after the timestamp", "a 1 2 3\n# EOF\n", "refused in line 1: expected '#', found \"3\""),
            ("exemplars", "a 1 # {} 2\na 1 3 # {id=\"x\"} 2 1.5\n# EOF\n", "a Untyped: 1, 1 at 3000"),
            (
                "an exemplar with a bare label",
                "a 1 # {id} 2\n# EOF\n",
                "refused in line 1: expected '=', found \"} 2\"",
            ),
        ]);
    }

    #[test]
    fn types_and_their_samples() {
        check(&[
            ("a counter", "# TYPE a counter\na_total 1\na_created 5\n# EOF\n", "a_total Counter: 1"),
            (
                "a counter without its suffix",
                "# TYPE a counter\na 1\n# EOF\n",
                "refused in line 2: metric \"a\" comes back after another one, or lacks the suffix of its type",
            ),
            (
                "gauge, unknown and undeclared",
                "# TYPE a gauge\na 1\n# TYPE b unknown\nb 2\nc_total 3\n# EOF\n",
                "a Gauge: 1 | b Untyped: 2 | c_total Untyped: 3",
            ),
            (
                "info and stateset",
                "# TYPE a info\na_info{v=\"1\"} 1\n# TYPE b stateset\nb{b=\"on\"} 1\n# EOF\n",
                "a_info Gauge: v=\"1\" 1 | b Gauge: b=\"on\" 1",
            ),
            (
                "a type of the classic format",
                "# TYPE a untyped\n# EOF\n",
                "refused in line 1: unknown type \"untyped\" of metric \"a\"",
            ),
            (
                "a gauge histogram",
                "# TYPE a gaugehistogram\n# EOF\n",
                "refused in line 1: unknown type \"gaugehistogram\" of metric \"a\"",
            ),
            (
                "a histogram",
                "# TYPE a histogram\na_bucket{le=\"1.0\"} 1\na_bucket{le=\"+Inf\"} 2 # {id=\"x\"} 9\n\
                 a_count 2\na_sum 9.5\na_created 5\n# EOF\n",
                "a Histogram: [(1.0, 1)] sum 9.5 count 2",
            ),
            (
                "a bucket without a bound",
                "# TYPE a histogram\na_bucket 1\n# EOF\n",
                "refused in line 2: sample of \"a_bucket\" lacks its label le",
            ),
            (
                "a summary",
                "# TYPE a summary\na{quantile=\"0.5\"} 1\na_count 2\na_sum 9.5\n# EOF\n",
                "a Summary: [(0.5, 1.0)] sum 9.5 count 2",
            ),
            (
                "a summary without a quantile",
                "# TYPE a summary\na 1\n# EOF\n",
                "refused in line 2: sample of \"a\" lacks its label quantile",
            ),
        ]);
    }

    #[test]
    fn metadata_and_order() {
        check(&[
            (
                "all metadata",
                "# UNIT a_bytes bytes\n# HELP a_bytes \\\"A\\\"\n# TYPE a_bytes gauge\na_bytes 1\n# EOF\n",
                "a_bytes Gauge \"\\\"A\\\"\": 1",
            ),
            ("an empty HELP", "# HELP a \na 1\n# EOF\n", "a Untyped \"\": 1"),
            ("metadata without samples", "# TYPE a gauge\n# EOF\n", ""),
            (
                "another unit than the name has",
                "# UNIT a_bytes seconds\n# EOF\n",
                "refused in line 1: metric \"a_bytes\" does not end with its unit \"seconds\"",
            ),
            ("HELP twice", "# HELP a b\n# HELP a b\n# EOF\n", "refused in line 2: second HELP for metric \"a\""),
            (
                "TYPE twice",
                "# TYPE a gauge\n# TYPE a gauge\n# EOF\n",
                "refused in line 2: second TYPE for metric \"a\"",
            ),
            (
                "metadata after a sample",
                "a 1\n# HELP a b\n# EOF\n",
                "refused in line 2: metadata of metric \"a\" after its samples",
            ),
            ("an invalid name", "# HELP - b\n# EOF\n", "refused in line 1: expected ' ', found \"- b\""),
            (
                "families that take turns",
                "a 1\nb 1\na 1\n# EOF\n",
                "refused in line 3: metric \"a\" comes back after another one, or lacks the suffix of its type",
            ),
            (
                "a gauge named like a counter's sample",
                "# TYPE a counter\na_total 1\n# TYPE a_total gauge\n# EOF\n",
                "refused in line 3: metric \"a_total\" comes back after another one, or lacks the suffix of its type",
            ),
            (
                "a counter whose sample is named like a gauge",
                "a_total 1\n# TYPE a counter\n# EOF\n",
                "refused in line 2: samples of metric \"a\" are named like another metric",
            ),
        ]);
    }
}
