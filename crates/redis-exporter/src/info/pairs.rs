//! Values that consist of `name=value`, separated by commas.

/// The pairs of a value; what is no pair is left out.
pub(super) fn pairs(value: &str) -> impl Iterator<Item = (&str, &str)> {
    value.split(',').filter_map(|pair| {
        let middle = pair.bytes().position(|byte| byte == b'=')?;
        Some((&pair[..middle], &pair[middle + 1..]))
    })
}

/// What stands under a name; the first one, should there be more.
pub(crate) fn get<'v>(value: &'v str, name: &str) -> Option<&'v str> {
    pairs(value).find_map(|(found, value)| (found == name).then_some(value))
}

/// The whole number under a name, unless it is negative.
pub(crate) fn whole(value: &str, name: &str) -> Option<u64> {
    get(value, name)?.parse().ok()
}

/// What [`whole`] finds under each of the names.
pub(super) fn wholes<const N: usize>(value: &str, names: [&str; N]) -> [Option<u64>; N] {
    let mut found: [Option<&str>; N] = [None; N];
    for (name, value) in pairs(value) {
        if let Some(index) = names.iter().position(|wanted| *wanted == name) {
            found[index].get_or_insert(value);
        }
    }
    found.map(|text| text?.parse().ok())
}

/// The number that digits say, if it is written as numbers are: 7 of `7`, nothing of `07`.
pub(super) fn canonical(digits: &str) -> Option<u32> {
    let canonical = digits.bytes().all(|b| b.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
    if canonical { digits.parse().ok() } else { None }
}
