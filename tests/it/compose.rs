//! `docker-compose.yml` and what it is made of.

mod file;
mod socket_proxy;
