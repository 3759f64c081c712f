//! Databases and their keys.

use std::collections::BTreeMap;

use exposition::{Desc, Kind};

use crate::info::Database;
use crate::page::Out;
use crate::server::Server;
use crate::settings::Settings;

static KEYS: Desc =
    Desc { name: "redis_db_keys", help: "Keys in the database (keys of db*).", kind: Kind::Gauge, labels: &["db"] };
static EXPIRING: Desc = Desc {
    name: "redis_db_keys_expiring",
    help: "Keys in the database that expire (expires of db*).",
    kind: Kind::Gauge,
    labels: &["db"],
};
static AVG_TTL: Desc = Desc {
    name: "redis_db_avg_ttl_seconds",
    help: "Seconds that keys which expire have left, on average and as far as the server has looked (avg_ttl of db*).",
    kind: Kind::Gauge,
    labels: &["db"],
};
static CACHED: Desc = Desc {
    name: "redis_db_keys_cached",
    help: "Keys in the database that KeyDB has in memory (cached_keys of db*).",
    kind: Kind::Gauge,
    labels: &["db"],
};
static WITH_EXPIRING_ITEMS: Desc = Desc {
    name: "redis_db_keys_with_expiring_items",
    help: "Keys in the database with parts that expire (subexpiry or keys_with_volatile_items of db*).",
    kind: Kind::Gauge,
    labels: &["db"],
};

/// How many databases a server has that does not say.
const DATABASES: u32 = 16;
/// More databases than this have no series of their own.
const MOST_DATABASES: usize = 1024;
const MSEC_PER_SECOND: f64 = 1e3;

/// Whether a metric of databases has this name, without the namespace.
pub(super) fn is_name(name: &str) -> bool {
    let descs = [&KEYS, &EXPIRING, &AVG_TTL, &CACHED, &WITH_EXPIRING_ITEMS];
    descs.iter().any(|desc| desc.name.strip_prefix("redis_") == Some(name))
}

pub(super) fn samples(server: &Server, settings: &Settings, out: &mut Out<'_>) {
    let (mut shown, mut other) = (BTreeMap::new(), None);
    for database in server.info.databases() {
        if shown.len() < MOST_DATABASES {
            shown.entry(database.index).or_insert(Some(database));
        } else if !shown.contains_key(&database.index) {
            let (keys, expires) = other.unwrap_or((0_u64, 0_u64));
            other = Some((keys.saturating_add(database.keys), expires.saturating_add(database.expires)));
        }
    }
    // A sentinel has no databases, also none without keys.
    if settings.empty_databases && !server.info.is_sentinel() {
        let count = if server.info.is_cluster() { 1 } else { server.databases.unwrap_or(DATABASES) };
        for index in (0..count).take(MOST_DATABASES) {
            shown.entry(index).or_insert(None);
        }
    }
    for (index, database) in shown {
        stage(&format!("db{index}"), database.as_ref(), out);
    }
    if let Some((keys, expires)) = other {
        out.add(&KEYS, &["other"], keys);
        out.add(&EXPIRING, &["other"], expires);
    }
}

/// Stages a database, or one without keys.
fn stage(name: &str, database: Option<&Database>, out: &mut Out<'_>) {
    out.add(&KEYS, &[name], database.map_or(0, |database| database.keys));
    out.add(&EXPIRING, &[name], database.map_or(0, |database| database.expires));
    let Some(database) = database else { return };
    out.add_some(&AVG_TTL, &[name], database.avg_ttl.map(|msec| msec as f64 / MSEC_PER_SECOND));
    out.add_some(&CACHED, &[name], database.cached);
    out.add_some(&WITH_EXPIRING_ITEMS, &[name], database.with_expiring_items);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::info::info;
    use crate::page::info::golden::{series, series_of};

    fn without_empty() -> Settings {
        Settings { empty_databases: false, ..Settings::default() }
    }

    #[test]
    fn subexpiry_is_no_cached_keys() {
        // oliver006/redis_exporter#1168
        let text = "db0:keys=3,expires=2,avg_ttl=1500,subexpiry=7\ndb0:keys=4,expires=0\n";
        assert_eq!(
            series(text, &without_empty(), &["redis_db_"]),
            [
                "redis_db_avg_ttl_seconds{db=\"db0\"} 1.5",
                "redis_db_keys_expiring{db=\"db0\"} 2",
                "redis_db_keys_with_expiring_items{db=\"db0\"} 7",
                "redis_db_keys{db=\"db0\"} 3",
            ]
        );
    }

    #[test]
    fn how_many_empty_databases_have_series() {
        let count = |text: &str, databases, settings: &Settings| {
            series_of(&Server { info: info(text), databases }, settings, &["redis_db_keys{"]).len()
        };
        assert_eq!(count("db20:keys=1,expires=0\n", None, &Settings::default()), 17);
        assert_eq!(count("db20:keys=1,expires=0\n", Some(4), &Settings::default()), 5);
        assert_eq!(count("db20:keys=1,expires=0\n", Some(4), &without_empty()), 1);
        assert_eq!(count("cluster_enabled:1\ndb0:keys=1,expires=0\n", Some(16), &Settings::default()), 1);
        assert_eq!(count("# Sentinel\nsentinel_masters:0\n", None, &Settings::default()), 0);
        assert_eq!(count("", Some(u32::MAX), &Settings::default()), 1024);
    }

    #[test]
    fn databases_beyond_the_cap() {
        let text: String = (0..1030).map(|index| format!("db{index}:keys=2,expires=1\n")).collect();
        let databases = series(&text, &Settings::default(), &["redis_db_keys{", "redis_db_keys_expiring{"]);
        assert_eq!(databases.len(), 2 * 1025);
        assert!(databases.contains(&"redis_db_keys{db=\"other\"} 12".to_owned()));
        assert!(databases.contains(&"redis_db_keys_expiring{db=\"other\"} 6".to_owned()));
    }
}
