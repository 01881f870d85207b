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
pub mod fsck;
pub mod import;
pub mod index;
pub mod ingest;
pub mod known;
pub mod latest;
pub mod line;
pub mod list;
pub mod live;
pub mod migrate;
pub mod ongoing;
pub mod output;
pub mod picture;
pub mod pin;
pub mod presence;
pub mod receive;
pub mod retention;
#[cfg(test)]
mod sample;
pub mod shelf;
pub mod shelver;
mod steward;
pub mod store;
pub mod tally;
pub mod text;
pub mod twins;
pub mod watch;
pub mod when;
