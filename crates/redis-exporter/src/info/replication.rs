//! Replication: the masters of a replica, and the replicas of a master.

use crate::info::Info;
use crate::info::pairs::{get, whole};

/// More masters, and more replicas, than this are not looked at.
const MOST: usize = 256;

/// A master that the server replicates. KeyDB may have several.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Master<'i> {
    pub(crate) host: &'i str,
    pub(crate) port: &'i str,
    pub(crate) link_up: Option<bool>,
    /// Seconds since it was last heard of; -1 without a link.
    pub(crate) last_io_seconds_ago: Option<i64>,
    pub(crate) sync_in_progress: Option<u64>,
    /// Bytes of its stream that were executed.
    pub(crate) offset: Option<u64>,
    /// Bytes of its stream that were read.
    pub(crate) read_offset: Option<u64>,
    /// Bytes of a synchronization that runs.
    pub(crate) sync_total_bytes: Option<u64>,
    pub(crate) sync_read_bytes: Option<u64>,
    pub(crate) sync_left_bytes: Option<u64>,
    /// Seconds since there is no link.
    pub(crate) link_down_seconds: Option<u64>,
}

/// A server that replicates this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Replica<'i> {
    pub(crate) ip: &'i str,
    pub(crate) port: &'i str,
    /// `online` once it follows the stream.
    pub(crate) state: &'i str,
    /// Bytes of the stream that it has acknowledged.
    pub(crate) offset: u64,
    /// Seconds since it last did.
    pub(crate) lag_seconds: Option<u64>,
}

impl Info {
    /// The masters, each once, by host and port.
    pub(crate) fn masters(&self) -> Vec<Master<'_>> {
        let mut masters: Vec<Master<'_>> = Vec::new();
        let (mut host, mut current) = ("", None);
        for field in self.fields() {
            let value = field.value;
            let name = match of_a_master(field.name) {
                Some("host") => {
                    (host, current) = (value, None);
                    continue;
                }
                Some("port") => {
                    let known = masters.iter().position(|master| (master.host, master.port) == (host, value));
                    current = known.or_else(|| {
                        let master = Master { host, port: value, ..Master::default() };
                        (masters.len() < MOST).then(|| masters.push(master))?;
                        Some(masters.len() - 1)
                    });
                    continue;
                }
                Some(name) => name,
                None => field.name,
            };
            let Some(master) = current.and_then(|index: usize| masters.get_mut(index)) else { continue };
            match name {
                "link_status" => first(&mut master.link_up, || Some(value == "up")),
                "last_io_seconds_ago" => first(&mut master.last_io_seconds_ago, || value.parse().ok()),
                "sync_in_progress" => first(&mut master.sync_in_progress, || value.parse().ok()),
                "slave_repl_offset" => first(&mut master.offset, || value.parse().ok()),
                "slave_read_repl_offset" => first(&mut master.read_offset, || value.parse().ok()),
                "sync_total_bytes" => first(&mut master.sync_total_bytes, || value.parse().ok()),
                "sync_read_bytes" => first(&mut master.sync_read_bytes, || value.parse().ok()),
                "sync_left_bytes" => first(&mut master.sync_left_bytes, || value.parse().ok()),
                "link_down_since_seconds" => first(&mut master.link_down_seconds, || value.parse().ok()),
                _ => {}
            }
        }
        masters
    }

    /// The replicas, each once, by address and state.
    pub(crate) fn replicas(&self) -> Vec<Replica<'_>> {
        let mut replicas: Vec<Replica<'_>> = Vec::new();
        for (_, value) in self.numbered("slave") {
            // Without an offset it is a line of Dragonfly, whose lag is no time.
            let Some(offset) = whole(value, "offset") else { continue };
            let text = |name| get(value, name).unwrap_or_default();
            let lag_seconds = whole(value, "lag");
            let replica = Replica { ip: text("ip"), port: text("port"), state: text("state"), offset, lag_seconds };
            let same =
                |other: &Replica<'_>| (other.ip, other.port, other.state) == (replica.ip, replica.port, replica.state);
            if replicas.len() < MOST && !replicas.iter().any(same) {
                replicas.push(replica);
            }
        }
        replicas
    }
}

/// `link_status` of `master_link_status`, and of `master_2_link_status`.
fn of_a_master(name: &str) -> Option<&str> {
    let name = name.strip_prefix("master_")?;
    let unnumbered = name.trim_start_matches(|c: char| c.is_ascii_digit());
    if unnumbered.len() < name.len() { unnumbered.strip_prefix('_') } else { Some(name) }
}

fn first<T>(slot: &mut Option<T>, value: impl FnOnce() -> Option<T>) {
    if slot.is_none() {
        *slot = value();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::info::info;

    #[test]
    fn a_replica_that_is_being_synchronized() {
        let info = info(
            "# Replication\r\nrole:slave\r\nmaster_host:10.0.0.1\r\nmaster_port:6379\r\nmaster_link_status:down\r\n\
             master_last_io_seconds_ago:-1\r\nmaster_sync_in_progress:1\r\nslave_read_repl_offset:8\r\n\
             slave_repl_offset:7\r\nmaster_sync_total_bytes:100\r\nmaster_sync_read_bytes:40\r\n\
             master_sync_left_bytes:60\r\nmaster_sync_perc:40.00\r\nmaster_sync_last_io_seconds_ago:0\r\n\
             master_link_down_since_seconds:12\r\nmaster_repl_offset:7\r\n",
        );
        let expected = Master {
            host: "10.0.0.1",
            port: "6379",
            link_up: Some(false),
            last_io_seconds_ago: Some(-1),
            sync_in_progress: Some(1),
            offset: Some(7),
            read_offset: Some(8),
            sync_total_bytes: Some(100),
            sync_read_bytes: Some(40),
            sync_left_bytes: Some(60),
            link_down_seconds: Some(12),
        };
        assert_eq!(info.masters(), [expected]);
    }

    #[test]
    fn two_masters_of_keydb() {
        let info = info(
            "master_host:kdb0\nmaster_port:6377\nmaster_link_status:up\nslave_repl_offset:5\n\
             master_1_host:kdb1\nmaster_1_port:6377\nmaster_1_link_status:down\nslave_repl_offset:6\n\
             master_2_host:kdb0\nmaster_2_port:6377\nmaster_2_link_status:down\n",
        );
        let master = Master { host: "kdb0", port: "6377", ..Master::default() };
        assert_eq!(
            info.masters(),
            [
                Master { link_up: Some(true), offset: Some(5), ..master },
                Master { host: "kdb1", link_up: Some(false), offset: Some(6), ..master },
            ]
        );
    }

    #[test]
    fn a_master_of_nobody() {
        let info = info("role:master\nmaster_failover_state:no-failover\nmaster_replid:ab\nmaster_repl_offset:7\n");
        assert_eq!((info.masters(), info.replicas()), (vec![], vec![]));
    }

    #[test]
    fn replicas_of_several_versions() {
        let info = info(
            "slave0:ip=10.0.0.2,port=6379,state=online,offset=70,lag=1\n\
             slave1:ip=2a00::1,port=6379,state=online,offset=60,lag=0,type=replica\n\
             slave2:offset=5\n\
             slave2:offset=6\n\
             slave3:ip=10.0.0.4,port=6379,state=online,lag=17\n\
             slave:offset=1\nslaveA:offset=1\nslave4:offset=-1\nslave_read_only:1\n",
        );
        let replica = |ip, offset, lag_seconds| Replica { ip, port: "6379", state: "online", offset, lag_seconds };
        assert_eq!(
            info.replicas(),
            [
                replica("10.0.0.2", 70, Some(1)),
                replica("2a00::1", 60, Some(0)),
                Replica { ip: "", port: "", state: "", offset: 5, lag_seconds: None },
            ]
        );
    }
}
