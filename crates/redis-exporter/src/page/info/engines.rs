//! Script engines and certificates.

use std::collections::HashSet;

use exposition::{Desc, Kind};

use crate::info::{Holder, Info};
use crate::page::Out;

static ENGINE: Desc = Desc {
    name: "redis_scripting_engine_info",
    help: "Always 1; an engine that scripts run on (engine_*).",
    kind: Kind::Gauge,
    labels: &["abi_version", "engine", "module"],
};
static USED: Desc = Desc {
    name: "redis_scripting_engine_memory_used_bytes",
    help: "Bytes that the engine uses (used_memory of engine_*).",
    kind: Kind::Gauge,
    labels: &["abi_version", "engine", "module"],
};
static OVERHEAD: Desc = Desc {
    name: "redis_scripting_engine_memory_overhead_bytes",
    help: "Bytes that the engine takes besides (memory_overhead of engine_*).",
    kind: Kind::Gauge,
    labels: &["abi_version", "engine", "module"],
};
static CERTIFICATE: Desc = Desc {
    name: "redis_tls_certificate_info",
    help: "Always 1; the serial number of a certificate that the server shows or trusts (tls_*_cert_serial).",
    kind: Kind::Gauge,
    labels: &["certificate", "serial"],
};
static SERVER_EXPIRES: Desc = Desc {
    name: "redis_tls_server_cert_expires_in_seconds",
    help: "Seconds until the certificate expires that clients are shown (tls_server_cert_expires_in_seconds).",
    kind: Kind::Gauge,
    labels: &[],
};
static CLIENT_EXPIRES: Desc = Desc {
    name: "redis_tls_client_cert_expires_in_seconds",
    help: "Seconds until the certificate expires that other servers are shown (tls_client_cert_expires_in_seconds).",
    kind: Kind::Gauge,
    labels: &[],
};
static CA_EXPIRES: Desc = Desc {
    name: "redis_tls_ca_cert_expires_in_seconds",
    help: "Seconds until the first of the trusted authorities expires (tls_ca_cert_expires_in_seconds).",
    kind: Kind::Gauge,
    labels: &[],
};

/// More engines than this have no series.
const MOST: usize = 64;

pub(super) fn samples(info: &Info, out: &mut Out<'_>) {
    let mut shown = HashSet::new();
    for engine in info.engines().filter(|of| shown.insert((of.abi_version, of.name, of.module))).take(MOST) {
        let labels = [engine.abi_version, engine.name, engine.module];
        out.add(&ENGINE, &labels, 1_u32);
        out.add_some(&USED, &labels, engine.used_bytes);
        out.add_some(&OVERHEAD, &labels, engine.overhead_bytes);
    }
    for certificate in info.certificates() {
        let (role, expires) = match certificate.of {
            Holder::Server => ("server", &SERVER_EXPIRES),
            Holder::Client => ("client", &CLIENT_EXPIRES),
            Holder::Authority => ("ca", &CA_EXPIRES),
        };
        out.add(&CERTIFICATE, &[role, certificate.serial], 1_u32);
        out.add_some(expires, &[], certificate.expires_in_seconds.map(|seconds| seconds as f64));
    }
}
