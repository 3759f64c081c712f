//! Figures of ours beside the peer's as a Markdown table, with the bars that ours must meet.

use std::fmt;

/// A table that prints itself as Markdown.
pub(crate) struct Table {
    peer: String,
    rows: Vec<Row>,
    /// How many rows miss a bar.
    pub(crate) missed: usize,
}

/// What ours may be at most.
#[derive(Clone, Copy)]
pub(crate) enum Bar {
    /// This value, in the unit of the row.
    Value(f64),
    /// One part in so many of the peer's value.
    OnePartIn(f64),
}

/// One figure of both.
pub(crate) struct Row {
    /// What it is, with its unit.
    pub(crate) name: &'static str,
    /// Of ours; NaN if it can't be had.
    pub(crate) ours: f64,
    /// Of the peer.
    pub(crate) peer: f64,
    /// How many are shown after the point.
    pub(crate) digits: usize,
    /// What ours must meet, all of them.
    pub(crate) bars: &'static [Bar],
}

impl Table {
    /// With these rows; `peer` is its name and version.
    pub(crate) fn new(peer: &str, rows: Vec<Row>) -> Table {
        let missed = rows.iter().filter(|row| !row.bars.is_empty() && !row.met()).count();
        Table { peer: peer.to_owned(), rows, missed }
    }
}

impl Row {
    fn met(&self) -> bool {
        self.bars.iter().all(|bar| match bar {
            Bar::Value(most) => self.ours <= *most,
            Bar::OnePartIn(parts) => self.ours * parts <= self.peer,
        })
    }

    fn cells(&self) -> [String; 6] {
        let digits = self.digits;
        let bars: Vec<String> = self.bars.iter().map(Bar::to_string).collect();
        let verdict = match self.bars {
            [] => "",
            _ if self.met() => "ok",
            _ => "missed",
        };
        [
            self.name.to_owned(),
            format!("{:.digits$}", self.ours),
            format!("{:.digits$}", self.peer),
            format!("{:.3}", self.ours / self.peer),
            bars.join(", "),
            verdict.to_owned(),
        ]
    }
}

impl fmt::Display for Bar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(most) => write!(f, "≤ {most}"),
            Self::OnePartIn(parts) => write!(f, "≤ 1/{parts}"),
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["", "ours", &self.peer, "ratio", "bar", ""].map(str::to_owned);
        let lines: Vec<[String; 6]> = [head].into_iter().chain(self.rows.iter().map(Row::cells)).collect();
        let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default();
        let widths: [usize; 6] = std::array::from_fn(width);
        for (index, line) in lines.iter().enumerate() {
            let cells = line.iter().zip(widths).map(|(cell, width)| format!(" {cell:width$} |"));
            writeln!(f, "|{}", cells.collect::<String>())?;
            if index == 0 {
                writeln!(f, "|{}", widths.map(|width| format!("{}|", "-".repeat(width + 2))).concat())?;
            }
        }
        Ok(())
    }
}
