//! Images in the place of those that compose would fetch: the same programs, as the suites have them, where a stock image has them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::tools::{Tools, find_program};

/// An image that `docker-compose.yml` names.
pub(super) struct StandIn {
    /// As the file begins to name it.
    pub(super) name: &'static str,
    /// What the stock image says, behind its files: the folder `data` belongs to nobody.
    dockerfile: &'static str,
    program: PathBuf,
}

/// All of them; the error is what is missing here.
pub(super) fn stand_ins(tools: &Tools) -> Result<[StandIn; 3], &'static str> {
    Ok([
        StandIn {
            name: "prom/prometheus",
            dockerfile: "COPY --chown=65534:65534 data /prometheus\nVOLUME /prometheus\nENTRYPOINT [\"/bin/prometheus\"]\n",
            program: tools.path("prometheus"),
        },
        StandIn {
            name: "prom/alertmanager",
            dockerfile: "COPY --chown=65534:65534 data /alertmanager\nVOLUME /alertmanager\nENTRYPOINT [\"/bin/alertmanager\"]\n",
            program: tools.path("alertmanager"),
        },
        StandIn {
            name: "haproxy",
            dockerfile: "USER 99:99\nSTOPSIGNAL SIGUSR1\n\
                         CMD [\"/bin/haproxy\", \"-W\", \"-db\", \"-f\", \"/usr/local/etc/haproxy/haproxy.cfg\"]\n",
            program: find_program("haproxy").ok_or("haproxy (apt-get install haproxy)")?,
        },
    ])
}

impl StandIn {
    /// Writes what the image is built from into an empty folder.
    pub(super) fn write(&self, folder: &Path) {
        let root = folder.join("root");
        let name = self.program.file_name().expect("a program has a name");
        add(&root, &self.program, &Path::new("/bin").join(name));
        // Health checks ask by wget, which stock images have of busybox.
        let busybox = find_program("busybox").expect("whoever runs an engine has it");
        add(&root, &busybox, Path::new("/bin/wget"));
        fs::create_dir(folder.join("data")).expect("the folder is ours");
        let dockerfile = format!("FROM scratch\nCOPY root /\nENV LD_LIBRARY_PATH={LIBRARIES}\n{}", self.dockerfile);
        fs::write(folder.join("Dockerfile"), dockerfile).expect("the folder is ours");
    }
}

/// Where an image has the libraries of its program.
const LIBRARIES: &str = "/lib/own";

/// Copies a program to a path of an image, and the libraries that it needs.
fn add(root: &Path, program: &Path, path: &Path) {
    copy(program, root, path);
    // Of a static program it says nothing that begins a path.
    let output = Command::new("ldd").arg(program).output().expect("ldd is there");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    for library in text.split_whitespace().filter(|word| word.starts_with('/')).map(Path::new) {
        let name = library.file_name().expect("a library has a name");
        // The loader is asked for by its whole path.
        let is_loader = name.to_string_lossy().starts_with("ld-");
        copy(library, root, &if is_loader { library.to_owned() } else { Path::new(LIBRARIES).join(name) });
    }
}

fn copy(file: &Path, root: &Path, path: &Path) {
    let copy = root.join(path.strip_prefix("/").expect("it is absolute"));
    fs::create_dir_all(copy.parent().expect("a file is in a folder")).expect("the folder is ours");
    fs::copy(file, &copy).unwrap_or_else(|err| panic!("{}: {err}", file.display()));
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o755)).expect("the file is ours");
}
