//! `/proc/net/rpc/nfs` and `/proc/net/rpc/nfsd`: what this machine asked of NFS servers, and what was asked of its own.

use crate::error::Malformed;
use crate::fields::{columns, lines, next, number, numbers};

/// Calls of the NFS client since its module was loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NfsClient {
    /// What came over the network.
    pub network: RpcNetwork,
    /// Calls made.
    pub calls: u64,
    /// Calls sent again.
    pub retransmissions: u64,
    /// Times that credentials were asked for anew.
    pub auth_refreshes: u64,
    /// Calls of NFSv2, in the order of the protocol's numbers.
    pub v2: V2Calls,
    /// Calls of NFSv3, in the order of the protocol's numbers.
    pub v3: V3Calls,
    /// Calls of NFSv4, in the order of the kernel's list of them (`nfs4_procedures`), as far as `CLONE`.
    pub v4: V4Calls,
}

/// Calls to the NFS server since its module was loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the kernel's names of its numbers")]
pub struct NfsServer {
    pub reply_cache_hits: u64,
    pub reply_cache_misses: u64,
    pub reply_cache_uncached: u64,
    pub stale_file_handles: u64,
    pub read_bytes: u64,
    pub written_bytes: u64,
    pub threads: u64,
    /// Since Linux 5.4 there is no such cache, and the numbers are 0.
    pub read_ahead: Option<ReadAhead>,
    pub network: RpcNetwork,
    pub calls: u64,
    pub bad_format: u64,
    pub bad_auth: u64,
    pub bad_client: u64,
    /// Calls of NFSv2, in the order of the protocol's numbers.
    pub v2: V2Calls,
    /// Calls of NFSv3, in the order of the protocol's numbers.
    pub v3: V3Calls,
    /// Operations of NFSv4 by the protocol's numbers (RFC 7530, 16), of which 0 to 2 are none.
    pub v4: V4Operations,
    /// GETATTR that met the write delegation of another client.
    pub delegated_getattr: u64,
}

/// The cache of how far files were read ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the kernel's names of its numbers")]
pub struct ReadAhead {
    pub size: u64,
    pub not_found: u64,
}

/// Packets and connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the kernel's names of its numbers")]
pub struct RpcNetwork {
    pub udp: u64,
    pub tcp: u64,
    pub tcp_connections: u64,
}

/// Counts of calls: 0 for one that this kernel does not know, of which there never was any.
pub type V2Calls = [u64; 18];
/// As [`V2Calls`].
pub type V3Calls = [u64; 22];
/// As [`V2Calls`].
pub type V4Calls = [u64; 59];
/// As [`V2Calls`].
pub type V4Operations = [u64; 40];

/// Reads `/proc/net/rpc/nfs`.
///
/// # Errors
/// No `net` or `rpc` line; one of them, or a list of calls, that is too short or holds anything but numbers.
pub fn parse_nfs(bytes: &[u8]) -> Result<NfsClient, Malformed> {
    let (mut network, mut rpc) = (None, None);
    let (mut v2, mut v3, mut v4) = ([0; _], [0; _], [0; _]);
    for (line, bytes) in lines(bytes) {
        let mut columns = columns(bytes);
        match columns.next() {
            Some(b"net") => network = Some(parse_network(line, columns)?),
            Some(b"rpc") => rpc = Some(numbers(&mut columns, line, MORE)?),
            Some(b"proc2") => calls(line, columns, &mut v2)?,
            Some(b"proc3") => calls(line, columns, &mut v3)?,
            Some(b"proc4") => calls(line, columns, &mut v4)?,
            _ => {}
        }
    }
    let network = network.ok_or(NO_NETWORK)?;
    let [calls, retransmissions, auth_refreshes] = rpc.ok_or(NO_RPC)?;
    Ok(NfsClient { network, calls, retransmissions, auth_refreshes, v2, v3, v4 })
}

/// Reads `/proc/net/rpc/nfsd`.
///
/// # Errors
/// No `rc`, `fh`, `io`, `th`, `net` or `rpc` line; a line that is too short or holds anything but numbers.
pub fn parse_nfsd(bytes: &[u8]) -> Result<NfsServer, Malformed> {
    let (mut reply_cache, mut file_handles, mut io, mut threads) = (None, None, None, None);
    let (mut read_ahead, mut network, mut rpc) = (None, None, None);
    let (mut v2, mut v3, mut v4, mut delegated_getattr) = ([0; _], [0; _], [0; _], 0);
    for (line, bytes) in lines(bytes) {
        let mut columns = columns(bytes);
        match columns.next() {
            Some(b"rc") => reply_cache = Some(numbers(&mut columns, line, MORE)?),
            Some(b"fh") => file_handles = Some(numbers(&mut columns, line, MORE)?),
            Some(b"io") => io = Some(numbers(&mut columns, line, MORE)?),
            Some(b"th") => threads = Some(numbers(&mut columns, line, MORE)?),
            Some(b"ra") => {
                // Between the two stand ten numbers of how far from its end the cache was searched.
                let [size, .., not_found]: [u64; 12] = numbers(&mut columns, line, MORE)?;
                read_ahead = Some(ReadAhead { size, not_found });
            }
            Some(b"net") => network = Some(parse_network(line, columns)?),
            Some(b"rpc") => rpc = Some(numbers(&mut columns, line, MORE)?),
            Some(b"proc2") => calls(line, columns, &mut v2)?,
            Some(b"proc3") => calls(line, columns, &mut v3)?,
            Some(b"proc4ops") => calls(line, columns, &mut v4)?,
            Some(b"wdeleg_getattr") => [delegated_getattr] = numbers(&mut columns, line, MORE)?,
            _ => {}
        }
    }
    let missing = |expected| Malformed { line: 1, expected };
    let [reply_cache_hits, reply_cache_misses, reply_cache_uncached] = reply_cache.ok_or(missing("an rc line"))?;
    let [stale_file_handles] = file_handles.ok_or(missing("an fh line"))?;
    let [read_bytes, written_bytes] = io.ok_or(missing("an io line"))?;
    let [threads] = threads.ok_or(missing("a th line"))?;
    let network = network.ok_or(NO_NETWORK)?;
    let [calls, _, bad_format, bad_auth, bad_client] = rpc.ok_or(NO_RPC)?;
    Ok(NfsServer {
        reply_cache_hits,
        reply_cache_misses,
        reply_cache_uncached,
        stale_file_handles,
        read_bytes,
        written_bytes,
        threads,
        read_ahead,
        network,
        calls,
        bad_format,
        bad_auth,
        bad_client,
        v2,
        v3,
        v4,
        delegated_getattr,
    })
}

const MORE: &str = "more numbers";
const NO_NETWORK: Malformed = Malformed { line: 1, expected: "a net line" };
const NO_RPC: Malformed = Malformed { line: 1, expected: "an rpc line" };

fn parse_network<'l>(line: usize, mut columns: impl Iterator<Item = &'l [u8]>) -> Result<RpcNetwork, Malformed> {
    let [_, udp, tcp, tcp_connections] = numbers(&mut columns, line, MORE)?;
    Ok(RpcNetwork { udp, tcp, tcp_connections })
}

/// Numbers behind how many they are; those that there is no room for belong to calls of a newer kernel.
fn calls<'l>(line: usize, mut columns: impl Iterator<Item = &'l [u8]>, calls: &mut [u64]) -> Result<(), Malformed> {
    let malformed = Malformed { line, expected: "a number of calls, and a number for each" };
    let announced: usize = next(&mut columns, line, malformed.expected)?;
    let mut given = 0;
    for column in columns {
        let count = number(column).ok_or(malformed)?;
        if let Some(slot) = calls.get_mut(given) {
            *slot = count;
        }
        given += 1;
    }
    if given == announced { Ok(()) } else { Err(malformed) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NETWORK: RpcNetwork = RpcNetwork { udp: 1, tcp: 2, tcp_connections: 3 };

    #[test]
    fn a_client_without_nfs_2() {
        let calls: Vec<String> = (1..=69).map(|call| call.to_string()).collect();
        let (v3, v4) = (calls[..22].join(" "), calls.join(" "));
        let text = format!("net 4 1 2 3\nrpc 90 5 91\nproc3 22 {v3}\nproc4 69 {v4}\nproc5 1 7\n");
        let client = NfsClient {
            network: NETWORK,
            calls: 90,
            retransmissions: 5,
            auth_refreshes: 91,
            v2: [0; 18],
            v3: std::array::from_fn(|call| call as u64 + 1),
            v4: std::array::from_fn(|call| call as u64 + 1),
        };
        assert_eq!(parse_nfs(text.as_bytes()), Ok(client));
    }

    #[test]
    fn a_server_of_an_old_kernel() {
        let text = b"rc 1 2 18446744073709551615\nfh 4 0 0 0 0\nio 5 6\n\
            th 8 0 0.000 0.000 0.000 0.000 0.000 0.000 0.000 0.000 0.000 0.000\nra 32 0 0 0 0 0 0 0 0 0 0 9\n\
            net 4 1 2 3\nrpc 10 6 1 2 3\nproc2 18 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18\nproc4ops 4 0 0 0 7\n";
        let mut v4 = [0; 40];
        v4[3] = 7;
        let server = NfsServer {
            reply_cache_hits: 1,
            reply_cache_misses: 2,
            reply_cache_uncached: u64::MAX,
            stale_file_handles: 4,
            read_bytes: 5,
            written_bytes: 6,
            threads: 8,
            read_ahead: Some(ReadAhead { size: 32, not_found: 9 }),
            network: NETWORK,
            calls: 10,
            bad_format: 1,
            bad_auth: 2,
            bad_client: 3,
            v2: std::array::from_fn(|call| call as u64 + 1),
            v3: [0; 22],
            v4,
            delegated_getattr: 0,
        };
        assert_eq!(parse_nfsd(text), Ok(server.clone()));
        let text = [&text[..text.len() - 1], b"\nwdeleg_getattr 11\n"].concat();
        assert_eq!(parse_nfsd(&text), Ok(NfsServer { delegated_getattr: 11, ..server }));
    }

    #[test]
    fn lines_that_are_missing_or_cut_off() {
        let client = |text: &str| parse_nfs(text.as_bytes()).unwrap_err();
        assert_eq!(client("").expected, "a net line");
        assert_eq!(client("net 4 1 2 3\n").expected, "an rpc line");
        assert_eq!(client("net 4 1 2\n"), Malformed { line: 1, expected: "more numbers" });
        for calls in ["3 1 2", "1 1 2", "2 1 -2", "", "18446744073709551616 1"] {
            let malformed = Malformed { line: 1, expected: "a number of calls, and a number for each" };
            assert_eq!(client(&format!("proc4 {calls}\n")), malformed, "{calls}");
        }
        let server = |text: &str| parse_nfsd(text.as_bytes()).unwrap_err();
        assert_eq!(server("net 4 1 2 3\n").expected, "an rc line");
        assert_eq!(server("th\n"), Malformed { line: 1, expected: "more numbers" });
        assert_eq!(server("ra 32 0 0 0 0 0 0 0 0 0 0\n"), Malformed { line: 1, expected: "more numbers" });
    }
}
