//! Masters and replicas.

use exposition::{Desc, Kind};

use crate::info::{Info, Master, Replica};
use crate::page::Out;

/// Gauges with these labels; the help texts name their fields.
macro_rules! gauges {
    ($labels:ident: $($desc:ident $name:literal $help:literal;)*) => {
        $(static $desc: Desc = Desc { name: $name, help: $help, kind: Kind::Gauge, labels: $labels };)*
    };
}

const OF_MASTER: &[&str] = &["master_host", "master_port"];
gauges! { OF_MASTER:
    LINK_UP "redis_master_link_up" "1 if there is a link to the master (master_link_status).";
    LAST_IO "redis_master_last_io_seconds_ago"
        "Seconds since the master was last heard of, -1 without a link (master_last_io_seconds_ago).";
    SYNCING "redis_master_sync_in_progress" "1 while the master sends all data (master_sync_in_progress).";
    OFFSET "redis_slave_repl_offset" "Bytes of the master's stream that were executed (slave_repl_offset).";
    READ_OFFSET "redis_slave_read_repl_offset" "Bytes of the master's stream that were read (slave_read_repl_offset).";
    SYNC_TOTAL "redis_master_sync_total_bytes" "Bytes of data that the master sends (master_sync_total_bytes).";
    SYNC_READ "redis_master_sync_read_bytes" "Bytes of data that have come from the master (master_sync_read_bytes).";
    SYNC_LEFT "redis_master_sync_left_bytes" "Bytes of data that are to come from the master (master_sync_left_bytes).";
    LINK_DOWN "redis_master_link_down_since_seconds"
        "Seconds since there is no link to the master (master_link_down_since_seconds).";
}

const OF_REPLICA: &[&str] = &["slave_ip", "slave_port", "slave_state"];
gauges! { OF_REPLICA:
    REPLICA_OFFSET "redis_connected_slave_offset_bytes"
        "Bytes of the replication stream that the replica has acknowledged (offset of slave*).";
    REPLICA_LAG "redis_connected_slave_lag_seconds" "Seconds since the replica last acknowledged (lag of slave*).";
    REPLICA_LAG_BYTES "redis_connected_slave_lag_bytes"
        "Bytes of the replication stream that the replica has not acknowledged (master_repl_offset and offset of slave*).";
}

static REPLICA_INFO: Desc = Desc {
    name: "redis_slave_info",
    help: "Always 1 on a replica; its master, and whether it takes no writes (slave_read_only).",
    kind: Kind::Gauge,
    labels: &["master_host", "master_port", "read_only"],
};

pub(super) fn samples(info: &Info, out: &mut Out<'_>) {
    info.masters().iter().for_each(|of| master(of, out));
    let written = info.get("master_repl_offset").and_then(|offset| offset.parse().ok());
    info.replicas().iter().for_each(|of| replica(of, written, out));
    if info.role().is_some_and(|role| role != "master")
        && let Some(host) = info.get("master_host")
    {
        let label = |field| info.get(field).unwrap_or_default();
        out.add(&REPLICA_INFO, &[host, label("master_port"), label("slave_read_only")], 1_u32);
    }
}

fn master(master: &Master<'_>, out: &mut Out<'_>) {
    let labels = [master.host, master.port];
    out.add_some(&LINK_UP, &labels, master.link_up);
    out.add_some(&LAST_IO, &labels, master.last_io_seconds_ago.map(|seconds| seconds as f64));
    out.add_some(&SYNCING, &labels, master.sync_in_progress);
    out.add_some(&OFFSET, &labels, master.offset);
    out.add_some(&READ_OFFSET, &labels, master.read_offset);
    out.add_some(&SYNC_TOTAL, &labels, master.sync_total_bytes);
    out.add_some(&SYNC_READ, &labels, master.sync_read_bytes);
    out.add_some(&SYNC_LEFT, &labels, master.sync_left_bytes);
    out.add_some(&LINK_DOWN, &labels, master.link_down_seconds);
}

/// `written` is the offset up to which the stream has been written.
fn replica(replica: &Replica<'_>, written: Option<u64>, out: &mut Out<'_>) {
    let labels = [replica.ip, replica.port, replica.state];
    out.add(&REPLICA_OFFSET, &labels, replica.offset);
    out.add_some(&REPLICA_LAG, &labels, replica.lag_seconds);
    // Before that it has acknowledged nothing, and the lag would be all that was ever written.
    if replica.state == "online" {
        out.add_some(&REPLICA_LAG_BYTES, &labels, written.map(|written| written.saturating_sub(replica.offset)));
    }
}

#[cfg(test)]
mod tests {
    use crate::page::info::golden::series;
    use crate::settings::Settings;

    #[test]
    fn lag_of_replicas_in_bytes() {
        let text = "slave0:ip=a,port=1,state=online,offset=70,lag=1\nslave1:ip=b,port=1,state=online,offset=101,lag=0\n\
                    slave2:ip=c,port=1,state=wait_bgsave,offset=0,lag=0\nmaster_repl_offset:100\n";
        assert_eq!(
            series(text, &Settings::default(), &["redis_connected_slave_lag_bytes"]),
            [
                "redis_connected_slave_lag_bytes{slave_ip=\"a\",slave_port=\"1\",slave_state=\"online\"} 30",
                "redis_connected_slave_lag_bytes{slave_ip=\"b\",slave_port=\"1\",slave_state=\"online\"} 0",
            ]
        );
    }

    #[test]
    fn roles_of_those_who_have_a_master() {
        let shown = |role| {
            let text = format!("role:{role}\nmaster_host:a\nmaster_port:1\nslave_read_only:1\n");
            series(&text, &Settings::default(), &["redis_slave_info"])
        };
        let expected = ["redis_slave_info{master_host=\"a\",master_port=\"1\",read_only=\"1\"} 1"];
        assert_eq!((shown("slave"), shown("active-replica")), (expected.map(str::to_owned).to_vec(), shown("replica")));
        assert_eq!(shown("master"), [""; 0]);
    }
}
