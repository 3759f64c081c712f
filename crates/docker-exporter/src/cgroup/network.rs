//! The network interfaces of a process.

use std::path::Path;

use linux_procfs::{NetDev, ReadError, parse_net_dev, read_file};

use super::Error;
use crate::usage::{Interface, Traffic};

/// The interfaces of a process's network, in the kernel's order.
pub(super) fn interfaces(procfs: &Path, pid: u32) -> Result<Vec<Interface>, Error> {
    let path = procfs.join(format!("{pid}/net/dev"));
    let bytes = match read_file(&path) {
        Err(ReadError::Missing(_)) => return Err(Error::Gone),
        read => read?,
    };
    let devices = parse_net_dev(&bytes).map_err(|malformed| ReadError::Malformed(path, malformed))?;
    Ok(devices.into_iter().map(interface).collect())
}

fn interface(device: NetDev) -> Interface {
    Interface {
        name: device.device,
        receive: Traffic {
            bytes: device.receive_bytes,
            packets: device.receive_packets,
            errors: device.receive_errors,
            dropped: device.receive_dropped,
        },
        transmit: Traffic {
            bytes: device.transmit_bytes,
            packets: device.transmit_packets,
            errors: device.transmit_errors,
            dropped: device.transmit_dropped,
        },
    }
}
