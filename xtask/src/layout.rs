//! `cargo xtask layout`: finds out what our programs run at their start and in a scrape, and writes the linker script that puts it
//! side by side.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use crate::bench::programs;
use crate::{Failure, output_of};
use beginnings::Beginnings;
use work::Work;

mod beginnings;
mod traced;
mod work;

/// What the linker is told, from the workspace's root.
const SCRIPT: &str = "crates/exporter-toolkit/layout/used.ld";
/// Static programs for Linux, which the linker script is for.
const PROGRAMS: [&str; 5] = ["host-exporter", "docker-exporter", "redis-exporter", "otlp-bridge", "pilotlight"];

/// Builds each program with the names of its functions, has it work under valgrind, and writes the script. Fails without valgrind and
/// what [`Work::prepare`] needs, when a program can't be built or ends, and when the script can't be written.
pub(crate) fn run() -> Result<(), Failure> {
    let programs: Vec<PathBuf> =
        PROGRAMS.into_iter().map(|name| programs::build_with_names(name)).collect::<Result<_, _>>()?;
    let work = Work::prepare()?;
    let mut beginnings = Beginnings::default();
    let mut others = BTreeSet::new();
    for (name, program) in PROGRAMS.into_iter().zip(&programs) {
        let used = traced::functions(program, |command| work.run(name, command))?;
        let mut sizes = (0, 0);
        for (function, size) in functions(&program.display().to_string())? {
            let is_used = used.contains(&function);
            sizes = (sizes.0 + u64::from(is_used) * size, sizes.1 + size);
            if beginnings::is_rust(&function) {
                beginnings.add(&function, size, is_used);
            } else if is_used {
                others.insert(function);
            }
        }
        eprintln!("{name}: {} of {} kB of code run", sizes.0 / 1000, sizes.1 / 1000);
    }
    fs::write(SCRIPT, script(&beginnings.of_used(), &others))?;
    Ok(())
}

/// The functions of a program with their sizes in bytes.
fn functions(program: &str) -> Result<Vec<(String, u64)>, Failure> {
    let table = output_of("nm", &["--defined-only", "--print-size", program])?;
    let function = |line: &str| {
        let mut words = line.split(' ').skip(1);
        let size = u64::from_str_radix(words.next()?, 16).ok()?;
        matches!(words.next()?, "t" | "T" | "w" | "W").then_some(())?;
        Some((words.next()?.to_owned(), size))
    };
    Ok(table.lines().filter_map(function).collect())
}

/// The script, which takes nothing away from the linker's own: what it doesn't name goes where it went.
fn script(beginnings: &[String], others: &BTreeSet<String>) -> String {
    let names = beginnings.iter().map(|beginning| format!("{beginning}*")).chain(others.iter().cloned());
    let names: String = names.map(|name| format!("      .text.{name}\n")).collect();
    format!(
        "\
/* Code that a start or a usual scrape runs, side by side: the kernel brings in 64 kB around whatever is touched, and what never is
   stays on the disk. `cargo xtask layout` writes this from what the programs ran; a name that is not here costs nothing but memory.
   Each line is a function, or how the names of several begin. */
SECTIONS {{
  .text.used : {{
    *libc.a:*(.text .text.*)
    *libcompiler_builtins*:*(.text .text.*)
    *(
{names}    )
  }}
}} INSERT BEFORE .text;
"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn script_of_two_names() {
        let script = script(&["_ZN5tokio4time".to_owned()], &BTreeSet::from(["main".to_owned()]));
        assert!(script.contains("    *(\n      .text._ZN5tokio4time*\n      .text.main\n    )\n"), "{script}");
    }
}
