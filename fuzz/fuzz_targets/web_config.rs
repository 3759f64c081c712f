//! Bytes as the file that `--web.config.file` names: a configuration, or an error in one line that says where.

#![no_main]

use exporter_toolkit::fuzzing::check_web_config;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| check_web_config(text));
