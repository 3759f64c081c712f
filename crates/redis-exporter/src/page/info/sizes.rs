//! How large keys are.

use exposition::{Desc, Kind};

use crate::info::{Info, KeySizes, upper_bound};
use crate::page::Out;

static SIZES: Desc = Desc {
    name: "redis_key_size_distribution",
    help: "Keys of a type with at most so many bytes (strings) or elements (others), for histogram_quantile \
           (db*_distrib_*).",
    kind: Kind::Gauge,
    labels: &["db", "le", "type"],
};

/// Types of key by database beyond this have no series: 16 databases with all that Redis 8 tells.
const MOST: usize = 16 * 5;

/// Stages how many keys have at most each size. All have the same sizes, so that they can be added up.
pub(super) fn samples(info: &Info, out: &mut Out<'_>) {
    let mut shown: Vec<KeySizes<'_>> = Vec::new();
    for sizes in info.key_sizes() {
        let is_known = shown.iter().any(|other| (other.database, other.kind) == (sizes.database, sizes.kind));
        if !is_known && shown.len() < MOST {
            shown.push(sizes);
        }
    }
    let slots = shown.iter().map(|sizes| sizes.counts.len()).max().unwrap_or_default();
    let bounds: Vec<String> = (0..slots).map(|slot| upper_bound(slot).to_string()).collect();
    for sizes in shown {
        let database = format!("db{}", sizes.database);
        let mut keys = 0_u64;
        for (slot, bound) in bounds.iter().enumerate() {
            keys = keys.saturating_add(sizes.counts.get(slot).copied().unwrap_or_default());
            out.add(&SIZES, &[&database, bound, sizes.kind], keys);
        }
        out.add(&SIZES, &[&database, "+Inf", sizes.kind], keys);
    }
}

#[cfg(test)]
mod tests {
    use crate::page::info::golden::series;
    use crate::settings::Settings;

    #[test]
    fn sizes_add_up_over_the_same_bounds() {
        let text = "db0_distrib_strings_sizes:1=2,4=3\ndb1_distrib_sets_items:1=5\ndb1_distrib_sets_items:1=9\n";
        assert_eq!(
            series(text, &Settings::default(), &["redis_key_size"]),
            [
                "redis_key_size_distribution{db=\"db0\",le=\"+Inf\",type=\"strings\"} 5",
                "redis_key_size_distribution{db=\"db0\",le=\"0\",type=\"strings\"} 0",
                "redis_key_size_distribution{db=\"db0\",le=\"1\",type=\"strings\"} 2",
                "redis_key_size_distribution{db=\"db0\",le=\"3\",type=\"strings\"} 2",
                "redis_key_size_distribution{db=\"db0\",le=\"7\",type=\"strings\"} 5",
                "redis_key_size_distribution{db=\"db1\",le=\"+Inf\",type=\"sets\"} 5",
                "redis_key_size_distribution{db=\"db1\",le=\"0\",type=\"sets\"} 0",
                "redis_key_size_distribution{db=\"db1\",le=\"1\",type=\"sets\"} 5",
                "redis_key_size_distribution{db=\"db1\",le=\"3\",type=\"sets\"} 5",
                "redis_key_size_distribution{db=\"db1\",le=\"7\",type=\"sets\"} 5",
            ]
        );
    }

    #[test]
    fn more_lines_than_are_shown() {
        let text: String = (0..100).map(|index| format!("db{index}_distrib_sets_items:1=1\n")).collect();
        assert_eq!(series(&text, &Settings::default(), &["redis_key_size"]).len(), 80 * 3);
    }
}
