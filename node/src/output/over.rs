//! An output that goes back over the connection on which another camera's frames come, while it stands. Knows no camera.

use std::sync::Arc;
use std::time::Duration;

use tracing::{debug, info};

use super::receiver::{PATIENCE, Receiver, Words, why};
use super::slot::Slot;
use crate::link::Line;
use crate::worker::Worker;

/// How often is looked for a connection while there is none.
const LOOK: Duration = Duration::from_millis(50);

pub(super) struct Over {
    name: String,
    /// The camera whose connection it is.
    view: String,
    words: Words,
    slot: Arc<Slot>,
    line: Line,
    receiver: Option<Receiver>,
}

impl Over {
    pub(super) fn new(name: String, view: String, words: Words, slot: Arc<Slot>, line: Line) -> Over {
        Over { name, view, words, slot, line, receiver: None }
    }
}

impl Worker for Over {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn step(&mut self) -> Duration {
        let Some(receiver) = &mut self.receiver else {
            let Some(link) = self.line.take() else { return LOOK };
            info!("sending over the connection of {}", self.view);
            self.receiver = Some(Receiver::heard_elsewhere(link, &self.slot));
            return Duration::ZERO;
        };
        if let Err(gap) = receiver.step(&self.slot)
            && let Some(why) = why(gap, PATIENCE)
        {
            // The camera tells of it.
            debug!("the connection of {} is gone: {why}", self.view);
            self.receiver = None;
        }
        Duration::ZERO
    }

    fn stop(&mut self) {
        if let Some(receiver) = self.receiver.take() {
            receiver.end(&self.words.farewell);
        }
    }
}
