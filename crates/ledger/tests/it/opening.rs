//! What can be at the path.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::Command;

use ledger::{Ledger, OpenError};
use rusqlite::Connection;

use crate::{NOW, amount, apply, counted, counter, folder, open};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o777
}

#[test]
fn nobody_else_may_look_into_it() {
    let (_folder, path) = folder();
    let mut ledger = open(&path);
    counter(&mut ledger, "a");
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    for suffix in ["", "-wal", "-shm", ".lock"] {
        assert_eq!(mode(Path::new(&format!("{}{suffix}", path.display()))), 0o600, "{suffix}");
    }
}

#[test]
fn a_second_one_is_told_who_has_it() {
    let (_folder, path) = folder();
    let first = open(&path);
    let error = Ledger::open(&path, NOW).unwrap_err();
    let pid = std::process::id();
    assert!(matches!(&error, OpenError::InUse { pid: Some(held_by), .. } if *held_by == pid));
    let told = format!("the ledger {} is in use by process {pid}; stop that, or choose another file", path.display());
    assert_eq!(error.to_string(), told);
    drop(first);
    open(&path);
}

#[test]
fn what_is_no_ledger_is_left_alone() {
    let (folder, path) = folder();
    let other = folder.path().join("other.db");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE a (b); INSERT INTO a VALUES (1)").unwrap();
    fs::create_dir(path.parent().unwrap()).unwrap();
    for content in [fs::read(&other).unwrap(), b"#!/bin/sh\n".to_vec(), vec![0; 4096], b"SQLite format 3\0".to_vec()] {
        fs::write(&path, &content).unwrap();
        let error = Ledger::open(&path, NOW).unwrap_err();
        assert!(matches!(error, OpenError::Foreign { .. }), "{error:?}");
        assert_eq!(fs::read(&path).unwrap(), content);
    }
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(matches!(Ledger::open(&path, NOW), Err(OpenError::Foreign { .. })));
    fs::remove_dir(&path).unwrap();
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    assert!(matches!(Ledger::open(&path, NOW), Err(OpenError::Foreign { .. })));
    assert!(!Path::new(&format!("{}-wal", path.display())).exists());
}

#[test]
fn an_empty_file_becomes_a_ledger() {
    let (_folder, path) = folder();
    fs::create_dir(path.parent().unwrap()).unwrap();
    fs::write(&path, "").unwrap();
    fs::write(format!("{}.new", path.display()), "left behind by a crash").unwrap();
    assert_eq!(open(&path).set_aside(), None);
}

#[test]
fn a_later_version_is_left_alone() {
    let (_folder, path) = folder();
    counter(&mut open(&path), "a");
    Connection::open(&path).unwrap().execute_batch("PRAGMA user_version = 9").unwrap();
    let content = fs::read(&path).unwrap();
    let error = Ledger::open(&path, NOW).unwrap_err();
    let told = "has version 9, and this program knows versions up to 1; use the later program";
    assert!(error.to_string().ends_with(told), "{error}");
    assert_eq!(fs::read(&path).unwrap(), content);
}

/// The later program was killed: its version stands in the log alone.
#[test]
fn a_later_version_in_the_log_is_left_alone() {
    let (folder, path) = folder();
    counter(&mut open(&path), "a");
    let later = Connection::open(&path).unwrap();
    later.execute_batch("PRAGMA user_version = 9").unwrap();
    let copy = folder.path().join("copy.db");
    for suffix in ["", "-wal"] {
        fs::copy(format!("{}{suffix}", path.display()), format!("{}{suffix}", copy.display())).unwrap();
    }
    let contents = || ["", "-wal"].map(|suffix| fs::read(format!("{}{suffix}", copy.display())).unwrap());
    let before = contents();
    assert!(matches!(Ledger::open(&copy, NOW), Err(OpenError::Newer { found: 9, known: 1, .. })));
    assert_eq!(contents(), before);
}

#[test]
fn a_log_without_its_ledger_is_set_aside() {
    let (_folder, path) = folder();
    let mut ledger = open(&path);
    let account = counter(&mut ledger, "a");
    apply(&mut ledger, account, 1, amount(5));
    fs::copy(format!("{}-wal", path.display()), format!("{}-kept", path.display())).unwrap();
    drop(ledger);
    fs::remove_file(&path).unwrap();
    fs::rename(format!("{}-kept", path.display()), format!("{}-wal", path.display())).unwrap();
    let mut ledger = open(&path);
    let aside = ledger.set_aside().unwrap().to_owned();
    assert!(aside.to_str().unwrap().ends_with("ledger.db.corrupt-20261121T130000Z"), "{}", aside.display());
    assert!(Path::new(&format!("{}-wal", aside.display())).exists());
    assert_eq!(counter(&mut ledger, "a").index(), 0);
}

/// Whoever runs the tests may be root, whom no permission stops: so this program is started again as nobody.
#[test]
fn files_and_folders_that_cannot_be_written() {
    let (folder, path) = folder();
    counter(&mut open(&path), "a");
    let state = path.parent().unwrap();
    let program = folder.path().join("test");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    let root = fs::metadata(state).unwrap().uid() == 0;
    if root {
        for file in fs::read_dir(state).unwrap().map(|entry| entry.unwrap().path()).chain([state.to_owned()]) {
            std::os::unix::fs::chown(file, Some(65534), Some(65534)).unwrap();
        }
    }
    for (name, modes, told) in [
        ("the file", [0o700, 0o400], "make it and its folder writable for this user"),
        ("neither", [0o700, 0o600], ""),
        ("the folder", [0o500, 0o600], "make it and its folder writable for this user"),
    ] {
        fs::set_permissions(&path, Permissions::from_mode(modes[1])).unwrap();
        fs::set_permissions(state, Permissions::from_mode(modes[0])).unwrap();
        let mut command = Command::new(&program);
        command.args(["--exact", "opening::opens_what_it_is_told", "--ignored", "--nocapture"]).env("LEDGER", &path);
        if root {
            use std::os::unix::process::CommandExt as _;
            command.uid(65534).gid(65534);
        }
        let output = String::from_utf8(command.output().unwrap().stdout).unwrap();
        let result =
            output.lines().find_map(|line| line.split_once("opened: ")).unwrap_or_else(|| panic!("{output}")).1;
        assert!(result.ends_with(told) && (told.is_empty() == result.starts_with("fine")), "{name}: {result}");
    }
    fs::set_permissions(state, Permissions::from_mode(0o700)).unwrap();
}

#[test]
#[ignore = "a part of another test, in a process of its own"]
fn opens_what_it_is_told() {
    use std::io::Write as _;
    let path = std::env::var_os("LEDGER").unwrap();
    let result = Ledger::open(Path::new(&path), NOW).map_or_else(|error| error.to_string(), |_| "fine".to_owned());
    writeln!(std::io::stdout(), "opened: {result}").unwrap();
}

#[test]
fn totals_of_a_ledger_that_was_not_closed() {
    let (folder, path) = folder();
    let mut ledger = open(&path);
    let account = counter(&mut ledger, "a");
    apply(&mut ledger, account, 1, amount(5));
    let copy = folder.path().join("copy.db");
    for suffix in ["", "-wal"] {
        fs::copy(format!("{}{suffix}", path.display()), format!("{}{suffix}", copy.display())).unwrap();
    }
    let mut copied = open(&copy);
    assert_eq!(counted(&copied, account), amount(5));
    assert!(!apply(&mut copied, account, 1, amount(5)));
}
