//! Ports for programs under test.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// Below those that systems give to outgoing connections, which come and go.
const PORTS: Range<u16> = 16_000..32_000;

/// The UDP ports of the numbers that were given out.
static TAKEN: Mutex<Vec<UdpSocket>> = Mutex::new(Vec::new());

/// An address of 127.0.0.1 on whose TCP port nobody listens. Nobody else gets it from here while this process runs: the UDP port
/// of the same number, which stays bound, says that it is taken. Fails when there is none.
pub fn free_address() -> io::Result<SocketAddr> {
    let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
    let span = usize::from(PORTS.end - PORTS.start);
    // Processes begin apart from each other, so that they rarely try what another has.
    let start = std::process::id() as usize * 97 + taken.len();
    for port in PORTS.cycle().skip(start % span).take(span) {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let Ok(socket) = UdpSocket::bind(address) else { continue };
        if TcpListener::bind(address).is_ok() {
            taken.push(socket);
            return Ok(address);
        }
    }
    Err(io::Error::from(io::ErrorKind::AddrInUse))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_are_alike_and_none_is_listened_on() {
        let first = free_address().unwrap();
        let next = PORTS.cycle().skip_while(|port| *port != first.port()).nth(1).unwrap();
        let _listener = TcpListener::bind((Ipv4Addr::LOCALHOST, next));
        let mut ports: Vec<_> = (0..50).map(|_| free_address().unwrap().port()).collect();
        ports.push(first.port());
        ports.sort_unstable();
        ports.dedup();
        assert_eq!(ports.len(), 51);
        assert!(ports.iter().all(|port| PORTS.contains(port)) && !ports.contains(&next));
    }
}
