//! The engine's API: where it is, what may be asked of it, and what it answers.

pub(crate) mod model;
