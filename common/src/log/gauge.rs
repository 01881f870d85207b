//! How much waits in a log, for whoever only wants to know it: nothing is kept open or locked for them.

use std::sync::Weak;

use super::shared::Shared;

/// Looks at a log while that is open. Clones are the same.
#[derive(Clone, Default)]
pub struct Gauge(pub(super) Weak<Shared>);

impl Gauge {
    /// How many durable records lie after `number`; none where the log is closed.
    pub fn depth_after(&self, number: u64) -> Option<u64> {
        Some(self.0.upgrade()?.state().depth_after(number))
    }

    /// The bytes that the files of its records take.
    pub fn bytes(&self) -> Option<u64> {
        Some(self.0.upgrade()?.state().held_bytes())
    }
}
