//! Which containers there are, and what has become of them: what the engine tells, one thing after the other, without a clock
//! and without asking.

mod entry;
mod record;

pub(crate) use entry::Entry;
pub(crate) use record::{CodeClass, Exit, LastExit, Reason, Record};
