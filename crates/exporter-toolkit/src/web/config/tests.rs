//! Tables of configurations and of clients.

mod handshakes;
mod keys;
mod mistakes;
mod pki;
mod policies;
mod sources;
