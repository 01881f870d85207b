//! The hub: from socket to disk.

pub mod entry;
pub mod ingest;
pub mod watch;
