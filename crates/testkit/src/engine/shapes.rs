//! What an engine of a version answers, and what a test did not say.

use serde_json::{Map, Value, json};

use super::Version;

impl Version {
    /// As the API has it.
    pub(super) fn api(self) -> &'static str {
        match self {
            Version::V1_41 => "1.41",
            Version::V1_44 => "1.44",
            Version::V1_52 => "1.52",
            Version::V1_55 => "1.55",
        }
    }

    pub(super) fn least_api(self) -> &'static str {
        match self {
            Version::V1_41 => "1.12",
            Version::V1_44 => "1.24",
            Version::V1_52 => "1.44",
            Version::V1_55 => "1.40",
        }
    }

    fn engine(self) -> &'static str {
        match self {
            Version::V1_41 => "20.10.24",
            Version::V1_44 => "25.0.5",
            Version::V1_52 => "29.0.1",
            Version::V1_55 => "29.7.2",
        }
    }

    fn has_cgroup_v1(self) -> bool {
        self == Version::V1_41
    }
}

/// `GET /version`.
pub(super) fn version(version: Version) -> Value {
    json!({
        "Platform": {"Name": "Docker Engine - Community"},
        "Components": [{"Name": "Engine", "Version": version.engine(), "Details": {"ApiVersion": version.api()}}],
        "Version": version.engine(),
        "ApiVersion": version.api(),
        "MinAPIVersion": version.least_api(),
        "Os": "linux",
        "Arch": "amd64",
    })
}

/// `GET /info`.
pub(super) fn info(version: Version, containers: usize) -> Value {
    let (cgroups, driver, storage) =
        if version.has_cgroup_v1() { ("1", "cgroupfs", "overlay2") } else { ("2", "systemd", "overlayfs") };
    json!({
        "ID": "6F2Q:ZZZZ",
        "Containers": containers,
        "Driver": storage,
        "CgroupDriver": driver,
        "CgroupVersion": cgroups,
        "NCPU": 4,
        "MemTotal": 8_318_783_488_u64,
        "Plugins": {"Volume": ["local"], "Authorization": null},
        "GenericResources": null,
        "ServerVersion": version.engine(),
        "Warnings": null,
    })
}

/// `GET /containers/ID/json`: what the test says over a container that runs.
pub(super) fn inspect(version: Version, said: Value) -> Value {
    let id = said["Id"].as_str().expect("a container has an Id").to_owned();
    let status = said["State"]["Status"].as_str().unwrap_or("running").to_owned();
    let is_up = matches!(status.as_str(), "running" | "paused");
    let mut container = json!({
        "Id": id,
        "Created": "2026-11-21T10:00:00.000000001Z",
        "Path": "sleep",
        "Args": ["1000"],
        "State": {
            "Status": status,
            "Running": is_up || status == "restarting",
            "Paused": status == "paused",
            "Restarting": status == "restarting",
            "OOMKilled": false,
            "Dead": status == "dead",
            "Pid": if is_up { 4242 } else { 0 },
            "ExitCode": 0,
            "Error": "",
            "StartedAt": if status == "created" { NEVER } else { "2026-11-21T10:00:01.000000001Z" },
            "FinishedAt": if is_up || status == "created" { NEVER } else { "2026-11-21T10:30:00.000000001Z" },
        },
        "Image": format!("sha256:{:064x}", 0xbead),
        "LogPath": "",
        "Name": format!("/{}", &id[id.len().saturating_sub(12)..]),
        "RestartCount": 0,
        "Driver": "overlay2",
        "ExecIDs": null,
        "HostConfig": {
            "Binds": null,
            "NetworkMode": "bridge",
            "RestartPolicy": {"Name": "no", "MaximumRetryCount": 0},
            "CgroupParent": "",
            "Memory": 0,
            "MemoryReservation": 0,
            "MemorySwap": 0,
            "NanoCpus": 0,
            "CpuShares": 0,
            "CpuPeriod": 0,
            "CpuQuota": 0,
            "PidsLimit": null,
        },
        "Mounts": [],
        "Config": {
            "Hostname": "box",
            "Env": ["PATH=/bin", "PASSWORD=canary-of-the-environment"],
            "Cmd": ["sleep", "1000"],
            "Image": "box:1",
            "Entrypoint": null,
            "Labels": {},
        },
        "NetworkSettings": {"SandboxID": "", "Ports": {}, "Networks": {"bridge": {"IPAddress": "172.17.0.2"}}},
    });
    merge(&mut container, versioned(version));
    merge(&mut container, said);
    container
}

const NEVER: &str = "0001-01-01T00:00:00Z";

/// What only some versions say of a container.
fn versioned(version: Version) -> Value {
    match version {
        Version::V1_41 => json!({
            "HostConfig": {"KernelMemory": 0, "KernelMemoryTCP": 0},
            "GraphDriver": {"Data": {"MergedDir": ""}, "Name": "overlay2"},
            "NetworkSettings": {"Bridge": "", "HairpinMode": false, "IPAddress": "172.17.0.2", "SecondaryIPAddresses": null},
            "Config": {"OnBuild": null},
        }),
        Version::V1_44 => json!({
            "GraphDriver": {"Data": {"MergedDir": ""}, "Name": "overlay2"},
            "NetworkSettings": {"Bridge": "", "HairpinMode": false, "IPAddress": "172.17.0.2", "SecondaryIPAddresses": null},
            "Config": {"OnBuild": null},
        }),
        Version::V1_52 => json!({
            "Driver": "overlayfs",
            "ImageManifestDescriptor": {"mediaType": "application/vnd.oci.image.manifest.v1+json", "size": 424},
        }),
        Version::V1_55 => json!({
            "Driver": "overlayfs",
            "ImageManifestDescriptor": {"mediaType": "application/vnd.oci.image.manifest.v1+json", "size": 424},
            "Storage": {"RootFS": {"Snapshot": {"Name": "overlayfs"}}},
        }),
    }
}

/// One of `GET /containers/json`, of a container as it is inspected.
pub(super) fn summary(version: Version, inspect: &Value) -> Value {
    let state = &inspect["State"];
    let mut summary = json!({
        "Id": inspect["Id"],
        "Names": [inspect["Name"]],
        "Image": inspect["Config"]["Image"],
        "ImageID": inspect["Image"],
        "Command": "sleep 1000",
        "Created": 1_795_255_200,
        "Ports": [],
        "Labels": inspect["Config"]["Labels"],
        "State": state["Status"],
        "Status": status(state),
        "HostConfig": {"NetworkMode": inspect["HostConfig"]["NetworkMode"]},
        "NetworkSettings": {"Networks": {}},
        "Mounts": [],
    });
    if version >= Version::V1_52 {
        let health = &state["Health"];
        let word = health["Status"].as_str().unwrap_or("none");
        summary["Health"] = json!({"Status": word, "FailingStreak": health["FailingStreak"].as_u64().unwrap_or(0)});
    }
    summary
}

/// What the list tells people of a container's state.
fn status(state: &Value) -> String {
    let health = match state["Health"]["Status"].as_str() {
        Some("starting") => " (health: starting)",
        Some("healthy") => " (healthy)",
        Some("unhealthy") => " (unhealthy)",
        _ => "",
    };
    let code = &state["ExitCode"];
    match state["Status"].as_str() {
        Some("running") => format!("Up 5 minutes{health}"),
        Some("paused") => "Up 5 minutes (Paused)".to_owned(),
        Some("restarting") => format!("Restarting ({code}) 5 seconds ago"),
        Some("exited") => format!("Exited ({code}) 5 minutes ago"),
        Some("created") => "Created".to_owned(),
        Some("dead") => "Dead".to_owned(),
        _ => String::new(),
    }
}

/// One of `GET /events`: what the test says over an event of a container at this time.
pub(super) fn event(version: Version, said: Value, nanos: u64) -> Value {
    let mut event = json!({
        "Type": "container",
        "Action": "start",
        "Actor": {"ID": "", "Attributes": {}},
        "scope": "local",
        "time": nanos / 1_000_000_000,
        "timeNano": nanos,
    });
    merge(&mut event, said);
    if version < Version::V1_52 {
        let image = event["Actor"]["Attributes"]["image"].clone();
        let old = json!({"status": event["Action"], "id": event["Actor"]["ID"], "from": image});
        merge(&mut event, old);
    }
    event
}

/// `GET /containers/ID/stats` of a container: all zero unless it runs.
pub(super) fn stats(version: Version, inspect: &Value, said: Option<&Value>) -> Value {
    let mut stats = match inspect["State"]["Status"].as_str() {
        Some("running" | "paused") if version.has_cgroup_v1() => used_v1(),
        Some("running" | "paused") => used_v2(),
        _ => used_nothing(),
    };
    merge(&mut stats, json!({"name": inspect["Name"], "id": inspect["Id"]}));
    if version >= Version::V1_52 {
        stats["os_type"] = json!("linux");
    }
    if let Some(said) = said {
        merge(&mut stats, said.clone());
    }
    stats
}

fn used_nothing() -> Value {
    let cpu = json!({
        "cpu_usage": {"total_usage": 0, "usage_in_kernelmode": 0, "usage_in_usermode": 0},
        "throttling_data": {"periods": 0, "throttled_periods": 0, "throttled_time": 0},
    });
    json!({
        "read": NEVER,
        "preread": NEVER,
        "pids_stats": {},
        "blkio_stats": {"io_service_bytes_recursive": null, "io_serviced_recursive": null, "io_queue_recursive": null},
        "num_procs": 0,
        "storage_stats": {},
        "cpu_stats": cpu,
        "precpu_stats": cpu,
        "memory_stats": {},
    })
}

/// On cgroup v1.
fn used_v1() -> Value {
    let io = |op: &str, value: u64| json!({"major": 254, "minor": 0, "op": op, "value": value});
    let mut stats = used_nothing();
    merge(
        &mut stats,
        json!({
            "read": "2026-11-21T12:00:00.000000001Z",
            "pids_stats": {"current": 3},
            "blkio_stats": {
                "io_service_bytes_recursive": [io("Read", 4096), io("Write", 8192), io("Sync", 8192), io("Total", 12288)],
                "io_serviced_recursive": [io("Read", 1), io("Write", 2), io("Sync", 2), io("Total", 3)],
                "io_queue_recursive": [],
            },
            "cpu_stats": {
                "cpu_usage": {
                    "total_usage": 24_375_346,
                    "percpu_usage": [10_640_416, 13_734_930],
                    "usage_in_kernelmode": 10_000_000,
                    "usage_in_usermode": 20_000_000,
                },
                "system_cpu_usage": 88_420_840_000_000_u64,
                "online_cpus": 2,
                "throttling_data": {"periods": 4, "throttled_periods": 1, "throttled_time": 5000},
            },
            "memory_stats": {
                "usage": 454_656,
                "max_usage": 3_801_088,
                "stats": {
                    "active_file": 1, "cache": 1, "inactive_file": 1, "mapped_file": 1, "pgfault": 1, "pgmajfault": 1, "rss": 1,
                    "hierarchical_memory_limit": 16_777_216,
                    "total_active_file": 118_784,
                    "total_cache": 122_880,
                    "total_inactive_file": 4096,
                    "total_mapped_file": 122_880,
                    "total_pgfault": 1032,
                    "total_pgmajfault": 2,
                    "total_rss": 57_344,
                },
                "limit": 16_777_216,
            },
            "networks": {"eth0": NETWORK.clone()},
        }),
    );
    stats
}

/// On cgroup v2.
fn used_v2() -> Value {
    let io = |op: &str, value: u64| json!({"major": 254, "minor": 0, "op": op, "value": value});
    let mut stats = used_nothing();
    merge(
        &mut stats,
        json!({
            "read": "2026-11-21T12:00:00.000000001Z",
            "pids_stats": {"current": 3, "limit": 18_446_744_073_709_551_615_u64},
            "blkio_stats": {"io_service_bytes_recursive": [io("read", 4096), io("write", 8192)]},
            "cpu_stats": {
                "cpu_usage": {
                    "total_usage": 24_375_000,
                    "usage_in_kernelmode": 10_000_000,
                    "usage_in_usermode": 14_375_000,
                },
                "system_cpu_usage": 88_420_840_000_000_u64,
                "online_cpus": 2,
                "throttling_data": {"periods": 4, "throttled_periods": 1, "throttled_time": 5000},
            },
            "memory_stats": {
                "usage": 454_656,
                "stats": {
                    "active_file": 118_784,
                    "anon": 57_344,
                    "file": 122_880,
                    "file_mapped": 122_880,
                    "inactive_file": 4096,
                    "pgfault": 1032,
                    "pgmajfault": 2,
                    "slab_reclaimable": 12_288,
                },
                "limit": 8_318_783_488_u64,
            },
            "networks": {"eth0": NETWORK.clone()},
        }),
    );
    stats
}

static NETWORK: std::sync::LazyLock<Value> = std::sync::LazyLock::new(|| {
    json!({
        "rx_bytes": 1086, "rx_packets": 13, "rx_errors": 0, "rx_dropped": 1,
        "tx_bytes": 796, "tx_packets": 10, "tx_errors": 0, "tx_dropped": 0,
    })
});

/// Lays one object over another, key by key; anything but an object takes the place of what was there.
fn merge(under: &mut Value, over: Value) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => merge_objects(under, over),
        (under, over) => *under = over,
    }
}

fn merge_objects(under: &mut Map<String, Value>, over: Map<String, Value>) {
    for (key, value) in over {
        merge(under.entry(key).or_insert(Value::Null), value);
    }
}
