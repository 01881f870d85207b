//! An output that listens for receivers, several at once, each with a thread of its own: a slow one delays nobody. Knows no
//! camera.

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use picket_common::shutdown::Shutdown;
use tracing::{debug, error, info, info_span, warn};

use super::receiver::{PATIENCE, Receiver, Words, why};
use super::slot::Slot;
use crate::link::{Door, Gap, Link};
use crate::pauses::Pauses;
use crate::worker::Worker;

/// More at once are turned away: each takes a frame's worth of memory.
pub(super) const MOST: usize = 8;

/// How often the door is looked at.
const LOOK: Duration = Duration::from_millis(50);

pub(super) struct Listen {
    name: String,
    place: String,
    words: Words,
    slot: Arc<Slot>,
    shutdown: Shutdown,
    door: Option<Door>,
    receivers: Vec<JoinHandle<()>>,
    pauses: Pauses,
    /// That the port cannot be had was told.
    is_told: bool,
}

impl Listen {
    pub(super) fn new(name: String, place: String, words: Words, slot: Arc<Slot>, shutdown: Shutdown) -> Listen {
        let pauses = Pauses::default();
        Listen { name, place, words, slot, shutdown, door: None, receivers: vec![], pauses, is_told: false }
    }

    fn open(&mut self) -> Duration {
        match Door::open(&self.place) {
            Ok(door) => {
                info!("listening for receivers at {}", self.place);
                self.door = Some(door);
                Duration::ZERO
            }
            Err(why) if self.is_told => {
                debug!("{why}");
                self.pauses.next()
            }
            Err(why) => {
                warn!("nothing is sent, trying again: {why}");
                self.is_told = true;
                self.pauses.next()
            }
        }
    }

    /// Takes in who is at the door; whether somebody was.
    fn take_in(&mut self) -> Result<bool, String> {
        let found = self.door.as_ref().map(Door::look).transpose()?.flatten();
        let Some((stream, peer)) = found else { return Ok(false) };
        self.receivers.retain(|receiver| !receiver.is_finished());
        if self.receivers.len() >= MOST {
            warn!("{peer} was turned away: {MOST} receivers are served already");
            return Ok(true);
        }
        let (words, slot, shutdown) = (self.words.clone(), self.slot.clone(), self.shutdown.clone());
        // Of its own: this thread is in such a span already, and would be named twice.
        let span = info_span!(parent: None, "node", part = %self.name);
        let serve = move || {
            let _span = span.entered();
            info!("sending to {peer}");
            let link = Link::new(stream, PATIENCE, &shutdown);
            let gap = link
                .and_then(|link| Receiver::new(link, &slot, &words.greeting, PATIENCE))
                .map_or_else(|gap| gap, |receiver| serve(receiver, &slot, &words));
            if let Some(why) = why(gap, PATIENCE) {
                info!("{peer} gets no more: {why}");
            }
        };
        let thread = thread::Builder::new().name(format!("{}-to", self.name)).spawn(serve);
        self.receivers.push(thread.map_err(|error| format!("no thread to send to {peer}: {error}"))?);
        Ok(true)
    }
}

/// Sends until there is no sense in it any more.
fn serve(mut receiver: Receiver, slot: &Slot, words: &Words) -> Gap {
    loop {
        if let Err(gap) = receiver.step(slot) {
            receiver.end(if matches!(gap, Gap::Stop) { &words.farewell } else { &[] });
            return gap;
        }
    }
}

impl Worker for Listen {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn step(&mut self) -> Duration {
        if self.door.is_none() {
            return self.open();
        }
        match self.take_in() {
            Ok(true) => Duration::ZERO,
            Ok(false) => LOOK,
            Err(why) => {
                warn!("{why}");
                Pauses::FIRST
            }
        }
    }

    fn stop(&mut self) {
        self.door = None;
        for receiver in self.receivers.drain(..) {
            if receiver.join().is_err() {
                error!("a receiver's thread ended in a panic");
            }
        }
    }
}

#[cfg(test)]
impl Listen {
    /// The port that the system has chosen.
    pub(super) fn address(&self) -> std::net::SocketAddr {
        self.door.as_ref().unwrap().address()
    }
}
