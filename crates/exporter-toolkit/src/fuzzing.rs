//! What a fuzz target reaches of what is not public.

use crate::query;

/// The positions in `names` that a request with this query asks for; `None` when it is refused.
pub fn select(query: &str, names: &[&str]) -> Option<Vec<usize>> {
    query::select(Some(query), names.iter().copied()).ok()
}
