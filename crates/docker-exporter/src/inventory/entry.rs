//! What is known of one container.

use std::sync::Arc;

use crate::container::Container;
use crate::inventory::total::Total;

/// A container that there is, or was until a moment ago.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) container: Arc<Container>,
    /// The path of its cgroup, which is the label `id`: `/docker/ID`.
    pub(crate) path: Arc<str>,
    /// Processes that the kernel has killed in this container, since this program has known it.
    pub(crate) oom_kills: Total,
    /// Nanoseconds since 1970 when it was last up; absent while it is, and for one that has not been.
    pub(crate) last_up_nanos: Option<u64>,
}
