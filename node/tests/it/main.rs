//! The node's integration tests, in one binary.

mod config;
mod golden;
mod migrate;
mod parity;
mod picamera;
mod pins;
mod scene;
mod service;
mod spool;
