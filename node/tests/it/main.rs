//! The node's integration tests, in one binary.

mod config;
mod golden;
mod parity;
mod scene;
mod service;
