//! The network interfaces of a process.

use std::path::Path;

use linux_procfs::{NetDev, ReadError, parse_net_dev, read_file};

use super::Error;
use crate::usage::{Interface, Traffic};

/// Starts of names that are not shown: the loopback device, and the host's ends of what containers have.
const HIDDEN: [&str; 4] = ["lo", "veth", "docker", "nerdctl"];

/// The interfaces of a process's network, in the kernel's order.
pub(super) fn interfaces(procfs: &Path, pid: u32) -> Result<Vec<Interface>, Error> {
    let path = procfs.join(format!("{pid}/net/dev"));
    let bytes = match read_file(&path) {
        Err(ReadError::Missing(_)) => return Err(Error::Gone),
        read => read?,
    };
    let devices = parse_net_dev(&bytes).map_err(|malformed| ReadError::Malformed(path, malformed))?;
    Ok(devices.into_iter().filter(|device| is_shown(&device.device)).map(interface).collect())
}

fn is_shown(name: &str) -> bool {
    let starts_with = |start: &str| name.get(..start.len()).is_some_and(|own| own.eq_ignore_ascii_case(start));
    !HIDDEN.into_iter().any(starts_with)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_hidden_as_the_peer_does() {
        let shown = ["eth0", "ens3", "br-3f1c", "wlan0", "l", "é", "tailscale0"];
        assert!(shown.iter().all(|name| is_shown(name)));
        for name in ["lo", "veth12ab", "docker0", "DOCKER_gwbridge", "nerdctl0", "lowpan0"] {
            assert!(!is_shown(name), "{name}");
        }
    }
}
