//! A pattern in the first line, and a name: no pattern of the command line ends the program, and the defaults that are code say
//! what their patterns say.

#![no_main]

use libfuzzer_sys::fuzz_target;

/// Neither is longer in practice, and a pattern takes time for each of its parts at each character.
const LONGEST: usize = 256;

fuzz_target!(|text: &str| {
    let (pattern, name) = text.split_once('\n').unwrap_or(("", text));
    if pattern.len() <= LONGEST && name.len() <= LONGEST {
        host_exporter::fuzzing::check_pattern(pattern, name);
    }
});
