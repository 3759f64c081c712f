//! `/proc/net/arp`.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::str::FromStr as _;

use crate::error::Malformed;
use crate::fields::{columns, heading, lines, text};

/// Reads `/proc/net/arp`: how many entries each device has.
///
/// # Errors
/// No heading; a line without an address, four columns and a device.
pub fn parse_arp(bytes: &[u8]) -> Result<BTreeMap<String, u64>, Malformed> {
    let mut lines = lines(bytes);
    heading(&mut lines, b"IP address ")?;
    let mut entries = BTreeMap::new();
    for (line, bytes) in lines {
        let device =
            parse_device(bytes).ok_or(Malformed { line, expected: "an address, four columns and a device" })?;
        *entries.entry(device).or_default() += 1;
    }
    Ok(entries)
}

fn parse_device(line: &[u8]) -> Option<String> {
    let mut columns = columns(line);
    Ipv4Addr::from_str(std::str::from_utf8(columns.next()?).ok()?).ok()?;
    let device = text(columns.nth(4)?);
    columns.next().is_none().then_some(device)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADING: &str = "IP address       HW type     Flags       HW address            Mask     Device\n";

    #[test]
    fn entries_of_two_devices() {
        let text = format!(
            "{HEADING}192.168.1.1      0x1         0x2         cc:aa:dd:ee:aa:bb     *        eth0\n\
             192.168.1.2      0x1         0x0         00:00:00:00:00:00     *        eth0\n\
             10.0.0.1         0x20        0x2         80:00:00:48:fe:80:00:00:00:00     *        ib0\n"
        );
        let entries = BTreeMap::from([("eth0".to_owned(), 2), ("ib0".to_owned(), 1)]);
        assert_eq!(parse_arp(text.as_bytes()), Ok(entries));
        assert_eq!(parse_arp(HEADING.as_bytes()), Ok(BTreeMap::new()));
    }

    #[test]
    fn lines_that_are_cut_off() {
        assert_eq!(parse_arp(b"").unwrap_err().expected, "a heading");
        for line in
            ["10.0.0.1 0x1 0x2 aa:bb * ", "x.0.0.1 0x1 0x2 aa:bb * eth0", "10.0.0.1 0x1 0x2 aa:bb * eth0 1", HEADING]
        {
            assert_eq!(parse_arp(format!("{HEADING}{line}").as_bytes()).unwrap_err().line, 2, "{line}");
        }
    }
}
