//! YAML text to a small tree with lines. It knows no key.

use std::collections::HashMap;
use std::rc::Rc;

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};
use zeroize::Zeroizing;

use super::error::{ConfigError, Place};

/// Nodes of a file, each alias counted as one; a file of a thousand users has some two thousand.
const MOST_NODES: usize = 10_000;
/// Levels of nesting; the deepest key of the file stands on the third.
const MOST_LEVELS: usize = 32;

/// A value and the line where it begins, counted from 1.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) line: usize,
    pub(crate) kind: Kind,
}

/// Nodes are shared with the aliases that name them.
#[derive(Debug)]
pub(crate) enum Kind {
    Scalar(Scalar),
    Sequence(Vec<Rc<Node>>),
    /// Keys and values in the order of the file, duplicates too.
    Mapping(Vec<(Rc<Node>, Rc<Node>)>),
}

/// A text, which may be a secret.
pub(crate) struct Scalar {
    pub(crate) text: Zeroizing<String>,
    /// Neither quoted, nor a block, nor tagged as a string: `on` is a boolean, and nothing is null.
    pub(crate) is_plain: bool,
}

impl std::fmt::Debug for Scalar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Scalar(…)")
    }
}

/// Reads one document; none if there is nothing but comments.
///
/// # Errors
/// What is not UTF-8 or not YAML, more than one document, tags beyond the core ones, a value that contains itself, and a
/// file beyond [`MOST_NODES`] or [`MOST_LEVELS`].
pub(crate) fn read(bytes: &[u8]) -> Result<Option<Rc<Node>>, ConfigError> {
    let text = checked(bytes)?;
    let lines: Vec<&str> = text.lines().collect();
    let last = lines.len().max(1);
    let mut tree = Tree::default();
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| {
            // What follows the last line is said to be on the one behind it.
            let problem = format!("is not YAML: {}", error.info().to_ascii_lowercase());
            at(error.marker().line().clamp(1, last), problem)
        })?;
        let line = span.start.line().clamp(1, last);
        let begins_something = !matches!(event, Event::StreamStart | Event::StreamEnd | Event::DocumentEnd);
        if begins_something && lines.get(line - 1).is_some_and(|line| is_indented_by_tab(line)) {
            return Err(at(line, "is indented by a tab; use spaces"));
        }
        tree.take(event, line)?;
    }
    Ok(tree.root)
}

/// The text, if it holds nothing but what YAML allows: the parser would end at a NUL and ignore the rest.
fn checked(bytes: &[u8]) -> Result<&str, ConfigError> {
    let line_behind = |before: &[u8]| 1 + before.iter().filter(|&&byte| byte == b'\n').count();
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or(bytes);
        at(line_behind(before), "is not UTF-8; save the file in that encoding")
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let forbidden = |c: char| (c.is_control() && !"\t\n\r\u{85}".contains(c)) || "\u{feff}\u{fffe}\u{ffff}".contains(c);
    match text.split_once(forbidden) {
        Some((before, _)) => Err(at(line_behind(before.as_bytes()), "holds a control character; remove it")),
        None => Ok(text),
    }
}

/// The parser takes a tab in some of these places, but YAML does not, and its width is anybody's guess.
fn is_indented_by_tab(line: &str) -> bool {
    let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
    line.bytes().take(indent).any(|byte| byte == b'\t')
}

fn at(line: usize, problem: impl Into<String>) -> ConfigError {
    ConfigError::at(&Place { line, key: String::new() }, problem)
}

/// A tree under construction.
#[derive(Default)]
struct Tree {
    root: Option<Rc<Node>>,
    documents: usize,
    nodes: usize,
    open: Vec<Open>,
    anchors: HashMap<usize, Rc<Node>>,
}

/// A sequence or mapping whose end has not come. Keys and values of a mapping come in turn.
struct Open {
    line: usize,
    anchor: usize,
    is_mapping: bool,
    children: Vec<Rc<Node>>,
}

impl Tree {
    fn take(&mut self, event: Event<'_>, line: usize) -> Result<(), ConfigError> {
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(at(line, "begins a second document; one file holds one, remove the line ---"));
                }
                Ok(())
            }
            Event::Scalar(text, style, anchor, tag) => {
                let scalar = scalar(&text, style, tag.as_deref(), line)?;
                self.add(Node { line, kind: Kind::Scalar(scalar) }, anchor)
            }
            Event::SequenceStart(anchor, tag) => self.begin(anchor, tag.as_deref(), false, line),
            Event::MappingStart(anchor, tag) => self.begin(anchor, tag.as_deref(), true, line),
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Alias(anchor) => {
                let contains_itself =
                    || at(line, "an alias stands within the value that it names; write the value out");
                let node = self.anchors.get(&anchor).map(Rc::clone).ok_or_else(contains_itself)?;
                self.count(line)?;
                self.put(node);
                Ok(())
            }
        }
    }

    fn begin(&mut self, anchor: usize, tag: Option<&Tag>, is_mapping: bool, line: usize) -> Result<(), ConfigError> {
        check_core(tag, if is_mapping { &["map"] } else { &["seq"] }, line)?;
        if self.open.len() >= MOST_LEVELS {
            return Err(at(line, format!("is nested deeper than {MOST_LEVELS} levels; the file needs three")));
        }
        self.count(line)?;
        self.open.push(Open { line, anchor, is_mapping, children: Vec::new() });
        Ok(())
    }

    fn end(&mut self) -> Result<(), ConfigError> {
        let Some(Open { line, anchor, is_mapping, children }) = self.open.pop() else { return Ok(()) };
        let kind = if is_mapping {
            let mut children = children.into_iter();
            Kind::Mapping(std::iter::from_fn(|| Some((children.next()?, children.next()?))).collect())
        } else {
            Kind::Sequence(children)
        };
        // It was counted when it began.
        self.nodes -= 1;
        self.add(Node { line, kind }, anchor)
    }

    fn add(&mut self, node: Node, anchor: usize) -> Result<(), ConfigError> {
        self.count(node.line)?;
        let node = Rc::new(node);
        if anchor > 0 {
            self.anchors.insert(anchor, Rc::clone(&node));
        }
        self.put(node);
        Ok(())
    }

    fn put(&mut self, node: Rc<Node>) {
        match self.open.last_mut() {
            Some(open) => open.children.push(node),
            None => self.root = Some(node),
        }
    }

    fn count(&mut self, line: usize) -> Result<(), ConfigError> {
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            return Err(at(line, format!("is the value beyond {MOST_NODES}; remove some")));
        }
        Ok(())
    }
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>, line: usize) -> Result<Scalar, ConfigError> {
    check_core(tag, &["str", "null", "bool", "int", "float"], line)?;
    let tag = tag.map(|tag| tag.suffix.as_str());
    let is_plain = matches!(style, ScalarStyle::Plain) && tag != Some("str");
    Ok(Scalar { text: Zeroizing::new(text.to_owned()), is_plain })
}

/// Refuses tags but those of the core schema that fit.
fn check_core(tag: Option<&Tag>, fitting: &[&str], line: usize) -> Result<(), ConfigError> {
    match tag {
        Some(tag) if !(tag.is_yaml_core_schema() && fitting.contains(&tag.suffix.as_str())) => {
            Err(at(line, "has a tag (!…) that does not belong here; remove it"))
        }
        _ => Ok(()),
    }
}
