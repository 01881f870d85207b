//! The clock as a trigger. It rings once for each time that is due: never in a burst, never twice for one time,
//! and not at all for a time that is long past when the clock is set. Knows no camera.

use std::time::Duration;

use jiff::tz::TimeZone;
use picket_common::event::{EventData, Phase};
use picket_common::time::{ClockState, Timestamp};
use picket_common::wire::StreamId;
use tracing::{info, warn};

use super::schedule::Schedule;
use crate::author::Author;
use crate::config::ClockConfig;
use crate::trigger::Trigger;
use crate::worker::Worker;

/// The clock may be set at any time: it is looked at so often.
const LOOK: Duration = Duration::from_secs(5);

/// What is due longer ago was jumped over or slept through.
const LATE: Duration = Duration::from_secs(60);

/// A clock that is set back by no more waits until it has caught up; one that is set back further was wrong
/// before, and what it showed is forgotten.
const BACK: Duration = Duration::from_secs(3600);

/// Rings when a time is due.
pub(super) struct Chime {
    schedule: Schedule,
    zone: TimeZone,
    author: Author,
    trigger: Trigger,
    /// None until the clock can be believed.
    due: Option<Timestamp>,
    /// The time for which it rang last.
    rung: Option<Timestamp>,
    /// It was said that it waits for the clock.
    waiting: bool,
}

impl Chime {
    pub(super) fn new(config: &ClockConfig, zone: TimeZone, author: Author, trigger: Trigger) -> Chime {
        let schedule = match config.every {
            Some(every) => Schedule::Every(i64::try_from(every.0.as_secs().max(1)).unwrap_or(i64::MAX)),
            None => Schedule::At(config.at.iter().map(|time| time.0).collect()),
        };
        Chime { schedule, zone, author, trigger, due: None, rung: None, waiting: false }
    }

    /// Whether its times mean anything yet. `every` goes by whatever the clock shows.
    fn is_believed(&mut self) -> bool {
        let unset = matches!(self.schedule, Schedule::At(_)) && self.author.clock.state() == ClockState::Unsynced;
        if unset != self.waiting {
            self.waiting = unset;
            if unset {
                warn!("the machine does not know the time yet; the times of day wait until its clock is set");
            }
        }
        !unset
    }

    fn ring(&self) {
        let (moment, id) = (self.author.now(), StreamId::random().to_string());
        // Over as soon as it begins: its end alone tells both.
        self.author.event(moment, Some(&id), &EventData::new(Phase::End, "clock", "due"));
        self.trigger.pull_at_once(&id, moment.mono);
    }

    /// The next time after `now` for which it has not rung.
    fn next(&self, now: Timestamp) -> Option<Timestamp> {
        let ahead = |rung: &Timestamp| now < *rung && rung.duration_since(now).unsigned_abs() <= BACK;
        let after = self.rung.filter(ahead).unwrap_or(now);
        self.schedule.next(after, &self.zone)
    }
}

impl Worker for Chime {
    fn name(&self) -> String {
        format!("clock-{}", self.author.view.as_deref().unwrap_or_default())
    }

    fn step(&mut self) -> Duration {
        if !self.is_believed() {
            self.due = None;
            return LOOK;
        }
        let now = self.author.clock.now();
        if let Some(due) = self.due.filter(|due| *due <= now) {
            if now.duration_since(due).unsigned_abs() <= LATE {
                self.ring();
                self.rung = Some(due);
            } else {
                info!(%due, "left out: the clock jumped over it, or the machine slept");
            }
        }
        // Reckoned anew each time: the clock may have been set.
        self.due = self.next(now);
        self.due.map_or(LOOK, |due| due.duration_since(now).unsigned_abs().min(LOOK))
    }

    fn stop(&mut self) {}
}

#[cfg(test)]
mod tests;
