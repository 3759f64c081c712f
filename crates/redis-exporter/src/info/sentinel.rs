//! What a sentinel says of the masters that it watches.

use crate::info::Info;
use crate::info::pairs::{get, whole};

/// A master that a sentinel watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Watched<'i> {
    pub(crate) name: &'i str,
    /// `10.0.0.1:6379`.
    pub(crate) address: &'i str,
    /// `ok`; `sdown` when this sentinel does not reach it, `odown` when enough of them agree.
    pub(crate) status: &'i str,
    pub(crate) replicas: u64,
    /// Sentinels that watch it, this one among them.
    pub(crate) sentinels: u64,
}

impl Info {
    /// The masters that a sentinel watches.
    pub(crate) fn watched(&self) -> impl Iterator<Item = Watched<'_>> {
        self.numbered("master").filter_map(|(_, value)| {
            Some(Watched {
                name: get(value, "name")?,
                address: get(value, "address")?,
                status: get(value, "status")?,
                replicas: whole(value, "slaves")?,
                sentinels: whole(value, "sentinels")?,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::info::info;

    #[test]
    fn masters_that_are_watched() {
        let info = info(
            "# Sentinel\r\nsentinel_masters:2\r\n\
             master0:name=main,status=ok,address=10.0.0.1:6379,slaves=2,sentinels=3\r\n\
             master1:name=cache,status=odown,address=[::1]:6380,slaves=0,sentinels=1\r\n\
             master2:name=half,status=ok\r\nmaster_port:1\r\n",
        );
        assert_eq!(
            info.watched().collect::<Vec<_>>(),
            [
                Watched { name: "main", address: "10.0.0.1:6379", status: "ok", replicas: 2, sentinels: 3 },
                Watched { name: "cache", address: "[::1]:6380", status: "odown", replicas: 0, sentinels: 1 },
            ]
        );
    }
}
