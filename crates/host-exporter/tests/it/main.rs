//! The program as it is started, on trees of other machines.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test may")]

mod damage;
mod flags;
mod kernel;
mod mounts;
mod mutations;
mod network;
mod own;
mod pages;
mod sensors;
mod textfile;
mod textfile_verdicts;
mod tree;
mod zfs;
