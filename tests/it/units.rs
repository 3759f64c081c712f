//! The systemd units: as files, and under a real systemd that is process 1 of a machine within this one.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::net::{Shutdown, SocketAddr};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use serde_json::json;
use testkit::engine::{FakeEngine, Version, id};
use testkit::process::{binary, free_address};
use testkit::redis::FakeRedis;
use testkit::{Validator, http, page};

use crate::machine::{Machine, is_ready, unit};
use crate::same_page::{Series, differences, differences_of};
use crate::tools::{repository, skip};

const SERVICES: [&str; 5] = ["host-exporter", "docker-exporter", "redis-exporter", "otlp-bridge", "pilotlight"];

/// What units have otherwise than host-exporter.service, besides the name: what they lack of it, and what they have in its place.
const DIFFERENT: [(&str, &[&str], &[&str]); 4] = [
    (
        "pilotlight",
        &["MemoryMax=64M", "RestrictAddressFamilies=AF_INET AF_INET6 AF_NETLINK"],
        &[
            "LimitNOFILE=4096",
            "MemoryMax=448M",
            "RestrictAddressFamilies=AF_INET AF_INET6 AF_NETLINK AF_UNIX",
            "StateDirectory=NAME",
            "StateDirectoryMode=0700",
        ],
    ),
    (
        "docker-exporter",
        &[
            "MemoryMax=64M",
            "ProtectHome=read-only",
            "RestrictAddressFamilies=AF_INET AF_INET6 AF_NETLINK",
            "SystemCallFilter=adjtimex clock_adjtime clock_adjtime64",
        ],
        &[
            "LimitNOFILE=4096",
            "MemoryMax=128M",
            "PrivateTmp=yes",
            "ProtectClock=yes",
            "ProtectHome=yes",
            "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
            "SupplementaryGroups=docker",
        ],
    ),
    (
        "redis-exporter",
        &[
            "ProtectHome=read-only",
            "RestrictAddressFamilies=AF_INET AF_INET6 AF_NETLINK",
            "SystemCallFilter=adjtimex clock_adjtime clock_adjtime64",
        ],
        &[
            "PrivateTmp=yes",
            "ProtectClock=yes",
            "ProtectHome=yes",
            "ProtectProc=invisible",
            "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
        ],
    ),
    (
        "otlp-bridge",
        &[
            "MemoryMax=64M",
            "ProtectHome=read-only",
            "RestrictAddressFamilies=AF_INET AF_INET6 AF_NETLINK",
            "SystemCallFilter=adjtimex clock_adjtime clock_adjtime64",
        ],
        &[
            "MemoryMax=256M",
            "PrivateTmp=yes",
            "ProtectClock=yes",
            "ProtectHome=yes",
            "ProtectProc=invisible",
            "RestrictAddressFamilies=AF_INET AF_INET6",
            "StateDirectory=NAME",
            "StateDirectoryMode=0700",
        ],
    ),
];

/// Programs whose flags are variables.
const PROGRAMS: [&str; 4] = ["host-exporter", "docker-exporter", "redis-exporter", "otlp-bridge"];

/// The directives of a unit that is nothing but the same user.
const WITHOUT_UNIT: &str = "[Service]\nType=exec\nUser=host-exporter\nExecStart=host-exporter\n";

/// What host-exporter.service says in comments: what it would cost, a part of a series that is wrong then.
const LEFT_OUT: [(&str, &str); 7] = [
    ("PrivateTmp=yes", "node_filesystem_size_bytes{device=\"disk-1008\",fstype=\"tmpfs\",mountpoint=\"/tmp/cache\"}"),
    ("DynamicUser=yes\nUser=\nPrivateUsers=no", "mountpoint=\"/tmp/cache\"}"),
    (
        "ProtectHome=yes",
        "node_filesystem_size_bytes{device=\"disk-1016\",fstype=\"tmpfs\",mountpoint=\"/home/user/data\"}",
    ),
    ("ProtectClock=yes", "node_timex_status"),
    (
        "ProtectProc=invisible",
        "node_filesystem_readonly{device=\"disk-1032\",fstype=\"tmpfs\",mountpoint=\"/run/media/view\"}: 0 and not 1",
    ),
    ("ProcSubset=pid", "node_load1"),
    ("SystemCallFilter=~adjtimex clock_adjtime", "node_timex_status"),
];

/// The same of docker-exporter.service.
const CONTAINERS_WITHOUT_UNIT: &str =
    "[Service]\nType=exec\nUser=docker-exporter\nSupplementaryGroups=docker\nExecStart=docker-exporter\n";
/// A process that enters the group of a container whose id it is given, in each hierarchy that there is, as Docker's do.
const CONTAINER: &str = "cd /sys/fs/cgroup
    [ -e cgroup.procs ] && groups=. || groups=$(echo *)
    for group in $groups; do
        [ -e $group/cgroup.procs ] && mkdir -p $group/docker/$1 && echo $$ >$group/docker/$1/cgroup.procs
    done
    exec sleep 98765";
const LEFT_OUT_OF_CONTAINERS: [(&str, &str); 3] = [
    ("ProtectProc=invisible", "container_network_receive_bytes_total{"),
    ("ProcSubset=pid", "container_spec_memory_limit_bytes{id=\"/\"}: absent"),
    ("SupplementaryGroups=", "docker_up: 0 and not 1"),
];

#[test]
fn the_files_of_the_units_are_clean_and_tight() {
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        return skip("units", "systemd-analyze, of the package systemd");
    }
    let folder = tempfile::tempdir().expect("there is a folder for temporary files");
    for service in SERVICES {
        // systemd looks for programs in folders of the system alone.
        let program = format!("ExecStart={}", binary(service).expect("it is built").display());
        let text = unit(&format!("{service}.service")).replace(&format!("ExecStart={service}"), &program);
        let path = folder.path().join(format!("{service}.service"));
        fs::write(&path, text).expect("the folder is ours");
        analyze(&["verify", "--man=no"], &path);
        analyze(&["security", "--offline=true", "--threshold=20"], &path);
    }
    for file in ["host-exporter.socket", "host-exporter.service.d/socket.conf"] {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("the folder is ours");
        fs::write(&path, unit(file)).expect("the folder is ours");
    }
    analyze(&["verify", "--man=no"], &folder.path().join("host-exporter.socket"));
}

/// systemd-analyze has nothing to say about the file but its table.
fn analyze(arguments: &[&str], path: &Path) {
    let mut command = Command::new("systemd-analyze");
    let output = command.args(arguments).arg("--no-pager").arg(path).output().expect("it was there before");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.is_empty(),
        "{arguments:?}: {said}{}",
        String::from_utf8_lossy(&output.stdout)
    );
}

#[test]
fn the_units_say_the_same_but_for_what_is_listed() {
    let directives = |service: &str| {
        let text = unit(&format!("{service}.service"));
        let lines = text.lines().filter(|line| !line.starts_with('#') && !line.starts_with("Description="));
        lines.map(|line| line.replace("pilotlight up", "NAME").replace(service, "NAME")).collect::<BTreeSet<_>>()
    };
    let model = directives("host-exporter");
    for (service, lacks, has) in DIFFERENT {
        let directives = directives(service);
        assert_eq!(model.difference(&directives).collect::<Vec<_>>(), *lacks, "{service}");
        assert_eq!(directives.difference(&model).collect::<Vec<_>>(), *has, "{service}");
    }
    for service in SERVICES {
        assert!(unit(&format!("{service}.service")).contains(&format!("\nUser={service}\n")));
        assert!(unit(&format!("sysusers.d/{service}.conf")).starts_with(&format!("u {service} ")));
    }
}

#[test]
fn what_the_units_and_the_readme_name_exists() {
    let readme = fs::read_to_string(repository().join("README.md")).expect("it is text");
    let named = readme.split(|c: char| c.is_whitespace() || "()[]`,".contains(c));
    let missing: Vec<_> =
        named.filter(|word| word.starts_with("deploy/") && !repository().join(word).exists()).collect();
    assert!(missing.is_empty(), "README.md names {missing:?}");

    let mut texts = vec![readme, unit("host-exporter.service.d/socket.conf")];
    texts.extend(
        ["docs/switching.md", "deploy/docker/README.md", "Dockerfile"]
            .map(|file| fs::read_to_string(repository().join(file)).expect("it is text")),
    );
    texts.extend(SERVICES.map(|service| unit(&format!("{service}.service"))));
    for program in PROGRAMS {
        let prefix = format!("{}_", program.replace('-', "_").to_uppercase());
        let known = variables(program, &prefix);
        let is_of_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        let used = texts.iter().flat_map(|text| text.split(|c| !is_of_name(c)));
        let used: BTreeSet<&str> = used.filter(|word| word.starts_with(&prefix) && *word != prefix).collect();
        let unknown: Vec<_> = used.iter().filter(|variable| !known.contains(**variable)).collect();
        assert!(used.len() > 1 && unknown.is_empty(), "no flags of {program}: {unknown:?}");
    }
}

/// The variables of a program's flags.
fn variables(program: &str, prefix: &str) -> BTreeSet<String> {
    let output = Command::new(binary(program).expect("it is built")).arg("--help").output().expect("it starts");
    let help = String::from_utf8(output.stdout).expect("help is text");
    let flags = help.split_whitespace().filter_map(|word| word.strip_prefix("--"));
    let names = flags.map(|flag| flag.split(['=', '[']).next().unwrap_or(flag));
    names.map(|flag| format!("{prefix}{}", flag.replace(['.', '-'], "_").to_uppercase())).collect()
}

#[test]
fn the_page_of_a_unit_is_the_page_without_it() {
    let Some(machine) = Machine::boot("units") else { return };
    let [ours, all, plain, bridge @ ..] = addresses::<6>();
    fs::write(machine.etc("default/host-exporter"), format!("HOST_EXPORTER_WEB_LISTEN_ADDRESS={ours}\n"))
        .expect("ours");
    let variables = format!("HOST_EXPORTER_WEB_LISTEN_ADDRESS={all}\n{}", bridge_variables(bridge));
    fs::write(machine.etc("default/pilotlight"), variables).expect("ours");
    machine.systemctl(&["enable", "--now", "host-exporter", "pilotlight"]).expect("they start");
    machine.add("plain.service", WITHOUT_UNIT, plain, "");
    machine.start(&[("plain.service".to_owned(), plain)]);
    machine.wait_for("all answer", || is_ready(ours) && is_ready(all) && is_ready(bridge[0]));

    // Nothing has changed in what makes the comparison worth something: read-only here, writable to process 1.
    let id = machine.property("host-exporter", "MainPID");
    let mounts = machine.command("cat").arg(format!("/proc/{id}/mountinfo")).output().expect("nsenter is there");
    let mounts = String::from_utf8_lossy(&mounts.stdout).into_owned();
    let home = mounts.lines().rfind(|line| line.contains(" /home ")).expect("it is mounted");
    assert!(home.contains(" ro,"), "{home}");
    let page = |address| http::get(address, "/metrics", &[]).expect("it answers").text();
    let home =
        "node_filesystem_readonly{device=\"disk-1012\",device_error=\"\",fstype=\"tmpfs\",mountpoint=\"/home\"} 0\n";
    assert!(page(ours).contains(home), "{}", page(ours));

    let same = |when: &str| {
        assert_eq!(differences(ours, plain), Vec::<String>::new(), "{when}");
        assert_eq!(differences(all, plain), Vec::<String>::new(), "pilotlight, {when}");
    };
    same("as booted");
    // What changes while the units run.
    run(&machine, "mkdir /run/media/later && mount -t tmpfs -o size=2000k later /run/media/later && hostname renamed");
    let later = "mountpoint=\"/run/media/later\"} 2048000\n";
    let renamed = |address| page(address).contains("nodename=\"renamed\"") && page(address).contains(later);
    assert!(renamed(ours) && renamed(all), "{}", page(ours));
    same("with another name and another mount");
    run(&machine, "umount /run/media/later && mount -o remount,ro /home");
    same("with a mount less, and one that is read-only now");
    assert!(page(ours).contains("mountpoint=\"/home\"} 1\n"));
}

#[test]
fn the_bridge_keeps_its_ledger_in_a_folder_of_its_own() {
    let Some(machine) = Machine::boot("units") else { return };
    for service in ["otlp-bridge", "pilotlight"] {
        let [host, bridge @ ..] = addresses::<4>();
        let [page, _, otlp] = bridge;
        let variables = format!("HOST_EXPORTER_WEB_LISTEN_ADDRESS={host}\n{}", bridge_variables(bridge));
        fs::write(machine.etc("default").join(service), variables).expect("the folder is ours");
        machine.systemctl(&["start", service]).expect("it starts");
        machine.wait_for("it answers", || is_ready(page));
        let export = repository().join("tests/fixtures/otlp/claude-code/delta.metrics.pb");
        let export = fs::read(export).expect("it is there");
        let answer = http::post(otlp, "/v1/metrics", &[("Content-Type", "application/x-protobuf")], &export);
        assert_eq!(answer.expect("it answers").status, 200, "{service}");

        // Once more by itself: it is killed, and what was acknowledged is there.
        machine.systemctl(&["kill", "--signal=KILL", service]).expect("it runs");
        machine.wait_for("it was restarted", || machine.property(service, "NRestarts") == "1" && is_ready(page));
        let text = http::get(page, "/metrics", &[]).expect("it answers").text();
        let series = text.lines().find(|line| line.starts_with("claude_code_cost_usage_USD_total{"));
        assert!(series.is_some_and(|series| series.ends_with(" 0.045315")), "{service}: {series:?}");
        machine.systemctl(&["stop", service]).expect("it ends");
        assert_eq!(machine.property(service, "Result"), "success");

        let state = machine.path(&format!("var/lib/{service}"));
        let user = machine.command("id").args(["--user", service]).output().expect("nsenter is there");
        let user = String::from_utf8_lossy(&user.stdout).trim().to_owned();
        for (file, mode) in [(state.clone(), 0o700), (state.join("ledger.db"), 0o600)] {
            let metadata = fs::metadata(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            assert_eq!((metadata.mode() & 0o777, metadata.uid().to_string()), (mode, user.clone()), "{service}");
        }
    }
}

/// All that its unit leaves it of the machine is the way there.
#[test]
fn a_unit_reaches_its_redis() {
    let Some(machine) = Machine::boot("units") else { return };
    let redis = FakeRedis::start();
    let [page] = addresses::<1>();
    let variables = format!("REDIS_EXPORTER_WEB_LISTEN_ADDRESS={page}\nREDIS_ADDR={}\n", redis.url());
    fs::write(machine.etc("default/redis-exporter"), variables).expect("the folder is ours");
    machine.systemctl(&["start", "redis-exporter"]).expect("it starts");
    machine.wait_for("it answers", || is_ready(page));
    let text = http::get(page, "/metrics", &[]).expect("it answers").text();
    assert!(text.contains("\nredis_up 1\n"), "{text}");
}

/// The engine's word for a container whose only process is a real one, in a group where Docker would have put it.
#[test]
fn the_containers_of_a_unit_are_the_containers_without_it() {
    let Some(machine) = Machine::boot("units") else { return };
    fs::write(machine.etc("container"), CONTAINER).expect("the folder is ours");
    let service = format!("[Service]\nExecStart=sh /etc/container {}\n", id(1));
    fs::write(machine.etc("systemd/system/container.service"), service).expect("the folder is ours");
    machine.systemctl(&["start", "container"]).expect("it starts");
    let process = || {
        let output = machine.command("pgrep").args(["--exact", "--full", "sleep 98765"]).output();
        String::from_utf8_lossy(&output.expect("nsenter is there").stdout).trim().parse::<u32>().ok()
    };
    machine.wait_for("the container runs", || process().is_some());
    let engine = FakeEngine::start(Version::V1_41);
    engine.container(json!({"Id": id(1), "Name": "/web", "State": {"Pid": process()}}));
    // Where Docker has it, for the group that it has it for.
    let socket = machine.path("run/docker.sock");
    pass_on(&socket, engine.socket());
    let groups = fs::read_to_string(machine.etc("group")).expect("it is text");
    let group = groups.lines().find_map(|line| line.strip_prefix("docker:x:")?.split(':').next()?.parse().ok());
    chown(&socket, None, Some(group.expect("the group was made with the user"))).expect("it is ours");
    fs::set_permissions(&socket, fs::Permissions::from_mode(0o660)).expect("it is ours");

    let service = unit("docker-exporter.service");
    let [ours, plain, others @ ..] = addresses::<{ LEFT_OUT_OF_CONTAINERS.len() + 2 }>();
    let mut units = Vec::new();
    let mut add = |name: String, text: &str, address: SocketAddr, directives: &str| {
        let listen = format!("Environment=DOCKER_EXPORTER_WEB_LISTEN_ADDRESS={address}\n{directives}");
        machine.add(&name, text, address, &listen);
        units.push((name, address));
    };
    add("ours.service".to_owned(), &service, ours, "");
    add("plain.service".to_owned(), CONTAINERS_WITHOUT_UNIT, plain, "");
    for (nth, ((directive, _), address)) in LEFT_OUT_OF_CONTAINERS.iter().zip(others).enumerate() {
        add(format!("with-{nth}.service"), &service, address, directive);
    }
    machine.start(&units);
    let compare = |address| differences_of(|| containers(address), || containers(plain));
    let shown = containers(plain);
    for series in
        ["docker_up", "container_processes{", "container_network_receive_bytes_total{", "machine_memory_bytes"]
    {
        assert!(shown.keys().any(|key| key.starts_with(series)), "{series} is not among {shown:#?}");
    }
    assert_eq!(compare(ours), Vec::<String>::new());
    for ((directive, wrong), address) in LEFT_OUT_OF_CONTAINERS.iter().zip(others) {
        let differences = compare(address);
        assert!(differences.iter().any(|series| series.starts_with(wrong)), "{directive}: {differences:#?}");
    }
}

/// What docker-exporter tells of containers.
fn containers(address: SocketAddr) -> Series {
    let varying = ["container_info"];
    let validator =
        Validator { varying_labels: &varying, without_total: &["container_memory_failcnt"], ..Validator::default() };
    let answer = http::scrape(address, http::PROMETHEUS, &validator, None).expect("the page is good");
    let series = page::series(&answer.body).into_iter();
    let told = ["container_", "docker_containers", "docker_engine_info", "docker_up", "machine_"];
    let told = series.filter(|(name, _)| told.iter().any(|start| name.starts_with(start)));
    told.map(|(name, value)| (name, value.to_string())).collect()
}

/// Makes a socket there whose connections lead to another one.
fn pass_on(from: &Path, to: PathBuf) {
    let listener = UnixListener::bind(from).expect("nothing is there");
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (Ok(here), Ok(there)) = (stream, UnixStream::connect(&to)) else { return };
            let both = [(&here, &there), (&there, &here)].map(|(from, to)| (from.try_clone(), to.try_clone()));
            for (from, to) in both {
                let (mut from, mut to) = (from.expect("there is room"), to.expect("there is room"));
                thread::spawn(move || {
                    io::copy(&mut from, &mut to).ok();
                    to.shutdown(Shutdown::Write).ok();
                });
            }
        }
    });
}

/// systemd mounts a /proc of the unit's own, which shows process 1 again.
#[test]
fn a_machine_that_hides_its_processes() {
    let Some(machine) = Machine::boot("units") else { return };
    run(&machine, "mount -o remount,hidepid=2 /proc");
    let [ours, plain] = addresses();
    machine.add("plain.service", WITHOUT_UNIT, plain, "");
    machine.add("ours.service", &unit("host-exporter.service"), ours, "");
    machine.start(&[("plain.service".to_owned(), plain), ("ours.service".to_owned(), ours)]);
    assert_eq!(differences(ours, plain), Vec::<String>::new());
}

#[test]
fn a_unit_is_limited_restarted_and_ended() {
    let Some(machine) = Machine::boot("units") else { return };
    let [address] = addresses();
    let variables = machine.etc("default/host-exporter");
    fs::write(&variables, format!("HOST_EXPORTER_WEB_LISTEN_ADDRESS={address}\n")).expect("the folder is ours");
    machine.systemctl(&["start", "host-exporter"]).expect("it starts");
    machine.wait_for("it answers", || is_ready(address));

    assert_eq!(machine.property("host-exporter", "MemoryMax"), (64 << 20).to_string());
    assert_eq!(machine.property("host-exporter", "TasksMax"), "32");
    let id = machine.property("host-exporter", "MainPID");
    let status = fs::read_to_string(machine.path(&format!("proc/{id}/status"))).expect("it runs");
    for line in ["CapPrm:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"] {
        assert!(status.contains(line), "{line} is not in {status}");
    }

    machine.systemctl(&["kill", "--signal=KILL", "host-exporter"]).expect("it runs");
    machine.wait_for("it was restarted", || machine.property("host-exporter", "NRestarts") == "1" && is_ready(address));
    machine.systemctl(&["stop", "host-exporter"]).expect("it ends");
    assert_eq!(machine.property("host-exporter", "Result"), "success");
    assert_eq!(machine.property("host-exporter", "ExecMainStatus"), "0");

    // A mistake is made once.
    fs::write(&variables, "HOST_EXPORTER_WEB_MAX_REQUESTS=many\n").expect("the folder is ours");
    machine.systemctl(&["start", "host-exporter"]).expect("the program itself is started");
    machine.wait_for("it has failed", || machine.property("host-exporter", "ActiveState") == "failed");
    assert_eq!(machine.property("host-exporter", "ExecMainStatus"), "2");
}

#[test]
fn what_the_unit_leaves_out_would_cost() {
    let Some(machine) = Machine::boot("units") else { return };
    let service = unit("host-exporter.service");
    let [plain, others @ ..] = addresses::<{ LEFT_OUT.len() + 1 }>();
    machine.add("plain.service", WITHOUT_UNIT, plain, "");
    let mut units = vec![("plain.service".to_owned(), plain)];
    for (nth, ((directive, _), address)) in LEFT_OUT.iter().zip(others).enumerate() {
        units.push((format!("with-{nth}.service"), address));
        machine.add(&format!("with-{nth}.service"), &service, address, directive);
    }
    machine.start(&units);
    for ((directive, wrong), address) in LEFT_OUT.iter().zip(others) {
        let differences = differences(address, plain);
        assert!(differences.iter().any(|series| series.contains(wrong)), "{directive}: {differences:#?}");
    }
}

#[test]
fn the_rights_that_bring_what_root_sees() {
    let Some(machine) = Machine::boot("units") else { return };
    let service = unit("host-exporter.service");
    let comments = service.lines().filter_map(|line| line.strip_prefix("#   "));
    let rights: Vec<&str> =
        comments.filter(|line| line.contains("CAP_DAC") || line.starts_with("PrivateUsers=")).collect();
    assert_eq!(rights.len(), 3, "{rights:?}");
    let [root, ours, without] = addresses();
    machine.add("root.service", "[Service]\nType=exec\nExecStart=host-exporter\n", root, "");
    machine.add("rights.service", &service, ours, &rights.join("\n"));
    machine.add("without.service", &service, without, "");
    machine.start(
        &["root", "rights", "without"]
            .map(|name| format!("{name}.service"))
            .into_iter()
            .zip([root, ours, without])
            .collect::<Vec<_>>(),
    );
    assert_eq!(differences(ours, root), Vec::<String>::new());
    let missing = differences(without, root);
    let backup =
        "node_filesystem_size_bytes{device=\"disk-1028\",fstype=\"tmpfs\",mountpoint=\"/root/backup\"}: absent";
    assert!(missing.iter().any(|series| series.starts_with(backup)), "{missing:#?}");
}

#[test]
fn a_socket_that_systemd_opens() {
    let Some(machine) = Machine::boot("units") else { return };
    let [address, plain] = addresses();
    let socket = unit("host-exporter.socket").replace("127.0.0.1:9100", &address.to_string());
    fs::write(machine.etc("systemd/system/host-exporter.socket"), socket).expect("the folder is ours");
    let file = "host-exporter.service.d/socket.conf";
    fs::write(machine.etc("systemd/system").join(file), unit(file)).expect("the folder is ours");
    machine.add("plain.service", WITHOUT_UNIT, plain, "");
    machine.start(&[("plain.service".to_owned(), plain)]);

    machine.systemctl(&["start", "host-exporter.socket"]).expect("it starts");
    assert_eq!(machine.property("host-exporter", "ActiveState"), "inactive");
    assert!(is_ready(address), "{:?}", machine.systemctl(&["status", "host-exporter"]));
    assert_eq!(machine.property("host-exporter", "ActiveState"), "active");
    assert_eq!(differences(address, plain), Vec::<String>::new());

    // Nobody is turned away meanwhile.
    machine.systemctl(&["restart", "host-exporter"]).expect("it starts again");
    assert!(is_ready(address));
}

/// The bridge's page, gRPC and HTTP at these addresses.
fn bridge_variables([page, grpc, http]: [SocketAddr; 3]) -> String {
    format!(
        "OTLP_BRIDGE_WEB_LISTEN_ADDRESS={page}\nOTLP_BRIDGE_OTLP_GRPC_ADDRESS={grpc}\nOTLP_BRIDGE_OTLP_HTTP_ADDRESS={http}\n"
    )
}

/// Runs a line of shell in the machine.
fn run(machine: &Machine, line: &str) {
    let output = machine.command("sh").args(["-c", line]).output().expect("nsenter is there");
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Free addresses, no two alike.
fn addresses<const COUNT: usize>() -> [SocketAddr; COUNT] {
    [(); COUNT].map(|()| free_address().expect("loopback has a free port"))
}
