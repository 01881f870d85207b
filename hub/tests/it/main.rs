//! The hub's integration tests, one binary.

mod ask;
mod config;
mod import;
mod kills;
mod service;
mod tidy;
mod triggers;
mod world;
