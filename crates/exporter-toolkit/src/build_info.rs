//! What this program was built from; on the page, in the logs and in `--version` the same words.

use std::env::consts::{ARCH, OS};

use exposition::{Desc, Families, Kind};

/// The workspace's version.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The commit, or `unknown`.
pub const REVISION: &str = env!("PILOTLIGHT_REVISION");
const TARGET: &str = env!("PILOTLIGHT_TARGET");
/// The compiler's version.
pub const RUSTC: &str = env!("PILOTLIGHT_RUSTC");

/// `0.1.0 (rev abc1234, aarch64-apple-darwin, rustc 1.95.0)`: what `--version` prints behind the program's name.
pub const LONG_VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    " (rev ",
    env!("PILOTLIGHT_REVISION"),
    ", ",
    env!("PILOTLIGHT_TARGET"),
    ", rustc ",
    env!("PILOTLIGHT_RUSTC"),
    ")"
);

static BUILD_INFO: Desc = Desc {
    name: "pilotlight_build_info",
    help: "Always 1; the labels say what the program was built from.",
    kind: Kind::Gauge,
    labels: &["exporter", "revision", "rustc", "target", "version"],
};

/// Stages our own build info, and the peer's family, where it has one, with the labels that its dashboards know.
///
/// `goversion` names the compiler that there is, `goos` and `goarch` are spelled as Go spells them.
pub(crate) fn samples(exporter: &str, peer: Option<&'static Desc>, page: &mut Families) {
    page.add(&BUILD_INFO, &[exporter, REVISION, RUSTC, TARGET, VERSION], 1_u32);
    let Some(peer) = peer else { return };
    let value = |label: &str| match label {
        "goarch" => go_arch(),
        "goos" => go_os(),
        "goversion" => concat!("rustc ", env!("PILOTLIGHT_RUSTC")),
        "revision" => REVISION,
        "version" => VERSION,
        _ => "",
    };
    let values: [&str; 7] = std::array::from_fn(|label| peer.labels.get(label).map_or("", |label| value(label)));
    page.add(peer, &values[..peer.labels.len().min(values.len())], 1_u32);
}

fn go_arch() -> &'static str {
    match ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

fn go_os() -> &'static str {
    match OS {
        "macos" => "darwin",
        other => other,
    }
}
