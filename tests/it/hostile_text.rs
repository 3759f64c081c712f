//! Names that somebody chose to do harm: of mounts, interfaces, devices, sensors and text files. Each is on the page as
//! it is, and Prometheus stores it so.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use exposition::parse::{Family, parse_openmetrics, parse_text};
use tempfile::TempDir;
use testkit::http::{OPENMETRICS, PROMETHEUS, get, scrape};
use testkit::process::{Process, free_address};
use testkit::{Validator, tree};

use crate::prometheus::{query, wait_until};
use crate::tools::Tools;

/// What would break a line, a page, a log or a terminal, or turn text around.
#[rustfmt::skip]
const HOSTILE: [(&str, &[u8]); 14] = [
    ("a newline and what looks like a sample", b"a\nnode_load1 666\n# EOF\nb"),
    ("a quote and what looks like a sample", b"a\"} 1\nnode_load1{x=\"b"),
    ("a quote without a newline", b"a\"} 1 #\"b"),
    ("backslashes, also at the end", b"a\\nb\\\\c\\\"d\\"),
    ("NUL", b"a\0b"),
    ("a carriage return", b"a\rb"),
    ("text that runs backwards", "a\u{202e}gpj.exe\u{2066}b".as_bytes()),
    ("commands to a terminal", b"a\x1b[2J\x1b]0;owned\x07\x08\x7fb"),
    ("commands of eight bits and other line ends", "a\u{9b}31m\u{85}\u{2028}\u{2029}b".as_bytes()),
    ("markup", b"a</script><script>alert(1)</script><!--b"),
    ("punctuation of the page", b"a{}=,# HELP x y\tb"),
    ("templates", b"a${x}{{ .Value }}%n%s$(id)`id`b"),
    ("bytes that are not UTF-8", b"a\xff\xfe\xc3(\xed\xa0\x80b"),
    ("more than a name needs", &[b'x'; 64 << 10]),
];

/// Where such a name can come from.
struct Source {
    metric: &'static str,
    label: &'static str,
    /// Bytes that can't be in it.
    without: &'static [u8],
    /// As long as it can be.
    most: usize,
    place: fn(&mut Machine, usize, &[u8]),
}

#[rustfmt::skip]
const SOURCES: [Source; 9] = [
    Source { metric: "hostile_text", label: "text", without: b"", most: usize::MAX, place: Machine::label },
    Source { metric: "node_textfile_mtime_seconds", label: "file", without: b"\0/", most: 200, place: Machine::text_file },
    Source { metric: "node_filesystem_readonly", label: "mountpoint", without: b"\0", most: 4000, place: Machine::mount },
    Source { metric: "node_filesystem_readonly", label: "device", without: b"\0", most: 4000, place: Machine::mounted_device },
    Source { metric: "node_network_receive_bytes_total", label: "device", without: b"\0/: \t\n\r", most: 15, place: Machine::interface },
    Source { metric: "node_network_info", label: "ifalias", without: b"", most: 255, place: Machine::alias },
    Source { metric: "node_hwmon_sensor_label", label: "label", without: b"", most: 4000, place: Machine::sensor },
    Source { metric: "node_nvme_info", label: "model", without: b"", most: 40, place: Machine::nvme },
    Source { metric: "node_disk_info", label: "model", without: b"\n", most: 4000, place: Machine::disk },
];

/// A machine's files.
#[derive(Default)]
struct Machine(BTreeMap<OsString, Vec<u8>>);

impl Machine {
    /// Appends to a file.
    fn add(&mut self, path: impl Into<OsString>, bytes: &[u8]) {
        self.0.entry(path.into()).or_default().extend_from_slice(bytes);
    }

    fn write(&self, folder: &Path) {
        for (path, bytes) in &self.0 {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().expect("it is in the folder")).expect("the folder is ours");
            fs::write(path, bytes).expect("the folder is ours");
        }
    }

    fn label(&mut self, case: usize, text: &[u8]) {
        // As a job must write it.
        let escape = |byte: &u8| match byte {
            b'\\' => b"\\\\".to_vec(),
            b'"' => b"\\\"".to_vec(),
            b'\n' => b"\\n".to_vec(),
            byte => vec![*byte],
        };
        let escaped: Vec<u8> = text.iter().flat_map(escape).collect();
        let line = [format!("hostile_text{{case=\"{case}\",text=\"").as_bytes(), &escaped, b"\"} 1\n"].concat();
        self.add(format!("text/case{case}.prom"), b"# HELP hostile_text Text.\n# TYPE hostile_text gauge\n");
        self.add(format!("text/case{case}.prom"), &line);
    }

    fn text_file(&mut self, _: usize, text: &[u8]) {
        self.add(OsString::from_vec([b"text/", text, b".prom"].concat()), b"");
    }

    fn mount(&mut self, case: usize, text: &[u8]) {
        let line = [format!("{case} 1 8:{case} / /m/").as_bytes(), &mangled(text), b" rw - ext4 dev rw\n"].concat();
        self.add("proc/1/mountinfo", &line);
    }

    fn mounted_device(&mut self, case: usize, text: &[u8]) {
        let start = format!("{} 1 9:{case} / /d{case} rw - ext4 ", case + 100);
        self.add("proc/1/mountinfo", &[start.as_bytes(), &mangled(text), b" rw\n"].concat());
    }

    fn interface(&mut self, _: usize, text: &[u8]) {
        self.add("proc/1/net/dev", &[b"", text, b": 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n"].concat());
    }

    fn alias(&mut self, case: usize, text: &[u8]) {
        for (file, value) in [("address", b"00:00:00:00:00:00".as_slice()), ("operstate", b"up"), ("ifalias", text)] {
            self.add(format!("sys/class/net/eth{case}/{file}"), &[value, b"\n"].concat());
        }
    }

    fn sensor(&mut self, case: usize, text: &[u8]) {
        self.add(format!("sys/class/hwmon/hwmon0/temp{}_input", case + 1), b"42000\n");
        self.add(format!("sys/class/hwmon/hwmon0/temp{}_label", case + 1), &[text, b"\n"].concat());
    }

    fn nvme(&mut self, case: usize, text: &[u8]) {
        for (file, value) in [("model", text), ("serial", b"1"), ("firmware_rev", b"1"), ("state", b"live")] {
            self.add(format!("sys/class/nvme/nvme{case}/{file}"), &[value, b"\n"].concat());
        }
    }

    fn disk(&mut self, case: usize, text: &[u8]) {
        let letter = char::from(b'a' + u8::try_from(case).expect("there are few"));
        self.add("proc/diskstats", format!("8 {} sd{letter} 1 1 1 1 1 1 1 1 0 1 1\n", case * 16).as_bytes());
        self.add(format!("udev/b8:{}", case * 16), &[b"E:ID_MODEL=", text, b"\n"].concat());
    }
}

/// As the kernel writes names into mountinfo.
fn mangled(name: &[u8]) -> Vec<u8> {
    let byte = |byte: &u8| match byte {
        b' ' | b'\t' | b'\n' | b'\\' | b'#' => format!("\\{byte:03o}").into_bytes(),
        byte => vec![*byte],
    };
    name.iter().flat_map(byte).collect()
}

/// What is on the page: source, situation and label value.
type Expected = Vec<(&'static Source, &'static str, String)>;

/// A machine on which every source has every hostile name that it can have, served.
struct Hostile {
    process: Process,
    expected: Expected,
    _folder: TempDir,
}

impl Hostile {
    fn start() -> Hostile {
        let folder = tempfile::tempdir().expect("there is a folder for temporary files");
        let mut machine = Machine::default();
        machine.add("proc/1/net/dev", b"Inter-|   Receive\n face |bytes\n");
        machine.add("sys/class/hwmon/hwmon0/name", b"chip\n");
        let mut expected = Vec::new();
        for source in &SOURCES {
            for (case, (situation, text)) in HOSTILE.iter().enumerate() {
                let Some(text) = source.carried(text) else { continue };
                (source.place)(&mut machine, case, &text);
                expected.push((source, *situation, source.shown(&text, folder.path())));
            }
        }
        machine.write(folder.path());
        let mut args: Vec<String> = tree::flags(folder.path()).into();
        args.push(format!("--collector.textfile.directory={}", folder.path().join("text").display()));
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let process = Process::start("host-exporter", &args).expect("the exporter starts");
        Hostile { process, expected, _folder: folder }
    }

    /// Every hostile name that is not among the values of its label.
    fn missing(&self, values: impl Fn(&str, &str) -> BTreeSet<String>) -> Vec<String> {
        let mut faults = Vec::new();
        for (source, situation, value) in &self.expected {
            let values = values(source.metric, source.label);
            if !values.contains(value) {
                let (metric, label) = (source.metric, source.label);
                let start: String = value.chars().take(200).collect();
                faults.push(format!("{metric}, {label}, {situation}: {start:?} is not among {}", values.len()));
            }
        }
        faults
    }
}

impl Source {
    /// The text as this source can have it; `None` where it can't.
    fn carried(&self, text: &[u8]) -> Option<Vec<u8>> {
        // A text file that is not UTF-8 is refused whole.
        if self.metric == "hostile_text" && std::str::from_utf8(text).is_err() {
            return None;
        }
        let mut text: Vec<u8> = text.iter().copied().filter(|byte| !self.without.contains(byte)).collect();
        text.truncate(self.most);
        Some(text)
    }

    /// The value of the label.
    fn shown(&self, text: &[u8], folder: &Path) -> String {
        let is_mangled = self.metric == "node_filesystem_readonly" && self.label == "device";
        // The peer leaves the kernel's escapes in a device's name.
        let text = if is_mangled { mangled(text) } else { text.to_vec() };
        let mut text = String::from_utf8_lossy(&text).into_owned();
        // Where the peer mends text, it does so by the run.
        if matches!(self.metric, "node_network_info" | "node_hwmon_sensor_label" | "node_nvme_info") {
            while text.contains("\u{fffd}\u{fffd}") {
                text = text.replace("\u{fffd}\u{fffd}", "\u{fffd}");
            }
        }
        match self.label {
            "file" => format!("{}/text/{text}.prom", folder.display()),
            "mountpoint" => format!("/m/{text}"),
            _ => text,
        }
    }
}

/// The values of a label of a metric among parsed families.
fn values(families: &[Family], metric: &str, label: &str) -> BTreeSet<String> {
    let metrics = families.iter().filter(|family| family.name == metric).flat_map(|family| &family.metrics);
    let labels = metrics.flat_map(|metric| &metric.labels).filter(|(name, _)| name == label);
    labels.map(|(_, value)| value.clone()).collect()
}

#[test]
fn hostile_names_are_on_the_page_of_each_format_as_they_are() {
    let hostile = Hostile::start();
    let address = hostile.process.address();
    for (headers, parse) in [
        (PROMETHEUS, (|body| parse_text(body)) as fn(&[u8]) -> Result<Vec<Family>, exposition::parse::ParseError>),
        (OPENMETRICS, |body| parse_openmetrics(body)),
    ] {
        let first = scrape(address, headers, &Validator::default(), None).expect("the page is good");
        scrape(address, headers, &Validator::default(), Some(&first)).expect("so is the next one");
        let families = parse(&first.body).expect("the page is good");
        let missing = hostile.missing(|metric, label| values(&families, metric, label));
        assert!(missing.is_empty(), "{}", missing.join("\n"));
        // What looks like a sample is none: the machine has no load average.
        assert!(!families.iter().any(|family| family.name == "node_load1"));
    }
    let page = testkit::page::series(&get(address, "/metrics", &[]).expect("it answers").body);
    assert_eq!(page["node_textfile_scrape_error"], 0.0);
}

#[test]
fn prometheus_stores_hostile_names_as_they_are() {
    let Some(tools) = Tools::find("hostile_text", &["prometheus", "promtool"]) else { return };
    let hostile = Hostile::start();
    let target = hostile.process.address();

    let page = get(target, "/metrics", &[]).expect("it answers").body;
    let mut promtool = tools.command("promtool");
    promtool.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut promtool = promtool.spawn().expect("promtool starts");
    promtool.stdin.take().expect("it is piped").write_all(&page).expect("promtool reads it all");
    let checked = promtool.wait_with_output().expect("promtool ends");
    // 3 is a matter of taste: names of the peer.
    assert!(matches!(checked.status.code(), Some(0 | 3)), "{}", String::from_utf8_lossy(&checked.stderr));

    let folder = tempfile::tempdir().expect("there is a folder for temporary files");
    let server = start_prometheus(&tools, &folder, &target.to_string());
    for (job, family) in [("text", "up{job=\"text\"}"), ("openmetrics", "up{job=\"openmetrics\"}")] {
        wait_until(&server, "a good scrape", || query(&server, family).iter().any(|(_, value)| *value == 1.0));
        let stored = |metric: &str, label: &str| -> BTreeSet<String> {
            let series = query(&server, &format!("{metric}{{job=\"{job}\"}}"));
            series.iter().filter_map(|(labels, _)| Some(labels[label].as_str()?.to_owned())).collect()
        };
        let missing = hostile.missing(stored);
        assert!(missing.is_empty(), "{job}:\n{}", missing.join("\n"));
    }
    let dropped = query(&server, "{__name__=~\"prometheus_target_scrapes_sample_.*_total\"} > 0");
    assert!(dropped.is_empty(), "{dropped:?}");
    let log = server.stderr();
    assert!(!log.contains("level=WARN") && !log.contains("level=ERROR"), "{log}");
}

/// One that scrapes the target in both formats, and itself.
fn start_prometheus(tools: &Tools, folder: &TempDir, target: &str) -> Process {
    let address = free_address().expect("loopback has a free port");
    let job = |name: &str, protocol: &str, target: &str| {
        format!(
            "  - job_name: {name}\n    scrape_protocols: [{protocol}]\n    static_configs: [{{targets: [\"{target}\"]}}]\n"
        )
    };
    let config = [
        "global:\n  scrape_interval: 1s\nscrape_configs:\n",
        &job("text", "PrometheusText0.0.4", target),
        &job("openmetrics", "OpenMetricsText1.0.0", target),
        &job("self", "PrometheusText0.0.4", &address.to_string()),
    ];
    let path: PathBuf = folder.path().join("prometheus.yml");
    fs::write(&path, config.concat()).expect("the folder is ours");
    let mut command = tools.command("prometheus");
    command
        .arg(format!("--config.file={}", path.display()))
        .arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()))
        .arg(format!("--web.listen-address={address}"));
    Process::spawn(command, address, "/-/ready").expect("Prometheus starts")
}
