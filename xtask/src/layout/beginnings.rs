//! How the names of used functions begin. Names of Rust end in a hash, or have one inside, that changes with any dependency, and those
//! of a type's methods come and go: few short beginnings outlive what a list of names does not.

use std::collections::BTreeMap;

/// Of the code that a beginning stands for, so much must be used.
const LEAST_USED: f64 = 0.8;
/// No beginning is shorter: that would be the mangling alone.
const LEAST_LENGTH: usize = 6;

/// Bytes of code.
#[derive(Clone, Copy, Default)]
struct Code {
    used: u64,
    all: u64,
}

/// The code of every name without its hashes, of all programs together.
#[derive(Default)]
pub(super) struct Beginnings(BTreeMap<String, Code>);

impl Beginnings {
    /// A function of a program.
    pub(super) fn add(&mut self, function: &str, size: u64, is_used: bool) {
        let code = self.0.entry(without_hashes(function)).or_default();
        code.all += size;
        code.used += u64::from(is_used) * size;
    }

    /// Beginnings, in order, that all used names have, each as short as it can be without standing for much that is unused.
    pub(super) fn of_used(&self) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for (name, code) in &self.0 {
            if code.used == 0 || found.last().is_some_and(|last| name.starts_with(last)) {
                continue;
            }
            let shorter = (LEAST_LENGTH..name.len()).filter_map(|end| name.get(..end));
            let beginning = shorter.into_iter().find(|beginning| self.is_used(beginning));
            found.push(beginning.unwrap_or(name).to_owned());
        }
        found
    }

    /// Whether most of what begins so is used.
    fn is_used(&self, beginning: &str) -> bool {
        let those = self.0.range(beginning.to_owned()..).take_while(|(name, _)| name.starts_with(beginning));
        let (used, all) = those.fold((0, 0), |sum, (_, code)| (sum.0 + code.used, sum.1 + code.all));
        used as f64 >= LEAST_USED * all as f64
    }
}

/// Whether a function's name is one that Rust makes, in either of its forms.
pub(super) fn is_rust(function: &str) -> bool {
    function.starts_with("_ZN") || function.starts_with("_R")
}

/// A name up to its hash, or with a `*` in the place of each: `_ZN…17h` and 16 digits, or `Cs…_` before a crate's name.
fn without_hashes(function: &str) -> String {
    if let Some((name, _)) = function.rsplit_once("17h").filter(|_| function.starts_with("_ZN")) {
        return name.to_owned();
    }
    let mut name = String::new();
    let mut rest = function.split('.').next().unwrap_or_default();
    while let Some((before, after)) = rest.split_once("Cs") {
        let hash = after.find('_').filter(|end| after[..*end].chars().all(|c| c.is_ascii_alphanumeric()));
        name += before;
        name += if hash.is_some() { "Cs*" } else { "Cs" };
        rest = &after[hash.unwrap_or(0)..];
    }
    name + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_of_both_forms() {
        for (function, name) in [
            ("_ZN5tokio4park5sleep17h0123456789abcdefE", "_ZN5tokio4park5sleep"),
            ("_ZN5tokio4park5sleep17h0123456789abcdefE.llvm.77", "_ZN5tokio4park5sleep"),
            ("_RNvNtCsaz6eC2DG7lh_3std9panicking7default", "_RNvNtCs*_3std9panicking7default"),
            ("_RNvXCs1_4coreNtCs2_3std1A.412", "_RNvXCs*_4coreNtCs*_3std1A"),
        ] {
            assert_eq!(without_hashes(function), name);
        }
    }

    #[test]
    fn beginnings_are_short_and_of_little_that_is_unused() {
        let mut names = Beginnings::default();
        for (name, size, is_used) in [
            ("_ZN5tokio4park5sleep17h1E", 90, true),
            ("_ZN5tokio4park4wake17h2E", 10, false),
            ("_ZN5tokio4sync17h3E", 50, false),
            ("_ZN6rustls5hello17h4E", 500, false),
            ("_ZN6rustls3aes17h5E", 1, true),
            ("_RNvCsab_3std4exit", 5, true),
        ] {
            names.add(name, size, is_used);
        }
        assert_eq!(names.of_used(), ["_RNvCs", "_ZN5tokio4p", "_ZN6rustls3"]);
    }
}
