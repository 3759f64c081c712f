//! A device that hangs costs its own series and nothing else, whatever collector it is of.

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use rustix::process::Signal;

use crate::stalls::Host;

/// What another collector reads.
const LOAD: &str = "--- proc/loadavg: 0.1 0.2 0.3 1/80 70\n";

/// Devices of a collector, one of which hangs.
struct Case {
    collector: &'static str,
    /// The folder of the one that hangs.
    place: &'static str,
    /// A part of the names of its series, and of no other.
    own: &'static str,
    machine: &'static str,
}

static CASES: &[Case] = &[
    Case {
        collector: "hwmon",
        place: "sys/class/hwmon/hwmon1",
        own: "platform_coretemp_1",
        machine: "\
--- sys/class/hwmon/hwmon0/name: coretemp
--> sys/class/hwmon/hwmon0/device: ../../../devices/platform/coretemp.0
--- sys/class/hwmon/hwmon0/temp1_input: 61000
/// sys/devices/platform/coretemp.0
--- sys/class/hwmon/hwmon1/name: coretemp
--> sys/class/hwmon/hwmon1/device: ../../../devices/platform/coretemp.1
--- sys/class/hwmon/hwmon1/temp1_input: 62000
/// sys/devices/platform/coretemp.1
",
    },
    Case {
        collector: "thermal_zone",
        place: "sys/class/thermal/thermal_zone0",
        own: "type=\"acpitz\"",
        machine: "\
--- sys/class/thermal/thermal_zone0/type: acpitz
--- sys/class/thermal/thermal_zone0/temp: 27800
--- sys/class/thermal/thermal_zone1/type: x86_pkg_temp
--- sys/class/thermal/thermal_zone1/temp: 61000
--- sys/class/thermal/cooling_device0/type: Processor
--- sys/class/thermal/cooling_device0/cur_state: 0
--- sys/class/thermal/cooling_device0/max_state: 10
",
    },
    Case {
        collector: "thermal_zone",
        place: "sys/class/thermal/cooling_device0",
        own: "node_cooling_device",
        machine: "\
--- sys/class/thermal/thermal_zone0/type: acpitz
--- sys/class/thermal/thermal_zone0/temp: 27800
--- sys/class/thermal/cooling_device0/type: Processor
--- sys/class/thermal/cooling_device0/cur_state: 0
--- sys/class/thermal/cooling_device0/max_state: 10
",
    },
    Case {
        collector: "cpufreq",
        place: "sys/devices/system/cpu/cpu1/cpufreq",
        own: "cpu=\"1\"",
        machine: "\
--- sys/devices/system/cpu/offline: 3
--- sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq: 2100000
--- sys/devices/system/cpu/cpu0/cpufreq/scaling_max_freq: 3500000
--- sys/devices/system/cpu/cpu1/cpufreq/scaling_cur_freq: 2200000
--- sys/devices/system/cpu/cpu1/cpufreq/scaling_max_freq: 3500000
--- sys/devices/system/cpu/cpu2/cpufreq/scaling_cur_freq: 2300000
--- sys/devices/system/cpu/cpu2/cpufreq/scaling_max_freq: 3500000
",
    },
    Case {
        collector: "powersupplyclass",
        place: "sys/class/power_supply/BAT0",
        own: "power_supply=\"BAT0\"",
        machine: "\
--- sys/class/power_supply/AC/type: Mains
--- sys/class/power_supply/AC/online: 1
--- sys/class/power_supply/BAT0/type: Battery
--- sys/class/power_supply/BAT0/capacity: 81
",
    },
    Case {
        collector: "rapl",
        place: "sys/class/powercap/intel-rapl:1",
        own: "intel-rapl:1\"",
        machine: "\
--- sys/class/powercap/intel-rapl:0/name: package-0
--- sys/class/powercap/intel-rapl:0/energy_uj: 240422366267
--- sys/class/powercap/intel-rapl:1/name: package-1
--- sys/class/powercap/intel-rapl:1/energy_uj: 118821284256
",
    },
    Case {
        collector: "edac",
        place: "sys/devices/system/edac/mc/mc0",
        own: "controller=\"0\"",
        machine: "\
--- sys/devices/system/edac/mc/mc0/ce_count: 1
--- sys/devices/system/edac/mc/mc0/ue_count: 0
--- sys/devices/system/edac/mc/mc1/ce_count: 2
--- sys/devices/system/edac/mc/mc1/ue_count: 0
",
    },
    Case {
        collector: "nvme",
        place: "sys/class/nvme/nvme0",
        own: "device=\"nvme0\"",
        machine: "\
--- sys/class/nvme/nvme0/model: Samsung SSD 970 PRO 512GB
--- sys/class/nvme/nvme0/state: live
--- sys/class/nvme/nvme0/nvme0n1/size: 1000215216
--- sys/class/nvme/nvme1/model: Samsung SSD 970 PRO 512GB
--- sys/class/nvme/nvme1/state: live
--- sys/class/nvme/nvme1/nvme1n1/size: 1000215216
",
    },
    Case {
        collector: "mdadm",
        place: "sys/block/md0/md",
        own: "device=\"md0\"",
        machine: "\
=== proc/mdstat
Personalities : [raid1]
unused devices: <none>
--- sys/block/md0/md/level: raid1
--- sys/block/md0/md/raid_disks: 2
--- sys/block/md0/md/degraded: 0
--- sys/block/md1/md/level: raid1
--- sys/block/md1/md/raid_disks: 2
--- sys/block/md1/md/degraded: 1
",
    },
    Case {
        collector: "btrfs",
        place: "sys/fs/btrfs/a-1",
        own: "uuid=\"a-1\"",
        machine: "\
--- sys/fs/btrfs/a-1/label: a
--- sys/fs/btrfs/a-1/metadata_uuid: a-1
--- sys/fs/btrfs/a-1/allocation/global_rsv_size: 536870912
--- sys/fs/btrfs/a-1/devices/sda1/size: 1048576
--- sys/fs/btrfs/b-2/label: b
--- sys/fs/btrfs/b-2/metadata_uuid: b-2
--- sys/fs/btrfs/b-2/allocation/global_rsv_size: 536870912
--- sys/fs/btrfs/b-2/devices/sdb1/size: 1048576
",
    },
    Case {
        collector: "xfs",
        place: "sys/fs/xfs/sda1",
        own: "device=\"sda1\"",
        machine: "\
=== sys/fs/xfs/sda1/stats/stats
rw 28 1
=== sys/fs/xfs/sdb1/stats/stats
rw 7 2
=== sys/fs/xfs/stats/stats
rw 35 3
",
    },
    Case {
        collector: "bcachefs",
        place: "sys/fs/bcachefs/a-1",
        own: "uuid=\"a-1\"",
        machine: "\
--- sys/fs/bcachefs/a-1/btree_cache_size: 28.2M
--- sys/fs/bcachefs/b-2/btree_cache_size: 1.5M
",
    },
    Case {
        collector: "zfs",
        place: "proc/spl/kstat/zfs/tank",
        own: "zpool=\"tank\"",
        machine: "\
--- proc/spl/kstat/zfs/tank/state: ONLINE
--- proc/spl/kstat/zfs/pool/state: ONLINE
=== proc/spl/kstat/zfs/arcstats
13 1 0x01 2 544 1 2
name                            type data
hits                            4    8772612
",
    },
    Case {
        collector: "netclass",
        place: "sys/class/net/eth1",
        own: "device=\"eth1\"",
        machine: "\
--- sys/class/net/eth0/operstate: up
--- sys/class/net/eth0/mtu: 1500
--- sys/class/net/eth1/operstate: up
--- sys/class/net/eth1/mtu: 9000
",
    },
    Case {
        collector: "bonding",
        place: "sys/class/net/bond0",
        own: "master=\"bond0\"",
        machine: "\
--- sys/class/net/bonding_masters: bond0 bond1
--- sys/class/net/bond0/bonding/slaves: eth0
--- sys/class/net/bond0/lower_eth0/bonding_slave/mii_status: up
--- sys/class/net/bond1/bonding/slaves: eth1
--- sys/class/net/bond1/lower_eth1/bonding_slave/mii_status: up
",
    },
    Case {
        collector: "textfile",
        place: "textfiles/one",
        own: "one",
        machine: "\
--- textfiles/one/prom/a.prom: jobs_of_one 1
--- textfiles/one/prom/b.prom: more_jobs_of_one 1
--- textfiles/two/prom/c.prom: jobs_of_two 1
/// textfiles/three
",
    },
    Case {
        collector: "textfile",
        place: "textfiles/one/prom",
        own: "one",
        machine: "\
--- textfiles/one/prom/a.prom: jobs_of_one 1
--- textfiles/one/prom/b.prom: more_jobs_of_one 1
--- textfiles/two/prom/c.prom: jobs_of_two 1
/// textfiles/three
",
    },
];

/// Devices of which one hangs whose answers the labels of others depend on; while it hangs they stay as they were.
static RELATED: &[Case] = &[
    Case {
        collector: "hwmon",
        place: "sys/class/hwmon/hwmon1",
        own: "platform_asus_nb_wmi_asus\"",
        machine: "\
--- sys/class/hwmon/hwmon1/name: asus
--> sys/class/hwmon/hwmon1/device: ../../../devices/platform/asus-nb-wmi
--- sys/class/hwmon/hwmon1/fan1_input: 2100
--- sys/class/hwmon/hwmon2/name: asus_wmi_sensors
--> sys/class/hwmon/hwmon2/device: ../../../devices/platform/asus-nb-wmi
--- sys/class/hwmon/hwmon2/temp1_input: 45000
/// sys/devices/platform/asus-nb-wmi
",
    },
    Case {
        collector: "rapl",
        place: "sys/class/powercap/intel-rapl:0:0",
        own: "intel-rapl:0:0\"",
        machine: "\
--- sys/class/powercap/intel-rapl:0:0/name: dram
--- sys/class/powercap/intel-rapl:0:0/energy_uj: 240422366267
--- sys/class/powercap/intel-rapl:1:0/name: dram
--- sys/class/powercap/intel-rapl:1:0/energy_uj: 118821284256
",
    },
    Case {
        collector: "btrfs",
        place: "sys/fs/btrfs/a-1",
        own: "uuid=\"a-1\"",
        machine: "\
--- sys/fs/btrfs/a-1/label: a
--- sys/fs/btrfs/a-1/metadata_uuid: a-1
--- sys/fs/btrfs/a-1/allocation/global_rsv_size: 536870912
--- sys/fs/btrfs/a-1/devices/sda1/size: 1048576
--- sys/fs/btrfs/b-2/label: b
--- sys/fs/btrfs/b-2/metadata_uuid: a-1
--- sys/fs/btrfs/b-2/allocation/global_rsv_size: 536870912
--- sys/fs/btrfs/b-2/devices/sdb1/size: 1048576
",
    },
];

/// When the device begins to hang.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Stopped {
    BeforeTheFirstScrape,
    Later,
}

impl Case {
    /// `None` where the test may not mount.
    fn prove(&self, stopped: Stopped) -> Option<()> {
        let flags = [
            "--web.disable-exporter-metrics",
            &format!("--collector.{}", self.collector),
            "--collector.loadavg",
            "--collector.textfile.directory={folder}/textfiles/*/prom",
        ];
        let host = Host::start(self.place, &[LOAD, self.machine].concat(), &flags)?;
        let at_first = (stopped == Stopped::Later).then(|| of_devices(host.page("10").0));
        host.mount.signal(Signal::STOP);
        let (stalled, took) = host.page("4");
        let case = format!("{} {} {stopped:?}, {took:?}: {stalled:#?}", self.collector, self.place);
        assert!(took < Duration::from_secs(4), "{case}");
        let stalled = of_devices(stalled);
        assert!(stalled.keys().all(|name| !name.contains(self.own)), "{case}");

        // It is not touched again, so that no further scrape waits and no further thread hangs.
        let threads = host.threads();
        for _ in 0..3 {
            let (series, took) = host.page("10");
            assert!(took < Duration::from_secs(2), "{case}\n{took:?}");
            assert_eq!(of_devices(series), stalled, "{case}");
        }
        assert_eq!(host.threads(), threads, "{case}");

        host.mount.signal(Signal::CONT);
        host.wait_for("well again", |series| series.keys().any(|name| name.contains(self.own)));
        let mut well = of_devices(host.page("10").0);
        assert!(at_first.is_none_or(|at_first| at_first == well), "{case}\n{well:#?}");
        well.retain(|name, _| !name.contains(self.own));
        assert_eq!(stalled, well, "{case}");
        Some(())
    }
}

/// The page but for how long collectors took, and whether every text file could be read.
fn of_devices(mut series: BTreeMap<String, f64>) -> BTreeMap<String, f64> {
    let varies = ["node_scrape_collector_duration_seconds", "node_textfile_scrape_error"];
    series.retain(|name, _| varies.iter().all(|start| !name.starts_with(start)));
    series
}

#[test]
fn one_device_that_hangs_of_several() {
    thread::scope(|scope| {
        for case in CASES {
            scope.spawn(|| {
                case.prove(Stopped::BeforeTheFirstScrape)?;
                case.prove(Stopped::Later)
            });
        }
    });
}

#[test]
fn a_device_whose_answers_the_labels_of_others_depend_on() {
    thread::scope(|scope| {
        for case in RELATED {
            scope.spawn(|| case.prove(Stopped::Later));
        }
    });
}
