//! The cgroups of containers: where they are, and what their files say.

mod path;

#[cfg(target_os = "linux")]
mod devices;
#[cfg(target_os = "linux")]
mod find;
#[cfg(target_os = "linux")]
mod group;
#[cfg(target_os = "linux")]
mod layout;
#[cfg(target_os = "linux")]
mod machine;
#[cfg(target_os = "linux")]
mod names;
#[cfg(target_os = "linux")]
mod network;
#[cfg(target_os = "linux")]
mod read;
#[cfg(target_os = "linux")]
mod reader;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;

#[cfg(target_os = "linux")]
pub(crate) use layout::Version;
#[cfg(target_os = "linux")]
pub(crate) use machine::Machine;
pub(crate) use path::{Driver, Habit, Product, expected_path};
#[cfg(target_os = "linux")]
pub(crate) use reader::{Cgroups, Error, Root, Roots, Target};
