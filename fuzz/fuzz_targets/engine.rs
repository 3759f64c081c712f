//! Bytes as anything that a Docker engine answers, and as its event stream in pieces of several lengths.

#![no_main]

use docker_exporter::fuzzing::read_answers;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| read_answers(bytes));
