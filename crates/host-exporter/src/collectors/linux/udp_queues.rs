//! What waits in the queues of UDP sockets.

use exporter_toolkit::{Collector, Outcome, Watch};
use exposition::{Desc, Families, Kind};
use linux_procfs::{Source, parse_sockets};

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
}

impl Collector for UdpQueues {
    /// A kernel may lack IPv4 or IPv6.
    fn read(&mut self, _: &Watch<'_>) -> Outcome {
        self.queues = [None; 2];
        for (source, queues) in self.sources.iter_mut().zip(&mut self.queues) {
            let mut sum = Queued::default();
            let read = source.parse(|bytes| {
                parse_sockets(bytes, |socket| {
                    sum.transmit += u64::from(socket.transmit_queue);
                    sum.receive += u64::from(socket.receive_queue);
                })
            });
            match read {
                Ok(()) => *queues = Some(sum),
                Err(error) if error.is_absent() => {}
                Err(error) => return Outcome::Failed(error.into()),
            }
        }
        if self.queues.iter().all(Option::is_none) { Outcome::NoData } else { Outcome::Ok }
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
