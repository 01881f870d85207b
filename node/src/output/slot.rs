//! The latest frame of a camera for one output: the camera puts it there, and each receiver takes it when it has sent the
//! one before. Older ones that nobody has taken are gone. Knows no connection.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tracing::debug;

use super::form::Form;
use crate::frame::Frame;
use crate::limit::Limit;

pub(super) struct Slot {
    form: Form,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    latest: Option<Arc<Showing>>,
    /// How many were put there.
    number: u64,
    limit: Option<Limit>,
}

/// A frame, and how it is sent once somebody has asked for that.
struct Showing {
    frame: Frame,
    bytes: OnceLock<Option<Arc<[u8]>>>,
}

impl Slot {
    pub(super) fn new(form: Form, limit: Option<Limit>) -> Slot {
        let state = State { latest: None, number: 0, limit };
        Slot { form, state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Puts a frame in place of the last.
    pub(super) fn offer(&self, frame: &Frame) {
        let mut state = self.lock();
        if state.limit.as_mut().is_some_and(|limit| !limit.passes(frame.mono)) {
            return;
        }
        state.latest = Some(Arc::new(Showing { frame: frame.clone(), bytes: OnceLock::new() }));
        state.number += 1;
        drop(state);
        self.changed.notify_all();
    }

    /// The number of the latest.
    pub(super) fn number(&self) -> u64 {
        self.lock().number
    }

    /// The latest with its number, if one comes after number `than` within a moment; no bytes if it is no picture.
    pub(super) fn newer(&self, than: u64, moment: Duration) -> Option<(u64, Option<Arc<[u8]>>)> {
        let waited = self.changed.wait_timeout_while(self.lock(), moment, |state| state.number <= than);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if state.number <= than {
            return None;
        }
        let (number, showing) = (state.number, state.latest.clone()?);
        // The camera does not wait until it is made.
        drop(state);
        Some((number, showing.bytes.get_or_init(|| self.made(&showing.frame)).clone()))
    }

    fn made(&self, frame: &Frame) -> Option<Arc<[u8]>> {
        let bytes = self.form.bytes(frame).inspect_err(|error| debug!("a frame was not sent: {error:#}"));
        bytes.ok().map(Arc::from)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
