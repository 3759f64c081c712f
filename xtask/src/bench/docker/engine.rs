//! A Docker engine of the bench's own, on a machine that `tests/machine/engine` makes within this one. What else runs here is in
//! nobody's way, and nothing is left.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use testkit::process::{self, Process};

use crate::{Failure, output_of};

/// The image of every container: a static busybox.
const IMAGE: &str = "box:1";
/// What each does: something once a second, as a machine's real ones do, at times that differ.
const WORK: &str = "while sleep 1; do :; done";
/// How long a command of docker may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The engine and its machine. Ends with all of its containers when dropped.
pub(crate) struct Engine {
    /// Dropped first.
    daemon: Option<Process>,
    script: Child,
    file: PathBuf,
    /// The number of a process on its machine, and the name of the machine's control groups.
    process: String,
    group: String,
    folder: PathBuf,
}

impl Engine {
    /// Starts one. Fails without root, and without what `./test --install` installs.
    pub(crate) fn boot() -> Result<Engine, Failure> {
        let manifest = output_of("cargo", &["locate-project", "--workspace", "--message-format=plain"])?;
        let file = Path::new(manifest.trim()).with_file_name("tests/machine/engine");
        let mut script = Command::new(&file)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|err| format!("cannot run {}: {err}", file.display()))?;
        let mut line = String::new();
        script.stdout.take().map_or(Ok(0), |stdout| BufReader::new(stdout).read_line(&mut line))?;
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let [process, group, folder] = <[String; 3]>::try_from(words)
            .map_err(|_| "there is no machine for an engine: that needs root, and what ./test --install installs")?;
        let mut engine = Engine { daemon: None, script, file, process, group, folder: folder.into() };
        engine.start()?;
        engine.import()?;
        Ok(engine)
    }

    /// Where its API is.
    pub(crate) fn host(&self) -> String {
        format!("unix://{}", self.folder.join("docker.sock").display())
    }

    /// A program that sees what one sees that runs beside the engine, in the caller's network.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(&self.file);
        command.args(["run", &self.process, &self.group]).arg(program);
        command
    }

    /// Starts so many containers, whose names begin so; `options` are those of `docker run`. Fails when the engine does.
    pub(crate) fn run(&self, name: &str, count: usize, options: &[&str]) -> Result<(), Failure> {
        for number in 0..count {
            let name = format!("{name}-{number}");
            let arguments = [&["run", "--detach", "--name", &name], options, &[IMAGE, "sh", "-c", WORK]].concat();
            self.docker(&arguments)?;
        }
        Ok(())
    }

    /// Removes all containers. Fails when the engine does.
    pub(crate) fn remove_all(&self) -> Result<(), Failure> {
        let containers = self.docker(&["ps", "--all", "--quiet"])?;
        self.docker(&[vec!["rm", "--force"], containers.split_whitespace().collect()].concat())?;
        Ok(())
    }

    fn start(&mut self) -> Result<(), Failure> {
        // The machine's network is another one than the caller's, so that no bridge is in the way of another engine's.
        let mut command = Command::new("nsenter");
        command.arg("--target").arg(&self.process).arg("--net").arg("--").arg(&self.file);
        command.args(["run", &self.process, &self.group, "dockerd"]);
        for (option, name) in [("--data-root", "data"), ("--exec-root", "run"), ("--pidfile", "pid")] {
            command.arg(option).arg(self.folder.join(name));
        }
        command.arg("--host").arg(self.host());
        let answers = || self.docker(&["version"]).is_ok();
        self.daemon = Some(Process::until(command, &self.host(), answers)?);
        Ok(())
    }

    fn import(&self) -> Result<(), Failure> {
        let [root, archive] = ["image", "image.tar"].map(|name| self.folder.join(name));
        let busybox = output_of("sh", &["-c", "command -v busybox"])?;
        fs::create_dir_all(root.join("bin"))?;
        fs::copy(busybox.trim(), root.join("bin/busybox"))?;
        for name in output_of("busybox", &["--list"])?.lines().filter(|name| *name != "busybox") {
            symlink("busybox", root.join("bin").join(name))?;
        }
        let [root, archive] = [root, archive].map(|path| path.display().to_string());
        output_of("tar", &["-cf", &archive, "-C", &root, "."])?;
        self.docker(&["import", &archive, IMAGE])?;
        Ok(())
    }

    fn docker(&self, arguments: &[&str]) -> Result<String, Failure> {
        let mut command = Command::new("docker");
        command.args(arguments).env("DOCKER_HOST", self.host()).env("DOCKER_CONFIG", self.folder.join("config"));
        let ended = process::run(command, PATIENCE).map_err(|err| format!("docker {}: {err}", arguments.join(" ")))?;
        if ended.status.success() {
            Ok(ended.stdout)
        } else {
            Err(format!("docker {}: {}", arguments.join(" "), ended.stderr).into())
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        drop(self.daemon.take());
        // The script ends the machine and cleans up at the end of its input.
        drop(self.script.stdin.take());
        self.script.wait().ok();
    }
}
