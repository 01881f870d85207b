//! The hub: from socket to disk.

pub mod entry;
