//! Calls of the NFS client.

use exporter_toolkit::{Collector, Outcome, Watch};
use exposition::{Desc, Families, Kind};
use linux_procfs::{NfsClient, RpcNetwork, Source, parse_nfs};

use super::found;
use crate::config::Config;

static PACKETS: Desc = Desc {
    name: "node_nfs_packets_total",
    help: "Packets of the NFS client by transport (/proc/net/rpc/nfs, net).",
    kind: Kind::Counter,
    labels: &["protocol"],
};
static CONNECTIONS: Desc = Desc {
    name: "node_nfs_connections_total",
    help: "TCP connections of the NFS client (/proc/net/rpc/nfs, net).",
    kind: Kind::Counter,
    labels: &[],
};
static RPCS: Desc = Desc {
    name: "node_nfs_rpcs_total",
    help: "Calls that the NFS client made (/proc/net/rpc/nfs, rpc).",
    kind: Kind::Counter,
    labels: &[],
};
static RETRANSMISSIONS: Desc = Desc {
    name: "node_nfs_rpc_retransmissions_total",
    help: "Calls that the NFS client sent again (/proc/net/rpc/nfs, rpc).",
    kind: Kind::Counter,
    labels: &[],
};
static AUTH_REFRESHES: Desc = Desc {
    name: "node_nfs_rpc_authentication_refreshes_total",
    help: "Times that the NFS client renewed its credentials (/proc/net/rpc/nfs, rpc).",
    kind: Kind::Counter,
    labels: &[],
};
static REQUESTS: Desc = Desc {
    name: "node_nfs_requests_total",
    help: "Calls that the NFS client made by version and procedure (/proc/net/rpc/nfs, proc2 to proc4).",
    kind: Kind::Counter,
    labels: &["method", "proto"],
};

/// NFSv2's procedures by number.
#[rustfmt::skip]
pub(super) static V2_PROCEDURES: [&str; 18] = [
    "Null", "GetAttr", "SetAttr", "Root", "Lookup", "ReadLink", "Read", "WrCache", "Write", "Create", "Remove",
    "Rename", "Link", "SymLink", "MkDir", "RmDir", "ReadDir", "FsStat",
];

/// NFSv3's procedures by number.
#[rustfmt::skip]
pub(super) static V3_PROCEDURES: [&str; 22] = [
    "Null", "GetAttr", "SetAttr", "Lookup", "Access", "ReadLink", "Read", "Write", "Create", "MkDir", "SymLink",
    "MkNod", "Remove", "RmDir", "Rename", "Link", "ReadDir", "ReadDirPlus", "FsStat", "FsInfo", "PathConf", "Commit",
];

/// NFSv4's calls as the kernel lists them.
#[rustfmt::skip]
static V4_PROCEDURES: [&str; 59] = [
    "Null", "Read", "Write", "Commit", "Open", "OpenConfirm", "OpenNoattr", "OpenDowngrade", "Close", "Setattr",
    "FsInfo", "Renew", "SetClientID", "SetClientIDConfirm", "Lock", "Lockt", "Locku", "Access", "Getattr", "Lookup",
    "LookupRoot", "Remove", "Rename", "Link", "Symlink", "Create", "Pathconf", "StatFs", "ReadLink", "ReadDir",
    "ServerCaps", "DelegReturn", "GetACL", "SetACL", "FsLocations", "ReleaseLockowner", "Secinfo", "FsidPresent",
    "ExchangeID", "CreateSession", "DestroySession", "Sequence", "GetLeaseTime", "ReclaimComplete", "GetDeviceInfo",
    "LayoutGet", "LayoutCommit", "LayoutReturn", "SecinfoNoName", "TestStateID", "FreeStateID", "GetDeviceList",
    "BindConnToSession", "DestroyClientID", "Seek", "Allocate", "DeAllocate", "LayoutStats", "Clone",
];

pub(crate) struct Nfs {
    source: Source,
    client: Option<NfsClient>,
}

impl Nfs {
    pub(crate) fn new(config: &Config) -> Self {
        Nfs { source: config.linux.network("rpc/nfs"), client: None }
    }
}

impl Collector for Nfs {
    /// The file is there once the client's module is loaded.
    fn read(&mut self, _: &Watch<'_>) -> Outcome {
        self.client = None;
        found(self.source.parse(parse_nfs).map(|client| self.client = Some(client)))
    }

    fn samples(&self, out: &mut Families) {
        self.client.iter().for_each(|client| samples(client, out));
    }
}

fn samples(client: &NfsClient, out: &mut Families) {
    let RpcNetwork { udp, tcp, tcp_connections } = client.network;
    out.add(&PACKETS, &["udp"], udp);
    out.add(&PACKETS, &["tcp"], tcp);
    out.add(&CONNECTIONS, &[], tcp_connections);
    out.add(&RPCS, &[], client.calls);
    out.add(&RETRANSMISSIONS, &[], client.retransmissions);
    out.add(&AUTH_REFRESHES, &[], client.auth_refreshes);
    requests(&REQUESTS, "2", V2_PROCEDURES.iter().zip(&client.v2), out);
    requests(&REQUESTS, "3", V3_PROCEDURES.iter().zip(&client.v3), out);
    requests(&REQUESTS, "4", V4_PROCEDURES.iter().zip(&client.v4), out);
}

/// Stages the counts of one version of the protocol by procedure.
pub(super) fn requests<'c>(
    desc: &Desc,
    version: &str,
    counts: impl Iterator<Item = (&'c &'static str, &'c u64)>,
    out: &mut Families,
) {
    counts.for_each(|(procedure, count)| out.add(desc, &[procedure, version], *count));
}
