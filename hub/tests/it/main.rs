//! The hub's integration tests, one binary.

mod config;
mod kills;
mod tidy;
mod triggers;
mod world;
