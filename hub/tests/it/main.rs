//! The hub's integration tests, in one binary.

mod config;
