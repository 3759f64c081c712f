//! Suites against real servers and peers. `./test` builds what they need and runs them; a suite whose tools are missing
//! says SKIP. Disks, and most of what node_exporter shows, the host exporter has on Linux only.

#[cfg(target_os = "linux")]
mod alerting;
mod bridge;
mod claude_dashboards;
#[cfg(target_os = "linux")]
mod compose;
#[cfg(target_os = "linux")]
mod container;
#[cfg(target_os = "linux")]
mod dashboard_1860;
#[cfg(target_os = "linux")]
mod docker;
#[cfg(target_os = "linux")]
mod flags_host;
mod golden;
#[cfg(target_os = "linux")]
mod host_pair;
#[cfg(target_os = "linux")]
mod hostile_text;
#[cfg(target_os = "linux")]
mod image;
#[cfg(target_os = "linux")]
mod layout;
#[cfg(target_os = "linux")]
mod machine;
#[cfg(target_os = "linux")]
mod otelcol;
mod otlp_agents;
mod otlp_exact;
#[cfg(target_os = "linux")]
mod otlp_full_disk;
mod otlp_page;
#[cfg(target_os = "linux")]
mod otlp_parity;
#[cfg(target_os = "linux")]
mod otlp_sender;
#[cfg(target_os = "linux")]
mod parity;
#[cfg(target_os = "linux")]
mod parity_host;
#[cfg(target_os = "linux")]
mod process_one;
mod prometheus;
#[cfg(target_os = "linux")]
mod protobuf;
#[cfg(target_os = "linux")]
mod receiver;
#[cfg(target_os = "linux")]
mod redis;
#[cfg(target_os = "linux")]
mod redis_queues;
mod rules;
#[cfg(target_os = "linux")]
mod same_page;
#[cfg(target_os = "linux")]
mod sockets;
#[cfg(target_os = "linux")]
mod stack;
#[cfg(target_os = "linux")]
mod stalls;
#[cfg(target_os = "linux")]
mod stalls_of_devices;
#[cfg(target_os = "linux")]
mod textfile;
mod tools;
#[cfg(target_os = "linux")]
mod units;
#[cfg(target_os = "linux")]
mod web_config;
