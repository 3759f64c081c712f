//! Names of metrics that are known at run time only.

/// The name as a part of a metric's: `_` for each run of what can't stand there.
pub(super) fn metric_name(name: &str) -> String {
    let mut clean = String::with_capacity(name.len());
    let mut is_replaced = false;
    for c in name.chars() {
        match c {
            '_' if is_replaced => {}
            'a'..='z' | 'A'..='Z' | '0'..='9' | '_' => {
                clean.push(c);
                is_replaced = false;
            }
            _ => {
                clean.truncate(clean.trim_end_matches('_').len());
                clean.push('_');
                is_replaced = true;
            }
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_as_parts_of_a_metrics_name() {
        for (name, part) in [("package-0-die-1", "package_0_die_1"), ("a__b", "a__b"), ("x - _y:ü", "x_y_"), ("", "")]
        {
            assert_eq!(metric_name(name), part);
        }
    }
}
