//! What ZFS counts: its caches, its pools and their datasets.

use std::collections::HashMap;

use exporter_toolkit::{Collector, Outcome, Watch};
use exposition::{Desc, Families, FamilyId, Kind, Number};
use linux_procfs::{Kstat, KstatNumber, Pool, ReadError, Roots, Source, parse_kstat, read_pool, read_pools};

use super::found;
use crate::config::Config;

/// The files of the whole system, and what the names of their metrics start with behind `node_zfs_`.
static FILES: [(&str, &str); 11] = [
    ("abdstats", "abd"),
    ("arcstats", "arc"),
    ("dbufstats", "dbuf"),
    ("dmu_tx", "dmu_tx"),
    ("dnodestats", "dnode"),
    ("fm", "fm"),
    ("vdev_cache_stats", "vdev_cache"),
    ("vdev_mirror_stats", "vdev_mirror"),
    ("xuio_stats", "xuio"),
    ("zfetchstats", "zfetch"),
    ("zil", "zil"),
];

static STATE: Desc = Desc {
    name: "node_zfs_zpool_state",
    help: "1 for the state that a pool is in, else 0 (/proc/spl/kstat/zfs/POOL/state).",
    kind: Kind::Gauge,
    labels: &["state", "zpool"],
};

/// The states that a pool may be in; in others, which pass, it is in none of these.
const STATES: [&str; 7] = ["online", "degraded", "faulted", "offline", "removed", "unavail", "suspended"];

pub(crate) struct Zfs {
    roots: Roots,
    sources: Vec<Source>,
    /// By the position of their file.
    kstats: Vec<(usize, Kstat)>,
    pools: Vec<Pool>,
}

impl Zfs {
    pub(crate) fn new(config: &Config) -> Self {
        let source = |(file, _): &(&str, &str)| config.linux.source(&format!("spl/kstat/zfs/{file}"));
        Zfs {
            roots: config.linux.roots.clone(),
            sources: FILES.iter().map(source).collect(),
            kstats: Vec::new(),
            pools: Vec::new(),
        }
    }

    /// A file that could not be read does not keep the others away. Which files there are depends on the version of ZFS.
    fn read_all(&mut self, watch: &Watch<'_>) -> Result<(), ReadError> {
        self.kstats.clear();
        self.pools.clear();
        let pools = read_pools(&self.roots)?;
        let mut fault = None;
        for (position, source) in self.sources.iter_mut().enumerate() {
            match watch.guard(FILES[position].0, || source.parse(parse_kstat)) {
                Ok(Ok(kstat)) => self.kstats.push((position, kstat)),
                Ok(Err(error)) if !error.is_absent() => fault = fault.or(Some(error)),
                Ok(Err(_)) | Err(_) => {}
            }
        }
        for name in &pools {
            if let Ok(mut pool) = watch.guard(name, || read_pool(&self.roots, name)) {
                fault = fault.or(pool.fault.take());
                self.pools.push(pool);
            }
        }
        fault.map_or(Ok(()), Err)
    }
}

impl Collector for Zfs {
    fn read(&mut self, watch: &Watch<'_>) -> Outcome {
        found(self.read_all(watch))
    }

    fn samples(&self, out: &mut Families) {
        for (position, kstat) in &self.kstats {
            let (file, area) = FILES[*position];
            for (field, number) in &kstat.numbers {
                if let Some(family) = family(area, file, field, out) {
                    out.sample(family, &[], value(*number));
                }
            }
        }
        self.pools.iter().for_each(|pool| pool_samples(pool, out));
        dataset_samples(&self.pools, out);
    }
}

fn pool_samples(pool: &Pool, out: &mut Families) {
    for (field, value) in &pool.io {
        if let Some(family) = family("zpool", "POOL/io", field, out) {
            out.sample(family, &[("zpool", &pool.name)], *value);
        }
    }
    if let Some(state) = &pool.state {
        for known in STATES {
            out.add(&STATE, &[known, &pool.name], state.eq_ignore_ascii_case(known));
        }
    }
}

/// There may be thousands of datasets, all with the same fields, whose families are therefore looked up once.
fn dataset_samples(pools: &[Pool], out: &mut Families) {
    let mut families: HashMap<&str, Option<FamilyId>> = HashMap::new();
    for pool in pools {
        for (dataset, kstat) in &pool.datasets {
            let labels = [("dataset", dataset.as_str()), ("zpool", pool.name.as_str())];
            for (field, number) in &kstat.numbers {
                let find = || family("zpool_dataset", "POOL/objset-*", field, out);
                if let Some(family) = *families.entry(field).or_insert_with(find) {
                    out.sample(family, &labels, value(*number));
                }
            }
        }
    }
}

/// The family of a field of a file.
fn family(area: &str, file: &str, field: &str, out: &mut Families) -> Option<FamilyId> {
    let name = format!("node_zfs_{area}_{}", field.replace('-', "_"));
    out.family(&name, &format!("{field} (/proc/spl/kstat/zfs/{file})."), Kind::Untyped)
}

fn value(number: KstatNumber) -> Number {
    match number {
        #[expect(clippy::cast_precision_loss, reason = "Prometheus knows floats only")]
        KstatNumber::Signed(value) => Number::Float(value as f64),
        KstatNumber::Unsigned(value) => Number::Integer(value),
    }
}
