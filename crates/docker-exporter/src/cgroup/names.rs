//! Which cgroup is a container's, by its name.

use super::path::{Driver, Habit, Product, expected_path};

/// The paths by the habits of every engine that root may run. Who else runs one, the path does not tell from outside.
pub(super) fn patterns<'a>(parent: &'a str, id: &'a str) -> impl Iterator<Item = String> + use<'a> {
    let habits = [
        (Product::Docker, Driver::Cgroupfs),
        (Product::Docker, Driver::Systemd),
        (Product::Podman, Driver::Systemd),
        (Product::Podman, Driver::Cgroupfs),
    ];
    habits.into_iter().map(move |(product, driver)| expected_path(Habit { product, driver, user: None }, parent, id))
}

/// Whether a cgroup of this name is the container's: `ID`, `docker-ID.scope`, `libpod-ID`. Names that only hold the id are
/// not: that of Podman's monitor, those of mounts, those of services for its health check.
pub(super) fn is_named_for(name: &str, id: &str) -> bool {
    match name.strip_suffix(".scope").unwrap_or(name).strip_suffix(id) {
        Some("") => true,
        Some(prefix) => prefix.ends_with('-') && !prefix.ends_with("conmon-"),
        None => false,
    }
}

/// The path of the container's cgroup, of one that is it or below it: up to the last element that is named for the container.
/// A container may have an engine within, and WSL shows `/docker/ID/docker/ID`.
pub(super) fn of_container<'p>(path: &'p str, id: &str) -> Option<&'p str> {
    let mut end = path.len();
    loop {
        let slash = path[..end].rfind('/')?;
        if is_named_for(&path[slash + 1..end], id) {
            return Some(&path[..end]);
        }
        end = slash;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_the_containers_and_names_that_only_hold_its_id() {
        for name in
            ["ID", "docker-ID.scope", "libpod-ID.scope", "libpod-ID", "libpod-payload-ID", "cri-containerd-ID.scope"]
        {
            assert!(is_named_for(name, "ID"), "{name}");
        }
        for name in [
            "libpod-conmon-ID.scope",
            "var-lib-docker-containers-ID-mounts-shm.mount",
            "ID-2b5f1c.service",
            "dockerID",
            "ID0",
            "docker",
            "",
        ] {
            assert!(!is_named_for(name, "ID"), "{name}");
        }
    }

    #[test]
    fn the_last_element_that_is_the_containers() {
        for (path, own) in [
            ("/docker/ID", Some("/docker/ID")),
            // google/cadvisor#2648: WSL's doubled path.
            ("/docker/ID/docker/ID", Some("/docker/ID/docker/ID")),
            ("/docker/OUTER/docker/ID", Some("/docker/OUTER/docker/ID")),
            ("/docker/ID/docker/INNER", Some("/docker/ID")),
            ("/machine.slice/libpod-ID.scope/container", Some("/machine.slice/libpod-ID.scope")),
            ("/../ID", Some("/../ID")),
            ("/docker/ID (deleted)", None),
            ("/system.slice/docker.service", None),
            ("/", None),
            ("ID", None),
        ] {
            assert_eq!(of_container(path, "ID"), own, "{path}");
        }
    }
}
