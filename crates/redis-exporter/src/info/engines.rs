//! Script engines and certificates of Valkey 9.

use crate::info::Info;
use crate::info::pairs::{get, whole};

/// An engine that scripts run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Engine<'i> {
    pub(crate) name: &'i str,
    /// The module that brings it.
    pub(crate) module: &'i str,
    pub(crate) abi_version: &'i str,
    pub(crate) used_bytes: Option<u64>,
    pub(crate) overhead_bytes: Option<u64>,
}

/// Whose a certificate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holder {
    /// The server's, as clients see it.
    Server,
    /// The server's, as other servers see it.
    Client,
    /// The authorities' that it trusts; of several, the first one to expire.
    Authority,
}

/// A certificate that the server shows or trusts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Certificate<'i> {
    pub(crate) of: Holder,
    pub(crate) serial: &'i str,
    /// Below 0 once it has expired.
    pub(crate) expires_in_seconds: Option<i64>,
}

impl Info {
    /// The engines that scripts run on.
    pub(crate) fn engines(&self) -> impl Iterator<Item = Engine<'_>> {
        self.numbered("engine_").filter_map(|(_, value)| {
            Some(Engine {
                name: get(value, "name")?,
                module: get(value, "module")?,
                abi_version: get(value, "abi_version")?,
                used_bytes: whole(value, "used_memory"),
                overhead_bytes: whole(value, "memory_overhead"),
            })
        })
    }

    /// The certificates that there are. A server without one says that its serial number is `none`.
    pub(crate) fn certificates(&self) -> impl Iterator<Item = Certificate<'_>> {
        const FIELDS: [(Holder, &str, &str); 3] = [
            (Holder::Server, "tls_server_cert_serial", "tls_server_cert_expires_in_seconds"),
            (Holder::Client, "tls_client_cert_serial", "tls_client_cert_expires_in_seconds"),
            (Holder::Authority, "tls_ca_cert_serial", "tls_ca_cert_expires_in_seconds"),
        ];
        FIELDS.into_iter().filter_map(|(of, serial, expires)| {
            let serial = self.get(serial).filter(|serial| *serial != "none")?;
            let expires_in_seconds = self.get(expires).and_then(|seconds| seconds.parse().ok());
            Some(Certificate { of, serial, expires_in_seconds })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::info::info;

    #[test]
    fn engines_with_fields_in_any_order() {
        let info = info(
            "# Scripting Engines\r\nengines_count:2\r\n\
             engine_0:name=LUA,module=built-in,abi_version=1,used_memory=20,memory_overhead=21\r\n\
             engine_1:memory_overhead=31,used_memory=-1,abi_version=2,module=example,name=JS\r\nengine_2:name=X\r\n",
        );
        let engine = |name, module, abi_version, used_bytes, overhead| Engine {
            name,
            module,
            abi_version,
            used_bytes,
            overhead_bytes: Some(overhead),
        };
        let expected = [engine("LUA", "built-in", "1", Some(20), 21), engine("JS", "example", "2", None, 31)];
        assert_eq!(info.engines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn certificates_that_are_there() {
        let info = info(
            "# TLS\r\ntls_server_cert_serial:01A2\r\ntls_server_cert_expires_in_seconds:-5\r\n\
             tls_client_cert_serial:none\r\ntls_client_cert_expires_in_seconds:0\r\ntls_ca_cert_serial:03\r\n",
        );
        assert_eq!(
            info.certificates().collect::<Vec<_>>(),
            [
                Certificate { of: Holder::Server, serial: "01A2", expires_in_seconds: Some(-5) },
                Certificate { of: Holder::Authority, serial: "03", expires_in_seconds: None },
            ]
        );
    }
}
