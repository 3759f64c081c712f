use std::collections::BTreeMap;
use std::fs;

use testkit::http::{PROMETHEUS, scrape};
use testkit::{Validator, page};

use crate::tree::{Host, Tree, log_of};

const SUCCESS: &str = "node_scrape_collector_success{collector=\"zfs\"}";
const HOME: &str = "node_zfs_zpool_dataset_reads{dataset=\"tank/home\",zpool=\"tank\"}";
const TANK: &str = "node_zfs_zpool_dataset_reads{dataset=\"tank\",zpool=\"tank\"}";
const ONLINE: &str = "node_zfs_zpool_state{state=\"online\",zpool=\"tank\"}";
const DEGRADED: &str = "node_zfs_zpool_state{state=\"degraded\",zpool=\"zil.1\"}";

fn series(host: &Host) -> BTreeMap<String, f64> {
    page::series(&scrape(host.address(), PROMETHEUS, &Validator::default(), None).unwrap().body)
}

#[test]
fn a_broken_file_takes_no_other_away() {
    let tree = Tree::fixture("bare-metal");
    let host = tree.start_here(&[]);
    let whole = series(&host);
    assert_eq!((whole[SUCCESS], whole[ONLINE], whole[DEGRADED]), (1.0, 1.0, 1.0));
    for (file, lost) in [
        ("arcstats", "node_zfs_arc_hits"),
        ("tank/objset-0x106", HOME),
        ("tank/state", ONLINE),
        ("zil.1/state", DEGRADED),
    ] {
        let path = tree.path("proc/spl/kstat/zfs").join(file);
        let text = fs::read(&path).unwrap();
        fs::write(&path, "\n").unwrap();
        let left = series(&host);
        assert_eq!((left[SUCCESS], left.get(lost)), (0.0, None), "{file}");
        let kept = ["node_zfs_fm_erpt_dropped", "node_zfs_arc_hits", TANK, HOME, ONLINE, DEGRADED];
        let kept = kept.into_iter().find(|series| *series != lost && left.get(*series) != whole.get(*series));
        assert_eq!(kept, None, "{file}");
        fs::write(&path, text).unwrap();
    }
    assert_eq!(series(&host)[SUCCESS], 1.0);
}

#[test]
fn a_pool_that_is_exported_and_a_module_that_is_unloaded() {
    let tree = Tree::fixture("bare-metal");
    let host = tree.start_here(&[]);
    assert_eq!(series(&host)[ONLINE], 1.0);
    let folder = tree.path("proc/spl/kstat/zfs");
    fs::remove_dir_all(folder.join("tank")).unwrap();
    let left = series(&host);
    assert_eq!((left[SUCCESS], left.get(ONLINE), left.get(HOME), left[DEGRADED]), (1.0, None, None, 1.0));
    fs::remove_dir_all(folder).unwrap();
    let left = series(&host);
    assert_eq!(left[SUCCESS], 0.0);
    assert!(!left.keys().any(|series| series.starts_with("node_zfs_")));
    assert!(!log_of(host).lines().any(|line| line.contains("level=WARN") && line.contains("collector=zfs")));
}
