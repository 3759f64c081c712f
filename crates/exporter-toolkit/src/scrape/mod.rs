//! One scrape after the other: who may share one, in which time, and what is done about a thing that hangs.

pub(crate) mod budget;
pub(crate) mod health;
pub(crate) mod kept;
pub(crate) mod query;
pub(crate) mod reader;
pub(crate) mod scraper;
pub(crate) mod slot;
pub(crate) mod watch;
