//! `/sys/class/net`: bonds of several network devices into one.

use crate::error::ReadError;
use crate::fields::{columns, text};
use crate::roots::Roots;
use crate::sysfs::Folder;

/// What a bond is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bond {
    /// The devices in it.
    pub slaves: usize,
    /// Those whose link is up; `None` where one does not say.
    pub active: Option<usize>,
}

/// The names of the bonds: `/sys/class/net/bonding_masters`.
///
/// # Errors
/// [`ReadError::Missing`] where the kernel has no bonding, or its module is not loaded.
pub fn read_bonds(roots: &Roots) -> Result<Vec<String>, ReadError> {
    Ok(columns(&Folder::open(roots.sys("class/net"))?.read("bonding_masters")?).map(text).collect())
}

/// A bond: `bonding/slaves` in its folder, and `bonding_slave/mii_status` of each device in it.
///
/// # Errors
/// [`ReadError::Missing`] where there is no such bond any more.
pub fn read_bond(roots: &Roots, name: &str) -> Result<Bond, ReadError> {
    let folder = Folder::open(roots.sys("class/net").join(name))?;
    let slaves = folder.read("bonding/slaves")?;
    // The link to a device had the older name until Linux 3.9.
    let is_up = |slave: &[u8]| {
        let (lower, older) = (format!("lower_{}", text(slave)), format!("slave_{}", text(slave)));
        let status = |link: &str| folder.text(&format!("{link}/bonding_slave/mii_status"));
        status(&lower).or_else(|| status(&older)).map(|status| status == "up")
    };
    let up: Vec<Option<bool>> = columns(&slaves).map(is_up).collect();
    let active = up.iter().copied().try_fold(0, |active, is_up| Some(active + usize::from(is_up?)));
    Ok(Bond { slaves: up.len(), active })
}

#[cfg(test)]
mod tests {
    use testkit::tree;

    use super::*;

    #[test]
    fn bonds_with_two_one_and_no_devices() {
        let folder = tempfile::tempdir().unwrap();
        let text = "--- sys/class/net/bonding_masters: bond0 dmz int\n\
                    --- sys/class/net/bond0/bonding/slaves: eth1 eth2\n\
                    --- sys/class/net/bond0/lower_eth1/bonding_slave/mii_status: up\n\
                    --- sys/class/net/bond0/slave_eth2/bonding_slave/mii_status: going down\n\
                    --- sys/class/net/dmz/bonding/slaves: eth3\n\
                    --- sys/class/net/int/bonding/slaves:\n";
        tree::unpack(text, folder.path()).unwrap();
        let roots = Roots { sysfs: folder.path().join("sys"), ..Roots::default() };
        assert_eq!(read_bonds(&roots).unwrap(), ["bond0", "dmz", "int"]);
        let bond = |name| read_bond(&roots, name).ok();
        assert_eq!(bond("bond0"), Some(Bond { slaves: 2, active: Some(1) }));
        assert_eq!(bond("dmz"), Some(Bond { slaves: 1, active: None }));
        assert_eq!(bond("int"), Some(Bond { slaves: 0, active: Some(0) }));
        assert_eq!(bond("bond1"), None);
    }
}
