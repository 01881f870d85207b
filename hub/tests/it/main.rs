//! The hub's integration tests, one binary.

mod access;
mod ask;
mod config;
mod doctor;
mod fsck;
mod hostile;
mod import;
mod keep;
mod kills;
mod migrate;
mod published;
mod records;
mod service;
mod simulate;
mod tidy;
mod time;
mod triggers;
mod truth;
mod web;
mod world;
