//! A program's flags as a page.

use std::fmt::Write as _;

use clap::builder::PossibleValue;
use clap::{Arg, Command};
use exporter_toolkit::args::{complete, variable};

use super::{GENERATED, cell};
use crate::Failure;

/// Flags whose default is another for each user; their help says which.
const OF_THE_USER: [&str; 1] = ["ledger.file"];

/// The page of a program, which its heading calls `title`; `remark` ends what is said above the tables.
pub(super) fn page(
    command: Command,
    listen_address: &'static str,
    title: &str,
    remark: &str,
) -> Result<String, Failure> {
    let command = complete(command, listen_address);
    let prefix = variable(command.get_name(), "");
    let mut page = format!(
        "{GENERATED}# Flags of {title}\n\n\
         Every flag can be set by an environment variable instead: `{prefix}` and its name in capitals, with `_` for \
         dots and dashes; the command line wins. A boolean flag takes a value (`--a=false`) or none, and has a form `--no-a`.\
         {remark}\n"
    );
    let shown = |arg: &&Arg| !arg.is_hide_set() && arg.get_long().is_some();
    let mut headings: Vec<&str> = Vec::new();
    for heading in command.get_arguments().filter(shown).map(heading) {
        if !headings.contains(&heading) {
            headings.push(heading);
        }
    }
    for name in headings {
        write!(page, "\n## {name}\n\n| Flag | Default | |\n|---|---|---|\n")?;
        for arg in command.get_arguments().filter(shown).filter(|arg| heading(arg) == name) {
            let long = arg.get_long().unwrap_or_default();
            let value = value_of(arg).map(|value| format!(" {value}")).unwrap_or_default();
            let of_the_user = OF_THE_USER.contains(&long);
            let defaults = arg
                .get_default_values()
                .iter()
                .filter(|value| !of_the_user && !value.is_empty())
                .map(|value| format!("`{}`", value.to_string_lossy()));
            let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            // That is the column before.
            let help = help.trim_end_matches("[default: on]").trim_end_matches("[default: off]").trim_end();
            let defaults = defaults.collect::<Vec<_>>().join(", ");
            writeln!(page, "| `--{long}{}` | {} | {} |", cell(&value), cell(&defaults), cell(help))?;
        }
    }
    Ok(page)
}

/// The values that a flag takes, where there are few; else what they are called.
fn value_of(arg: &Arg) -> Option<String> {
    if arg.is_require_equals_set() {
        return None;
    }
    let possible = arg.get_possible_values();
    if !possible.is_empty() {
        return Some(possible.iter().map(PossibleValue::get_name).collect::<Vec<_>>().join("|"));
    }
    arg.get_value_names().and_then(|names| names.first()).map(ToString::to_string)
}

fn heading(arg: &Arg) -> &str {
    arg.get_help_heading().unwrap_or("General")
}
