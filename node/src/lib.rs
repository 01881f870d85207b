//! The node: from light to spool.

pub mod config;
pub mod detector;
pub mod frame;
pub mod source;
