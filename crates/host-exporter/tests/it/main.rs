//! The program as it is started, on trees of other machines.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test may")]

mod browsers;
mod canary;
mod clients;
mod damage;
mod flags;
mod kernel;
mod landing;
mod log_lines;
mod mounts;
mod mutations;
mod negotiation;
mod network;
mod own;
mod pages;
mod requests;
mod sensors;
mod signals;
mod special_files;
mod start;
mod textfile;
mod textfile_verdicts;
mod tree;
mod zfs;
