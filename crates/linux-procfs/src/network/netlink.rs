//! Netlink: asking the kernel for all entries of one of its tables, of this process's network.

use std::error::Error;
use std::fmt;
use std::io;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::net::netdevice::index_to_name_inlined;
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{AddressFamily, Protocol, RecvFlags, SendFlags, SocketFlags, SocketType};
use rustix::net::{connect, recv, send, socket_with};

use crate::source::with_buffer;

/// What a machine with a million sockets needs, and less than the time that a collector is given.
const MOST_TIME: Duration = Duration::from_secs(3);

/// The one question that a socket is asked.
const SEQUENCE: u32 = 1;
/// `NLM_F_REQUEST` and `NLM_F_DUMP`.
const FLAGS: u16 = 0x1 | 0x300;
/// The lengths of a message's and an attribute's head; both are followed by data and stand on multiples of four.
const HEAD_BYTES: usize = 16;
const ATTRIBUTE_BYTES: usize = 4;

/// Why the kernel did not tell.
#[derive(Debug)]
pub enum NetlinkError {
    /// It has no such table, or has it not for this process.
    Refused(io::Error),
    /// It broke off, or took too long.
    Io(io::Error),
    /// An answer is not in the kernel's format; what was expected.
    Malformed(&'static str),
}

impl fmt::Display for NetlinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NetlinkError::Refused(error) => write!(f, "netlink is refused: {error}"),
            NetlinkError::Io(error) => write!(f, "can't read from netlink: {error}"),
            NetlinkError::Malformed(expected) => write!(f, "answer of netlink: expected {expected}"),
        }
    }
}

impl Error for NetlinkError {}

/// An open socket to one of the kernel's families of tables.
pub(crate) struct Netlink(OwnedFd);

impl Netlink {
    /// Asks for a whole table and hands each entry to `entry` as it comes: the kind of the message and what it holds.
    /// `entry` gives `None` for what it can't understand.
    pub(crate) fn dump(
        protocol: Option<Protocol>,
        kind: u16,
        request: &[u8],
        mut entry: impl FnMut(u16, &[u8]) -> Option<()>,
    ) -> Result<Netlink, NetlinkError> {
        let socket = ask(protocol, kind, request).map_err(NetlinkError::Refused)?;
        let deadline = Instant::now() + MOST_TIME;
        with_buffer(|buffer| {
            while Instant::now() < deadline {
                let (_, length) = match recv(&socket, &mut buffer[..], RecvFlags::TRUNC) {
                    Ok(received) => received,
                    Err(rustix::io::Errno::INTR) => continue,
                    Err(error) => return Err(NetlinkError::Io(error.into())),
                };
                // The kernel fills no more than there is room for, but for one message that is larger.
                let datagram = buffer.get(..length).ok_or(NetlinkError::Malformed("messages of 16 KiB at most"))?;
                if read_datagram(datagram, &mut entry)? {
                    return Ok(());
                }
            }
            Err(NetlinkError::Io(io::ErrorKind::TimedOut.into()))
        })?;
        Ok(Netlink(socket))
    }

    /// The name of a network device; `None` when it is gone.
    pub(crate) fn device(&self, index: u32) -> Option<String> {
        index_to_name_inlined(&self.0, index).ok().map(|name| name.as_str().to_owned())
    }
}

/// Connected, so that nobody but the kernel can answer.
fn ask(protocol: Option<Protocol>, kind: u16, request: &[u8]) -> io::Result<OwnedFd> {
    let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, protocol)?;
    set_socket_timeout(&socket, Timeout::Recv, Some(MOST_TIME))?;
    connect(&socket, &SocketAddrNetlink::new(0, 0))?;
    send(&socket, &message(kind, FLAGS, request), SendFlags::empty())?;
    Ok(socket)
}

fn message(kind: u16, flags: u16, data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(HEAD_BYTES + data.len()).expect("a message is short");
    let mut message = Vec::with_capacity(HEAD_BYTES + data.len());
    message.extend(length.to_ne_bytes());
    message.extend(kind.to_ne_bytes());
    message.extend(flags.to_ne_bytes());
    message.extend(SEQUENCE.to_ne_bytes());
    message.extend(0_u32.to_ne_bytes());
    message.extend(data);
    message
}

/// Reads the messages of a datagram; whether the last one said that the table is at its end.
pub(super) fn read_datagram(
    mut datagram: &[u8],
    entry: &mut impl FnMut(u16, &[u8]) -> Option<()>,
) -> Result<bool, NetlinkError> {
    if datagram.is_empty() {
        return Err(NetlinkError::Malformed("a message"));
    }
    while !datagram.is_empty() {
        let (kind, data, rest) = split_message(datagram).ok_or(NetlinkError::Malformed("messages by their length"))?;
        match (kind, word(data, 0)) {
            (NOOP, _) => {}
            (DONE | ERROR, Some(0)) | (DONE, None) => return Ok(true),
            (DONE | ERROR, Some(errno)) => return Err(refused(errno)),
            (ERROR, None) => return Err(NetlinkError::Malformed("an error's number")),
            (OVERRUN, _) => return Err(NetlinkError::Malformed("all of the messages")),
            (kind, _) => entry(kind, data).ok_or(NetlinkError::Malformed("an entry's fields"))?,
        }
        datagram = rest;
    }
    Ok(false)
}

const NOOP: u16 = 1;
const ERROR: u16 = 2;
const DONE: u16 = 3;
const OVERRUN: u16 = 4;

/// The kernel gives the errno below zero.
fn refused(errno: u32) -> NetlinkError {
    NetlinkError::Refused(io::Error::from_raw_os_error(errno.cast_signed().wrapping_neg()))
}

/// The kind and data of the first message, and the messages behind it.
fn split_message(datagram: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let length = usize::try_from(word(datagram, 0)?).ok()?;
    let data = datagram.get(HEAD_BYTES..length)?;
    let is_answer = word(datagram, 8)? == SEQUENCE;
    let rest = datagram.get(length.next_multiple_of(4)..).unwrap_or_default();
    is_answer.then_some((half_word(datagram, 4)?, data, rest))
}

/// The data of the first attribute of that kind among `attributes`; `None` also where they end badly before.
pub(crate) fn attribute(mut attributes: &[u8], wanted: u16) -> Option<&[u8]> {
    // The two highest bits of the kind are flags.
    const KIND: u16 = 0x3fff;
    loop {
        let length = usize::from(half_word(attributes, 0)?);
        let data = attributes.get(ATTRIBUTE_BYTES..length)?;
        if half_word(attributes, 2)? & KIND == wanted {
            return Some(data);
        }
        attributes = attributes.get(length.next_multiple_of(4)..)?;
    }
}

/// Four bytes at `at` as a number in this machine's order.
pub(crate) fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// Two bytes at `at` as a number in this machine's order.
pub(crate) fn half_word(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(*bytes.get(at..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: u16 = 20;

    fn read(datagram: &[u8]) -> (Vec<Vec<u8>>, Result<bool, String>) {
        let mut entries = Vec::new();
        let read = read_datagram(datagram, &mut |kind, data| {
            entries.push(data.to_vec());
            (kind == ENTRY).then_some(())
        });
        (entries, read.map_err(|error| error.to_string()))
    }

    fn with_sequence(mut message: Vec<u8>, sequence: u32) -> Vec<u8> {
        message[8..12].copy_from_slice(&sequence.to_ne_bytes());
        message
    }

    #[test]
    fn a_table_in_two_datagrams() {
        let first = [message(NOOP, 2, b""), message(ENTRY, 2, b"five."), vec![0; 3], message(ENTRY, 2, b"four")];
        assert_eq!(read(&first.concat()), (vec![b"five.".to_vec(), b"four".to_vec()], Ok(false)));
        assert_eq!(read(&message(DONE, 2, &[0; 4])), (vec![], Ok(true)));
        assert_eq!(read(&message(DONE, 2, b"")), (vec![], Ok(true)));
    }

    #[test]
    fn what_the_kernel_refuses() {
        for kind in [ERROR, DONE] {
            let (_, read) = read(&message(kind, 0, &(-2_i32).to_ne_bytes()));
            assert_eq!(read, Err("netlink is refused: No such file or directory (os error 2)".to_owned()));
        }
        assert_eq!(refused(0x8000_0000).to_string().split(':').next(), Some("netlink is refused"));
    }

    #[test]
    fn datagrams_that_are_none() {
        let entry = message(ENTRY, 2, b"four");
        let mut long = entry.clone();
        long[0] = 200;
        let mut short = entry.clone();
        short[0] = 4;
        for (datagram, expected) in [
            (vec![], "a message"),
            (entry[..10].to_vec(), "messages by their length"),
            (entry[..19].to_vec(), "messages by their length"),
            (long, "messages by their length"),
            (short, "messages by their length"),
            (with_sequence(entry, 7), "messages by their length"),
            (message(ENTRY + 1, 2, b"four"), "an entry's fields"),
            (message(ERROR, 2, b""), "an error's number"),
            (message(OVERRUN, 2, b""), "all of the messages"),
        ] {
            assert_eq!(read(&datagram).1, Err(format!("answer of netlink: expected {expected}")), "{datagram:?}");
        }
    }

    #[test]
    fn attributes_and_bytes_that_are_none() {
        let attribute_of =
            |kind: u16, length: u16, data: &[u8]| [&length.to_ne_bytes(), &kind.to_ne_bytes(), data].concat();
        let two = [attribute_of(1, 5, b"a\0\0\0"), attribute_of(0x8002, 8, b"four")].concat();
        assert_eq!(
            (attribute(&two, 1), attribute(&two, 2), attribute(&two, 3)),
            (Some(&b"a"[..]), Some(&b"four"[..]), None)
        );
        for bad in [attribute_of(1, 3, b""), attribute_of(1, 9, b"four"), attribute_of(1, 0, b""), vec![0, 0]] {
            assert_eq!(attribute(&bad, 1), None, "{bad:?}");
        }
    }
}
