//! Metrics that other programs leave in `*.prom` files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Component, Path, PathBuf};

use exporter_toolkit::{Collector, Outcome, Parked, Watch, read_file};
use exposition::parse::{Family, Metric, MetricValue, parse_text};
use exposition::{Desc, Families, FamilyId, Histogram, Kind, Summary};
use glob::Pattern;

use crate::config::Config;

static MTIME: Desc = Desc {
    name: "node_textfile_mtime_seconds",
    help: "Time of the last change of each text file that was read, in seconds since 1970 (st_mtime).",
    kind: Kind::Gauge,
    labels: &["file"],
};
static ERROR: Desc = Desc {
    name: "node_textfile_scrape_error",
    help: "1 if a text file or its folder could not be read or was refused, else 0.",
    kind: Kind::Gauge,
    labels: &[],
};

/// What makes a part of a path a pattern.
const WILDCARDS: [char; 3] = ['*', '?', '['];

/// Label names of one family up to which each of its metrics shows them all.
const MOST_PADDED: usize = 64;

/// What the exporter stages after a collector's own samples.
const OWN_NAMES: &str = "node_scrape_collector_";

/// A larger file is refused: it is not what a job writes down for its metrics.
const MOST_BYTES: usize = 32 << 20;

pub(crate) struct Textfile {
    directories: Vec<String>,
    files: Vec<TextFile>,
    /// What could not be read in the last scrape, so that each trouble is logged once.
    troubles: Vec<String>,
}

/// A file that was read.
#[derive(Debug, PartialEq)]
struct TextFile {
    path: PathBuf,
    mtime: i64,
    families: Vec<Family>,
}

impl Textfile {
    pub(crate) fn new(config: &Config) -> Self {
        let directories = config.common.textfile_directories.clone();
        Textfile { directories, files: Vec::new(), troubles: Vec::new() }
    }
}

impl Collector for Textfile {
    fn read(&mut self, watch: &Watch<'_>) -> Outcome {
        self.files.clear();
        let mut troubles = Vec::new();
        let mut directories = Vec::new();
        for pattern in &self.directories {
            directories.extend(expand(pattern, watch, &mut troubles));
        }
        for directory in directories {
            let name = directory.to_string_lossy();
            let Ok(listed) = watch.guard(&name, || list(&directory)) else {
                troubles.push(format!("{name} does not answer"));
                continue;
            };
            let paths = listed.unwrap_or_else(|error| {
                troubles.push(format!("can't list {name}: {error}"));
                Vec::new()
            });
            for path in paths {
                let name = path.to_string_lossy();
                match watch.guard(&name, || read(&path)) {
                    Ok(Ok(file)) => self.files.push(file),
                    Ok(Err(error)) => troubles.push(format!("{name}: {error}")),
                    Err(_) => troubles.push(format!("{name} does not answer")),
                }
            }
        }
        troubles.extend(drop_unfit(&mut self.files));
        for trouble in troubles.iter().filter(|trouble| !self.troubles.contains(trouble)) {
            tracing::warn!(collector = "textfile", error = trouble, "text file left out");
        }
        self.troubles = troubles;
        Outcome::Ok
    }

    fn samples(&self, out: &mut Families) {
        samples(&self.files, !self.troubles.is_empty(), out);
    }
}

fn samples(files: &[TextFile], errored: bool, out: &mut Families) {
    let mut sources: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (file, family) in files.iter().flat_map(|file| file.families.iter().map(move |family| (file, family))) {
        sources.entry(&family.name).or_default().push(file.path.display().to_string());
    }
    // Ours come first, so that no file can take their place.
    out.add(&ERROR, &[], errored);
    for file in files {
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are far below 2^53")]
        out.add(&MTIME, &[&file.path.to_string_lossy()], file.mtime as f64);
    }
    for family in files.iter().flat_map(|file| &file.families) {
        let from = || format!("Metric read from {}", sources[family.name.as_str()].join(", "));
        let help = family.help.clone().unwrap_or_else(from);
        if let Some(id) = out.family(&family.name, &help, family.kind) {
            family_samples(id, &family.metrics, out);
        }
    }
}

/// Every metric gets all labels that any metric of the family has, empty where it lacks them, as node_exporter does;
/// unless there are so many that a file of a few lines would become a page of gigabytes.
fn family_samples(family: FamilyId, metrics: &[Metric], out: &mut Families) {
    let names: BTreeSet<&str> = metrics.iter().flat_map(|metric| &metric.labels).map(|(name, _)| &**name).collect();
    for metric in metrics {
        let own = metric.labels.iter().map(|(name, value)| (&**name, &**value));
        let labels: Vec<(&str, &str)> = if names.len() <= MOST_PADDED {
            let own: BTreeMap<&str, &str> = own.collect();
            names.iter().map(|name| (*name, own.get(name).copied().unwrap_or(""))).collect()
        } else {
            own.collect()
        };
        match &metric.value {
            MetricValue::Number(number) => out.sample(family, &labels, *number),
            MetricValue::Histogram { buckets, sum, count } => {
                out.histogram(family, &labels, &Histogram { buckets, sum: *sum, count: *count });
            }
            MetricValue::Summary { quantiles, sum, count } => {
                out.summary(family, &labels, &Summary { quantiles, sum: *sum, count: *count });
            }
        }
    }
}

/// Drops each family that tells how collectors fared, which only the exporter knows, and each whose help is not the one
/// that its name has in an earlier file; what was dropped, in words.
fn drop_unfit(files: &mut [TextFile]) -> Vec<String> {
    let (mut helps, mut dropped) = (BTreeMap::<String, String>::new(), Vec::new());
    for TextFile { path, families, .. } in files {
        families.retain(|Family { name, help, .. }| {
            let fault = if name.starts_with(OWN_NAMES) {
                "is the exporter's own"
            } else if help
                .as_ref()
                .is_some_and(|help| helps.entry(name.clone()).or_insert_with(|| help.clone()) != help)
            {
                "has another help text in an earlier file"
            } else {
                return true;
            };
            dropped.push(format!("{}: {name} {fault}", path.display()));
            false
        });
    }
    dropped
}

/// The folders that a pattern stands for; itself where it matches nothing, so that its absence is told. Each folder on the
/// way is touched under guard by its own name, so that one that hangs takes none of its neighbours away.
fn expand(pattern: &str, watch: &Watch<'_>, troubles: &mut Vec<String>) -> Vec<PathBuf> {
    if !pattern.contains(WILDCARDS) {
        return Some(pattern).filter(|path| !path.is_empty()).map(PathBuf::from).into_iter().collect();
    }
    let well = troubles.len();
    let mut folders = vec![PathBuf::new()];
    for part in Path::new(pattern).components().map(Component::as_os_str) {
        let wildcard = part.to_str().filter(|part| part.contains(WILDCARDS)).and_then(|part| Pattern::new(part).ok());
        let next = |folder: &PathBuf| match &wildcard {
            Some(wildcard) => touch(folder, watch, troubles, |folder| matches(folder, wildcard)),
            None => vec![folder.join(part)],
        };
        folders = folders.iter().flat_map(next).collect();
    }
    folders.retain(|path| touch(path, watch, troubles, |path| path.symlink_metadata().is_ok()));
    if folders.is_empty() && troubles.len() == well { vec![PathBuf::from(pattern)] } else { folders }
}

/// What `work` finds at the path; nothing, and a trouble, where it does not answer.
fn touch<T: Default>(path: &Path, watch: &Watch<'_>, troubles: &mut Vec<String>, work: impl FnOnce(&Path) -> T) -> T {
    let name = path.to_string_lossy();
    watch.guard(&name, || work(path)).unwrap_or_else(|Parked| {
        troubles.push(format!("{name} does not answer"));
        T::default()
    })
}

/// What is in a folder by a name that fits, sorted; nothing where it can't be listed.
fn matches(folder: &Path, wildcard: &Pattern) -> Vec<PathBuf> {
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let names = fs::read_dir(here).into_iter().flatten().filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut paths: Vec<PathBuf> = names.filter(|name| wildcard.matches(name)).map(|name| folder.join(name)).collect();
    paths.sort_unstable();
    paths
}

/// The `*.prom` files of a folder, by name.
fn list(directory: &Path) -> std::io::Result<Vec<PathBuf>> {
    let paths = fs::read_dir(directory)?.map(|entry| entry.map(|entry| entry.path()));
    let mut paths: Vec<PathBuf> = paths.collect::<Result<_, _>>()?;
    paths.retain(|path| path.as_os_str().as_encoded_bytes().ends_with(b".prom"));
    paths.sort_unstable();
    Ok(paths)
}

fn read(path: &Path) -> Result<TextFile, String> {
    let (text, metadata) = read_file(path, MOST_BYTES).map_err(|error| error.to_string())?;
    let families = parse_text(&text).map_err(|error| error.to_string())?;
    if families.iter().flat_map(|family| &family.metrics).any(|metric| metric.timestamp_ms.is_some()) {
        return Err("has timestamps; Prometheus takes the time of the scrape, so leave them out".to_owned());
    }
    Ok(TextFile { path: path.to_owned(), mtime: metadata.mtime(), families })
}
