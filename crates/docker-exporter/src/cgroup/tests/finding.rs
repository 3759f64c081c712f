//! Where a container is found, and where not.

use std::fs;

use proptest::prelude::*;

use super::*;
use crate::cgroup::names::of_container;
use crate::cgroup::{Driver, Error, Habit, Product, expected_path};

/// A container of v2 that the kernel says is at `told`, and whose folder is at `folder`.
fn found(told: &str, parent: &str, folder: &str) -> Result<String, Error> {
    let text = format!(
        "--- sys/fs/cgroup/cgroup.controllers: cpu\n--- proc/4711/cgroup: 0::{told}\n--- sys/fs/cgroup{folder}/cgroup.procs: 4711\n"
    );
    let (path, usage) = Fixture::new(&text).cgroups().read(&target(parent))?;
    assert_eq!(usage.processes, Some(1));
    Ok(path.replace(ID, "{id}").replace(OTHER, "{other}"))
}

#[test]
fn where_a_container_is_found() {
    let scope = "/system.slice/docker-{id}.scope";
    for (told, parent, folder) in [
        ("/docker/{id}", "", "/docker/{id}"),
        // What the kernel says goes before any habit.
        ("/odd/{id}", "/ci", "/odd/{id}"),
        // google/cadvisor#2648: as WSL has it.
        ("/docker/{id}/docker/{id}", "", "/docker/{id}/docker/{id}"),
        // kata-containers/cgroups-rs#131: within a container the mount begins further down.
        ("/docker/{other}/docker/{id}", "", "/docker/{id}"),
        ("/docker/{other}/docker/{id}", "", "/docker/{other}/docker/{id}"),
        // inspektor-gadget#3085: in a cgroup namespace the path leads up.
        ("/../../system.slice/docker-{id}.scope", "", scope),
        ("/../docker-{id}.scope", "", scope),
        ("/../{id}", "", "/docker/{id}"),
        ("/../x/../docker/{id}", "", "/docker/{id}"),
        // The process is hidden, or another's.
        ("/", "", scope),
        ("/system.slice/cron.service", "", "/machine.slice/libpod-{id}.scope"),
        ("/", "/ci/builds", "/ci/builds/{id}"),
        ("/", "ci-builds.slice", "/ci.slice/ci-builds.slice/docker-{id}.scope"),
        // By no habit at all.
        ("/", "", "/a/b/c/d/e/x-{id}"),
        ("/docker/{other}", "", "/docker/{other}/docker/{id}"),
    ] {
        assert_eq!(found(told, parent, folder).as_deref().unwrap(), folder, "{told} {parent}");
    }
}

#[test]
fn where_a_container_is_not_found() {
    for (told, folder) in [
        ("/docker/{other}", "/docker/{other}"),
        ("/", "/a/b/c/d/e/f/{id}"),
        ("/", "/machine.slice/libpod-conmon-{id}.scope"),
        ("/", "/system.slice/var-lib-docker-containers-{id}-mounts-shm.mount"),
        ("/docker/{id} (deleted)", "/docker"),
    ] {
        assert!(matches!(found(told, "", folder), Err(Error::Unseen)), "{told} {folder}");
    }
    let fixture = Fixture::new(V2_CGROUPFS);
    let mut cgroups = fixture.cgroups();
    for id in ["", "..", "docker", &ID[..12]] {
        assert!(matches!(cgroups.read(&Target { id, ..target("") }), Err(Error::Unseen)), "{id}");
    }
}

/// Makes a cgroup of v2 with one process.
fn make(fixture: &Fixture, path: &str) {
    fs::create_dir_all(fixture.path(path)).unwrap();
    fs::write(fixture.path(path).join("cgroup.procs"), "4711\n").unwrap();
}

#[test]
fn a_container_that_ends_and_starts_again() {
    let fixture = Fixture::new("--- sys/fs/cgroup/cgroup.controllers: cpu\n");
    let mut cgroups = fixture.cgroups();
    let mut path = |target: &Target<'_>| cgroups.read(target).map(|(path, _)| path.replace(ID, "{id}"));
    let again = Target { started_nanos: Some(2), ..target("") };
    make(&fixture, "sys/fs/cgroup/docker/{id}");
    assert_eq!(path(&target("")).unwrap(), "/docker/{id}");
    // systemd has it now; the old one is still there, as it may be for a while.
    make(&fixture, "sys/fs/cgroup/odd/docker-{id}.scope");
    assert_eq!(path(&target("")).unwrap(), "/docker/{id}", "it is known");
    fs::remove_dir_all(fixture.path("sys/fs/cgroup/docker")).unwrap();
    assert!(matches!(path(&target("")), Err(Error::Gone)), "not looked for everywhere again");
    assert!(matches!(path(&target("")), Err(Error::Unseen)));
    assert_eq!(path(&again).unwrap(), "/odd/docker-{id}.scope");
    make(&fixture, "sys/fs/cgroup/docker/{id}");
    fs::remove_dir_all(fixture.path("sys/fs/cgroup/odd")).unwrap();
    assert_eq!(path(&again).unwrap(), "/docker/{id}", "found anew at once");
    fs::remove_dir_all(fixture.path("sys/fs/cgroup/docker")).unwrap();
    make(&fixture, "sys/fs/cgroup/odd/docker-{id}.scope");
    cgroups.retain(|id| id != ID);
    cgroups.renew();
    assert_eq!(&*cgroups.read(&again).unwrap().0, format!("/odd/docker-{ID}.scope"), "forgotten, and looked for again");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn an_expected_path_is_the_containers_whatever_its_parent(parent in "[a-c./-]{0,12}(\\.slice)?", user in prop::option::of(0_u32..)) {
        for product in [Product::Docker, Product::Podman] {
            for driver in [Driver::Cgroupfs, Driver::Systemd] {
                let path = expected_path(Habit { product, driver, user }, &parent, ID);
                prop_assert!(path.starts_with('/') && !path.contains("//"), "{}", path);
                prop_assert!(path.split('/').all(|part| part != ".."), "{}", path);
                prop_assert_eq!(of_container(&path, ID), Some(&*path));
            }
        }
    }
}
