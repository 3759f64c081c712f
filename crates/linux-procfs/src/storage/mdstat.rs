//! `/proc/mdstat`: the software RAIDs.

use crate::error::Malformed;
use crate::fields::{columns, lines, number, text};

/// A software RAID in `/proc/mdstat`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MdArray {
    /// Its name, such as `md0`.
    pub device: String,
    /// What it does.
    pub state: MdState,
    /// The disks that it needs and has; `None` where its personality does not say (`faulty`).
    pub disks: Option<MdDisks>,
    /// Disks marked as failed, `(F)`.
    pub failed: usize,
    /// Disks marked as spare, `(S)`.
    pub spare: usize,
    /// Its size in blocks of 1024 bytes, of an inactive array that of all its disks; `None` without any disk.
    pub blocks: Option<u64>,
    /// How many blocks are in sync, or have been gone through by what runs; `None` where another node of a cluster
    /// knows, or the size is unknown.
    pub synced: Option<u64>,
}

/// How complete a software RAID is. All of `raid0` and `linear` are always in use, and none of an inactive array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MdDisks {
    /// Disks that it needs.
    pub required: u64,
    /// Disks in use.
    pub active: u64,
}

/// What a software RAID does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the kernel's words")]
pub enum MdState {
    Active,
    Inactive,
    /// Running, waiting or due.
    Recovering,
    Resyncing,
    Checking,
    Reshaping,
    /// `broken`, or a word of a newer kernel.
    Other,
}

/// Reads `/proc/mdstat`, in the kernel's order.
///
/// # Errors
/// A line that is not indented and neither a heading nor a device, a colon and a state; a size that is no number; no line.
pub fn parse_mdstat(bytes: &[u8]) -> Result<Vec<MdArray>, Malformed> {
    let mut arrays: Vec<MdArray> = Vec::new();
    if bytes.is_empty() {
        return Err(Malformed { line: 1, expected: "the personalities" });
    }
    for (line, bytes) in lines(bytes) {
        if bytes[0].is_ascii_whitespace() {
            if let Some(array) = arrays.last_mut() {
                parse_detail(line, bytes, array)?;
            }
        } else if ![&b"Personalities"[..], b"unused devices"].iter().any(|heading| bytes.starts_with(heading)) {
            arrays.push(parse_device(line, bytes)?);
        }
    }
    Ok(arrays)
}

/// `md0 : active (auto-read-only) raid1 sdb1[1] sda1[0](F)`
fn parse_device(line: usize, bytes: &[u8]) -> Result<MdArray, Malformed> {
    let malformed = Malformed { line, expected: "a device, a colon and a state" };
    let mut columns = columns(bytes);
    let device = columns.next().ok_or(malformed)?;
    columns.next().filter(|column| *column == b":").ok_or(malformed)?;
    let state = match columns.next().ok_or(malformed)? {
        b"active" => MdState::Active,
        b"inactive" => MdState::Inactive,
        _ => MdState::Other,
    };
    let (members, words): (Vec<&[u8]>, Vec<&[u8]>) = columns.partition(|column| column.contains(&b'['));
    let personality = words.into_iter().find(|word| !word.starts_with(b"("));
    let marked = |mark: &[u8]| members.iter().filter(|member| member.windows(3).any(|part| part == mark)).count();
    let disks = match personality {
        _ if state == MdState::Inactive => Some(MdDisks { required: 0, active: 0 }),
        Some(b"raid0" | b"linear") => {
            let all = members.len() as u64;
            Some(MdDisks { required: all, active: all })
        }
        _ => None,
    };
    let (failed, spare) = (marked(b"(F)"), marked(b"(S)"));
    Ok(MdArray { device: text(device), state, disks, failed, spare, blocks: None, synced: None })
}

/// A line below a device: its size, what runs, or its bitmap.
fn parse_detail(line: usize, bytes: &[u8], array: &mut MdArray) -> Result<(), Malformed> {
    if columns(bytes).nth(1) == Some(b"blocks") {
        let blocks = columns(bytes).next().and_then(number);
        let blocks = blocks.ok_or(Malformed { line, expected: "a number of blocks" })?;
        (array.blocks, array.synced) = (Some(blocks), Some(blocks));
        array.disks = array.disks.or_else(|| columns(bytes).find_map(parse_disks));
    } else if let Some((state, synced)) = parse_sync(bytes) {
        (array.state, array.synced) = (state, synced);
    }
    Ok(())
}

/// `[3/2]`
fn parse_disks(column: &[u8]) -> Option<MdDisks> {
    let mut counts = column.strip_prefix(b"[")?.strip_suffix(b"]")?.splitn(2, |byte| *byte == b'/').map(number);
    Some(MdDisks { required: counts.next()??, active: counts.next()?? })
}

/// `[=>...................]  recovery =  8.5% (16775552/195310144) finish=17.0min speed=259783K/sec`, `resync=DELAYED`
fn parse_sync(bytes: &[u8]) -> Option<(MdState, Option<u64>)> {
    let mut columns = columns(bytes);
    let mut what = columns.find(|column| !column.starts_with(b"["))?.splitn(2, |byte| *byte == b'=');
    let state = match what.next()? {
        b"recovery" | b"recover" => MdState::Recovering,
        b"resync" => MdState::Resyncing,
        b"check" => MdState::Checking,
        b"reshape" => MdState::Reshaping,
        _ => return None,
    };
    let synced = match what.next() {
        Some(b"PENDING" | b"DELAYED") => Some(0),
        Some(_) => None,
        None => columns.find_map(|column| number(column.strip_prefix(b"(")?.split(|byte| *byte == b'/').next()?)),
    };
    Some((state, synced))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn array(device: &str, state: MdState, disks: (u64, u64), blocks: u64, synced: u64) -> MdArray {
        let disks = Some(MdDisks { required: disks.0, active: disks.1 });
        let (blocks, synced) = (Some(blocks), Some(synced));
        MdArray { device: device.to_owned(), state, disks, failed: 0, spare: 0, blocks, synced }
    }

    #[test]
    fn arrays_at_rest() {
        let text = b"Personalities : [linear] [raid0] [raid1] [raid10] [raid6] [raid5] [raid4] \n\
            md127 : active raid1 sdb1[1](W) sda1[0]\n      523968 blocks super 1.2 [2/2] [UU]\n      \n\
            md_big : active (read-only) raid6 sde1[4](S) sdd1[3] sdc1[2](F) sdb2[1] sda2[0]\n      \
            7813735424 blocks super 1.2 level 6, 512k chunk, algorithm 2 [4/3] [UU_U]\n      \
            bitmap: 0/30 pages [0KB], 65536KB chunk\n\n\
            md10 : active raid0 sdg[1] sdf[0]\n      314159265 blocks super 1.2 64k chunks\n      \n\
            md11 : active linear sdi[0]\n      2095104 blocks super 1.2 0k rounding\n      \n\
            md12 : broken raid0 sdk[0]\n      4096 blocks super 1.2 512k chunks\n      \n\
            md126 : inactive sdm[1](S) sdl[0](S)\n      7932 blocks super external:imsm\n       \n\
            unused devices: <none>\n";
        let expected = [
            array("md127", MdState::Active, (2, 2), 523_968, 523_968),
            MdArray { failed: 1, spare: 1, ..array("md_big", MdState::Active, (4, 3), 7_813_735_424, 7_813_735_424) },
            array("md10", MdState::Active, (2, 2), 314_159_265, 314_159_265),
            array("md11", MdState::Active, (1, 1), 2_095_104, 2_095_104),
            array("md12", MdState::Other, (1, 1), 4096, 4096),
            MdArray { spare: 2, ..array("md126", MdState::Inactive, (0, 0), 7932, 7932) },
        ];
        assert_eq!(parse_mdstat(text).unwrap(), expected);
    }

    #[test]
    fn whatever_runs_or_waits() {
        for (line, state, synced) in [
            (
                "[=>...................]  recovery =  8.5% (166/1953) finish=17.0min speed=259783K/sec",
                MdState::Recovering,
                Some(166),
            ),
            ("[>....]  resync =  0.0% (0/1953) finish=17.0min speed=0K/sec", MdState::Resyncing, Some(0)),
            ("[====>]  check =100.0% (1953/1953) finish=0.0min speed=1K/sec", MdState::Checking, Some(1953)),
            ("[=>...]  reshape = 54.3% (1061/1953) finish=1.0min speed=9K/sec", MdState::Reshaping, Some(1061)),
            ("\tresync=DELAYED", MdState::Resyncing, Some(0)),
            ("\tresync=PENDING", MdState::Resyncing, Some(0)),
            ("\tresync=REMOTE", MdState::Resyncing, None),
            ("\trecover=REMOTE", MdState::Recovering, None),
            ("bitmap: 1/1 pages [4KB], 65536KB chunk", MdState::Active, Some(1953)),
        ] {
            let text =
                format!("md0 : active raid1 sdb[1] sda[0]\n      1953 blocks [2/1] [U_]\n      {line}\n      \n");
            let expected = MdArray { synced, ..array("md0", state, (2, 1), 1953, 1953) };
            assert_eq!(parse_mdstat(text.as_bytes()), Ok(vec![expected]), "{line}");
        }
    }

    /// Of any of these, node_exporter 1.12.1 shows no array at all.
    #[test]
    fn arrays_that_do_not_say_everything() {
        let text = b"md1 : inactive super 1.2\n       \n\
            md2 : active faulty sda[0]\n      1024 blocks super 1.2 \n      \n";
        let empty = MdArray { blocks: None, synced: None, ..array("md1", MdState::Inactive, (0, 0), 0, 0) };
        let faulty = MdArray { disks: None, ..array("md2", MdState::Active, (0, 0), 1024, 1024) };
        assert_eq!(parse_mdstat(text), Ok(vec![empty, faulty]));
        assert_eq!(parse_mdstat(b"Personalities : \nunused devices: <none>\n"), Ok(vec![]));
    }

    #[test]
    fn lines_that_are_damaged() {
        for (text, line, expected) in [
            (&b"md0 active"[..], 1, "a device, a colon and a state"),
            (b"", 1, "the personalities"),
            (b"\nmd0 :\n", 2, "a device, a colon and a state"),
            (b"md0 : active raid1 sda[0]\n      x blocks [1/1] [U]\n", 2, "a number of blocks"),
        ] {
            assert_eq!(parse_mdstat(text), Err(Malformed { line, expected }));
        }
    }
}
