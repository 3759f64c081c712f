//! Where the usage of containers is read.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::args::UsageSource;

/// Where it is read now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// The kernel's files.
    Cgroups,
    /// The engine, which reads them for whoever can't.
    Statistics,
}

impl Source {
    /// The value of the label.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Source::Cgroups => "cgroup",
            Source::Statistics => "stats",
        }
    }
}

/// Whether cgroups can be seen, as the last scrape found.
#[derive(Debug, Clone)]
pub(crate) struct Sight {
    asked: UsageSource,
    blind: Arc<AtomicBool>,
}

impl Sight {
    pub(crate) fn new(asked: UsageSource) -> Self {
        Sight { asked, blind: Arc::new(AtomicBool::new(cfg!(not(target_os = "linux")))) }
    }

    /// Where to read.
    pub(crate) fn source(&self) -> Source {
        match self.asked {
            UsageSource::Cgroup => Source::Cgroups,
            UsageSource::Stats => Source::Statistics,
            UsageSource::Auto if self.blind.load(Ordering::Relaxed) => Source::Statistics,
            UsageSource::Auto => Source::Cgroups,
        }
    }

    /// Whether it is this program that has to find out.
    pub(crate) fn is_sought(&self) -> bool {
        self.asked == UsageSource::Auto && cfg!(target_os = "linux")
    }

    /// The cgroups of containers can be seen, or can't; said when it changes.
    pub(crate) fn found(&self, seen: bool, why: &str) {
        if self.blind.swap(!seen, Ordering::Relaxed) == seen {
            let source = self.source().word();
            if seen {
                tracing::info!(source, "cgroups can be seen: containers' usage is read from them");
            } else {
                tracing::warn!(
                    source,
                    error = why,
                    "no container's cgroup can be seen: the engine is asked for its usage"
                );
            }
        }
    }
}
