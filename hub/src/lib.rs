//! The hub: from socket to disk.

pub mod config;
pub mod entry;
