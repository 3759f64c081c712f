//! Bytes as a datagram of netlink, and what its messages hold as entries of every table.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|datagram: &[u8]| linux_procfs::fuzzing::read_datagram(datagram));
