//! Values that consist of `name=value`, separated by commas.

/// The pairs of a value; what is no pair is left out.
pub(super) fn pairs(value: &str) -> impl Iterator<Item = (&str, &str)> {
    value.split(',').filter_map(|pair| pair.split_once('='))
}

/// What stands under a name; the first one, should there be more.
pub(crate) fn get<'v>(value: &'v str, name: &str) -> Option<&'v str> {
    pairs(value).find_map(|(found, value)| (found == name).then_some(value))
}

/// The whole number under a name, unless it is negative.
pub(super) fn whole(value: &str, name: &str) -> Option<u64> {
    get(value, name)?.parse().ok()
}

/// The number that ends a name after `start`, if it is written as numbers are: `7` of `db7`, nothing of `db07`.
pub(super) fn numbered(name: &str, start: &str) -> Option<u32> {
    let digits = name.strip_prefix(start)?;
    let canonical = digits.bytes().all(|b| b.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
    if canonical { digits.parse().ok() } else { None }
}
