//! `/proc/net/netstat`, `/proc/net/snmp` and `/proc/net/snmp6`: what the protocols have counted.

use crate::error::Malformed;
use crate::fields::{columns, lines, named_numbers, number};

/// The one field below zero: -1 where the number of connections has no limit.
const SIGNED: &[u8] = b"MaxConn";

/// Calls `field` with the protocol, name and value of each field of `/proc/net/netstat` or `/proc/net/snmp`, of which
/// there are some 130 and 80, in the kernel's order.
///
/// # Errors
/// Lines that are not pairs of names and values of one protocol, as many of both; no line at all. `field` has been
/// called for what stands before.
pub fn parse_netstat(bytes: &[u8], mut field: impl FnMut(&str, &str, f64)) -> Result<(), Malformed> {
    let mut lines = lines(bytes);
    let mut last = None;
    while let Some((line, names)) = lines.next() {
        let (protocol, mut names) = section(names).ok_or(Malformed { line, expected: "a protocol and a colon" })?;
        let values = lines.next().and_then(|(_, values)| section(values)).filter(|(same, _)| *same == protocol);
        let (_, mut values) = values.ok_or(Malformed { line: line + 1, expected: "the values of the line before" })?;
        for name in names.by_ref() {
            let name = std::str::from_utf8(name).map_err(|_| Malformed { line, expected: "names" })?;
            let value = values.next().and_then(|value| count(name.as_bytes(), value));
            field(protocol, name, value.ok_or(Malformed { line: line + 1, expected: "a number for each name" })?);
        }
        if values.next().is_some() {
            return Err(Malformed { line: line + 1, expected: "no more numbers than names" });
        }
        last = Some(line);
    }
    last.map(drop).ok_or(Malformed { line: 1, expected: "a protocol" })
}

/// The protocol of a line, and what stands behind the colon.
fn section(line: &[u8]) -> Option<(&str, impl Iterator<Item = &[u8]>)> {
    let mut columns = columns(line);
    let protocol = std::str::from_utf8(columns.next()?).ok()?.strip_suffix(':')?;
    Some((protocol, columns))
}

fn count(name: &[u8], value: &[u8]) -> Option<f64> {
    let unsigned = number::<u64>(value).map(|value| value as f64);
    unsigned.or_else(|| (name == SIGNED).then(|| number::<i32>(value))?.map(f64::from))
}

/// Calls `field` with the protocol (`Ip6`), name and value of each field of `/proc/net/snmp6`, of which there are some
/// 90, in the kernel's order.
///
/// # Errors
/// A line that is not a name and a number; `field` has been called for those before it. No line at all.
pub fn parse_snmp6(bytes: &[u8], mut field: impl FnMut(&str, &str, f64)) -> Result<(), Malformed> {
    named_numbers(bytes, |name, value| {
        // A name without a 6 is of no protocol.
        if let Some(six) = name.find('6') {
            field(&name[..=six], &name[six + 1..], value as f64);
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    type Fields = Vec<(String, f64)>;

    fn netstat(text: &str) -> (Fields, Result<(), Malformed>) {
        let mut fields = Vec::new();
        let parsed = parse_netstat(text.as_bytes(), |protocol, name, value| {
            fields.push((format!("{protocol}_{name}"), value));
        });
        (fields, parsed)
    }

    fn fields(fields: &[(&str, f64)]) -> Fields {
        fields.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
    }

    #[test]
    fn protocols_with_names_and_values() {
        let (read, parsed) = netstat(
            "TcpExt: SyncookiesSent TW\nTcpExt: 0 388812\nIpExt: InOctets\nIpExt: 18446744073709551615\n\
             Tcp: RtoMax MaxConn\nTcp: 120000 -1\nIcmpMsg:\nIcmpMsg:\n",
        );
        let expected = fields(&[
            ("TcpExt_SyncookiesSent", 0.0),
            ("TcpExt_TW", 388_812.0),
            ("IpExt_InOctets", u64::MAX as f64),
            ("Tcp_RtoMax", 120_000.0),
            ("Tcp_MaxConn", -1.0),
        ]);
        assert_eq!((read, parsed), (expected, Ok(())));
    }

    #[test]
    fn lines_that_do_not_fit_together() {
        for (text, line, expected) in [
            ("", 1, "a protocol"),
            ("Tcp InSegs\n", 1, "a protocol and a colon"),
            ("Tcp: InSegs\n", 2, "the values of the line before"),
            ("Tcp: InSegs\nUdp: 1\n", 2, "the values of the line before"),
            ("Tcp: InSegs OutSegs\nTcp: 1\n", 2, "a number for each name"),
            ("Tcp: InSegs\nTcp: -1\n", 2, "a number for each name"),
            ("Tcp: InSegs\nTcp: 1 2\n", 2, "no more numbers than names"),
        ] {
            assert_eq!(netstat(text).1, Err(Malformed { line, expected }), "{text}");
        }
    }

    #[test]
    fn ipv6_with_the_protocol_in_the_name() {
        let mut read = Vec::new();
        let text = b"Ip6InReceives                   \t7\nUdpLite6InErrors \t0\nother\t3\nIcmp6OutType135 \t1\nUdp6";
        let parsed = parse_snmp6(text, |protocol, name, value| read.push((format!("{protocol}_{name}"), value)));
        let expected = [("Ip6_InReceives", 7.0), ("UdpLite6_InErrors", 0.0), ("Icmp6_OutType135", 1.0)];
        assert_eq!(read, fields(&expected));
        assert_eq!(parsed, Err(Malformed { line: 5, expected: "a number behind the name" }));
        assert_eq!(parse_snmp6(b"", |_, _, _| {}), Err(Malformed { line: 1, expected: "a field" }));
    }
}
