//! `/sys/class/nvme`: controllers of NVMe disks, and the namespaces that they have.

use crate::error::ReadError;
use crate::sysfs::Folder;

/// An NVMe controller. What the kernel does not say is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NvmeController {
    /// Its name, such as `nvme0`.
    pub device: String,
    /// `firmware_rev`.
    pub firmware: String,
    /// `model`.
    pub model: String,
    /// `serial`.
    pub serial: String,
    /// `state`, such as `live`.
    pub state: String,
    /// `cntlid`.
    pub controller_id: String,
    /// Sorted by name. Those that several controllers share are not among them, as they are the subsystem's.
    pub namespaces: Vec<NvmeNamespace>,
}

/// A namespace of an NVMe controller: what other disks call the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NvmeNamespace {
    /// The number at the end of its name, 1 of `nvme0n1`.
    pub id: String,
    /// How the path to it is reachable (`ana_state`); controllers with one path do not say.
    pub access_state: Option<String>,
    /// Its size in sectors of 512 bytes, whatever its own block size (`size`).
    pub sectors: Option<u64>,
    /// How many of its own blocks are in use (`nuse`, since Linux 6.8).
    pub used_blocks: Option<u64>,
    /// Bytes of one of its own blocks (`queue/logical_block_size`).
    pub block_bytes: Option<u64>,
}

/// Reads the controller `device` below `class`, which is `/sys/class/nvme`. May ask the disk.
///
/// # Errors
/// [`ReadError::Missing`] when the controller is gone, [`ReadError::Io`] when it can't be listed.
pub fn read_nvme_controller(class: &Folder, device: &str) -> Result<NvmeController, ReadError> {
    let controller = class.folder(device)?;
    let text = |name| controller.text(name).unwrap_or_default();
    let namespace = |name: String| {
        let id = namespace_id(&name)?;
        let namespace = controller.folder(&name).ok()?;
        Some(NvmeNamespace {
            id: id.to_owned(),
            access_state: namespace.text("ana_state"),
            sectors: namespace.number("size"),
            used_blocks: namespace.number("nuse"),
            block_bytes: namespace.number("queue/logical_block_size"),
        })
    };
    Ok(NvmeController {
        device: device.to_owned(),
        firmware: text("firmware_rev"),
        model: text("model"),
        serial: text("serial"),
        state: text("state"),
        controller_id: text("cntlid"),
        namespaces: controller.names()?.into_iter().filter_map(namespace).collect(),
    })
}

/// The number of a namespace's name; a path to a shared one (`nvme0c0n1`) and a character device (`ng0n1`) are none.
fn namespace_id(name: &str) -> Option<&str> {
    let (controller, id) = name.strip_prefix("nvme")?.split_once('n')?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (is_number(controller) && is_number(id)).then_some(id)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Without `nuse`, as of Linux 6.7, node_exporter 1.12.1 shows no controller at all.
    #[test]
    fn a_controller_with_namespaces_of_different_kernels() {
        let parent = tempfile::tempdir().unwrap();
        for (name, value) in [
            ("nvme0/model", "Samsung SSD 970 PRO 512GB               \n"),
            ("nvme0/state", "live\n"),
            ("nvme0/nvme0n1/size", "1000215216\n"),
            ("nvme0/nvme0n1/queue/logical_block_size", "512\n"),
            ("nvme0/nvme0n12/size", "1024\n"),
            ("nvme0/nvme0n12/nuse", "100\n"),
            ("nvme0/nvme0n12/queue/logical_block_size", "4096\n"),
            ("nvme0/nvme0n12/ana_state", "optimized\n"),
            ("nvme0/nvme0c0n2/ana_state", "optimized\n"),
            ("nvme0/ng0n1/dev", "240:0\n"),
        ] {
            let path = parent.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, value).unwrap();
        }
        let class = Folder::open(parent.path().to_owned()).unwrap();
        let expected = NvmeController {
            device: "nvme0".to_owned(),
            firmware: String::new(),
            model: "Samsung SSD 970 PRO 512GB".to_owned(),
            serial: String::new(),
            state: "live".to_owned(),
            controller_id: String::new(),
            namespaces: vec![
                NvmeNamespace {
                    id: "1".to_owned(),
                    access_state: None,
                    sectors: Some(1_000_215_216),
                    used_blocks: None,
                    block_bytes: Some(512),
                },
                NvmeNamespace {
                    id: "12".to_owned(),
                    access_state: Some("optimized".to_owned()),
                    sectors: Some(1024),
                    used_blocks: Some(100),
                    block_bytes: Some(4096),
                },
            ],
        };
        assert_eq!(read_nvme_controller(&class, "nvme0").unwrap(), expected);
        assert!(matches!(read_nvme_controller(&class, "nvme1"), Err(ReadError::Missing(_))));
    }
}
