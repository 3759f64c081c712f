//! `/proc/net/tcp`, `/proc/net/udp` and their IPv6 siblings: one line per socket.

use crate::error::Malformed;
use crate::fields::{columns, heading, hex, lines, number};

/// What a socket's line says of its queues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Socket {
    /// The kernel's number of the state, 1 for an established TCP connection.
    pub state: u8,
    /// Bytes to be sent or acknowledged; 0 for a TCP socket that listens.
    pub transmit_queue: u32,
    /// Bytes to be read; for a TCP socket that listens the connections to be accepted.
    pub receive_queue: u32,
}

/// Calls `socket` with each line of `/proc/net/tcp`, `tcp6`, `udp` or `udp6`; a machine may have a million of them.
///
/// # Errors
/// No heading; a line without a number and a colon, two addresses, a state, two queues and five columns behind.
/// `socket` has been called for those before it.
pub fn parse_sockets(bytes: &[u8], mut socket: impl FnMut(Socket)) -> Result<(), Malformed> {
    let mut lines = lines(bytes);
    heading(&mut lines, b"sl ")?;
    for (line, bytes) in lines {
        socket(parse_line(bytes).ok_or(Malformed { line, expected: "a socket's ten columns" })?);
    }
    Ok(())
}

fn parse_line(line: &[u8]) -> Option<Socket> {
    let mut columns = columns(line);
    number::<u64>(columns.next()?.strip_suffix(b":")?)?;
    let state = u8::try_from(hex(columns.nth(2)?)?).ok()?;
    let mut queues = columns.next()?.split(|byte| *byte == b':');
    let mut queue = || u32::try_from(hex(queues.next()?)?).ok();
    let socket = Socket { state, transmit_queue: queue()?, receive_queue: queue()? };
    columns.nth(4).map(|_| socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADING: &str = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                                                     \n";

    fn parsed(text: &str) -> (Vec<Socket>, Result<(), Malformed>) {
        let mut sockets = Vec::new();
        let parsed = parse_sockets(text.as_bytes(), |socket| sockets.push(socket));
        (sockets, parsed)
    }

    #[test]
    fn sockets_of_tcp_and_udp() {
        let text = format!(
            "{HEADING}   0: 00000000:0016 00000000:0000 0A 00000000:00000015 00:00000000 00000000     0        0 2740 1 ffff88003d3af3c0 100 0 0 10 0\n\
             {:4}: 0100007F:8231 0100007F:CDE0 06 00000000:00000000 03:000007CC 00000000     0        0 0 3 00000000dc9af8de\n\
             10242: 00000000000000000000000001000000:0035 00000000000000000000000000000000:0000 07 FFFFFFFF:00000200 00:00000000 00000000   101        0 20883 2 0000000000000000 7\n",
            1
        );
        let socket = |state, transmit_queue, receive_queue| Socket { state, transmit_queue, receive_queue };
        assert_eq!(parsed(&text), (vec![socket(10, 0, 21), socket(6, 0, 0), socket(7, u32::MAX, 512)], Ok(())));
        assert_eq!(parsed(HEADING), (vec![], Ok(())));
    }

    #[test]
    fn lines_that_are_cut_off() {
        assert_eq!(parsed("").1.unwrap_err().line, 1);
        assert_eq!(parsed("   0: 00000000:0016 00000000:0000 0A\n").1.unwrap_err().expected, "a heading");
        for line in [
            "0 a:1 b:1 07 0:0 00:0 0 0 0 1",
            "x: a:1 b:1 07 0:0 00:0 0 0 0 1",
            "0: a:1 b:1 100 0:0 00:0 0 0 0 1",
            "0: a:1 b:1 07 0 00:0 0 0 0 1",
            "0: a:1 b:1 07 0:-1 00:0 0 0 0 1",
            "0: a:1 b:1 07 0:0 00:0 0 0 0",
            HEADING,
        ] {
            assert_eq!(parsed(&format!("{HEADING}{line}\n")).1.unwrap_err().line, 2, "{line}");
        }
    }
}
