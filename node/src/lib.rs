//! The node: from light to outbox to hub.

pub mod activity;
pub mod app;
pub mod author;
pub mod camera;
mod child;
pub mod command;
pub mod config;
pub mod detector;
pub mod frame;
pub mod health;
pub mod lamp;
pub mod outbox;
pub mod pins;
pub mod pipeline;
pub mod replay;
pub mod reporter;
pub mod roi;
pub mod seen;
pub mod sensor;
pub mod source;
pub mod trigger;
pub mod uplink;
pub mod view;
pub mod vision;
pub mod worker;
