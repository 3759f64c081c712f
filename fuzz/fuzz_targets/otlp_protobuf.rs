//! Bytes as requests of OTLP in protobuf: never a panic, and what is read can be written in both encodings and read again.

#![no_main]

use fuzz::otlp::round_trip;
use libfuzzer_sys::fuzz_target;
use otlp::Encoding;

fuzz_target!(|bytes: &[u8]| round_trip(bytes, Encoding::Protobuf));
