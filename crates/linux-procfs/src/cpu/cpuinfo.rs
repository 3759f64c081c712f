//! `/proc/cpuinfo`, as x86 and ARM write it; other architectures have some of its keys.

use crate::error::Malformed;
use crate::fields::{lines, number, pair, text};

/// A processor's block in `/proc/cpuinfo`; a key that the architecture lacks is empty.
#[derive(Debug, Clone, Default, PartialEq)]
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
    /// `cpu MHz`, how fast it runs now; `None` where the architecture does not say.
    pub megahertz: Option<f64>,
    /// `flags`, on ARM `Features`.
    pub flags: Vec<String>,
    /// `bugs`.
    pub bugs: Vec<String>,
}

/// Reads `/proc/cpuinfo`: every block that has a `processor` number, none where the architecture does not write them so.
/// Keys that are not known are passed over.
///
/// # Errors
/// A `processor` that is no number.
pub fn parse_cpuinfo(bytes: &[u8]) -> Result<Vec<CpuInfo>, Malformed> {
    let mut cpus: Vec<CpuInfo> = Vec::new();
    for (line, (key, value)) in lines(bytes).filter_map(|(line, bytes)| Some((line, pair(bytes)?))) {
        if key == b"processor" {
            let cpu = number(value).ok_or(Malformed { line, expected: "a processor's number" })?;
            cpus.push(CpuInfo { cpu, ..CpuInfo::default() });
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
            b"cpu MHz" => cpu.megahertz = number(value).filter(|megahertz: &f64| megahertz.is_finite()),
            b"flags" | b"Features" => cpu.flags = words(),
            b"bugs" => cpu.bugs = words(),
            _ => {}
        }
    }
    Ok(cpus)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_processor_of_x86_and_one_of_arm() {
        let text = "processor\t: 0\nvendor_id\t: AuthenticAMD\ncpu family\t: 23\nmodel\t\t: 49\nmodel name\t: AMD EPYC: 7B12\n\
            stepping\t: 0\nmicrocode\t: 0x1\ncpu MHz\t\t: 2249.998\ncache size\t: 512 KB\nphysical id\t: 0\ncore id\t\t: 1\n\
            flags\t\t: fpu vme\nbugs\t\t: spectre_v1\npower management:\n\nprocessor\t: 3\nBogoMIPS\t: 50.00\nFeatures\t: fp asimd\n";
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
                megahertz: Some(2249.998),
                flags: vec!["fpu".to_owned(), "vme".to_owned()],
                bugs: vec!["spectre_v1".to_owned()],
            },
            CpuInfo { cpu: 3, flags: vec!["fp".to_owned(), "asimd".to_owned()], ..CpuInfo::default() },
        ];
        assert_eq!(parse_cpuinfo(text.as_bytes()), Ok(expected));
    }

    #[test]
    fn texts_without_a_processor() {
        assert_eq!(parse_cpuinfo(b""), Ok(vec![]));
        assert_eq!(parse_cpuinfo(b"Processor: ARMv7\nflags: a b\nprocessor 0: version = FF\n"), Ok(vec![]));
        let none = Malformed { line: 3, expected: "a processor's number" };
        assert_eq!(parse_cpuinfo(b"processor: 0\n\nprocessor: x\nmodel: 1\n"), Err(none));
    }
}
