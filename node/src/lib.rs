//! The node: from light to outbox to hub.

pub mod app;
pub mod author;
pub mod config;
pub mod detector;
pub mod frame;
pub mod health;
pub mod outbox;
pub mod pipeline;
pub mod replay;
pub mod roi;
pub mod seen;
pub mod source;
pub mod uplink;
pub mod view;
pub mod vision;
