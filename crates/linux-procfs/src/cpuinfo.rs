//! `/proc/cpuinfo`, as x86 writes it; other architectures have some of its keys.

use crate::fields::{number, pair, text};

/// A processor's block in `/proc/cpuinfo`; a key that the architecture lacks is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CpuInfo {
    /// `processor`.
    pub cpu: u32,
    /// `vendor_id`.
    pub vendor: String,
    /// `cpu family`.
    pub family: String,
    /// `model`.
    pub model: String,
    /// `model name`.
    pub model_name: String,
    /// `stepping`.
    pub stepping: String,
    /// `microcode`.
    pub microcode: String,
    /// `cache size`, with its unit.
    pub cache_size: String,
    /// `physical id`, the socket.
    pub package: String,
    /// `core id`.
    pub core: String,
    /// `flags`.
    pub flags: Vec<String>,
    /// `bugs`.
    pub bugs: Vec<String>,
}

/// Reads `/proc/cpuinfo`: every block that has a `processor` number. Keys that are not known are passed over.
#[must_use]
pub fn parse_cpuinfo(bytes: &[u8]) -> Vec<CpuInfo> {
    let mut cpus: Vec<CpuInfo> = Vec::new();
    for (key, value) in bytes.split(|byte| *byte == b'\n').filter_map(pair) {
        if key == b"processor" {
            cpus.extend(number(value).map(|cpu| CpuInfo { cpu, ..CpuInfo::default() }));
            continue;
        }
        let Some(cpu) = cpus.last_mut() else { continue };
        let words = || text(value).split_ascii_whitespace().map(str::to_owned).collect();
        match key {
            b"vendor_id" => cpu.vendor = text(value),
            b"cpu family" => cpu.family = text(value),
            b"model" => cpu.model = text(value),
            b"model name" => cpu.model_name = text(value),
            b"stepping" => cpu.stepping = text(value),
            b"microcode" => cpu.microcode = text(value),
            b"cache size" => cpu.cache_size = text(value),
            b"physical id" => cpu.package = text(value),
            b"core id" => cpu.core = text(value),
            b"flags" => cpu.flags = words(),
            b"bugs" => cpu.bugs = words(),
            _ => {}
        }
    }
    cpus
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_x86_processor_and_one_that_says_little() {
        let x86 = "processor\t: 0\nvendor_id\t: AuthenticAMD\ncpu family\t: 23\nmodel\t\t: 49\nmodel name\t: AMD EPYC: 7B12\n\
            stepping\t: 0\nmicrocode\t: 0x1\ncpu MHz\t\t: 2249.998\ncache size\t: 512 KB\nphysical id\t: 0\ncore id\t\t: 1\n\
            flags\t\t: fpu vme\nbugs\t\t: spectre_v1\npower management:\n\nprocessor\t: 3\nBogoMIPS\t: 50.00\n";
        let expected = vec![
            CpuInfo {
                cpu: 0,
                vendor: "AuthenticAMD".to_owned(),
                family: "23".to_owned(),
                model: "49".to_owned(),
                model_name: "AMD EPYC: 7B12".to_owned(),
                stepping: "0".to_owned(),
                microcode: "0x1".to_owned(),
                cache_size: "512 KB".to_owned(),
                package: "0".to_owned(),
                core: "1".to_owned(),
                flags: vec!["fpu".to_owned(), "vme".to_owned()],
                bugs: vec!["spectre_v1".to_owned()],
            },
            CpuInfo { cpu: 3, ..CpuInfo::default() },
        ];
        assert_eq!(parse_cpuinfo(x86.as_bytes()), expected);
    }

    #[test]
    fn texts_without_a_processor() {
        assert_eq!(parse_cpuinfo(b""), []);
        assert_eq!(parse_cpuinfo(b"flags: a b\nprocessor: x\nmodel: 1"), []);
    }
}
