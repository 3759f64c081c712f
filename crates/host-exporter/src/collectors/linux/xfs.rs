//! Counters of XFS file systems.

use exporter_toolkit::{Collector, Outcome, Watch};
use exposition::{Desc, Families, Kind};
use linux_procfs::{Folder, ReadError, Roots, XfsStats, present, read_xfs_stats};

use crate::config::Config;
use crate::devices::read_each;

/// One counter of the file.
struct Column {
    desc: Desc,
    value: fn(&XfsStats) -> Option<u64>,
}

macro_rules! column {
    ($name:literal, $line:ident[$at:literal], $what:literal) => {
        Column {
            desc: Desc {
                name: concat!("node_xfs_", $name, "_total"),
                help: concat!($what, " (/sys/fs/xfs/DEVICE/stats/stats, ", stringify!($line), ")."),
                kind: Kind::Counter,
                labels: &["device"],
            },
            value: |stats| stats.$line.map(|counts| counts[$at]),
        }
    };
}

static COLUMNS: [Column; 39] = [
    column!("extent_allocation_extents_allocated", extent_alloc[0], "Extents allocated"),
    column!("extent_allocation_blocks_allocated", extent_alloc[1], "Blocks allocated"),
    column!("extent_allocation_extents_freed", extent_alloc[2], "Extents freed"),
    column!("extent_allocation_blocks_freed", extent_alloc[3], "Blocks freed"),
    column!("allocation_btree_lookups", abt[0], "Lookups in the trees of free space"),
    column!("allocation_btree_compares", abt[1], "Compares in the trees of free space"),
    column!("allocation_btree_records_inserted", abt[2], "Records put into the trees of free space"),
    column!("allocation_btree_records_deleted", abt[3], "Records taken out of the trees of free space"),
    column!("block_mapping_reads", blk_map[0], "Block maps read"),
    column!("block_mapping_writes", blk_map[1], "Block maps written"),
    column!("block_mapping_unmaps", blk_map[2], "Blocks taken out of block maps"),
    column!("block_mapping_extent_list_insertions", blk_map[3], "Extents put into block maps"),
    column!("block_mapping_extent_list_deletions", blk_map[4], "Extents taken out of block maps"),
    column!("block_mapping_extent_list_lookups", blk_map[5], "Extents looked up in block maps"),
    column!("block_mapping_extent_list_compares", blk_map[6], "Extents compared in block maps"),
    column!("block_map_btree_lookups", bmbt[0], "Lookups in the trees of block maps"),
    column!("block_map_btree_compares", bmbt[1], "Compares in the trees of block maps"),
    column!("block_map_btree_records_inserted", bmbt[2], "Records put into the trees of block maps"),
    column!("block_map_btree_records_deleted", bmbt[3], "Records taken out of the trees of block maps"),
    column!("directory_operation_lookup", dir[0], "Names looked up in folders, not found in the kernel's cache"),
    column!("directory_operation_create", dir[1], "Names added to folders"),
    column!("directory_operation_remove", dir[2], "Names removed from folders"),
    column!("directory_operation_getdents", dir[3], "Listings of folders"),
    column!("inode_operation_attempts", ig[0], "Inodes looked for in the cache"),
    column!("inode_operation_found", ig[1], "Inodes found in the cache"),
    column!("inode_operation_recycled", ig[2], "Inodes found in the cache while they were recycled"),
    column!("inode_operation_missed", ig[3], "Inodes not found in the cache"),
    column!("inode_operation_duplicates", ig[4], "Inodes that another process put into the cache in the meantime"),
    column!("inode_operation_reclaims", ig[5], "Inodes dropped from the cache for their memory"),
    column!("inode_operation_attribute_changes", ig[6], "Changes of the attributes of inodes"),
    column!("read_calls", rw[1], "Calls of read"),
    column!("write_calls", rw[0], "Calls of write"),
    column!("vnode_active", vnodes[0], "Inodes in memory and in use"),
    column!("vnode_allocate", vnodes[1], "Inodes allocated in memory"),
    column!("vnode_get", vnodes[2], "Inodes got from memory"),
    column!("vnode_hold", vnodes[3], "Inodes held in memory"),
    column!("vnode_release", vnodes[4], "Inodes released in memory"),
    column!("vnode_reclaim", vnodes[5], "Inodes reclaimed in memory"),
    column!("vnode_remove", vnodes[6], "Inodes removed from memory"),
];

pub(crate) struct XfsFilesystems {
    roots: Roots,
    filesystems: Vec<(String, XfsStats)>,
}

impl XfsFilesystems {
    pub(crate) fn new(config: &Config) -> Self {
        XfsFilesystems { roots: config.linux.roots.clone(), filesystems: Vec::new() }
    }

    fn read_all(&mut self, watch: &Watch<'_>) -> Result<(), ReadError> {
        self.filesystems.clear();
        // A kernel that has mounted none need not have the folder, and shows none.
        let Some(folder) = present(Folder::open(self.roots.sys("fs/xfs")))? else { return Ok(()) };
        // Beside the file systems stand the counters of all of them together.
        let devices = folder.names()?.into_iter().filter(|name| name != "stats");
        let read = |device: &str| Ok((device.to_owned(), read_xfs_stats(&folder, device)?));
        read_each(watch, devices, &mut self.filesystems, read)
    }
}

impl Collector for XfsFilesystems {
    fn read(&mut self, watch: &Watch<'_>) -> Outcome {
        self.read_all(watch).into()
    }

    fn samples(&self, out: &mut Families) {
        for (device, stats) in &self.filesystems {
            for Column { desc, value } in &COLUMNS {
                out.add_some(desc, &[device], value(stats));
            }
        }
    }
}
