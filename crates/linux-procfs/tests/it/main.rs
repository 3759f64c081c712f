//! The parsers on whatever bytes come.
#![allow(clippy::unwrap_used, reason = "a test may")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use linux_procfs::Roots;
use proptest::prelude::*;
use testkit::tree;

use crate::parsers::parse_all;

mod parsers;

/// Every file of the fixtures but the smallest.
static FILES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let mut files = Vec::new();
    let folder = tempfile::tempdir().unwrap();
    for machine in fs::read_dir(fixtures()).unwrap().map(Result::unwrap) {
        let machine = machine.path();
        let place = folder.path().join(machine.file_name().unwrap());
        tree::unpack_machine(&machine, &place).unwrap();
    }
    collect(folder.path(), &mut files);
    assert!(files.len() > 30, "{}", files.len());
    files
});

/// Every file below `folder` but the smallest; links are not followed.
fn collect(folder: &Path, files: &mut Vec<Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            collect(&entry.path(), files);
        } else if kind.is_file() && entry.metadata().unwrap().len() > 16 {
            files.push(fs::read(entry.path()).unwrap());
        }
    }
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        parse_all(&bytes);
    }

    #[test]
    fn damaged_files_never_panic(
        file in any::<prop::sample::Index>(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        end in any::<prop::sample::Index>(),
    ) {
        let mut bytes = file.get(&FILES).clone();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(end.index(bytes.len() + 1));
        parse_all(&bytes);
    }
}

#[test]
fn files_of_process_1_where_there_is_one() {
    let folder = tempfile::tempdir().unwrap();
    tree::unpack("=== proc/1/mountinfo\n=== proc/self/mountinfo\n", folder.path()).unwrap();
    let init = |procfs: &str| Roots { procfs: folder.path().join(procfs), ..Roots::default() }.init("mountinfo");
    assert!(init("proc").ends_with("proc/1/mountinfo"));
    assert!(init("nowhere").ends_with("nowhere/self/mountinfo"));
}

/// A parser that is not in the list is one that nothing damages.
#[test]
fn every_public_parser_is_in_the_list() {
    let mut sources = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut sources);
    let sources = String::from_utf8(sources.concat()).unwrap();
    let parsers: Vec<&str> =
        sources.split("\npub fn parse_").skip(1).map(|rest| rest.split('(').next().unwrap()).collect();
    assert!(parsers.len() > 40, "{parsers:?}");
    for parser in parsers {
        assert!(include_str!("parsers.rs").contains(&format!("parse_{parser}(")), "parse_{parser}");
    }
}
