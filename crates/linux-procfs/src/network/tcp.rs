//! TCP sockets by state.

use super::net_sockets::{Socket, parse_sockets};
use crate::error::Malformed;

/// What the TCP sockets of a network are at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TcpSockets {
    /// How many are in each state, by the kernel's numbers: 1 established to 11 closing, and 0 for any that is unknown.
    pub by_state: [u64; 12],
    /// Bytes to be sent or acknowledged. Netlink, not the files, gives for a socket that listens how many connections
    /// may wait there.
    pub transmit_queue: u64,
    /// Bytes to be read, and connections to be accepted.
    pub receive_queue: u64,
}

impl TcpSockets {
    /// Adds the sockets of `/proc/net/tcp` or `tcp6`.
    ///
    /// # Errors
    /// As [`parse_sockets`]; those before the line have been added.
    pub fn add(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        parse_sockets(bytes, |socket| self.count(socket))
    }

    pub(crate) fn count(&mut self, socket: Socket) {
        let state = usize::from(socket.state);
        self.by_state[if state < self.by_state.len() { state } else { 0 }] += 1;
        self.transmit_queue += u64::from(socket.transmit_queue);
        self.receive_queue += u64::from(socket.receive_queue);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_of_both_files() {
        let heading =
            "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
        let line = |state, queues| format!("   0: 00000000:0016 00000000:0000 {state} {queues} 00:0 0 0 0 2740 1\n");
        let mut sockets = TcpSockets::default();
        let tcp = format!("{heading}{}{}", line("01", "0000000A:00000002"), line("0B", "0:0"));
        let tcp6 = format!("{heading}{}{}", line("01", "0:1"), line("0C", "0:0"));
        assert_eq!((sockets.add(tcp.as_bytes()), sockets.add(tcp6.as_bytes())), (Ok(()), Ok(())));
        let by_state = [1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
        assert_eq!(sockets, TcpSockets { by_state, transmit_queue: 10, receive_queue: 3 });
    }
}
