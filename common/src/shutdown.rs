//! The wish to stop, as a token that wakes whoever sleeps on it. Knows neither signals nor threads.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// A token shared by all threads of a program. Clones are the same token.
#[derive(Debug, Clone, Default)]
pub struct Shutdown(Arc<(Mutex<bool>, Condvar)>);

impl Shutdown {
    /// A token on which nobody has asked to stop.
    pub fn new() -> Shutdown {
        Shutdown::default()
    }

    /// Asks everybody to stop; there is no way back.
    pub fn request(&self) {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.1.notify_all();
    }

    /// Whether somebody has asked to stop.
    pub fn is_requested(&self) -> bool {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sleeps for `time`, or less when a stop is requested; `true` then.
    pub fn wait(&self, time: Duration) -> bool {
        let requested = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (requested, _) = self
            .0
            .1
            .wait_timeout_while(requested, time, |requested| !*requested)
            .unwrap_or_else(PoisonError::into_inner);
        *requested
    }
}
