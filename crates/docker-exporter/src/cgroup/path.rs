//! The names that engines give to the cgroups of their containers.

/// Where an engine puts its containers, as far as it tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Habit {
    pub(crate) product: Product,
    pub(crate) driver: Driver,
    /// Who runs it, unless that is root.
    pub(crate) user: Option<u32>,
}

/// Whose engine it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Product {
    #[default]
    Docker,
    Podman,
}

/// Who makes the cgroups: the engine itself, or systemd for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Driver {
    #[default]
    Cgroupfs,
    Systemd,
}

impl Driver {
    /// The engine's word for it; `none`, of an engine that may make no cgroups, and an unknown one are taken for the usual.
    pub(crate) fn from_word(word: &str) -> Driver {
        if word == "systemd" { Driver::Systemd } else { Driver::Cgroupfs }
    }
}

/// The path that the cgroup of the container `id` has by the engine's habit; `parent` is `--cgroup-parent`, mostly empty.
pub(crate) fn expected_path(habit: Habit, parent: &str, id: &str) -> String {
    let Habit { product, driver, user } = habit;
    let parent = Some(clean(parent)).filter(|parent| !parent.is_empty());
    match (driver, product) {
        (Driver::Cgroupfs, Product::Docker) => format!("/{}/{id}", parent.as_deref().unwrap_or("docker")),
        (Driver::Cgroupfs, Product::Podman) => format!("/{}/libpod-{id}", parent.as_deref().unwrap_or("libpod_parent")),
        (Driver::Systemd, product) => {
            let (usual, prefix) = match product {
                Product::Docker => ("system.slice", "docker"),
                Product::Podman => ("machine.slice", "libpod"),
            };
            let usual = if user.is_some() { "user.slice" } else { usual };
            let slice = expanded(parent.as_deref().unwrap_or(usual));
            let home =
                user.map(|user| format!("/user.slice/user-{user}.slice/user@{user}.service")).unwrap_or_default();
            format!("{home}{slice}/{prefix}-{id}.scope")
        }
    }
}

/// Without elements that lead elsewhere.
fn clean(path: &str) -> String {
    path.split('/').filter(|part| !matches!(*part, "" | "." | "..")).collect::<Vec<_>>().join("/")
}

/// Where systemd has a slice: `a-b.slice` is below `a.slice`, and `-.slice` is the root. Another name is taken as it is.
fn expanded(slice: &str) -> String {
    let Some(name) = slice.strip_suffix(".slice").filter(|name| !name.contains('/')) else {
        return format!("/{slice}");
    };
    if name == "-" {
        return String::new();
    }
    let ends = name.match_indices('-').map(|(end, _)| end).chain([name.len()]);
    ends.map(|end| format!("/{}.slice", &name[..end])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_by_driver_user_and_parent() {
        use Driver::{Cgroupfs, Systemd};
        use Product::{Docker, Podman};

        for (product, driver, user, parent, path) in [
            (Docker, Cgroupfs, None, "", "/docker/ID"),
            (Docker, Cgroupfs, None, "/builds/ci/", "/builds/ci/ID"),
            (Docker, Cgroupfs, None, "../../etc/.", "/etc/ID"),
            (Docker, Systemd, None, "", "/system.slice/docker-ID.scope"),
            (Docker, Systemd, None, "a-b.slice", "/a.slice/a-b.slice/docker-ID.scope"),
            (Docker, Systemd, None, "a-b-c.slice", "/a.slice/a-b.slice/a-b-c.slice/docker-ID.scope"),
            (Docker, Systemd, None, "-.slice", "/docker-ID.scope"),
            (Docker, Systemd, None, "odd", "/odd/docker-ID.scope"),
            (
                Docker,
                Systemd,
                Some(1000),
                "",
                "/user.slice/user-1000.slice/user@1000.service/user.slice/docker-ID.scope",
            ),
            (
                Docker,
                Systemd,
                Some(1000),
                "ci.slice",
                "/user.slice/user-1000.slice/user@1000.service/ci.slice/docker-ID.scope",
            ),
            (Podman, Systemd, None, "", "/machine.slice/libpod-ID.scope"),
            (
                Podman,
                Systemd,
                Some(1000),
                "",
                "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-ID.scope",
            ),
            (Podman, Cgroupfs, None, "", "/libpod_parent/libpod-ID"),
        ] {
            assert_eq!(expected_path(Habit { product, driver, user }, parent, "ID"), path);
        }
        assert_eq!(["systemd", "cgroupfs", "none", ""].map(Driver::from_word), [Systemd, Cgroupfs, Cgroupfs, Cgroupfs]);
    }
}
