//! Which system is installed.

use exporter_toolkit::{Collector, Outcome, Watch};
use exposition::{Desc, Families, Kind};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use linux_procfs::{OsRelease, Roots, read_os_release};

use super::found;
use crate::config::Config;

static INFO: Desc = Desc {
    name: "node_os_info",
    help: "Always 1; what the system is called (os-release).",
    kind: Kind::Gauge,
    labels: &[
        "build_id",
        "id",
        "id_like",
        "image_id",
        "image_version",
        "name",
        "pretty_name",
        "variant",
        "variant_id",
        "version",
        "version_codename",
        "version_id",
    ],
};
/// The fields of the labels, in their order.
const FIELDS: [&str; 12] = [
    "BUILD_ID",
    "ID",
    "ID_LIKE",
    "IMAGE_ID",
    "IMAGE_VERSION",
    "NAME",
    "PRETTY_NAME",
    "VARIANT",
    "VARIANT_ID",
    "VERSION",
    "VERSION_CODENAME",
    "VERSION_ID",
];

static VERSION: Desc = Desc {
    name: "node_os_version",
    help: "The first two parts of the system's version as one number (os-release, VERSION_ID).",
    kind: Kind::Gauge,
    labels: &["id", "id_like", "name"],
};
static SUPPORT_END: Desc = Desc {
    name: "node_os_support_end_timestamp_seconds",
    help: "When support for the system ends, in seconds since 1970 (os-release, SUPPORT_END).",
    kind: Kind::Gauge,
    labels: &[],
};

pub(crate) struct System {
    roots: Roots,
    release: Option<OsRelease>,
}

impl System {
    pub(crate) fn new(config: &Config) -> Self {
        System { roots: config.linux.roots.clone(), release: None }
    }
}

impl Collector for System {
    /// The file is on a disk, and an upgrade writes another.
    fn read(&mut self, watch: &Watch<'_>) -> Outcome {
        self.release = None;
        match watch.guard("os-release", || read_os_release(&self.roots)) {
            Ok(read) => found(read.map(|release| self.release = Some(release))),
            Err(_) => Outcome::Failed("os-release does not answer".into()),
        }
    }

    fn samples(&self, out: &mut Families) {
        if let Some(release) = &self.release {
            samples(release, out);
        }
    }
}

fn samples(release: &OsRelease, out: &mut Families) {
    let field = |name: &str| release.get(name).map_or("", String::as_str);
    out.add(&INFO, &FIELDS.map(field), 1_u32);
    out.add_some(&VERSION, &["ID", "ID_LIKE", "NAME"].map(field), major_minor(field("VERSION_ID")));
    if let Some(seconds) = midnight(field("SUPPORT_END")) {
        out.add(&SUPPORT_END, &[], seconds as f64);
    }
}

/// The number that a version starts with: 12.11 of 12.11.3. A rolling release has none, or 0.
fn major_minor(version: &str) -> Option<f64> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let major = digits(version);
    let end = if version[major..].starts_with('.') { major + 1 + digits(&version[major + 1..]) } else { major };
    version[..end].parse().ok().filter(|version: &f64| major > 0 && *version > 0.0 && version.is_finite())
}

/// The first second of a day in UTC, since 1970.
fn midnight(date: &str) -> Option<i64> {
    Some(date.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_and_days() {
        for (version, number) in [
            ("12", Some(12.0)),
            ("24.04", Some(24.04)),
            ("12.11.3", Some(12.11)),
            ("7.", Some(7.0)),
            ("20230101.0.1", Some(20_230_101.0)),
            ("11-rc1", Some(11.0)),
            ("", None),
            ("0", None),
            (".5", None),
            ("rolling", None),
        ] {
            assert_eq!(major_minor(version), number, "{version}");
        }
        assert_eq!(major_minor(&"9".repeat(400)), None);
        assert_eq!(midnight("2026-06-30"), Some(1_782_777_600));
        assert_eq!((midnight(""), midnight("2026-13-01"), midnight("soon")), (None, None, None));
    }
}
