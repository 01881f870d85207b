//! The hub: from socket to disk.

pub mod answer;
pub mod app;
pub mod ask;
pub mod condition;
pub mod config;
pub mod disk;
pub mod doctor;
pub mod entry;
pub mod fact;
pub mod import;
pub mod index;
pub mod ingest;
pub mod latest;
pub mod line;
pub mod list;
pub mod live;
pub mod migrate;
pub mod ongoing;
pub mod output;
pub mod picture;
pub mod presence;
pub mod receive;
#[cfg(test)]
mod sample;
pub mod shelf;
pub mod shelver;
pub mod store;
pub mod tally;
pub mod text;
pub mod twins;
pub mod watch;
pub mod when;
