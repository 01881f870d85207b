//! What the uplink is told at its start.

use std::time::Duration;

use crate::config::SendType;

/// What the uplink is told at its start.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The node's name.
    pub node: String,
    /// The hubs' addresses, the most preferred first: at least one, to which the sender is connected.
    pub hubs: Vec<String>,
    /// How the hub is spoken to.
    pub dialect: Dialect,
    /// How often a sign of life is sent.
    pub heartbeat: Duration,
    /// How long an answer may take before the connection is made anew.
    pub timeout: Duration,
    /// Where chance comes from: each node has its own, so that not all do the same at the same moment.
    pub seed: u64,
    /// There are many of it in this process: that its hub comes and goes is told by whoever has them all, and here for
    /// debugging alone.
    pub is_one_of_many: bool,
}

/// How the hub is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// As a Picket hub, until it shows that it is an old one.
    Picket,
    /// As an old hub that takes pictures in this form.
    Imagezmq(SendType),
}

impl Dialect {
    /// In which form pictures go.
    pub(super) fn send_type(self) -> SendType {
        match self {
            Dialect::Picket => SendType::Jpg,
            Dialect::Imagezmq(send_type) => send_type,
        }
    }
}
