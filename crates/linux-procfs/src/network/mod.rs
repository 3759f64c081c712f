//! Network devices, protocols and sockets.

#[cfg(target_os = "linux")]
mod addresses;
mod arp;
mod bonding;
mod conntrack;
#[cfg(all(fuzzing, target_os = "linux"))]
pub mod fuzzing;
#[cfg(target_os = "linux")]
mod links;
#[cfg(target_os = "linux")]
mod neighbours;
mod net_class;
mod net_dev;
mod net_sockets;
#[cfg(target_os = "linux")]
mod netlink;
mod netstat;
mod sockstat;
mod softnet;
mod tcp;
#[cfg(target_os = "linux")]
mod tcp_diag;

#[cfg(target_os = "linux")]
pub use addresses::{NetAddress, read_addresses};
pub use arp::parse_arp;
pub use bonding::{Bond, read_bond, read_bonds};
pub use conntrack::{Conntrack, parse_conntrack};
#[cfg(target_os = "linux")]
pub use links::{Link, read_links};
#[cfg(target_os = "linux")]
pub use neighbours::read_neighbours;
pub use net_class::{NetClass, read_net_class, read_net_class_state};
pub use net_dev::{NetDev, NetStatistics, parse_net_dev, read_net_statistics, read_nohandler};
pub use net_sockets::{Socket, parse_sockets};
#[cfg(target_os = "linux")]
pub use netlink::NetlinkError;
pub use netstat::{parse_netstat, parse_snmp6};
pub use sockstat::parse_sockstat;
pub use softnet::{Softnet, parse_softnet};
pub use tcp::TcpSockets;
#[cfg(target_os = "linux")]
pub use tcp_diag::read_tcp_sockets;
