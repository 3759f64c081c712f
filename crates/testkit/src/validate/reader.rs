//! From the lines of a page to its families, and the rules about the order of lines.

use std::collections::HashMap;

use super::format::{Format, Kind};
use super::line::{self, Line, Sample};
use super::{Report, Rule};

/// What samples of any type may append to their family's name.
const ENDINGS: [&str; 8] = ["", "_total", "_bucket", "_sum", "_count", "_gsum", "_gcount", "_info"];

/// A page as its lines, or the messages of a protobuf one, have it; families in the order of their first.
pub(crate) struct Page {
    pub(crate) format: Format,
    pub(crate) families: Vec<Family>,
    by_name: HashMap<String, usize>,
    /// The family whose lines are being read.
    open: Option<usize>,
}

#[derive(Default)]
pub(crate) struct Family {
    pub(crate) name: String,
    /// Where it starts.
    pub(crate) line: usize,
    /// `None` without TYPE, or with a word that the format does not have.
    pub(crate) kind: Option<Kind>,
    /// The word after TYPE.
    pub(crate) word: Option<String>,
    /// The text after HELP, as it stands.
    pub(crate) help: Option<String>,
    unit: Option<String>,
    pub(crate) samples: Vec<Sample>,
}

impl Page {
    /// One without families.
    pub(super) fn new(format: Format) -> Page {
        Page { format, families: Vec::new(), by_name: HashMap::new(), open: None }
    }

    /// Reads a body of text, reporting what is wrong with its lines and their order.
    pub(crate) fn read(body: &[u8], format: Format, report: &mut Report) -> Page {
        let mut page = Page::new(format);
        let mut ended = false;
        for (index, bytes) in body.split_inclusive(|b| *b == b'\n').enumerate() {
            report.line = index + 1;
            if ended {
                report.here(Rule::AfterEof, "the page goes on after `# EOF`");
                break;
            }
            ended = page.line(bytes, report);
        }
        report.line = 0;
        if format == Format::OpenMetrics && !ended {
            report.here(Rule::EofMissing, "the page does not end with `# EOF`");
        }
        page
    }

    /// Takes one line with its end; whether it ends the page.
    fn line(&mut self, bytes: &[u8], report: &mut Report) -> bool {
        let known = report.defects.len();
        // What is not UTF-8 counts as U+FFFD, so that the rest of the line is read too.
        let text = String::from_utf8_lossy(bytes);
        if std::str::from_utf8(bytes).is_err() {
            report.here(Rule::Utf8, "the line is not UTF-8");
        }
        let line = text.strip_suffix('\n').unwrap_or(&text);
        if line.ends_with('\r') {
            report.here(Rule::CarriageReturn, "the line ends with CR LF");
        }
        let ends = match line.strip_suffix('\r').unwrap_or(line) {
            "" => {
                report.here(Rule::BlankLine, "the line is empty");
                false
            }
            line => line::read(line, self.format, report).is_some_and(|line| self.take(line, report)),
        };
        // A line cut off within its parts is malformed, which says more.
        if !text.ends_with('\n') && report.defects.len() == known {
            report.here(Rule::FinalNewline, "the last line does not end with a line feed");
        }
        ends
    }

    /// Files a line under its family; whether it ends the page.
    fn take(&mut self, line: Line<'_>, report: &mut Report) -> bool {
        match line {
            Line::Eof => return true,
            Line::Comment => {}
            Line::Type { family, word } => {
                let kind = self.format.kind(word);
                let family = self.declare("TYPE", family, |family| family.word.is_some(), report);
                if kind.is_none() {
                    report.here(Rule::TypeWord, format!("{} has the type {word:?}", family.name));
                }
                family.kind = kind;
                family.word = Some(word.to_owned());
            }
            Line::Help { family, text } => {
                let family = self.declare("HELP", family, |family| family.help.is_some(), report);
                family.help = Some(text.to_owned());
            }
            Line::Unit { family, unit } => {
                let family = self.declare("UNIT", family, |family| family.unit.is_some(), report);
                let stem = family.name.strip_suffix(unit);
                if !unit.is_empty() && !stem.is_some_and(|stem| stem.ends_with('_')) {
                    report.here(Rule::Unit, format!("{} does not end with _{unit}", family.name));
                }
                family.unit = Some(unit.to_owned());
            }
            Line::Sample(sample) => {
                let owner = self.owner(&sample.name);
                let index = owner.unwrap_or_else(|| self.find_or_insert(sample.name.clone(), report.line));
                self.enter(index, report).samples.push(sample);
            }
        }
        false
    }

    /// The family that a line of metadata is about.
    fn declare(
        &mut self,
        keyword: &str,
        name: String,
        is_known: fn(&Family) -> bool,
        report: &mut Report,
    ) -> &mut Family {
        let index = self.find_or_insert(name, report.line);
        let family = self.enter(index, report);
        if is_known(family) {
            report.here(Rule::MetadataTwice, format!("{keyword} of {} is there twice", family.name));
        } else if !family.samples.is_empty() {
            report.here(Rule::MetadataLate, format!("{keyword} of {} comes after its samples", family.name));
        }
        family
    }

    /// Opens a family, unless it is open.
    pub(super) fn enter(&mut self, index: usize, report: &mut Report) -> &mut Family {
        let is_other = self.open.replace(index) != Some(index);
        let family = &mut self.families[index];
        // A family that starts in this line is no return to it.
        if is_other && family.line != report.line {
            report.here(Rule::FamilySplit, format!("{} goes on after another family", family.name));
        }
        family
    }

    pub(super) fn find_or_insert(&mut self, name: String, line: usize) -> usize {
        *self.by_name.entry(name).or_insert_with_key(|name| {
            self.families.push(Family { name: name.clone(), line, ..Family::default() });
            self.families.len() - 1
        })
    }

    /// The family that a sample's name belongs to, if there is one so far.
    ///
    /// That is the open one if the name fits its type, else another that it fits,
    /// else the one whose creation time it tells,
    /// else the open one if it has a type and the name has only the wrong ending.
    fn owner(&self, name: &str) -> Option<usize> {
        let related = ENDINGS.iter().filter_map(|ending| self.by_name.get(name.strip_suffix(ending)?).copied());
        let open = related.clone().find(|index| Some(*index) == self.open);
        let fitting = || related.clone().find(|index| self.fits(&self.families[*index], name));
        open.filter(|index| self.fits(&self.families[*index], name))
            .or_else(fitting)
            .or_else(|| self.created_of(name))
            .or_else(|| open.filter(|index| self.families[*index].kind.is_some()))
    }

    /// Whether samples of a family may have a name.
    pub(crate) fn fits(&self, family: &Family, name: &str) -> bool {
        let endings = family.kind.map_or(&[""][..], |kind| self.format.endings(kind));
        name.strip_prefix(&*family.name).is_some_and(|ending| endings.contains(&ending))
    }

    /// The counter, histogram or summary whose creation time a `_created` sample tells.
    pub(crate) fn created_of(&self, name: &str) -> Option<usize> {
        let stem = name.strip_suffix("_created")?;
        let index = self.by_name.get(stem).or_else(|| self.by_name.get(&format!("{stem}_total")))?;
        let kind = self.families[*index].kind?;
        matches!(kind, Kind::Counter | Kind::Histogram | Kind::Summary).then_some(*index)
    }

    /// Every sample with its family, in the order of families.
    pub(crate) fn samples(&self) -> impl Iterator<Item = (&Family, &Sample)> {
        self.families.iter().flat_map(|family| family.samples.iter().map(move |sample| (family, sample)))
    }
}

impl Family {
    /// What a sample's name appends to the family's;
    /// `None` for the creation time of a text counter, whose `_total` it lacks.
    pub(crate) fn ending<'s>(&self, sample: &'s Sample) -> Option<&'s str> {
        sample.name.strip_prefix(&*self.name)
    }

    /// Whether a caller's list has the family, by its name in text.
    pub(super) fn is_listed(&self, list: &[&str]) -> bool {
        list.iter().any(|name| *name == self.name || name.strip_suffix("_total") == Some(&*self.name))
    }

    /// Whether a sample only grows: a counter, or a bucket, count or sum. (Nothing observed here is ever negative.)
    pub(crate) fn is_counting(&self, sample: &Sample) -> bool {
        matches!(
            (self.kind, self.ending(sample)),
            (Some(Kind::Counter), Some("" | "_total"))
                | (Some(Kind::Histogram), Some("_bucket" | "_count" | "_sum"))
                | (Some(Kind::Summary), Some("_count" | "_sum"))
        )
    }
}
