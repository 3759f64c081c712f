//! What the kernel says of a container, read beside the engine.

use super::engine::Engine;

/// A file of a container's group: with version 1 of a controller, or with version 2.
pub(crate) fn group_file(engine: &Engine, id: &str, controller: &str, [old, new]: [&str; 2]) -> String {
    let mut command = engine.command("sh");
    command.args(["-c", "cd /sys/fs/cgroup; cat \"$0\" 2>/dev/null || cat \"$1\""]);
    command.arg(format!("{controller}/docker/{id}/{old}")).arg(format!("docker/{id}/{new}"));
    let output = command.output().expect("it starts");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("it is text")
}
