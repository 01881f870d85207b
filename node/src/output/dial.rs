//! An output whose receiver listens: it is dialled, and again whenever the connection breaks. Knows no camera.

use std::sync::Arc;
use std::time::Duration;

use picket_common::shutdown::Shutdown;
use picket_common::time::{Clock, SystemClock};
use tracing::{debug, info, warn};

use super::receiver::{PATIENCE, Receiver, Words, why};
use super::slot::Slot;
use crate::link::{Gap, Link};
use crate::pauses::Pauses;
use crate::worker::Worker;

/// How long it may take to be reached.
const DIALLING: Duration = Duration::from_secs(5);

/// A connection that has stood so long was a good one.
const STEADY: Duration = Duration::from_secs(60);

pub(super) struct Dial {
    name: String,
    place: String,
    words: Words,
    slot: Arc<Slot>,
    shutdown: Shutdown,
    /// With the uptime since which it is there.
    receiver: Option<(Receiver, Duration)>,
    pauses: Pauses,
    /// That it cannot be reached was told.
    is_told: bool,
}

impl Dial {
    pub(super) fn new(name: String, place: String, words: Words, slot: Arc<Slot>, shutdown: Shutdown) -> Dial {
        Dial { name, place, words, slot, shutdown, receiver: None, pauses: Pauses::default(), is_told: false }
    }

    fn dial(&mut self) -> Duration {
        let link = Link::dial(&self.place, DIALLING, &self.shutdown);
        match link.and_then(|link| Receiver::new(link, &self.slot, &self.words.greeting, PATIENCE)) {
            Ok(receiver) => {
                info!("sending to {}", self.place);
                self.receiver = Some((receiver, SystemClock.uptime()));
                self.is_told = false;
                Duration::ZERO
            }
            Err(Gap::Stall) => self.fail("it cannot be reached; is it switched on, and in this network?"),
            Err(gap) => why(gap, PATIENCE).map_or(Duration::ZERO, |why| self.fail(&why)),
        }
    }

    /// It is tried again after a pause.
    fn fail(&mut self, why: &str) -> Duration {
        let place = &self.place;
        if self.is_told {
            debug!("nothing is sent to {place}: {why}");
        } else {
            warn!("nothing is sent to {place}, trying again: {why}");
        }
        self.is_told = true;
        self.pauses.next()
    }
}

impl Worker for Dial {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn step(&mut self) -> Duration {
        let Some((receiver, since)) = &mut self.receiver else { return self.dial() };
        let Err(gap) = receiver.step(&self.slot) else { return Duration::ZERO };
        let Some(why) = why(gap, PATIENCE) else { return Duration::ZERO };
        if SystemClock.uptime().saturating_sub(*since) >= STEADY {
            self.pauses = Pauses::default();
        }
        self.receiver = None;
        self.fail(&why)
    }

    fn stop(&mut self) {
        if let Some((receiver, _)) = self.receiver.take() {
            receiver.end(&self.words.farewell);
        }
    }
}
