//! Bytes as any file of `/proc` and `/sys`: every parser takes them, as what one line of one file finds is worth a try in the
//! others too.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../crates/linux-procfs/tests/it/parsers.rs"]
mod parsers;

fuzz_target!(|bytes: &[u8]| parsers::parse_all(bytes));
