//! What the exporter tells of itself.

use exporter_toolkit::{REVISION, RUSTC, VERSION, register};
use prometheus::{IntCounter, IntGaugeVec, Opts, Registry};

/// The exporter's own series, under the namespace.
#[derive(Clone)]
pub(crate) struct Own {
    /// Requests for `/scrape` that named nothing that is scraped.
    pub(crate) target_errors: IntCounter,
}

impl Own {
    /// Puts the series into the exporter's registry.
    pub(crate) fn new(registry: &Registry, namespace: &str) -> Self {
        let name = |name: &str| if namespace.is_empty() { name.to_owned() } else { format!("{namespace}_{name}") };
        let build = Opts::new(
            name("exporter_build_info"),
            "Always 1; the labels say what the program was built from, in the place of a version of Go with what.",
        );
        let labels = ["build_date", "commit_sha", "golang_version", "version"];
        let build = register(registry, IntGaugeVec::new(build, &labels));
        build.with_label_values(&["", REVISION, &format!("rustc {RUSTC}"), VERSION]).set(1);
        let target_errors = IntCounter::new(
            name("target_scrape_request_errors_total"),
            "Requests for /scrape that named no target, a bad one, or one that may not be scraped.",
        );
        Own { target_errors: register(registry, target_errors) }
    }
}
