//! SELinux: whether it is on, and what it does with what the policy forbids.

use crate::error::{Malformed, ReadError, present};
use crate::fields::lines;
use crate::roots::Roots;
use crate::source::read_file;

/// What SELinux does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SelinuxMode {
    /// It refuses what the policy forbids.
    Enforcing,
    /// It logs what the policy forbids.
    Permissive,
    /// It is off.
    Disabled,
}

/// What SELinux does now (`/sys/fs/selinux/enforce`); [`SelinuxMode::Disabled`] where the kernel has none, or no policy
/// yet.
///
/// # Errors
/// When the file is there and can't be read, or holds neither 0 nor 1.
pub fn read_selinux_mode(roots: &Roots) -> Result<SelinuxMode, ReadError> {
    let path = roots.sys("fs/selinux/enforce");
    let Some(enforce) = present(read_file(&path))? else { return Ok(SelinuxMode::Disabled) };
    // Until a policy is loaded everybody is the kernel.
    let context = read_file(&roots.proc("self/attr/current")).unwrap_or_default();
    match (enforce.trim_ascii(), context.as_slice()) {
        (_, b"kernel" | b"kernel\0") => Ok(SelinuxMode::Disabled),
        (b"1", _) => Ok(SelinuxMode::Enforcing),
        (b"0", _) => Ok(SelinuxMode::Permissive),
        _ => Err(ReadError::Malformed(path, Malformed { line: 1, expected: "0 or 1" })),
    }
}

/// What SELinux is to do after the next boot (`/etc/selinux/config`); `None` when that does not say.
///
/// # Errors
/// When the file is not there or can't be read.
pub fn read_selinux_config(roots: &Roots) -> Result<Option<SelinuxMode>, ReadError> {
    Ok(parse_selinux_config(&read_file(&roots.rootfs.join("etc/selinux/config"))?))
}

/// Reads `/etc/selinux/config`: the first assignment to `SELINUX`; `None` without one that is known.
#[must_use]
pub fn parse_selinux_config(bytes: &[u8]) -> Option<SelinuxMode> {
    let value = lines(bytes).find_map(|(_, line)| line.trim_ascii().strip_prefix(b"SELINUX="))?;
    let value = std::str::from_utf8(value).ok()?.trim_matches('"').to_ascii_lowercase();
    match value.as_str() {
        "enforcing" => Some(SelinuxMode::Enforcing),
        "permissive" => Some(SelinuxMode::Permissive),
        "disabled" => Some(SelinuxMode::Disabled),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use testkit::tree;

    use super::*;

    #[test]
    fn modes_of_a_kernel_without_with_and_before_a_policy() {
        let folder = tempfile::tempdir().unwrap();
        let path = |path: &str| folder.path().join(path);
        let roots = Roots { procfs: path("proc"), sysfs: path("sys"), rootfs: path("rootfs"), ..Roots::default() };
        assert_eq!(read_selinux_mode(&roots).unwrap(), SelinuxMode::Disabled);
        assert!(read_selinux_config(&roots).unwrap_err().is_absent());
        tree::unpack("--- sys/fs/selinux/enforce: 1\n--- proc/self/attr/current: kernel\n", folder.path()).unwrap();
        for (enforce, context, mode) in [
            ("1", "system_u:system_r:init_t:s0\0", Some(SelinuxMode::Enforcing)),
            ("0", "unconfined", Some(SelinuxMode::Permissive)),
            ("0", "kernel\0", Some(SelinuxMode::Disabled)),
            ("2", "", None),
        ] {
            std::fs::write(path("sys/fs/selinux/enforce"), enforce).unwrap();
            std::fs::write(path("proc/self/attr/current"), context).unwrap();
            assert_eq!(read_selinux_mode(&roots).ok(), mode, "{enforce} {context:?}");
        }
    }

    #[test]
    fn configurations() {
        let text = b"# SELINUX= can take one of these three values:\n  SELINUX=Permissive\nSELINUXTYPE=targeted\nSELINUX=disabled\n";
        assert_eq!(parse_selinux_config(text), Some(SelinuxMode::Permissive));
        assert_eq!(parse_selinux_config(b"SELINUX=\"enforcing\""), Some(SelinuxMode::Enforcing));
        assert_eq!(parse_selinux_config(b"SELINUX=disabled\n"), Some(SelinuxMode::Disabled));
        assert_eq!((parse_selinux_config(b"SELINUXTYPE=mls\n"), parse_selinux_config(b"SELINUX=\xff")), (None, None));
    }
}
