//! The files of `/proc` and `/sys`, and the system calls beside them, read into plain structs.
//!
//! A parser is a pure function over the bytes of one file; [`Source`] brings the bytes. Nothing here knows a metric.
//! Fields keep the source's unit in their name; what the kernel may not say is an `Option`. Columns and keys that a
//! newer kernel adds are passed over; a column that is missing is an error that names the file and the line.
//!
//! The modules are grouped by what they tell of, one for each file or folder of the kernel; all their names are here.

mod cgroup;
mod cpu;
mod error;
#[cfg(target_os = "linux")]
mod ffi;
mod fields;
mod files;
mod hardware;
mod kernel;
mod network;
mod roots;
mod source;
mod storage;
mod sysfs;

pub use cgroup::{
    BlkioCount, DeviceNumber, IoStat, ProcessCgroup, parse_blkio, parse_cgroup_numbers, parse_cgroup_procs,
    parse_io_stat, parse_process_cgroups,
};
pub use cpu::*;
pub use error::{Malformed, ReadError, present};
#[cfg(target_os = "linux")]
pub use ffi::adjtimex;
pub use files::Files;
pub use hardware::*;
pub use kernel::*;
pub use network::*;
pub use roots::Roots;
pub use source::{Descriptors, Source, open_files_limit, read_file};
pub use storage::*;
pub use sysfs::Folder;
