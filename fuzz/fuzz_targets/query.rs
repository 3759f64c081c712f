//! The query of a request: positions of collectors in order, each once, whatever the order of its parameters.

#![no_main]

use exporter_toolkit::fuzzing::select;
use libfuzzer_sys::fuzz_target;

const NAMES: [&str; 4] = ["cpu", "stat", "time", "netdev"];

fuzz_target!(|query: &str| {
    let selected = select(query, &NAMES);
    if let Some(selected) = &selected {
        assert!(selected.is_sorted_by(|a, b| a < b) && selected.iter().all(|position| *position < NAMES.len()));
    }
    let backwards: Vec<&str> = query.rsplit('&').collect();
    // Which of two reasons it is refused for may depend on nothing either.
    assert_eq!(selected, select(&backwards.join("&"), &NAMES), "{query:?}");
    assert_eq!(selected, select(&format!("a=b&{query}&collect=cpu"), &NAMES), "{query:?}");
});
