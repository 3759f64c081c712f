//! Files that are none: FIFOs without a writer, devices without end, folders. As configuration they are refused at the
//! start, as text files left out, as files of the machine a failure of their collector; nothing waits for them.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::fs::{CWD, FileType, Mode, mknodat};
use testkit::http::get;
use testkit::page;
use testkit::process::{binary, run};
use testkit::tls::Identity;

use crate::tree::{Tree, log_of};

/// A program that waits for such a file waits for ever, so that any limit will do.
const LIMIT: Duration = Duration::from_secs(10);

fn fifo(path: &Path) {
    if let Err(error) = fs::remove_file(path) {
        assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
    }
    mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
}

/// A good certificate has no part in this: the file that is none is looked at first, or the pair is refused anyway.
const CONFIGS: [(&str, &str); 4] = [
    ("cert", "tls_server_config:\n  cert_file: special\n  key_file: key.pem\n"),
    ("key", "tls_server_config:\n  cert_file: cert.pem\n  key_file: special\n"),
    (
        "client CA",
        "tls_server_config:\n  cert_file: cert.pem\n  key_file: key.pem\n  client_ca_file: special\n  client_auth_type: RequireAndVerifyClientCert\n",
    ),
    (
        "all",
        "tls_server_config:\n  cert_file: special\n  key_file: special\n  client_ca_file: special\n  client_auth_type: RequireAndVerifyClientCert\n",
    ),
];

/// Ends at once with one line that names the file.
fn is_refused(folder: &Path, flags: &[String], named: &Path) {
    let mut command = Command::new(binary("host-exporter").unwrap());
    command.arg("--web.listen-address=127.0.0.1:0").args(flags).current_dir(folder);
    let ended = run(command, LIMIT).unwrap_or_else(|error| panic!("{flags:?}: {error}"));
    let told = ended.stderr.lines().filter(|line| line.contains(named.to_str().unwrap()));
    assert_eq!(told.count(), 1, "{flags:?}\n{}", ended.stderr);
    assert!(matches!(ended.status.code(), Some(1 | 2)), "{flags:?}: {}", ended.status);
    assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
}

#[test]
fn configuration_that_is_no_regular_file_is_refused_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let special = folder.path().join("special");
    let identity = Identity::new().unwrap();
    fs::write(folder.path().join("cert.pem"), &identity.certificate).unwrap();
    fs::write(folder.path().join("key.pem"), &identity.key).unwrap();
    for kind in ["fifo", "device", "folder"] {
        match kind {
            "fifo" => fifo(&special),
            "device" => {
                fs::remove_file(&special).unwrap();
                std::os::unix::fs::symlink("/dev/zero", &special).unwrap();
            }
            _ => {
                fs::remove_file(&special).unwrap();
                fs::create_dir(&special).unwrap();
            }
        }
        for flag in ["web.config.file", "web.bearer-token-file"] {
            is_refused(folder.path(), &[format!("--{flag}={}", special.display())], &special);
        }
        for (name, config) in CONFIGS {
            let path = folder.path().join("web.yml");
            fs::write(&path, config).unwrap();
            let begin = Instant::now();
            is_refused(folder.path(), &[format!("--web.config.file={}", path.display())], &special);
            assert!(begin.elapsed() < LIMIT, "{kind} as {name}");
        }
    }
}

#[test]
fn text_files_that_are_none_are_left_out() {
    let tree = Tree::fixture("container-guest");
    let text = tree.path("text");
    fs::create_dir_all(text.join("folder.prom")).unwrap();
    fifo(&text.join("fifo.prom"));
    std::os::unix::fs::symlink("/dev/zero", text.join("device.prom")).unwrap();
    std::os::unix::fs::symlink("nowhere", text.join("link.prom")).unwrap();
    std::os::unix::fs::symlink("loop.prom", text.join("loop.prom")).unwrap();
    fs::write(text.join("huge.prom"), vec![b'#'; 40 << 20]).unwrap();
    fs::write(text.join("good.prom"), "good 1\n").unwrap();
    let host = tree.start_here(&[&format!("--collector.textfile.directory={}", text.display())]);
    for _ in 0..2 {
        let begin = Instant::now();
        let series = page::series(&get(host.address(), "/metrics?collect[]=textfile", &[]).unwrap().body);
        assert!(begin.elapsed() < LIMIT);
        assert_eq!((series["good"], series["node_textfile_scrape_error"]), (1.0, 1.0));
        assert_eq!(series["pilotlight_blocked_readers"], 0.0);
    }
    let log = log_of(host);
    for name in ["folder", "fifo", "device", "link", "loop", "huge"] {
        assert_eq!(log.matches(&format!("/text/{name}.prom: ")).count(), 1, "{name}\n{log}");
    }
}

/// A machine's files are the kernel's; where they are not, what is read is a failure and no wait.
#[test]
fn files_of_the_machine_that_are_none_fail_their_collector_alone() {
    let success = |series: &std::collections::BTreeMap<String, f64>, collector: &str| {
        series[&format!("node_scrape_collector_success{{collector=\"{collector}\"}}")]
    };
    for kind in ["fifo", "device", "folder"] {
        let tree = Tree::fixture("vps");
        let meminfo = tree.path("proc/meminfo");
        fs::remove_file(&meminfo).unwrap();
        match kind {
            "fifo" => fifo(&meminfo),
            "device" => std::os::unix::fs::symlink("/dev/zero", &meminfo).unwrap(),
            _ => fs::create_dir(&meminfo).unwrap(),
        }
        let host = tree.start_here(&[]);
        let begin = Instant::now();
        let series = page::series(&get(host.address(), "/metrics", &[]).unwrap().body);
        assert!(begin.elapsed() < LIMIT, "{kind}");
        assert_eq!((success(&series, "meminfo"), success(&series, "loadavg")), (0.0, 1.0), "{kind}");
        assert_eq!(series["pilotlight_blocked_readers"], 0.0, "{kind}");
    }
}
