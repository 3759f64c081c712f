//! The classic text format, version 0.0.4.

use super::assembly::{Assembly, Draft, Part, Sample};
use super::line::{Dialect, Line, is_blank, number, shown, unescaped};
use super::{Family, ParseError};
use crate::desc::{Kind, is_metric_name};

/// Reads a page of the classic text format.
///
/// Accepts and refuses what the Go parser with classic names does (`expfmt.TextParser`, `LegacyValidation`), on which
/// the textfile collector of node_exporter stands, but for what that one takes by accident: labels without a name,
/// which it gives to the line before; a backslash or a letter beyond ASCII in a type; `le` or `quantile` twice. Gauge
/// histograms are refused too: node_exporter dies of them.
///
/// # Errors
///
/// On the first line that is not of the format, has an invalid name, gives a second HELP or TYPE for a name, or a TYPE
/// after a sample, and on a last line without a newline.
pub fn parse_text(page: &[u8]) -> Result<Vec<Family>, ParseError> {
    let mut families = Assembly::default();
    for (index, line) in page.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let read = match line.strip_suffix(b"\n") {
            Some(line) => read_line(line, &mut families),
            None if line.iter().all(|byte| is_blank(*byte)) => Ok(()),
            None => Err(format!("expected a newline at the end of the page, found {}", shown(line))),
        };
        read.map_err(|message| ParseError { line: index + 1, message })?;
    }
    Ok(families.finish())
}

fn read_line(line: &[u8], families: &mut Assembly) -> Result<(), String> {
    let mut line = Line::new(line, Dialect::Text);
    line.skip_blanks();
    if line.is_empty() {
        Ok(())
    } else if line.eat(b'#') {
        read_comment(&mut line, families)
    } else {
        read_sample(&mut line, families)
    }
}

fn read_comment(line: &mut Line<'_>, families: &mut Assembly) -> Result<(), String> {
    line.skip_blanks();
    let keyword = line.word();
    if !matches!(keyword, b"HELP" | b"TYPE") {
        return Ok(());
    }
    line.skip_blanks();
    let name = line.metric_name()?;
    if line.is_empty() {
        return Ok(()); // A keyword alone, or with a name alone, says nothing.
    }
    if !line.starts_with_blank() {
        return Err(line.unexpected("a metric name and a blank"));
    }
    if !is_metric_name(&name) {
        return Err(format!("invalid metric name {}", shown(name.as_bytes())));
    }
    let (index, _) = resolve(&name, families);
    line.skip_blanks();
    if line.is_empty() {
        return Ok(());
    }
    let Draft { family, typed } = &mut families.drafts[index];
    if keyword == b"HELP" {
        if family.help.is_some() {
            return Err(format!("second HELP for metric {}", shown(family.name.as_bytes())));
        }
        family.help = Some(String::from_utf8_lossy(&unescaped(line.rest())?).into_owned());
    } else {
        if *typed {
            return Err(format!("second TYPE for metric {}, or TYPE after its samples", shown(family.name.as_bytes())));
        }
        (family.kind, *typed) = (kind(line.rest())?, true);
    }
    Ok(())
}

fn read_sample(line: &mut Line<'_>, families: &mut Assembly) -> Result<(), String> {
    let (name, labels) = line.series()?;
    line.skip_blanks();
    let value = number(line.word(), "value")?;
    let timestamp_ms = if line.is_empty() { None } else { Some(timestamp(line)?) };
    let (index, part) = resolve(&name, families);
    families.add(index, Sample { part, labels, value, timestamp_ms })
}

fn timestamp(line: &mut Line<'_>) -> Result<i64, String> {
    line.skip_blanks();
    let word = line.word();
    let timestamp = std::str::from_utf8(word).ok().and_then(|word| word.parse().ok());
    if !line.is_empty() {
        return Err(line.unexpected("nothing after the timestamp"));
    }
    timestamp.ok_or_else(|| format!("expected an integer as timestamp, found {}", shown(word)))
}

/// The family that `name` belongs to: its own one, unless it is part of a histogram or summary that was declared.
fn resolve(name: &str, families: &mut Assembly) -> (usize, Part) {
    if families.find(name).is_none() {
        for (suffix, part) in [("_count", Part::Count), ("_sum", Part::Sum), ("_bucket", Part::Point)] {
            if let Some(index) = name.strip_suffix(suffix).and_then(|base| families.find(base))
                && families.drafts[index].family.kind.suffixes().contains(&suffix)
            {
                return (index, part);
            }
        }
    }
    (families.find_or_create(name), Part::Point)
}

fn kind(word: &[u8]) -> Result<Kind, String> {
    let kinds = [Kind::Counter, Kind::Gauge, Kind::Histogram, Kind::Summary, Kind::Untyped];
    let named = kinds.into_iter().find(|kind| word.eq_ignore_ascii_case(kind.word().as_bytes()));
    named.ok_or_else(|| format!("expected counter, gauge, histogram, summary or untyped, found {}", shown(word)))
}

#[cfg(test)]
mod tests {
    use super::super::tests::verdict;
    use super::*;

    fn check(table: &[(&str, &[u8], &str)]) {
        check_after(b"", table);
    }

    fn check_after(start: &[u8], table: &[(&str, &[u8], &str)]) {
        for (situation, page, expected) in table {
            assert_eq!(verdict(parse_text(&[start, page].concat())), *expected, "{situation}");
        }
    }

    #[test]
    fn lines_and_blanks() {
        check(&[
            ("nothing at all", b"", ""),
            ("empty and blank lines", b"\n \n\t\n  ", ""),
            ("one bare sample", b"a 1\n", "a Untyped: 1"),
            (
                "blanks wherever they may be",
                b"\t a \t{ x = \"1\" , y\t=\"2\"\t} \t1 \t5\n",
                "a Untyped: x=\"1\" y=\"2\" 1 at 5",
            ),
            ("no blank before a value", b"a{}1\nb-1\n", "a Untyped: 1 | b Untyped: -1.0"),
            (
                "no final newline",
                b"a 1\nb 2",
                "refused in line 2: expected a newline at the end of the page, found \"b 2\"",
            ),
            (
                "a comment without its newline",
                b"#",
                "refused in line 1: expected a newline at the end of the page, found \"#\"",
            ),
            ("a blank after the value", b"a 1 \n", "refused in line 1: expected an integer as timestamp, found \"\""),
            ("Windows line ends", b"a 1\r\n", "refused in line 1: expected a number as value, found \"1\\r\""),
            ("an empty Windows line", b"a 1\n\r\n", "refused in line 2: expected a metric name, found \"\\r\""),
        ]);
    }

    #[test]
    fn comments() {
        check(&[
            ("comments of all sorts", b"#\n# \n# x\n#x y\n# EOF\n# help a b\n# \xff \n", ""),
            ("HELP and TYPE without a blank before", b"#HELP a b\n#\tTYPE a gauge\na 1\n", "a Gauge \"b\": 1"),
            ("keywords that say nothing", b"# HELP\n# TYPE \n# HELP a\n# TYPE a \na 1\n# TYPE a\n", "a Untyped: 1"),
            ("metadata without samples", b"# HELP a b\n# TYPE a gauge\n", ""),
            ("escapes in HELP", b"# HELP a \\\\ \\n \\\" \"\na 1\n", "a Untyped \"\\\\ \\n \\\" \\\"\": 1"),
            (
                "an unknown escape in HELP",
                b"# HELP a \\t\n",
                "refused in line 1: expected an escaped backslash, quote or n, found \"\\\\t\"",
            ),
            (
                "a backslash ends HELP",
                b"# HELP a b\\\n",
                "refused in line 1: expected an escaped backslash, quote or n, found \"\\\\\"",
            ),
            ("HELP that is not UTF-8", b"# HELP a \xff\na 1\n", "a Untyped \"\u{fffd}\": 1"),
            ("HELP after the samples", b"a 1\n# HELP a b\n", "a Untyped \"b\": 1"),
            ("HELP twice", b"# HELP a b\n# HELP a b\n", "refused in line 2: second HELP for metric \"a\""),
            ("HELP twice, one of them empty", b"# HELP a\n# HELP a b\n# HELP a \na 1\n", "a Untyped \"b\": 1"),
            (
                "a name that is none in a comment",
                b"# HELP 1a b\n",
                "refused in line 1: expected a metric name and a blank, found \"1a b\"",
            ),
            ("a dotted name in a comment", b"# TYPE \"a.b\" gauge\n", "refused in line 1: invalid metric name \"a.b\""),
            (
                "labels in a comment",
                b"# HELP a{} b\n",
                "refused in line 1: expected a metric name and a blank, found \"{} b\"",
            ),
        ]);
    }

    #[test]
    fn types() {
        check(&[
            (
                "every type in any case",
                b"# TYPE a counter\n# TYPE b GAUGE\n# TYPE c Untyped\na 1\nb 1\nc 1\n",
                "a Counter: 1 | b Gauge: 1 | c Untyped: 1",
            ),
            (
                "an unknown type",
                b"# TYPE a info\n",
                "refused in line 1: expected counter, gauge, histogram, summary or untyped, found \"info\"",
            ),
            (
                "a blank after the type",
                b"# TYPE a gauge \n",
                "refused in line 1: expected counter, gauge, histogram, summary or untyped, found \"gauge \"",
            ),
            (
                "a gauge histogram, of which prometheus/node_exporter dies",
                b"# TYPE a gaugehistogram\n",
                "refused in line 1: expected counter, gauge, histogram, summary or untyped, found \"gaugehistogram\"",
            ),
            (
                "a backslash in a type, which prometheus/common overlooks",
                b"# TYPE a gau\\ge\n",
                "refused in line 1: expected counter, gauge, histogram, summary or untyped, found \"gau\\\\ge\"",
            ),
            (
                "TYPE twice",
                b"# TYPE a gauge\n# TYPE a gauge\n",
                "refused in line 2: second TYPE for metric \"a\", or TYPE after its samples",
            ),
            (
                "TYPE after a sample",
                b"a 1\n# TYPE a gauge\n",
                "refused in line 2: second TYPE for metric \"a\", or TYPE after its samples",
            ),
            (
                "TYPE for a part of a summary",
                b"# TYPE a summary\n# TYPE a_sum gauge\n",
                "refused in line 2: second TYPE for metric \"a\", or TYPE after its samples",
            ),
            (
                "TYPE for what a summary has no part of",
                b"# TYPE a summary\n# TYPE a_bucket gauge\na_bucket 1\n",
                "a_bucket Gauge: 1",
            ),
        ]);
    }

    #[test]
    fn names_and_labels() {
        check(&[
            ("all letters of names", b"_a:Z9{_aZ9=\"\"} 1\n", "_a:Z9 Untyped: _aZ9=\"\" 1"),
            (
                "names in quotes",
                b"\"a\" 1\n\"b\"{\"x\"=\"1\"} 1\n{\"c\"} 1\n{x=\"1\",d,} 1\n",
                "a Untyped: 1 | b Untyped: x=\"1\" 1 | c Untyped: 1 | d Untyped: x=\"1\" 1",
            ),
            ("quotes inside a name", b"a\"b\" 1\n", "ab Untyped: 1"),
            ("a dotted metric name", b"{\"a.b\"} 1\n", "refused in line 1: invalid metric name \"a.b\""),
            ("a dotted label name", b"a{\"x.y\"=\"1\"} 1\n", "refused in line 1: invalid label name \"x.y\""),
            ("a name that starts with a digit", b"1a 1\n", "refused in line 1: expected a metric name, found \"1a 1\""),
            ("a name with a dash", b"a-b 1\n", "refused in line 1: expected a number as value, found \"-b\""),
            ("a label with a colon", b"a{x:y=\"1\"} 1\n", "refused in line 1: expected '=', found \":y=\\\"1\\\"} 1\""),
            ("a second metric name", b"a{b} 1\n", "refused in line 1: expected '=', found \"} 1\""),
            (
                "labels without a name, which prometheus/common gives to the line before",
                b"a 1\n{x=\"1\"} 1\n",
                "refused in line 2: expected a metric name, found only labels",
            ),
            ("the reserved label", b"a{__name__=\"b\"} 1\n", "refused in line 1: invalid label name \"__name__\""),
            ("a label twice", b"a{x=\"1\",y=\"2\",x=\"3\"} 1\n", "refused in line 1: label \"x\" twice"),
            ("a comma after the last label", b"a{x=\"1\",} 1\n", "a Untyped: x=\"1\" 1"),
            ("a comma alone", b"a{,} 1\n", "refused in line 1: expected a label name, found \",} 1\""),
            (
                "no comma between labels",
                b"a{x=\"1\" y=\"2\"} 1\n",
                "refused in line 1: expected ',' or '}', found \"y=\\\"2\\\"} 1\"",
            ),
            ("a label value without quotes", b"a{x=1} 1\n", "refused in line 1: expected '\"', found \"1} 1\""),
            (
                "labels that do not end",
                b"a{x=\"1\"\n",
                "refused in line 1: expected ',' or '}', found the end of the line",
            ),
            ("escapes in a value", b"a{x=\"\\\\ \\n \\\" } # ,\"} 1\n", "a Untyped: x=\"\\\\ \\n \\\" } # ,\" 1"),
            (
                "an unknown escape in a value",
                b"a{x=\"C:\\temp\"} 1\n",
                "refused in line 1: expected an escaped backslash, quote or n, found \"\\\\temp\"",
            ),
            ("a newline in a value", b"a{x=\"1\n2\"} 1\n", "refused in line 1: expected a closing quote after \"1\""),
            ("a value in UTF-8", "a{x=\"é\"} 1\n".as_bytes(), "a Untyped: x=\"é\" 1"),
            (
                "a value that is not UTF-8",
                b"a{x=\"\xff\"} 1\n",
                "refused in line 1: expected UTF-8, found \"\u{fffd}\"",
            ),
        ]);
    }

    #[test]
    fn values_and_timestamps() {
        check(&[
            (
                "integers stay exact",
                b"a 9007199254740993\na 18446744073709551615\na 007\n",
                "a Untyped: 9007199254740993, 18446744073709551615, 7",
            ),
            (
                "what is no integer of 64 bits",
                b"a 18446744073709551616\na -1\na +1\na 1.0\na 1e3\n",
                "a Untyped: 1.8446744073709552e19, -1.0, 1.0, 1.0, 1000.0",
            ),
            ("floats of every spelling", b"a .5\na 5.\na 1E-400\na -0\n", "a Untyped: 0.5, 5.0, 0.0, -0.0"),
            (
                "what is not finite",
                b"a NaN\na nan\na +Inf\na -infinity\na inf\n",
                "a Untyped: NaN, NaN, inf, -inf, inf",
            ),
            (
                "a value beyond the range",
                b"a 1e400\n",
                "refused in line 1: expected a number as value, found \"1e400\"",
            ),
            ("a NaN with a sign", b"a -NaN\n", "refused in line 1: expected a number as value, found \"-NaN\""),
            ("a hexadecimal value", b"a 0x1p3\n", "refused in line 1: expected a number as value, found \"0x1p3\""),
            ("underscores in a value", b"a 1_000\n", "refused in line 1: expected a number as value, found \"1_000\""),
            ("a comma in a value", b"a 1,5\n", "refused in line 1: expected a number as value, found \"1,5\""),
            ("no value", b"a\n", "refused in line 1: expected a number as value, found \"\""),
            ("timestamps", b"a 1 0\na 1 -5\na 1 +5\n", "a Untyped: 1 at 0, 1 at -5, 1 at 5"),
            (
                "a timestamp with a fraction",
                b"a 1 1.5\n",
                "refused in line 1: expected an integer as timestamp, found \"1.5\"",
            ),
            (
                "a timestamp beyond 64 bits",
                b"a 1 9223372036854775808\n",
                "refused in line 1: expected an integer as timestamp, found \"9223372036854775808\"",
            ),
            (
                "something after the timestamp",
                b"a 1 5 6\n",
                "refused in line 1: expected nothing after the timestamp, found \" 6\"",
            ),
        ]);
    }

    #[test]
    fn families() {
        check(&[
            ("families that take turns", b"b 1\na 2\nb 3\n", "b Untyped: 1, 3 | a Untyped: 2"),
            ("one series twice", b"a{x=\"1\"} 1\na{x=\"1\"} 2\n", "a Untyped: x=\"1\" 1, x=\"1\" 2"),
            ("a part of no family", b"a_bucket{le=\"1\"} 3\n", "a_bucket Untyped: le=\"1\" 3"),
            ("a part of a counter", b"# TYPE a counter\na_sum 1\n", "a_sum Untyped: 1"),
            (
                "a part that came before its summary",
                b"a_sum 1\n# TYPE a summary\na_sum 2\na_count 3\n",
                "a_sum Untyped: 1, 2 | a Summary: [] sum 0 count 3",
            ),
            (
                "a summary named in braces after another family, of which prometheus/common dies",
                b"# TYPE a summary\nb 1\n{a,x=\"1\",quantile=\"0.5\"} 2\n",
                "a Summary: x=\"1\" [(0.5, 2.0)] sum 0 count 0 | b Untyped: 1",
            ),
        ]);
    }

    #[test]
    fn histograms() {
        check_after(
            b"# TYPE a histogram\n",
            &[
                (
                    "a whole one",
                    b"a_bucket{le=\"0.5\"} 1\na_bucket{le=\"1e1\"} 2\na_bucket{le=\"+Inf\"} 3\na_sum 4.5\na_count 3\n",
                    "a Histogram: [(0.5, 1), (10.0, 2)] sum 4.5 count 3",
                ),
                (
                    "label sets that take turns, in any order",
                    b"a_count{x=\"1\",y=\"2\"} 3 7\na_count 4\na_sum{y=\"2\",x=\"1\"} 5 6\na_sum{x=\"1\",y=\"2\"} 8\n",
                    "a Histogram: x=\"1\" y=\"2\" [] sum 8 count 3 at 6, [] sum 0 count 4",
                ),
                (
                    "buckets out of order, one of them twice",
                    b"a_bucket{le=\"2\"} 5\na_bucket{le=\"1\"} 3\na_bucket{le=\"2.0\"} 6\n",
                    "a Histogram: [(1.0, 3), (2.0, 6)] sum 0 count 0",
                ),
                ("no count", b"a_bucket{le=\"+Inf\"} 3\n", "a Histogram: [] sum 0 count 3"),
                ("no bound that counts", b"a_bucket 3\na_bucket{le=\"NaN\"} 3\na 3\n", "a Histogram: [] sum 0 count 0"),
                ("a bound on a line without suffix", b"a{le=\"1\"} 3\n", "a Histogram: [(1.0, 3)] sum 0 count 0"),
                ("fractions", b"a_bucket{le=\"1\"} 2.5\na_count 3.9\n", "a Histogram: [(1.0, 2)] sum 0 count 3"),
                (
                    "a bound that is no number",
                    b"a_bucket{le=\"x\"} 3\n",
                    "refused in line 2: expected a number as le, found \"x\"",
                ),
                (
                    "a bound twice, of which prometheus/common takes the last",
                    b"a_bucket{le=\"1\",le=\"2\"} 3\n",
                    "refused in line 2: label \"le\" twice",
                ),
                (
                    "a negative bucket",
                    b"a_bucket{le=\"1\"} -1\n",
                    "refused in line 2: expected a count that is not negative, found -1",
                ),
                (
                    "a negative count",
                    b"a_count -0.5\n",
                    "refused in line 2: expected a count that is not negative, found -0.5",
                ),
            ],
        );
    }

    #[test]
    fn summaries() {
        check_after(
            b"# TYPE a summary\n",
            &[
                (
                    "a whole one",
                    b"a{quantile=\"0.9\"} 2.5\na{quantile=\"0.5\"} NaN\na_sum 4.5\na_count 3\n",
                    "a Summary: [(0.5, NaN), (0.9, 2.5)] sum 4.5 count 3",
                ),
                ("a negative count", b"a_count -3\n", "a Summary: [] sum 0 count 0"),
                ("a label of histograms", b"a_count{le=\"x\"} 3\n", "a Summary: le=\"x\" [] sum 0 count 3"),
                (
                    "a quantile that is no number",
                    b"a{quantile=\"p99\"} 3\n",
                    "refused in line 2: expected a number as quantile, found \"p99\"",
                ),
            ],
        );
    }
}
