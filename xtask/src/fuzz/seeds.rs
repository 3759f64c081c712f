//! The inputs that fuzzing starts from, made of what the tests have already: other machines' files, golden pages, seeded defects.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use testkit::responses::{OPENMETRICS_PAGE, TEXT_PAGE};
use testkit::seeds::seeds;
use testkit::tree;

use crate::Failure;

const MACHINES: &str = "crates/linux-procfs/fixtures";
const CONTAINERS: &str = "crates/docker-exporter/fixtures/cgroup";
const GOLDEN_PAGES: &str = "crates/host-exporter/tests/golden";
const SERVERS: &str = "crates/redis-exporter/fixtures";
const REQUESTS: &str = "tests/fixtures/otlp";

/// Each input once.
type Inputs = BTreeSet<Vec<u8>>;

/// Writes a folder for each target that has such inputs below `folder`, whose content is replaced.
pub(super) fn write(folder: &Path) -> Result<(), Failure> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    let all = [
        ("exposition_parse", pages()?),
        ("procfs", files()?),
        ("redis", servers()?),
        ("otlp_json", requests("json")?),
        ("otlp_protobuf", requests("pb")?),
    ];
    for (target, inputs) in all {
        let folder = folder.join(target);
        fs::create_dir_all(&folder)?;
        for (index, input) in inputs.iter().enumerate() {
            fs::write(folder.join(index.to_string()), input)?;
        }
    }
    Ok(())
}

/// Every family of the golden pages by itself, good pages of both formats, and those with defects.
fn pages() -> io::Result<Inputs> {
    let mut pages = Inputs::new();
    for page in fs::read_dir(GOLDEN_PAGES)? {
        let page = fs::read_to_string(page?.path())?;
        let families = page.split("# HELP ").skip(1);
        pages.extend(families.map(|family| format!("# HELP {family}").into_bytes()));
    }
    pages.extend([TEXT_PAGE, OPENMETRICS_PAGE].map(|page| page.as_bytes().to_vec()));
    pages.extend(seeds().into_iter().filter_map(|seed| {
        let head = seed.response.windows(4).position(|end| end == b"\r\n\r\n")?;
        Some(seed.response[head + 4..].to_vec())
    }));
    Ok(pages)
}

/// Every file of the machines, and of the containers on others.
fn files() -> io::Result<Inputs> {
    let mut files = Inputs::new();
    for machine in fs::read_dir(MACHINES)? {
        let folder = tempfile::tempdir()?;
        tree::unpack_machine(&machine?.path(), folder.path())?;
        collect(folder.path(), &mut files)?;
    }
    for container in fs::read_dir(CONTAINERS)? {
        let folder = tempfile::tempdir()?;
        tree::unpack(&fs::read_to_string(container?.path())?, folder.path())?;
        collect(folder.path(), &mut files)?;
    }
    Ok(files)
}

/// INFO of every kind of Redis, section by section.
fn servers() -> io::Result<Inputs> {
    let mut inputs = Inputs::new();
    let mut texts = Inputs::new();
    collect(Path::new(SERVERS), &mut texts)?;
    for text in texts {
        let text = String::from_utf8_lossy(&text).into_owned();
        inputs.extend(text.split("\n# ").map(|section| format!("# {section}").into_bytes()));
    }
    Ok(inputs)
}

/// Every request that clients have sent in this encoding.
fn requests(extension: &str) -> io::Result<Inputs> {
    let mut requests = Inputs::new();
    for client in ["", "claude-code", "codex", "gemini"] {
        for request in fs::read_dir(Path::new(REQUESTS).join(client))? {
            let path = request?.path();
            if path.extension().is_some_and(|found| found == extension) {
                requests.insert(fs::read(path)?);
            }
        }
    }
    Ok(requests)
}

fn collect(folder: &Path, files: &mut Inputs) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            collect(&entry.path(), files)?;
        } else if kind.is_file() {
            files.insert(fs::read(entry.path())?);
        }
    }
    Ok(())
}
