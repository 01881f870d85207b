//! The hub: from socket to disk.

pub mod app;
pub mod ask;
pub mod config;
pub mod entry;
pub mod fact;
pub mod index;
pub mod ingest;
pub mod line;
pub mod list;
pub mod presence;
#[cfg(test)]
mod sample;
pub mod shelf;
pub mod shelver;
pub mod store;
pub mod text;
pub mod watch;
pub mod when;
