//! The cgroups of containers: where they are, and what their files say.

mod devices;
mod find;
mod group;
mod layout;
mod machine;
mod names;
mod network;
mod path;
mod read;
mod reader;
#[cfg(test)]
mod tests;

pub(crate) use machine::boot_nanos;
pub(crate) use path::{Driver, Habit, Product, expected_path};
pub(crate) use reader::{Cgroups, Error, MOST_OPEN, Root, Roots, Target};
