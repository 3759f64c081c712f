//! `/sys/fs/ext4/DEVICE`: what an ext4 file system found wrong with itself.

use crate::error::ReadError;
use crate::sysfs::Folder;

/// Troubles of an ext4 file system; `None` is what the kernel does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ext4 {
    /// Errors since the file system was last checked; kept on the device.
    pub errors: Option<u64>,
    /// Warnings that were logged since it was mounted.
    pub warnings: Option<u64>,
}

/// Reads the counts of the file system on `device` below `folder`, which is `/sys/fs/ext4`.
///
/// # Errors
/// [`ReadError::Missing`] when it is not mounted any more; [`ReadError::Io`] when its folder can't be opened.
pub fn read_ext4(folder: &Folder, device: &str) -> Result<Ext4, ReadError> {
    let folder = folder.folder(device)?;
    Ok(Ext4 { errors: folder.number("errors_count"), warnings: folder.number("warning_count") })
}

#[cfg(test)]
mod tests {
    use testkit::tree;

    use super::*;

    #[test]
    fn a_file_system_with_errors_and_one_of_a_kernel_that_counts_no_warnings() {
        let parent = tempfile::tempdir().unwrap();
        let text = "
--- sda1/errors_count: 4294967295
--- sda1/warning_count: 12
--- sdb1/errors_count: 0
--- sdc1/errors_count: none
";
        tree::unpack(text, parent.path()).unwrap();
        let folder = Folder::open(parent.path().to_owned()).unwrap();
        let read = |device| read_ext4(&folder, device).ok();
        assert_eq!(read("sda1"), Some(Ext4 { errors: Some(4_294_967_295), warnings: Some(12) }));
        assert_eq!(read("sdb1"), Some(Ext4 { errors: Some(0), warnings: None }));
        assert_eq!(read("sdc1"), Some(Ext4 { errors: None, warnings: None }));
        assert!(read_ext4(&folder, "sdd1").unwrap_err().is_absent());
    }
}
