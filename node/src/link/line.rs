//! The way back over the connection on which a camera's frames come. Knows neither the camera nor what is sent.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Link;

/// Where a source leaves the other end of its connection for the output that sends over it. Clones are the same.
#[derive(Clone, Default)]
pub struct Line(Arc<Mutex<Option<Link>>>);

impl Line {
    /// A connection stands.
    pub(crate) fn lend(&self, link: Link) {
        *self.lock() = Some(link);
    }

    /// It does not any more. Who has it already notices when sending.
    pub(crate) fn withdraw(&self) {
        *self.lock() = None;
    }

    /// The connection, if there is one that nobody has yet.
    pub(crate) fn take(&self) -> Option<Link> {
        self.lock().take()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Link>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
