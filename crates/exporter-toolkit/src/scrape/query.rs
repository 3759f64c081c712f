//! Which collectors a request asks for: `collect[]` and `exclude[]`, as node_exporter has them.

/// The collectors of a scrape, as rising positions among the exporter's.
pub(crate) type Selection = Vec<usize>;

/// Why a query can't be answered. Says nothing that the query said, so that an error page reflects no input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BadQuery {
    Both,
    Unknown,
}

/// The positions in `names` that the query selects; all of them without a query.
///
/// Unlike the peer's, a query that excludes every collector selects none, not all.
pub(crate) fn select<'n>(
    query: Option<&str>,
    names: impl Iterator<Item = &'n str> + Clone,
) -> Result<Selection, BadQuery> {
    let (mut collect, mut exclude) = (Vec::new(), Vec::new());
    for (key, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        match &*key {
            "collect[]" => collect.push(value),
            "exclude[]" => exclude.push(value),
            _ => {}
        }
    }
    if !collect.is_empty() && !exclude.is_empty() {
        return Err(BadQuery::Both);
    }
    if !collect.iter().all(|wanted| names.clone().any(|name| name == wanted)) {
        return Err(BadQuery::Unknown);
    }
    let chosen = |name: &str| {
        (collect.is_empty() || collect.iter().any(|wanted| wanted == name))
            && !exclude.iter().any(|unwanted| unwanted == name)
    };
    Ok(names.enumerate().filter(|(_, name)| chosen(name)).map(|(position, _)| position).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selected(query: &str) -> Result<Selection, BadQuery> {
        select(Some(query), ["cpu", "stat", "time"].into_iter())
    }

    #[test]
    fn queries_of_every_form() {
        assert_eq!(select(None, ["cpu"].into_iter()), Ok(vec![0]));
        assert_eq!(selected(""), Ok(vec![0, 1, 2]));
        assert_eq!(selected("collect[]=time&collect%5B%5D=cpu&collect[]=cpu"), Ok(vec![0, 2]));
        assert_eq!(selected("exclude[]=stat&name=x"), Ok(vec![0, 2]));
        assert_eq!(selected("exclude[]=unknown"), Ok(vec![0, 1, 2]));
        assert_eq!(selected("exclude[]=cpu&exclude[]=stat&exclude[]=time"), Ok(vec![]));
        assert_eq!(selected("collect[]=<script>"), Err(BadQuery::Unknown));
        assert_eq!(selected("collect[]="), Err(BadQuery::Unknown));
        assert_eq!(selected("collect[]=cpu&exclude[]=stat"), Err(BadQuery::Both));
        assert_eq!(selected("%zz=&&=&collect"), Ok(vec![0, 1, 2]));
    }
}
