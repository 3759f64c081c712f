//! `docker-compose.yml`: what it says, and what comes of it.

mod file;
mod socket_proxy;
mod stand_in;
mod up;
