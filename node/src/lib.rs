//! The node: from light to spool.

pub mod config;
pub mod detector;
pub mod frame;
pub mod replay;
pub mod roi;
pub mod seen;
pub mod view;
pub mod vision;
