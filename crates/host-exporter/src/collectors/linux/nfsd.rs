//! Calls to the NFS server.

use exporter_toolkit::{Collector, Outcome, Watch};
use exposition::{Desc, Families, Kind};
use linux_procfs::{NfsServer, Source, parse_nfsd};

use super::found;
use super::nfs::{V2_PROCEDURES, V3_PROCEDURES, requests};
use crate::config::Config;

/// A number of the server.
struct Single {
    desc: Desc,
    value: fn(&NfsServer) -> Option<u64>,
}

macro_rules! single {
    ($name:literal, $kind:ident, $what:literal, $line:literal, $value:expr) => {
        Single {
            desc: Desc {
                name: concat!("node_nfsd_", $name),
                help: concat!($what, " (/proc/net/rpc/nfsd, ", $line, ")."),
                kind: Kind::$kind,
                labels: &[],
            },
            value: $value,
        }
    };
}

#[rustfmt::skip]
static SINGLES: [Single; 11] = [
    single!("reply_cache_hits_total", Counter, "Calls that came again and were answered from the reply cache", "rc",
            |server| Some(server.reply_cache_hits)),
    single!("reply_cache_misses_total", Counter, "Calls whose reply was put into the reply cache", "rc",
            |server| Some(server.reply_cache_misses)),
    single!("reply_cache_nocache_total", Counter, "Calls that need no reply cache", "rc",
            |server| Some(server.reply_cache_uncached)),
    single!("file_handles_stale_total", Counter, "File handles that had become stale", "fh",
            |server| Some(server.stale_file_handles)),
    single!("disk_bytes_read_total", Counter, "Bytes that the NFS server read", "io", |server| Some(server.read_bytes)),
    single!("disk_bytes_written_total", Counter, "Bytes that the NFS server wrote", "io",
            |server| Some(server.written_bytes)),
    single!("server_threads", Gauge, "Threads of the NFS server", "th", |server| Some(server.threads)),
    single!("read_ahead_cache_size_blocks", Gauge, "Entries of the read-ahead cache, which Linux lacks since 5.4", "ra",
            |server| server.read_ahead.map(|cache| cache.size)),
    single!("read_ahead_cache_not_found_total", Counter, "Reads without an entry in the read-ahead cache", "ra",
            |server| server.read_ahead.map(|cache| cache.not_found)),
    single!("connections_total", Counter, "TCP connections to the NFS server", "net",
            |server| Some(server.network.tcp_connections)),
    single!("server_rpcs_total", Counter, "Calls to the NFS server", "rpc", |server| Some(server.calls)),
];

static PACKETS: Desc = Desc {
    name: "node_nfsd_packets_total",
    help: "Packets of the NFS server by transport (/proc/net/rpc/nfsd, net).",
    kind: Kind::Counter,
    labels: &["proto"],
};
static RPC_ERRORS: Desc = Desc {
    name: "node_nfsd_rpc_errors_total",
    help: "Calls that the NFS server refused by what was wrong with them (/proc/net/rpc/nfsd, rpc).",
    kind: Kind::Counter,
    labels: &["error"],
};
static REQUESTS: Desc = Desc {
    name: "node_nfsd_requests_total",
    help: "Calls to the NFS server by version and procedure (/proc/net/rpc/nfsd, proc2, proc3, proc4ops).",
    kind: Kind::Counter,
    labels: &["method", "proto"],
};

/// NFSv4's operations and their numbers; the peer shows neither PUTPUBFH (23) nor PUTROOTFH (24).
#[rustfmt::skip]
static V4_OPERATIONS: [(&str, usize); 35] = [
    ("Access", 3), ("Close", 4), ("Commit", 5), ("Create", 6), ("DelegPurge", 7), ("DelegReturn", 8), ("GetAttr", 9),
    ("GetFH", 10), ("Link", 11), ("Lock", 12), ("Lockt", 13), ("Locku", 14), ("Lookup", 15), ("LookupRoot", 16),
    ("Nverify", 17), ("Open", 18), ("OpenAttr", 19), ("OpenConfirm", 20), ("OpenDgrd", 21), ("PutFH", 22),
    ("Read", 25), ("ReadDir", 26), ("ReadLink", 27), ("Remove", 28), ("Rename", 29), ("Renew", 30), ("RestoreFH", 31),
    ("SaveFH", 32), ("SecInfo", 33), ("SetAttr", 34), ("SetClientID", 35), ("SetClientIDConfirm", 36), ("Verify", 37),
    ("Write", 38), ("RelLockOwner", 39),
];

pub(crate) struct Nfsd {
    source: Source,
    server: Option<NfsServer>,
}

impl Nfsd {
    pub(crate) fn new(config: &Config) -> Self {
        Nfsd { source: config.linux.network("rpc/nfsd"), server: None }
    }
}

impl Collector for Nfsd {
    /// The file is there once the server's module is loaded.
    fn read(&mut self, _: &Watch<'_>) -> Outcome {
        self.server = None;
        found(self.source.parse(parse_nfsd).map(|server| self.server = Some(server)))
    }

    fn samples(&self, out: &mut Families) {
        self.server.iter().for_each(|server| samples(server, out));
    }
}

fn samples(server: &NfsServer, out: &mut Families) {
    for Single { desc, value } in &SINGLES {
        out.add_some(desc, &[], value(server));
    }
    out.add(&PACKETS, &["udp"], server.network.udp);
    out.add(&PACKETS, &["tcp"], server.network.tcp);
    for (error, calls) in [("fmt", server.bad_format), ("auth", server.bad_auth), ("cInt", server.bad_client)] {
        out.add(&RPC_ERRORS, &[error], calls);
    }
    // Of the two older versions all but Null.
    requests(&REQUESTS, "2", V2_PROCEDURES.iter().zip(&server.v2).skip(1), out);
    requests(&REQUESTS, "3", V3_PROCEDURES.iter().zip(&server.v3).skip(1), out);
    requests(&REQUESTS, "4", V4_OPERATIONS.iter().map(|(name, number)| (name, &server.v4[*number])), out);
    out.add(&REQUESTS, &["WdelegGetattr", "4"], server.delegated_getattr);
}
