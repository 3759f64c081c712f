//! Labels as they are rendered: `name="value"`, with commas between them.

/// The three characters that a label value cannot hold as they are; both text formats agree on them.
pub(crate) fn escape_into(value: &str, out: &mut String) {
    // Most values have none of them, which is seen soonest by looking at many bytes at a time.
    if !value.bytes().fold(false, |found, byte| found | matches!(byte, b'\\' | b'"' | b'\n')) {
        return out.push_str(value);
    }
    let mut rest = value;
    while let Some(at) = rest.find(['\\', '"', '\n']) {
        let (plain, special) = rest.split_at(at);
        out.push_str(plain);
        out.push_str(match special.as_bytes()[0] {
            b'\\' => r"\\",
            b'"' => "\\\"",
            _ => r"\n",
        });
        rest = &special[1..];
    }
    out.push_str(rest);
}

/// The `name="value"` pairs of rendered labels that count for identity: those whose value is not empty.
pub(crate) fn identity(rendered: &str) -> impl Iterator<Item = &str> {
    pairs(rendered).filter(|pair| !pair.ends_with("=\"\""))
}

/// The `name="value"` pairs of rendered labels.
pub(crate) fn pairs(rendered: &str) -> impl Iterator<Item = &str> {
    let mut rest = rendered;
    let next = move || {
        let open = rest.find("=\"")? + 2;
        let mut escaped = false;
        let value = rest[open..].bytes().position(|byte| {
            let closes = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            closes
        })?;
        let (pair, left) = rest.split_at(open + value + 1);
        rest = left.strip_prefix(',').unwrap_or(left);
        Some(pair)
    };
    std::iter::from_fn(next)
}
