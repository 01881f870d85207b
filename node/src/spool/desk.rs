//! Reading on a thread of its own: a disk may hang, and whoever sends is not to hang with it. What is not read in time
//! is asked for again later; until then nothing behind it in its stream is given out. Where no thread serves, whoever asks
//! reads.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use picket_common::wire::StreamId;
use tracing::warn;

use super::Shared;
use super::item::{Class, Item};
use super::queue::Written;
use super::reading::Unreadable;

/// So long a read is waited for: a slow card takes a fraction of it.
const PATIENCE: Duration = Duration::from_secs(2);

type Answer = Result<Option<Arc<Item>>, Unreadable>;

/// Where reads are ordered, one at a time: a spool has one sender.
#[derive(Default)]
pub(super) struct Desk {
    state: Mutex<State>,
    bell: Condvar,
}

#[derive(Default)]
struct State {
    is_served: bool,
    /// What is to be read, until it is.
    wanted: Option<(Class, StreamId, Written)>,
    /// Nobody waits for it any more.
    is_late: bool,
    answer: Option<Answer>,
}

impl Desk {
    /// From now on a thread serves.
    pub(super) fn open(&self) {
        self.state().is_served = true;
    }

    /// The thread is to end, as soon as it can.
    pub(super) fn close(&self) {
        self.state().is_served = false;
        self.bell.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    /// The message in a record, if that can be told soon.
    pub(super) fn fetch(&self, class: Class, stream: StreamId, written: &Written) -> Answer {
        if let Some(item) = self.reading.last(stream, written.seq) {
            return Ok(Some(item));
        }
        let mut state = self.desk.state();
        if !state.is_served {
            drop(state);
            return self.read(class, stream, written);
        }
        if state.wanted.is_some() {
            return Err(Unreadable);
        }
        state.wanted = Some((class, stream, *written));
        self.desk.bell.notify_all();
        let waited = self.desk.bell.wait_timeout_while(state, PATIENCE, |state| state.wanted.is_some());
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if state.wanted.is_some() {
            state.is_late = true;
            warn!("the spool's disk does not answer; what is on it is sent when it does");
            return Err(Unreadable);
        }
        state.answer.take().unwrap_or(Err(Unreadable))
    }

    /// Reads what is ordered until the desk is closed.
    pub(super) fn serve(&self) {
        loop {
            let waits = |state: &mut State| state.is_served && state.wanted.is_none();
            let state = self.desk.bell.wait_while(self.desk.state(), waits);
            let state = state.unwrap_or_else(PoisonError::into_inner);
            let Some((class, stream, written)) = state.wanted.filter(|_| state.is_served) else { return };
            drop(state);
            let answer = self.read(class, stream, &written);
            let mut state = self.desk.state();
            state.wanted = None;
            if std::mem::take(&mut state.is_late) {
                // Its message is the one read last.
                drop(state);
                self.wake();
            } else {
                state.answer = Some(answer);
                self.desk.bell.notify_all();
            }
        }
    }
}
