//! `/sys/devices/system/edac/mc`: errors of memory that corrects some of them.

use crate::error::ReadError;
use crate::fields::foreign_text;
use crate::sysfs::Folder;

/// Errors since the driver was loaded or the counters were reset; `None` where the driver does not say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MemoryErrors {
    /// Corrected (`ce_count`).
    pub correctable: Option<u64>,
    /// Not corrected (`ue_count`).
    pub uncorrectable: Option<u64>,
}

/// A memory controller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemoryController {
    /// Its number.
    pub controller: String,
    /// All of its errors.
    pub errors: MemoryErrors,
    /// Those whose place is not known (`ce_noinfo_count`, `ue_noinfo_count`).
    pub without_place: MemoryErrors,
    /// Its rows by number; a kernel without the old interface has none.
    pub rows: Vec<MemoryRow>,
}

/// A row of memory that is selected at once (`csrow0`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemoryRow {
    /// Its number.
    pub row: String,
    /// All of its errors.
    pub errors: MemoryErrors,
    /// Its channels, in the order of their names.
    pub channels: Vec<MemoryChannel>,
}

/// A channel of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemoryChannel {
    /// Its number.
    pub channel: String,
    /// Where it is on the board (`ch0_dimm_label`), empty where nobody has told the driver; `None` where that can't be
    /// read.
    pub label: Option<String>,
    /// Its errors.
    pub errors: MemoryErrors,
}

const CONTROLLER: &str = "mc";
const ROW: &str = "csrow";

/// The names of the controllers in the folder `devices/system/edac/mc`: `mc0`.
///
/// # Errors
/// When the folder can't be listed.
pub fn memory_controllers(folder: &Folder) -> Result<Vec<String>, ReadError> {
    folder.numbered(CONTROLLER)
}

/// Reads a controller in the folder `devices/system/edac/mc`.
///
/// # Errors
/// When its folder can't be listed.
pub fn read_memory_controller(folder: &Folder, name: &str) -> Result<MemoryController, ReadError> {
    let controller = folder.folder(name)?;
    let row = |name: &String| {
        let row = controller.folder(name).ok()?;
        Some(MemoryRow {
            row: number(name, ROW),
            errors: errors(&row, "", "count"),
            channels: read_channels(&row).ok()?,
        })
    };
    Ok(MemoryController {
        controller: number(name, CONTROLLER),
        errors: errors(&controller, "", "count"),
        without_place: errors(&controller, "", "noinfo_count"),
        rows: controller.numbered(ROW)?.iter().filter_map(row).collect(),
    })
}

fn read_channels(row: &Folder) -> Result<Vec<MemoryChannel>, ReadError> {
    let channel = |file: String| {
        let channel = file.strip_prefix("ch")?.strip_suffix("_ce_count")?;
        channel.bytes().all(|byte| byte.is_ascii_digit()).then(|| MemoryChannel {
            channel: channel.to_owned(),
            label: row.read(&format!("ch{channel}_dimm_label")).ok().map(|bytes| foreign_text(bytes.trim_ascii())),
            errors: errors(row, &format!("ch{channel}_"), "count"),
        })
    };
    Ok(row.names()?.into_iter().filter_map(channel).collect())
}

fn errors(folder: &Folder, prefix: &str, suffix: &str) -> MemoryErrors {
    let count = |kind| folder.number(&format!("{prefix}{kind}_{suffix}"));
    MemoryErrors { correctable: count("ce"), uncorrectable: count("ue") }
}

fn number(name: &str, prefix: &str) -> String {
    name.trim_start_matches(prefix).to_owned()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_controller_with_two_rows() {
        let folder = tempfile::tempdir().unwrap();
        for (file, text) in [
            ("mc0/ce_count", "7\n"),
            ("mc0/ue_count", "-1\n"),
            ("mc0/ce_noinfo_count", "2\n"),
            ("mc0/csrow0/ce_count", "5\n"),
            ("mc0/csrow0/ue_count", "0\n"),
            ("mc0/csrow0/ch0_ce_count", "5\n"),
            ("mc0/csrow0/ch0_ue_count", "0\n"),
            ("mc0/csrow0/ch0_dimm_label", "CPU_SrcID#0_Ha#0_Chan#0_DIMM#0\n"),
            ("mc0/csrow0/ch1_ce_count", "x\n"),
            ("mc0/csrow0/ch1_dimm_label", ""),
            ("mc0/csrow0/chx_ce_count", "1\n"),
            ("mc0/csrow10/ch0_ce_count", "1\n"),
            ("mc0/csrows/ce_count", "1\n"),
            ("mc/ce_count", "1\n"),
        ] {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let folder = Folder::open(folder.path().to_owned()).unwrap();
        let counts = |correctable, uncorrectable| MemoryErrors { correctable, uncorrectable };
        let channel = |channel: &str, label: Option<&str>, errors| MemoryChannel {
            channel: channel.to_owned(),
            label: label.map(str::to_owned),
            errors,
        };
        let first = MemoryRow {
            row: "0".to_owned(),
            errors: counts(Some(5), Some(0)),
            channels: vec![
                channel("0", Some("CPU_SrcID#0_Ha#0_Chan#0_DIMM#0"), counts(Some(5), Some(0))),
                channel("1", Some(""), counts(None, None)),
            ],
        };
        let channels = vec![channel("0", None, counts(Some(1), None))];
        let expected = MemoryController {
            controller: "0".to_owned(),
            errors: counts(Some(7), None),
            without_place: counts(Some(2), None),
            rows: vec![first, MemoryRow { row: "10".to_owned(), errors: counts(None, None), channels }],
        };
        assert_eq!(memory_controllers(&folder).unwrap(), ["mc0"]);
        assert_eq!(read_memory_controller(&folder, "mc0").unwrap(), expected);
        assert!(read_memory_controller(&folder, "mc1").unwrap_err().is_absent());
    }
}
