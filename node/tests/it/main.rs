//! The node's parts together, on real frames.

mod golden;
mod parity;
mod scene;
