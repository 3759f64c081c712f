//! Folders of text files and the pages that node_exporter 1.12.1 makes of them, as the suite beside the peer proves.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

use testkit::http::get;
use testkit::textfiles::{TEXTFILES, Textfiles, shown};

use crate::tree::{Host, Tree};

/// The exporter with nothing but the text files of these folders, and bare of its own metrics.
fn start(folders: &[&Path]) -> Host {
    let mut flags = ["--web.disable-exporter-metrics", "--collector.disable-defaults", "--collector.textfile"]
        .map(str::to_owned)
        .to_vec();
    flags.extend(folders.iter().map(|folder| format!("--collector.textfile.directory={}", folder.display())));
    Tree::fixture("vps").start_here(&flags.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Leaves the files, a second after the epoch.
fn write(folder: &Path, files: &[(&str, &str)]) {
    fs::create_dir_all(folder).unwrap();
    for (name, text) in files {
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        File::options()
            .write(true)
            .open(path)
            .unwrap()
            .set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1))
            .unwrap();
    }
}

/// The page, with paths relative to the folder.
fn page(host: &Host, folder: &Path) -> String {
    get(host.address(), "/metrics", &[]).unwrap().text().replace(&format!("{}/", folder.display()), "")
}

#[test]
fn every_folder_of_the_peers_fixtures() {
    let folder = tempfile::tempdir().unwrap();
    let host = start(&[folder.path()]);
    for Textfiles { situation, files, page: expected } in TEXTFILES {
        write(folder.path(), files);
        assert_eq!(shown(page(&host, folder.path()).as_bytes()), shown(expected.as_bytes()), "{situation}");
        files.iter().for_each(|(name, _)| fs::remove_file(folder.path().join(name)).unwrap());
    }
}

#[test]
fn folders_that_are_named_and_folders_that_match() {
    let parent = tempfile::tempdir().unwrap();
    let (a, b) = (parent.path().join("a-jobs"), parent.path().join("b-jobs"));
    write(&a, &[("x.prom", "# HELP x X.\nx{from=\"a\"} 1\n")]);
    write(&b, &[("x.prom", "# HELP x X.\nx{from=\"b\"} 2\n")]);
    let expected = "# HELP x X.\n# TYPE x untyped\nx{from=\"a\"} 1\nx{from=\"b\"} 2\n\
        # TYPE node_textfile_mtime_seconds gauge\nnode_textfile_mtime_seconds{file=\"a-jobs/x.prom\"} 1\n\
        node_textfile_mtime_seconds{file=\"b-jobs/x.prom\"} 1\n\
        # TYPE node_textfile_scrape_error gauge\nnode_textfile_scrape_error 0\n";
    for folders in [&[a.as_path(), &b][..], &[&parent.path().join("*-jobs")]] {
        assert_eq!(shown(page(&start(folders), parent.path()).as_bytes()), shown(expected.as_bytes()), "{folders:?}");
    }
}
