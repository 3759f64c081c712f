use std::collections::BTreeMap;
use std::fs;
use std::mem::MaybeUninit;

use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};
use testkit::http::{PROMETHEUS, scrape};
use testkit::process::Process;
use testkit::{Validator, page};

use crate::tree::Tree;

const SENSORS: [&str; 7] = [
    "--collector.disable-defaults",
    "--collector.hwmon",
    "--collector.thermal_zone",
    "--collector.cpufreq",
    "--collector.powersupplyclass",
    "--collector.rapl",
    "--collector.edac",
];

/// What the page says but for how long it took.
fn shown(process: &Process) -> BTreeMap<String, f64> {
    let mut series = page::series(&scrape(process.address(), PROMETHEUS, &Validator::default(), None).unwrap().body);
    series.retain(|name, _| name.starts_with("node_") && !name.starts_with("node_scrape_collector_duration"));
    series
}

/// The names of series, without their labels, that start so.
fn count(series: &BTreeMap<String, f64>, start: &str) -> usize {
    series.keys().filter(|name| name.starts_with(start)).count()
}

/// A driver that has no value now, or whose value is no number, loses that value and nothing else.
#[test]
fn a_value_that_can_not_be_read() {
    let tree = Tree::fixture("bare-metal");
    let process = tree.start_here(&SENSORS);
    let mut expected = shown(&process);
    let energy = format!("path=\"{}\"", tree.path("sys/class/powercap/intel-rapl:0").display());
    for (file, series) in [
        (
            "class/hwmon/hwmon1/temp2_input",
            r#"node_hwmon_temp_celsius{chip="platform_coretemp_0",sensor="temp2"}"#.to_owned(),
        ),
        ("class/thermal/thermal_zone1/temp", r#"node_thermal_zone_temp{type="x86_pkg_temp",zone="1"}"#.to_owned()),
        (
            "class/thermal/cooling_device0/cur_state",
            r#"node_cooling_device_cur_state{name="0",type="Processor"}"#.to_owned(),
        ),
        ("devices/system/cpu/cpu1/cpufreq/scaling_cur_freq", r#"node_cpu_scaling_frequency_hertz{cpu="1"}"#.to_owned()),
        (
            "class/powercap/intel-rapl:0/energy_uj",
            format!(r#"node_rapl_package_0_die_0_joules_total{{index="0",{energy}}}"#),
        ),
        ("devices/system/edac/mc/mc1/ce_count", r#"node_edac_correctable_errors_total{controller="1"}"#.to_owned()),
    ] {
        let path = tree.path("sys").join(file);
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(expected.remove(&series).is_some(), "{series}\n{expected:#?}");
        assert_eq!(shown(&process), expected, "{file}");
        fs::remove_dir(&path).unwrap();
        fs::write(&path, "<unknown>\n").unwrap();
        assert_eq!(shown(&process), expected, "{file}");
    }
}

#[test]
fn a_chip_and_a_supply_that_are_unplugged_while_they_are_watched() {
    let tree = Tree::fixture("new-kernel");
    let process = tree.start_here(&SENSORS);
    let both = shown(&process);
    let links = ["class/hwmon/hwmon6", "class/power_supply/hidpp_battery_0"].map(|link| tree.path("sys").join(link));
    let targets = links.each_ref().map(|link| fs::read_link(link).unwrap());
    links.iter().for_each(|link| fs::remove_file(link).unwrap());
    let without = shown(&process);
    let is_gone = |name: &str| name.contains("corsair") || name.contains("0003:1b1c") || name.contains("hidpp");
    assert_eq!(without.len(), both.keys().filter(|name| !is_gone(name)).count());
    assert!(without.iter().all(|(name, value)| both[name] == *value));
    for (link, target) in links.iter().zip(targets) {
        std::os::unix::fs::symlink(target, link).unwrap();
    }
    assert_eq!(shown(&process), both);
}

#[test]
fn chips_sensors_and_supplies_that_are_chosen() {
    let tree = Tree::fixture("new-kernel");
    let with = |flags: &[&str]| shown(&tree.start_here(&[&SENSORS, flags].concat()));
    let chips = with(&["--collector.hwmon.chip-include=^platform_", "--collector.hwmon.chip-exclude=sensors$"]);
    assert_eq!(count(&chips, "node_hwmon_"), 2, "{chips:?}");
    let sensors = with(&["--collector.hwmon.sensor-include=^hwmon8;temp1$"]);
    assert_eq!(count(&sensors, "node_hwmon_temp_"), 2, "{sensors:?}");
    let others = with(&["--collector.hwmon.sensor-exclude=."]);
    assert_eq!(count(&others, "node_hwmon_"), count(&others, "node_hwmon_chip_names"));
    assert_eq!(count(&with(&[]), "node_power_supply_info"), 3);
    let batteries = with(&["--collector.powersupply.ignored-supplies=^ucsi"]);
    assert_eq!(count(&batteries, "node_power_supply_info"), 2);
    assert_eq!(count(&with(&["--collector.powersupply.ignored-supplies="]), "node_power_supply_info"), 3);
    let zones = with(&["--collector.rapl.enable-zone-label"]);
    assert_eq!((count(&zones, "node_rapl_joules_total"), count(&zones, "node_rapl_")), (4, 4));
}

/// node_exporter 1.12.1 shows the clocks of /proc/cpuinfo only where cpufreq runs too, and then mixes both by one name.
#[test]
fn clocks_of_one_source_at_a_time() {
    let shown = |machine: &str, flags: &[&str]| {
        let flags = [&["--collector.disable-defaults", "--collector.cpu"], flags].concat();
        let series = shown(&Tree::fixture(machine).start_here(&flags));
        series.into_keys().filter(|name| name.starts_with("node_cpu_frequency_hertz")).min()
    };
    let (of_cpuinfo, of_cpufreq) = (
        Some(r#"node_cpu_frequency_hertz{core="0",cpu="0",package="0"}"#.to_owned()),
        Some(r#"node_cpu_frequency_hertz{cpu="0"}"#.to_owned()),
    );
    assert_eq!(shown("old-kernel", &["--collector.cpu.info"]), None);
    assert_eq!(shown("old-kernel", &["--collector.cpufreq"]), of_cpufreq);
    assert_eq!(shown("old-kernel", &["--collector.cpufreq", "--collector.cpu.info"]), of_cpuinfo);
    assert_eq!(shown("raspberry-pi", &["--collector.cpufreq", "--collector.cpu.info"]), of_cpufreq);
}

/// Old kernels measure all clocks at once for whoever opens the file, and else one after the other for who reads them.
#[test]
fn cpuinfo_is_opened_and_not_read_before_clocks_are_read() {
    let scrapes = |machine: &str| {
        let tree = Tree::fixture(machine);
        let process = tree.start_here(&["--collector.disable-defaults", "--collector.cpufreq"]);
        let events = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).unwrap();
        inotify::add_watch(&events, tree.path("proc/cpuinfo"), WatchFlags::OPEN | WatchFlags::ACCESS).unwrap();
        [(); 3].map(|()| {
            shown(&process);
            let mut buffer = [MaybeUninit::uninit(); 1024];
            let mut events = inotify::Reader::new(&events, &mut buffer);
            std::iter::from_fn(|| Some(events.next().ok()?.events())).collect::<Vec<_>>()
        })
    };
    let opened = vec![ReadFlags::OPEN];
    assert_eq!(scrapes("bare-metal"), [opened.clone(), opened.clone(), opened.clone()]);
    assert_eq!(scrapes("vps"), [opened, vec![], vec![]], "without cpufreq it costs what it saves");
}
