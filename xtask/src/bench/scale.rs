//! `cargo xtask bench host-scale`: whether cost grows with the machine and no faster, and memory and descriptors stay in bounds.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use testkit::tree;

use super::exporter::Exporter;
use super::page;
use super::programs;
use super::scrapes;
use crate::Failure;

/// How the run is done.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Measured scrapes of each program on each machine.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(10..=10_000))]
    scrapes: u32,
    /// Measure this program instead of a static release build of host-exporter.
    #[arg(long, value_name = "FILE")]
    ours: Option<PathBuf>,
    /// The folder that holds node_exporter; without it tests/tools/build says where.
    #[arg(long, value_name = "FOLDER", env = "PILOTLIGHT_TOOLS")]
    tools: Option<PathBuf>,
}

/// A machine of so many parts.
#[derive(Clone, Copy)]
struct Size {
    processors: usize,
    mounts: usize,
    interfaces: usize,
    disks: usize,
}

/// A quarter, a half and the whole of the largest machine.
const SIZES: [Size; 3] = [
    Size { processors: 16, mounts: 125, interfaces: 50, disks: 250 },
    Size { processors: 32, mounts: 250, interfaces: 100, disks: 500 },
    Size { processors: 64, mounts: 500, interfaces: 200, disks: 1000 },
];

/// Four times the machine may cost so many times as much: linear, with room for noise.
const MOST_GROWTH: f64 = 4.4;
/// Descriptors that an exporter may hold between scrapes, on any machine.
const MOST_DESCRIPTORS: usize = 96;
/// Resident megabytes on the largest machine, whose page alone is several.
const MOST_RESIDENT: f64 = 32.0;

struct Measured {
    processor: Duration,
    resident: f64,
    descriptors: usize,
    series: usize,
}

/// Measures both programs on machines of three sizes, whose files it writes, and prints a Markdown table. Fails when a
/// program can't be built, started or scraped, and when a bound is exceeded.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let peer = programs::tool("node_exporter", options.tools.as_deref())?;
    let ours = options.ours.clone().map_or_else(|| programs::build("host-exporter"), Ok)?;
    let mut out = io::stdout();
    writeln!(
        out,
        "| processors, mounts, interfaces, disks | | processor per scrape, ms | resident, MB | descriptors | series |"
    )?;
    writeln!(out, "|---|---|---|---|---|---|")?;
    let mut of_ours = Vec::new();
    for size in SIZES {
        let root = std::env::temp_dir().join(format!("pilotlight-bench-scale-{}", std::process::id()));
        write_machine(&root, size)?;
        let measured = measure([&ours, &peer], &root, options.scrapes);
        fs::remove_dir_all(&root)?;
        for (name, measured) in ["ours", "node_exporter"].into_iter().zip(measured?) {
            let Size { processors, mounts, interfaces, disks } = size;
            let Measured { processor, resident, descriptors, series } = &measured;
            writeln!(
                out,
                "| {processors}, {mounts}, {interfaces}, {disks} | {name} | {:.2} | {resident:.2} | {descriptors} | {series} |",
                processor.as_secs_f64() * 1e3,
            )?;
            if name == "ours" {
                of_ours.push(measured);
            }
        }
    }
    let exceeded = exceeded(&of_ours);
    if exceeded.is_empty() { Ok(()) } else { Err(exceeded.join("\n").into()) }
}

fn measure(programs: [&Path; 2], root: &Path, scrapes: u32) -> Result<[Measured; 2], Failure> {
    let paths = tree::flags(root);
    // Netlink knows nothing of these files.
    let files = ["--no-collector.arp.netlink", "--no-collector.netdev.netlink"].map(str::to_owned);
    let [ours, peer] = programs;
    let peer_flags: Vec<String> = paths.iter().cloned().chain(files).collect();
    let exporters = [Exporter::start(ours, &paths, None)?, Exporter::start(peer, &peer_flags, None)?];
    let figures = scrapes::interleaved(&exporters, "gzip", scrapes)?;
    let [ours, peer] = exporters;
    let [our_figures, peer_figures] = figures;
    let measured = |exporter: &Exporter, figures: scrapes::Scrapes| -> Result<Measured, Failure> {
        Ok(Measured {
            processor: figures.processor,
            resident: figures.memory.resident as f64 / 1e6,
            descriptors: fs::read_dir(format!("/proc/{}/fd", exporter.id()))?.count(),
            series: page::series(&exporter.page()?),
        })
    };
    Ok([measured(&ours, our_figures)?, measured(&peer, peer_figures)?])
}

/// The bounds that ours exceeds.
fn exceeded(of_ours: &[Measured]) -> Vec<String> {
    let (Some(small), Some(large)) = (of_ours.first(), of_ours.last()) else { return Vec::new() };
    let growth = large.processor.as_secs_f64() / small.processor.as_secs_f64();
    [
        (growth > MOST_GROWTH).then(|| format!("four times the machine costs {growth:.1} times as much")),
        (large.descriptors > MOST_DESCRIPTORS).then(|| format!("{} descriptors", large.descriptors)),
        (large.resident > MOST_RESIDENT).then(|| format!("{:.1} MB resident", large.resident)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Writes a machine's files below `root`.
fn write_machine(root: &Path, size: Size) -> io::Result<()> {
    let write = |path: &str, text: &str| {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap_or(root))?;
        fs::write(path, text)
    };
    write("proc/meminfo", "MemTotal: 527765504 kB\nMemFree: 301223344 kB\nMemAvailable: 401223344 kB\n")?;
    write("proc/loadavg", "40.11 38.20 30.02 12/9012 812334\n")?;
    write("proc/vmstat", "pgpgin 1\npgpgout 2\npswpin 0\npswpout 0\npgfault 5\npgmajfault 6\noom_kill 0\n")?;
    write_processors(&write, size.processors)?;
    write_mounts(root, &write, size.mounts)?;
    write_interfaces(root, &write, size.interfaces)?;
    write_disks(&write, size.disks)
}

type Write<'a> = &'a dyn Fn(&str, &str) -> io::Result<()>;

fn write_processors(write: Write<'_>, processors: usize) -> io::Result<()> {
    let mut stat = "cpu  1 2 3 4 5 6 7 8 9 10\n".to_owned();
    let mut schedstat = "version 17\ntimestamp 4300000000\n".to_owned();
    for cpu in 0..processors {
        stat.push_str(&format!("cpu{cpu} {cpu}01 20 301 90123 41 5 61 0 0 0\n"));
        schedstat.push_str(&format!("cpu{cpu} 0 0 0 0 0 0 9012334{cpu} 301223{cpu} 80122{cpu}\n"));
        let folder = format!("sys/devices/system/cpu/cpu{cpu}");
        for (file, value) in [
            ("topology/core_id", (cpu / 2).to_string()),
            ("topology/physical_package_id", (cpu / 32).to_string()),
            ("cpufreq/scaling_cur_freq", "2400000".to_owned()),
            ("cpufreq/scaling_min_freq", "800000".to_owned()),
            ("cpufreq/scaling_max_freq", "3600000".to_owned()),
            ("cpufreq/scaling_governor", "powersave".to_owned()),
            ("cpufreq/scaling_available_governors", "performance powersave".to_owned()),
            ("thermal_throttle/core_throttle_count", "3".to_owned()),
            ("thermal_throttle/package_throttle_count", "4".to_owned()),
        ] {
            write(&format!("{folder}/{file}"), &format!("{value}\n"))?;
        }
    }
    stat.push_str("intr 12345 6\nctxt 600\nbtime 1770000000\nprocesses 70\nprocs_running 1\nprocs_blocked 0\n");
    write("proc/stat", &stat)?;
    write("proc/schedstat", &schedstat)?;
    write("sys/devices/system/cpu/isolated", "\n")?;
    write("sys/devices/system/cpu/online", &format!("0-{}\n", processors - 1))
}

fn write_mounts(root: &Path, write: Write<'_>, mounts: usize) -> io::Result<()> {
    let mut mountinfo = "20 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n".to_owned();
    for mount in 1..mounts {
        fs::create_dir_all(root.join(format!("rootfs/srv/volume-{mount}")))?;
        let line = format!(
            "{} 20 253:{mount} / /srv/volume-{mount} rw,relatime - xfs /dev/mapper/vg0-volume{mount} rw,inode64\n",
            mount + 20
        );
        mountinfo.push_str(&line);
    }
    write("proc/1/mountinfo", &mountinfo)?;
    std::os::unix::fs::symlink("1/net", root.join("proc/net"))
}

fn write_interfaces(root: &Path, write: Write<'_>, interfaces: usize) -> io::Result<()> {
    let mut dev =
        "Inter-|   Receive                            |  Transmit\n face |bytes    packets|bytes    packets\n"
            .to_owned();
    fs::create_dir_all(root.join("sys/class/net"))?;
    for interface in 0..interfaces {
        let name = format!("veth{interface:04x}");
        writeln!(dev, "{name}: 90123344 80122 0 0 0 0 0 12 70122334 60122 0 0 0 0 0 0").map_err(io::Error::other)?;
        let folder = format!("sys/devices/virtual/net/{name}");
        for (file, value) in [
            ("addr_assign_type", "3"),
            ("address", "02:42:ac:11:00:02"),
            ("broadcast", "ff:ff:ff:ff:ff:ff"),
            ("carrier", "1"),
            ("carrier_changes", "2"),
            ("carrier_down_count", "1"),
            ("carrier_up_count", "1"),
            ("dev_id", "0x0"),
            ("dormant", "0"),
            ("duplex", "full"),
            ("flags", "0x1003"),
            ("ifalias", ""),
            ("ifindex", "7"),
            ("iflink", "6"),
            ("link_mode", "0"),
            ("mtu", "1500"),
            ("name_assign_type", "3"),
            ("netdev_group", "0"),
            ("operstate", "up"),
            ("speed", "10000"),
            ("tx_queue_len", "1000"),
            ("type", "1"),
            ("statistics/rx_nohandler", "0"),
        ] {
            write(&format!("{folder}/{file}"), &format!("{value}\n"))?;
        }
        std::os::unix::fs::symlink(format!("../../devices/virtual/net/{name}"), root.join("sys/class/net").join(name))?;
    }
    write("proc/1/net/dev", &dev)
}

fn write_disks(write: Write<'_>, disks: usize) -> io::Result<()> {
    let mut diskstats = String::new();
    for disk in 0..disks {
        diskstats
            .push_str(&format!(" 253 {disk:>7} dm-{disk} 901 20 70334 411 801 44 20334 912 0 612 1323 1 2 3 4 5 6\n"));
        write(&format!("sys/block/dm-{disk}/queue/rotational"), "0\n")?;
        let udev =
            format!("E:DM_NAME=vg0-volume{disk}\nE:DM_VG_NAME=vg0\nE:DM_LV_NAME=volume{disk}\nE:ID_FS_TYPE=xfs\n");
        write(&format!("udev/b253:{disk}"), &udev)?;
    }
    write("proc/diskstats", &diskstats)
}
