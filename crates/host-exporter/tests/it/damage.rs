use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use testkit::http::{PROMETHEUS, RawResponse, scrape};
use testkit::process::Process;
use testkit::{Validator, page};

use crate::tree::{Tree, log_of};

/// The files that are read at every scrape, and the collectors that need them.
const FILES: [(&str, &[&str]); 32] = [
    ("proc/1/net/netstat", &["netstat"]),
    ("proc/1/net/snmp", &["netstat"]),
    ("proc/1/net/snmp6", &["netstat"]),
    ("proc/1/net/sockstat", &["sockstat"]),
    ("proc/1/net/sockstat6", &["sockstat"]),
    ("proc/1/net/softnet_stat", &["softnet"]),
    ("proc/1/net/udp", &["udp_queues"]),
    ("proc/1/net/udp6", &["udp_queues"]),
    ("proc/1/net/arp", &["arp"]),
    ("proc/1/net/tcp", &["tcpstat"]),
    ("proc/1/net/stat/nf_conntrack", &["conntrack"]),
    ("proc/sys/net/netfilter/nf_conntrack_max", &["conntrack"]),
    ("proc/1/net/rpc/nfs", &["nfs"]),
    ("proc/1/net/rpc/nfsd", &["nfsd"]),
    ("proc/spl/kstat/zfs/arcstats", &["zfs"]),
    ("proc/schedstat", &["schedstat"]),
    ("proc/mdstat", &["mdadm"]),
    ("proc/sys/fs/file-nr", &["filefd"]),
    ("proc/stat", &["cpu", "stat"]),
    ("proc/cpuinfo", &["cpu"]),
    ("proc/meminfo", &["meminfo"]),
    ("proc/loadavg", &["loadavg"]),
    ("proc/vmstat", &["vmstat"]),
    ("proc/diskstats", &["diskstats"]),
    ("proc/1/net/dev", &["netdev"]),
    ("proc/1/mountinfo", &["filesystem"]),
    ("proc/pressure/cpu", &["pressure"]),
    ("proc/pressure/io", &["pressure"]),
    ("sys/devices/system/cpu/online", &["cpu"]),
    ("sys/devices/system/clocksource/clocksource0/current_clocksource", &["time"]),
    ("sys/class/net/eno1/statistics/rx_nohandler", &[]),
    ("udev/b8:0", &[]),
];

/// Every option on, so that every file is read.
const OPTIONS: [&str; 3] = ["--collector.tcpstat", "--collector.cpu.info", "--collector.stat.softirq"];

/// What happens to a file's text, and the text then.
type Damage = (String, Change);
type Change = Box<dyn Fn(&[u8]) -> Vec<u8>>;

/// Every way to damage a file's text, by name.
fn damages() -> Vec<Damage> {
    let eighths = |eighths| -> Damage {
        (format!("cut off at {eighths}/8"), Box::new(move |text| text[..text.len() * eighths / 8].to_vec()))
    };
    let digits = |with: &'static [u8]| {
        move |text: &[u8]| {
            let spread = text.iter().flat_map(|byte| if byte.is_ascii_digit() { with.to_vec() } else { vec![*byte] });
            spread.collect::<Vec<u8>>()
        }
    };
    let mut damages: Vec<Damage> = (0..8).map(eighths).collect();
    let mut add = |name: &str, damage: Change| damages.push((name.to_owned(), damage));
    add("without its last byte", Box::new(|text| text[..text.len() - 1].to_vec()));
    add("without its last column", Box::new(|text| by_line(text, without_last_column)));
    add("with two columns more", Box::new(|text| by_line(text, |line| [line, b" 7 x"].concat())));
    add("overflowing", Box::new(digits(b"99999999999999999999999")));
    add("negative", Box::new(digits(b"-1")));
    add("with words for numbers", Box::new(digits(b"x")));
    add("not UTF-8", Box::new(|text| text.iter().map(|byte| byte | 0x80).collect()));
    add("NUL bytes", Box::new(|_| vec![0; 5000]));
    add("one line without end", Box::new(|_| vec![b'1'; 300_000]));
    add("huge", Box::new(|_| vec![b'1'; 20 << 20]));
    add("twice", Box::new(|text| [text, text].concat()));
    damages
}

fn by_line(text: &[u8], change: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    text.split_inclusive(|byte| *byte == b'\n')
        .flat_map(|line| [change(line.trim_ascii_end()), b"\n".to_vec()].concat())
        .collect()
}

fn without_last_column(line: &[u8]) -> Vec<u8> {
    line[..line.iter().rposition(u8::is_ascii_whitespace).unwrap_or(line.len())].to_vec()
}

/// A page that the validator has nothing against, also not after the last good one.
fn scraped(process: &Process, last: Option<&RawResponse>) -> RawResponse {
    scrape(process.address(), PROMETHEUS, &Validator::default(), last).unwrap()
}

/// Success by collector.
fn success(response: &RawResponse) -> BTreeMap<String, bool> {
    let series = page::series(&response.body);
    let collector = |(name, value): (&String, &f64)| {
        let name = name.strip_prefix("node_scrape_collector_success{collector=\"")?.strip_suffix("\"}")?;
        Some((name.to_owned(), *value == 1.0))
    };
    series.iter().filter_map(collector).collect()
}

/// Clocks, the file systems of the machine that runs this, and how long things took.
const VOLATILE: [&str; 7] = [
    "node_filesystem_avail",
    "node_filesystem_files",
    "node_filesystem_free",
    "node_filesystem_size",
    "node_scrape_collector",
    "node_time_seconds",
    "node_timex",
];

/// What the tree says.
fn told(response: &RawResponse) -> BTreeMap<String, f64> {
    let mut series = page::series(&response.body);
    series.retain(|name, _| name.starts_with("node_") && !VOLATILE.iter().any(|start| name.starts_with(start)));
    series
}

/// The page stays good, nothing but the file's own collectors fails, no number is another than before, each failure is
/// logged once, and all is well when the file is.
#[test]
fn a_damaged_file_fails_at_most_its_own_collectors_and_makes_up_nothing() {
    let tree = Tree::fixture("bare-metal");
    let process = tree.start_here(&OPTIONS);
    let healthy = scraped(&process, None);
    let (good, truth) = (success(&healthy), told(&healthy));
    assert!(good.values().all(|success| *success), "{good:?}");
    let mut last = good.clone();
    let mut warnings: BTreeMap<String, usize> = BTreeMap::new();
    for (file, own) in FILES {
        let path = tree.path(file);
        let text = fs::read(&path).unwrap();
        for (what, damage) in damages() {
            fs::write(&path, damage(&text)).unwrap();
            let response = scraped(&process, Some(&healthy));
            let now = success(&response);
            for (collector, works) in &now {
                assert!(*works || own.contains(&collector.as_str()), "{collector} fails when {file} is {what}");
                *warnings.entry(collector.clone()).or_default() += usize::from(last[collector] && !works);
            }
            last = now;
            // What describes a device is taken as it comes, and a load may be any number.
            let is_taken = ["udev/", "current_clocksource", "loadavg"].iter().any(|part| file.contains(part))
                // Without the word on a delay that ends its line, an array is one that is in sync.
                || (file == "proc/mdstat" && what == "without its last column");
            for (series, value) in told(&response).iter().filter(|_| !is_taken) {
                assert_eq!(truth.get(series), Some(value), "{series} when {file} is {what}");
            }
        }
        fs::write(&path, &text).unwrap();
        let mended = scraped(&process, Some(&healthy));
        assert_eq!((success(&mended), told(&mended)), (good.clone(), truth.clone()), "after {file} was mended");
        last = good.clone();
    }
    let log = log_of(process);
    for (collector, failures) in warnings {
        let lines =
            log.lines().filter(|line| line.contains(&format!("msg=\"collector failed\" collector={collector} ")));
        assert_eq!(lines.count(), failures, "{collector}\n{log}");
    }
    assert!(!log.contains("panicked"), "{log}");
}

/// Nothing of a machine makes sense any more: what is shown all the same was so before, and nothing panics.
#[test]
fn every_file_of_a_machine_damaged_at_once() {
    let tree = Tree::fixture("bare-metal");
    let mut files = Vec::new();
    for root in ["proc", "sys", "udev", "rootfs"] {
        below(&tree.path(root), &mut files);
    }
    let files: Vec<(PathBuf, Vec<u8>)> =
        files.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect();
    assert!(files.len() > 500, "{}", files.len());
    let process = tree.start_here(&OPTIONS);
    let healthy = scraped(&process, None);
    let (good, truth) = (success(&healthy), told(&healthy));
    // So many huge ones would fill a disk, and one cut is like another.
    let is_of_use = |what: &str| what != "huge" && (!what.starts_with("cut off") || what.ends_with("4/8"));
    for (what, damage) in damages().iter().filter(|(what, _)| is_of_use(what)) {
        for (path, text) in files.iter().filter(|(_, text)| !text.is_empty()) {
            fs::write(path, damage(text)).unwrap();
        }
        let response = scraped(&process, None);
        assert_eq!(success(&response).len(), good.len(), "every file {what}");
        assert!(success(&response).values().any(|works| !works), "every file {what}");
    }
    for (path, text) in &files {
        fs::write(path, text).unwrap();
    }
    let mended = scraped(&process, None);
    assert_eq!((success(&mended), told(&mended)), (good, truth));
    let log = log_of(process);
    assert!(!log.contains("panicked"), "{log}");
}

/// The regular files of a folder and those in it.
fn below(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let entry = entry.unwrap();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            below(&entry.path(), files);
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
}

/// No kernel writes such a file, so whoever looks at the page must not take the collector for a healthy one.
#[test]
fn an_empty_file_is_a_failure_where_the_kernel_writes_something() {
    let tree = Tree::fixture("bare-metal");
    let process = tree.start_here(&OPTIONS);
    for (file, own) in FILES {
        let path = tree.path(file);
        let text = fs::read(&path).unwrap();
        fs::write(&path, "").unwrap();
        let response = scraped(&process, None);
        let failed: Vec<String> =
            success(&response).into_iter().filter(|(_, works)| !works).map(|(name, _)| name).collect();
        // A machine may have no disk, and an architecture no processor that it describes so.
        let expected: &[&str] = if ["proc/diskstats", "proc/cpuinfo"].contains(&file) { &[] } else { own };
        assert_eq!(failed, expected, "{file}");
        fs::write(&path, text).unwrap();
    }
}

#[test]
fn what_can_not_be_read_is_not_shown_as_it_was_before() {
    let tree = Tree::fixture("bare-metal");
    let process = tree.start_here(&OPTIONS);
    for (file, start) in [
        ("proc/stat", "node_cpu_seconds_total"),
        ("proc/stat", "node_forks_total"),
        ("proc/cpuinfo", "node_cpu_info"),
        ("proc/meminfo", "node_memory_"),
        ("proc/loadavg", "node_load"),
        ("proc/vmstat", "node_vmstat_"),
        ("proc/diskstats", "node_disk_"),
        ("proc/1/net/dev", "node_network_receive_bytes_total"),
        ("proc/1/mountinfo", "node_filesystem_"),
        ("proc/pressure/io", "node_pressure_io_"),
        ("sys/devices/system/cpu/online", "node_cpu_online"),
        ("sys/devices/system/clocksource/clocksource0/current_clocksource", "node_time_clocksource_"),
    ] {
        let path = tree.path(file);
        let text = fs::read(&path).unwrap();
        let shown = || told(&scraped(&process, None)).keys().any(|name| name.starts_with(start));
        assert!(shown(), "{start}");
        fs::write(&path, "\0").unwrap();
        assert!(!shown(), "{start}");
        fs::write(&path, text).unwrap();
    }
}

#[test]
fn a_file_that_vanishes_and_comes_back() {
    let tree = Tree::fixture("vps");
    let healthy = success(&scraped(&tree.start_here(&[]), None));
    for (file, collector) in
        [("proc/meminfo", "meminfo"), ("proc/pressure/cpu", "pressure"), ("proc/diskstats", "diskstats")]
    {
        fs::rename(tree.path(file), tree.path("aside")).unwrap();
        let process = tree.start_here(&[]);
        let without = success(&scraped(&process, None));
        fs::rename(tree.path("aside"), tree.path(file)).unwrap();
        assert_eq!(success(&scraped(&process, None)), healthy, "{file}");
        let changed: Vec<&String> = healthy.keys().filter(|name| healthy[*name] != without[*name]).collect();
        // Pressure lacks one of four resources and shows the others.
        let expected: &[&str] = if file == "proc/pressure/cpu" { &[] } else { &[collector] };
        assert_eq!(changed, expected, "{file}");
    }
}

/// A file of the kernel can't be replaced, so one that stays open is read on; those of devices, which come and go, are
/// opened anew.
#[test]
fn a_file_with_another_put_in_its_place() {
    let tree = Tree::fixture("vps");
    let process = tree.start_here(&[]);
    let shown = || {
        let series = page::series(&scraped(&process, None).body);
        (series["node_load1"], series["node_network_receive_nohandler_total{device=\"eth0\"}"])
    };
    assert_eq!(shown(), (0.62, 7.0));
    for (file, text) in [("proc/loadavg", "9 9 9 1/1 1\n"), ("sys/class/net/eth0/statistics/rx_nohandler", "8\n")] {
        fs::write(tree.path("new"), text).unwrap();
        fs::rename(tree.path("new"), tree.path(file)).unwrap();
    }
    assert_eq!(shown(), (0.62, 8.0));
}

#[test]
fn a_kernel_without_pressure_has_no_data_and_no_warning() {
    let process = Tree::fixture("container-guest").start_here(&[]);
    assert!(!success(&scraped(&process, None))["pressure"]);
    let log = log_of(process);
    assert!(!log.contains("level=WARN"), "{log}");
}

#[test]
fn a_processor_that_is_plugged_in_and_pulled_out() {
    let tree = Tree::fixture("bare-metal");
    let process = tree.start_here(&[]);
    let shown = || {
        let series = page::series(&scraped(&process, None).body);
        let value = |name: &str| series.get(name).copied();
        [
            value("node_cpu_seconds_total{cpu=\"6\",mode=\"idle\"}"),
            value("node_cpu_online{cpu=\"6\"}"),
            value("node_cpu_core_throttles_total{core=\"7\",package=\"1\"}"),
        ]
    };
    assert_eq!(shown(), [None, Some(0.0), None]);
    let (stat, online) = (tree.path("proc/stat"), tree.path("sys/devices/system/cpu/online"));
    let four = fs::read_to_string(&stat).unwrap();
    fs::write(&stat, four.replace("intr ", "cpu6 1 1 1 100 0 0 0 0 0 0\nintr ")).unwrap();
    fs::write(&online, "0-1,4-6\n").unwrap();
    for (file, text) in [
        ("topology/core_id", "7\n"),
        ("topology/physical_package_id", "1\n"),
        ("thermal_throttle/core_throttle_count", "3\n"),
    ] {
        let path = tree.path("sys/devices/system/cpu/cpu6").join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    assert_eq!(shown(), [Some(1.0), Some(1.0), Some(3.0)]);
    fs::write(&stat, four).unwrap();
    fs::write(&online, "0-1,4-5\n").unwrap();
    assert_eq!(shown(), [None, Some(0.0), None]);
}
