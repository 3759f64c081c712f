//! The validator against pages that break one rule each, pages that break none, and bytes that are no pages.

mod arbitrary;
mod clean;
mod harmless;
mod seeded;
