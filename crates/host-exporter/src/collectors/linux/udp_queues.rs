//! What waits in the queues of UDP sockets.

use exporter_toolkit::{Collector, Outcome, Watch};
use exposition::{Desc, Families, Kind};
use linux_procfs::{ReadError, Socket, Source, parse_sockets, present};

use crate::config::Config;

static QUEUES: Desc = Desc {
    name: "node_udp_queues",
    help: "Bytes in the queues of all UDP sockets (/proc/net/udp, /proc/net/udp6).",
    kind: Kind::Gauge,
    labels: &["ip", "queue"],
};

/// The files, and how their family is called.
const FILES: [(&str, &str); 2] = [("udp", "v4"), ("udp6", "v6")];

pub(crate) struct UdpQueues {
    sources: [Source; 2],
    queues: [Option<Queued>; 2],
}

/// The bytes in all queues of a family's sockets.
#[derive(Default, Clone, Copy)]
struct Queued {
    transmit: u64,
    receive: u64,
}

impl UdpQueues {
    pub(crate) fn new(config: &Config) -> Self {
        UdpQueues { sources: FILES.map(|(file, _)| config.linux.network(file)), queues: [None; 2] }
    }

    /// A kernel may lack IPv4 or IPv6.
    fn read_all(&mut self) -> Result<(), ReadError> {
        self.queues = [None; 2];
        for (source, queues) in self.sources.iter_mut().zip(&mut self.queues) {
            let mut sum = Queued::default();
            let add = |socket: Socket| {
                sum.transmit += u64::from(socket.transmit_queue);
                sum.receive += u64::from(socket.receive_queue);
            };
            *queues = present(source.parse(|bytes| parse_sockets(bytes, add)))?.map(|()| sum);
        }
        Ok(())
    }
}

impl Collector for UdpQueues {
    fn read(&mut self, _: &Watch<'_>) -> Outcome {
        match self.read_all() {
            Ok(()) if self.queues.iter().all(Option::is_none) => Outcome::NoData,
            read => read.into(),
        }
    }

    fn samples(&self, out: &mut Families) {
        samples(&self.queues, out);
    }
}

fn samples(queues: &[Option<Queued>; 2], out: &mut Families) {
    for ((_, ip), queued) in FILES.iter().zip(queues) {
        if let Some(queued) = queued {
            out.add(&QUEUES, &[ip, "tx"], queued.transmit);
            out.add(&QUEUES, &[ip, "rx"], queued.receive);
        }
    }
}
