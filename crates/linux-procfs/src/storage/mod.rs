//! Disks, what is made of them, and file systems.

mod bcachefs;
mod block;
mod btrfs;
mod diskstats;
mod dm_multipath;
mod ext4;
mod md_sysfs;
mod mdstat;
mod mountinfo;
mod nfs;
mod nvme;
mod xfs;
mod zfs;
mod zram;

pub use bcachefs::{
    Bcachefs, BcachefsCompression, BcachefsDevice, BcachefsIo, BcachefsWrites, parse_bcachefs_counter,
    parse_bcachefs_errors, parse_btree_write_stats, parse_compression_stats, parse_io_done, parse_io_errors,
    read_bcachefs,
};
pub use block::{UdevProperties, parse_udev, read_rotational, read_udev};
pub use btrfs::{Btrfs, BtrfsAllocation, BtrfsCommits, BtrfsDevice, BtrfsLayout, parse_commit_stats, read_btrfs};
pub use diskstats::{DiskStats, parse_diskstats};
pub use dm_multipath::{Multipath, MultipathPath, read_multipath};
pub use ext4::{Ext4, read_ext4};
pub use md_sysfs::{MdRaid, read_md_raid};
pub use mdstat::{MdArray, MdDisks, MdState, parse_mdstat};
pub use mountinfo::{Mount, parse_mountinfo};
pub use nfs::{
    NfsClient, NfsServer, ReadAhead, RpcNetwork, V2Calls, V3Calls, V4Calls, V4Operations, parse_nfs, parse_nfsd,
};
pub use nvme::{NvmeController, NvmeNamespace, read_nvme_controller};
pub use xfs::{XfsStats, parse_xfs_stats, read_xfs_stats};
pub use zfs::{Kstat, KstatNumber, Pool, parse_kstat, parse_pool_io, parse_pool_state, read_pool, read_pools};
pub use zram::{Zram, ZramMemory, parse_mm_stat, read_zram};
