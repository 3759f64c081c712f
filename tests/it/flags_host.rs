//! Command lines made for node_exporter.

use std::process::Command;

use testkit::process::binary;

use crate::tools::Tools;

/// Every flag of the peer means the same here, is taken without effect, or is refused for a reason: to be unknown is none.
#[test]
fn every_flag_of_node_exporter_is_known() {
    let Some(tools) = Tools::find("flags_host", &["node_exporter"]) else { return };
    let help = tools.command("node_exporter").arg("--help").output().expect("it starts");
    let help = String::from_utf8(help.stdout).expect("help is text");
    let flags: Vec<(&str, bool)> = help.lines().filter_map(flag).collect();
    assert!(flags.len() > 150, "{flags:?}");
    let mut unknown = Vec::new();
    for (flag, is_switch) in flags {
        let argument = if is_switch { format!("--no-{flag}") } else { format!("--{flag}={}", value(flag)) };
        // --version, behind it, ends the program when all before it is well.
        let mut command = Command::new(binary("host-exporter").expect("it is built"));
        let output = command.args([&argument, "--version"]).output().expect("it starts");
        if !output.status.success() {
            unknown.push(format!("{argument}: {}", String::from_utf8_lossy(&output.stderr)));
        }
    }
    assert!(unknown.is_empty(), "{}", unknown.join("\n"));
}

/// A flag in a line of the peer's help, and whether it is on or off.
fn flag(line: &str) -> Option<(&str, bool)> {
    let flag = line.trim_start().strip_prefix("--")?;
    let (flag, is_switch) = flag.strip_prefix("[no-]").map_or((flag, false), |flag| (flag, true));
    let flag = flag.split([' ', '=']).next()?;
    // A help text that is wrapped may begin a line with another flag's name, and goes on behind it.
    let is_name = flag.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    (is_name && !["help-long", "help-man", "version"].contains(&flag)).then_some((flag, is_switch))
}

/// A value that the flag takes.
fn value(flag: &str) -> &str {
    match flag {
        "log.level" => "warn",
        "log.format" => "json",
        "web.telemetry-path" => "/x",
        _ => "1",
    }
}
