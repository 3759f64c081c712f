//! The interfaces of macOS, read into plain structs.
//!
//! [`decode`] turns bytes into structs and is tested on every system. The calls that bring the bytes exist on macOS
//! alone, and all of the crate's unsafe code is in them.

pub mod decode;
#[cfg(target_os = "macos")]
mod ffi;

#[cfg(target_os = "macos")]
pub use ffi::{boot_time, load_average};
