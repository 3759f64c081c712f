//! Keyspace: how many keys each database has.

use crate::info::Info;
use crate::info::pairs::{get, whole};

/// A database that has keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Database {
    pub(crate) index: u32,
    pub(crate) keys: u64,
    /// Keys that expire.
    pub(crate) expires: u64,
    /// Milliseconds that keys which expire have left, on average. Dragonfly does not know.
    pub(crate) avg_ttl: Option<u64>,
    /// Keys of KeyDB that are in memory.
    pub(crate) cached: Option<u64>,
    /// Keys with parts that expire: `subexpiry` of Redis 7.4, `keys_with_volatile_items` of Valkey 9.
    pub(crate) with_expiring_items: Option<u64>,
}

impl Info {
    /// The databases that have keys.
    pub(crate) fn databases(&self) -> impl Iterator<Item = Database> {
        self.numbered("db").filter_map(|(index, value)| {
            let items = get(value, "subexpiry").or_else(|| get(value, "keys_with_volatile_items"));
            Some(Database {
                index,
                keys: whole(value, "keys")?,
                expires: whole(value, "expires")?,
                avg_ttl: whole(value, "avg_ttl"),
                cached: whole(value, "cached_keys"),
                with_expiring_items: items.and_then(|items| items.parse().ok()),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::info::info;

    fn databases(text: &str) -> Vec<Database> {
        info(text).databases().collect()
    }

    const PLAIN: Database =
        Database { index: 0, keys: 3, expires: 2, avg_ttl: Some(1500), cached: None, with_expiring_items: None };

    #[test]
    fn databases_of_each_maker() {
        assert_eq!(databases("db0:keys=3,expires=2,avg_ttl=1500\n"), [PLAIN]);
        // oliver006/redis_exporter#1168: the fourth number is not always KeyDB's.
        assert_eq!(
            databases("db0:keys=3,expires=2,avg_ttl=1500,subexpiry=7\n"),
            [Database { with_expiring_items: Some(7), ..PLAIN }]
        );
        assert_eq!(
            databases("db17:keys=3,expires=2,avg_ttl=1500,keys_with_volatile_items=7\n"),
            [Database { index: 17, with_expiring_items: Some(7), ..PLAIN }]
        );
        assert_eq!(
            databases("db0:keys=3,expires=2,avg_ttl=1500,cached_keys=7\n"),
            [Database { cached: Some(7), ..PLAIN }]
        );
        assert_eq!(
            databases("db0:keys=3,expires=2,hits=9,misses=1,hit_ratio=90.00,avg_ttl=-1\n"),
            [Database { avg_ttl: None, ..PLAIN }]
        );
    }

    #[test]
    fn numbers_in_another_order() {
        // oliver006/redis_exporter#1168
        assert_eq!(
            databases("db0:subexpiry=7,new=1,avg_ttl=1500,expires=2,keys=3\n"),
            [Database { with_expiring_items: Some(7), ..PLAIN }]
        );
    }

    #[test]
    fn lines_that_are_no_database() {
        let text = "db0:keys=3\ndb1:keys=-3,expires=2\ndb2:3\ndb:keys=3,expires=2\ndb03:keys=3,expires=2\n\
                    db4294967296:keys=3,expires=2\ndb0_distrib_strings_sizes:1=2\ndbx:keys=3,expires=2\n";
        assert_eq!(databases(text), []);
    }
}
