//! The hub's integration tests, one binary.

mod ask;
mod config;
mod doctor;
mod hostile;
mod import;
mod kills;
mod migrate;
mod published;
mod service;
mod tidy;
mod time;
mod triggers;
mod truth;
mod world;
