//! What is told of a spool: how full it is, and what was lost.

use jiff::SignedDuration;
use picket_common::event::SpoolHealth;

/// How full it is, and what was lost so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stock {
    /// Messages not acknowledged.
    pub messages: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The time of the oldest, in uptime; negative is before the machine's start.
    pub oldest: Option<SignedDuration>,
    /// Events dropped because there was no room.
    pub dropped_events: u64,
    /// Images dropped because there was no room.
    pub dropped_images: u64,
    /// Messages that the hub refused for good.
    pub refused: u64,
    /// Messages lost to damage on the disk.
    pub damaged: u64,
    /// What of it is on the disk; none where nothing is ever written.
    pub disk: Option<SpoolHealth>,
}
