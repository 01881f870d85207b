//! The hub's integration tests, one binary.

mod kills;
mod tidy;
mod world;
