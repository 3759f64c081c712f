//! TCP sockets by state in the kernel's own tables, by netlink.

use super::net_sockets::Socket;
use super::netlink::{Netlink, NetlinkError, word};
use super::tcp::TcpSockets;

/// Asks the kernel, by netlink, for the TCP sockets of this process's network, of IPv4 and IPv6.
///
/// # Errors
/// As [`NetlinkError`] says.
pub fn read_tcp_sockets() -> Result<TcpSockets, NetlinkError> {
    let mut sockets = TcpSockets::default();
    for family in [INET, INET6] {
        let protocol = Some(rustix::net::netlink::SOCK_DIAG);
        Netlink::dump(protocol, BY_FAMILY, &request(family), |_, entry| {
            sockets.count(parse_entry(entry)?);
            Some(())
        })?;
    }
    Ok(sockets)
}

/// `SOCK_DIAG_BY_FAMILY`, `AF_INET`, `AF_INET6` and `IPPROTO_TCP`.
const BY_FAMILY: u16 = 20;
const INET: u8 = 2;
const INET6: u8 = 10;
const TCP: u8 = 6;

/// All sockets of a family in the states 1 to 11, without anything that is told only when asked for (`struct
/// inet_diag_req_v2`).
fn request(family: u8) -> [u8; 56] {
    const STATES: u32 = 0xfff;
    let mut request = [0; 56];
    request[..2].copy_from_slice(&[family, TCP]);
    request[4..8].copy_from_slice(&STATES.to_ne_bytes());
    request
}

/// A socket's state and queues (`struct inet_diag_msg`).
pub(super) fn parse_entry(entry: &[u8]) -> Option<Socket> {
    Some(Socket { state: *entry.get(1)?, receive_queue: word(entry, 56)?, transmit_queue: word(entry, 60)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_of_the_kernel() {
        let mut entry = [0; 72];
        (entry[0], entry[1]) = (INET6, 10);
        entry[56..60].copy_from_slice(&3_u32.to_ne_bytes());
        entry[60..64].copy_from_slice(&128_u32.to_ne_bytes());
        assert_eq!(parse_entry(&entry), Some(Socket { state: 10, transmit_queue: 128, receive_queue: 3 }));
        assert_eq!(parse_entry(&entry[..63]), None);
    }

    #[test]
    fn a_socket_of_this_process() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        match read_tcp_sockets() {
            Ok(sockets) => assert!(sockets.by_state[10] >= 1, "{sockets:?} without {listener:?}"),
            Err(NetlinkError::Refused(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
}
