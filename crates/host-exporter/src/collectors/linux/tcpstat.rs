//! TCP sockets by state.

use std::error::Error;

use exporter_toolkit::{Collector, Outcome, Watch};
use exposition::{Desc, Families, Kind};
use linux_procfs::{NetlinkError, ReadError, Source, TcpSockets, present, read_tcp_sockets};

use crate::config::Config;

static STATES: Desc = Desc {
    name: "node_tcp_connection_states",
    help: "TCP sockets by state, and bytes in the queues of all (netlink sock_diag, or /proc/net/tcp and tcp6).",
    kind: Kind::Gauge,
    labels: &["state"],
};

/// The states by the kernel's numbers.
const NAMES: [&str; 12] = [
    "unknown",
    "established",
    "syn_sent",
    "syn_recv",
    "fin_wait1",
    "fin_wait2",
    "time_wait",
    "close",
    "close_wait",
    "last_ack",
    "listen",
    "closing",
];

pub(crate) struct TcpStat {
    sources: [Source; 2],
    /// Whether the kernel is asked by netlink, or the files read.
    by_netlink: bool,
    /// `None` where there is no TCP.
    sockets: Option<TcpSockets>,
}

impl TcpStat {
    pub(crate) fn new(config: &Config) -> Self {
        let sources = ["tcp", "tcp6"].map(|file| config.linux.network(file));
        TcpStat { sources, by_netlink: config.linux.roots.is_own_network(), sockets: None }
    }

    fn read_all(&mut self) -> Result<(), Box<dyn Error + Send + Sync>> {
        self.sockets = None;
        self.sockets = match self.by_netlink.then(read_tcp_sockets) {
            None | Some(Err(NetlinkError::Refused(_))) => self.read_files()?,
            Some(read) => Some(read?),
        };
        Ok(())
    }

    /// A kernel may lack IPv4 or IPv6.
    fn read_files(&mut self) -> Result<Option<TcpSockets>, ReadError> {
        let mut sockets = TcpSockets::default();
        let mut is_there = false;
        for source in &mut self.sources {
            is_there |= present(source.parse(|bytes| sockets.add(bytes)))?.is_some();
        }
        Ok(is_there.then_some(sockets))
    }
}

impl Collector for TcpStat {
    fn read(&mut self, _: &Watch<'_>) -> Outcome {
        match self.read_all() {
            Ok(()) if self.sockets.is_none() => Outcome::NoData,
            read => read.into(),
        }
    }

    fn samples(&self, out: &mut Families) {
        if let Some(sockets) = &self.sockets {
            samples(sockets, out);
        }
    }
}

/// States that no socket is in are left out, and the queues where there is no socket, as the peer has it.
fn samples(sockets: &TcpSockets, out: &mut Families) {
    for (name, count) in NAMES.iter().zip(sockets.by_state).filter(|(_, count)| *count > 0) {
        out.add(&STATES, &[name], count);
    }
    if sockets.by_state.iter().any(|count| *count > 0) {
        out.add(&STATES, &["rx_queued_bytes"], sockets.receive_queue);
        out.add(&STATES, &["tx_queued_bytes"], sockets.transmit_queue);
    }
}
