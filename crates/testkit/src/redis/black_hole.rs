//! An address from which nothing comes back, as behind a firewall that drops what it does not like.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener, TcpStream};
use std::time::Duration;

use rustix::net::{AddressFamily, SocketType, bind, listen, socket};

/// How long a client waits before the queue counts as full.
const FULL: Duration = Duration::from_millis(100);
/// No queue that is asked to have no place has more.
const MOST: usize = 64;

/// A listener whose queue is full, so that the kernel drops what it gets. As long as it lives.
pub struct BlackHole {
    listener: TcpListener,
    _queue: Vec<TcpStream>,
}

impl BlackHole {
    /// One on a free port of 127.0.0.1. Fails where the kernel's queue has no end.
    pub fn open() -> io::Result<BlackHole> {
        let socket = socket(AddressFamily::INET, SocketType::STREAM, None)?;
        bind(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0))?;
        listen(&socket, 0)?;
        let listener = TcpListener::from(socket);
        let address = listener.local_addr()?;
        let mut queue = Vec::new();
        while let Ok(client) = TcpStream::connect_timeout(&address, FULL) {
            queue.push(client);
            if queue.len() > MOST {
                return Err(io::Error::other("the queue has no end"));
            }
        }
        Ok(BlackHole { listener, _queue: queue })
    }

    /// Where it is. Fails as the system does.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}
