//! Bytes as anything that a Redis answers.

#![no_main]

use libfuzzer_sys::fuzz_target;
use redis_exporter::fuzzing::read_replies;

fuzz_target!(|bytes: &[u8]| read_replies(bytes));
