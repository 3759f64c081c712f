//! `/proc/interrupts`: interrupts by their line and processor.

use crate::error::Malformed;
use crate::fields::{columns, lines, number, pair, text};

/// The table of `/proc/interrupts`: totals since boot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Interrupts {
    /// The processors of the columns: those that are online.
    pub cpus: Vec<u32>,
    /// In the kernel's order.
    pub lines: Vec<Interrupt>,
}

/// A line of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interrupt {
    /// Its number, or what stands for one: `LOC`, `IPI0` …
    pub name: String,
    /// The controller where it has a number, and a description otherwise.
    pub info: String,
    /// Where it has a number, the line at the controller and who listens.
    pub devices: String,
    /// As many as processors.
    pub counts: Vec<u64>,
}

/// Reads `/proc/interrupts`. Lines without a description, such as the count of errors, are of no processor and passed
/// over.
///
/// # Errors
/// A heading without processors; a line with a description behind anything but a number for each.
pub fn parse_interrupts(bytes: &[u8]) -> Result<Interrupts, Malformed> {
    let heading = Malformed { line: 1, expected: "a heading with processors" };
    let mut rows = lines(bytes);
    let (_, first) = rows.next().ok_or(heading)?;
    let cpus: Option<Vec<u32>> = columns(first).map(|column| number(column.strip_prefix(b"CPU")?)).collect();
    let cpus = cpus.filter(|cpus| !cpus.is_empty()).ok_or(heading)?;
    let mut interrupts = Vec::new();
    for (line, bytes) in rows {
        // Some kernels leave no space behind the colon.
        let Some((name, rest)) = pair(bytes) else { continue };
        if columns(rest).nth(cpus.len()).is_none() {
            continue;
        }
        let counts: Option<Vec<u64>> = columns(rest).take(cpus.len()).map(number).collect();
        let counts = counts.ok_or(Malformed { line, expected: "a number for each processor" })?;
        let mut words = columns(rest).skip(cpus.len());
        let (info, devices) = if number::<u64>(name).is_some() {
            (joined(words.by_ref().take(1)), joined(words))
        } else {
            (joined(words), String::new())
        };
        interrupts.push(Interrupt { name: text(name), info, devices, counts });
    }
    Ok(Interrupts { cpus, lines: interrupts })
}

fn joined<'w>(words: impl Iterator<Item = &'w [u8]>) -> String {
    words.map(String::from_utf8_lossy).fold(String::new(), |mut text, word| {
        if !text.is_empty() {
            text.push(' ');
        }
        text + &word
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_with_a_processor_offline() {
        let text = b"            CPU0       CPU2       \n   0:         18          0   IO-APIC    2-edge      timer\n \
            132:        140   17960230  IR-PCI-MSI 333825-edge      iwlwifi: queue 1\nIPI0:1  4  Rescheduling interrupts\n \
            LOC:  174326351  135776678   Local timer interrupts\n ERR:          0\n MIS: 0 1\n no colon\n";
        let interrupt = |name: &str, info: &str, devices: &str, counts: [u64; 2]| Interrupt {
            name: name.to_owned(),
            info: info.to_owned(),
            devices: devices.to_owned(),
            counts: counts.to_vec(),
        };
        let lines = vec![
            interrupt("0", "IO-APIC", "2-edge timer", [18, 0]),
            interrupt("132", "IR-PCI-MSI", "333825-edge iwlwifi: queue 1", [140, 17_960_230]),
            interrupt("IPI0", "Rescheduling interrupts", "", [1, 4]),
            interrupt("LOC", "Local timer interrupts", "", [174_326_351, 135_776_678]),
        ];
        assert_eq!(parse_interrupts(text), Ok(Interrupts { cpus: vec![0, 2], lines }));
    }

    #[test]
    fn a_table_that_is_none() {
        for (text, line, expected) in [
            ("", 1, "a heading with processors"),
            ("   \n", 1, "a heading with processors"),
            ("CPU0 CPUx\n", 1, "a heading with processors"),
            ("CPU0\n  0: x IO-APIC\n", 2, "a number for each processor"),
        ] {
            assert_eq!(parse_interrupts(text.as_bytes()), Err(Malformed { line, expected }), "{text}");
        }
    }
}
