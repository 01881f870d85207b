//! Stamps of a clock that was not set yet, corrected when they are sent. What was stamped in this run of the machine has the
//! uptime beside it, which never steps: the time now less the uptime since is the right one, once the clock is right.
//!
//! - A stamp of a `synced` clock is believed, however the clock steps later; order is kept by number, not by time.
//! - While the clock is `unsynced`, nothing can be corrected: the message goes as it is, and the hub knows the state.
//! - Else a stamp is corrected that differs from the clock by [`STEP`] or more: somebody has set the clock since, and the
//!   setting made last is the one that is believed, also where nothing tells whether it is right (`unknown`).
//!
//! All stamps between two settings of the clock are shifted by the same amount, and so are the frames that an event refers
//! to by their time. Knows no wire.

use jiff::SignedDuration;
use picket_common::event::{self, Earlier};
use picket_common::time::{ClockState, Timestamp};
use picket_common::wire::Keys;
use serde_json::Value;

use crate::author::Moment;

/// A clock that runs does not differ from uptime by so much, a leap second neither.
const STEP: SignedDuration = SignedDuration::from_secs(2);
/// To read two clocks takes a moment: shifts are rounded, so that two runs of the program shift by the same amount.
const GRAIN: SignedDuration = SignedDuration::from_millis(10);

/// Corrects stamps.
#[derive(Debug)]
pub(super) struct Restamp {
    boot: Option<String>,
    /// What the wall clock shows when the machine starts, as it is set now.
    origin: SignedDuration,
    /// For each setting of the clock before: its origin, and by how much its stamps are shifted.
    shifts: Vec<(SignedDuration, SignedDuration)>,
}

impl Restamp {
    /// For what was stamped in the machine's run `boot`; where that is not known nothing is corrected.
    pub(super) fn new(boot: String) -> Restamp {
        let boot = Some(boot).filter(|boot| boot != "unknown");
        Restamp { boot, origin: SignedDuration::ZERO, shifts: Vec::new() }
    }

    /// The keys as they are to be sent at the moment that `now` tells, where that is not as they are.
    pub(super) fn keys(&mut self, keys: &Keys, now: impl FnOnce() -> Moment) -> Option<Keys> {
        if self.boot.is_none() || keys.boot != self.boot || !may_change(keys) {
            return None;
        }
        let now = now();
        self.look(now);
        let mut changed = keys.clone();
        if let (Some(at), Some(clock), Some(mono_ns)) = (keys.at, keys.clock, keys.mono_ns) {
            let stamp = self.stamp((at, clock, mono_ns), now.clock);
            (changed.at, changed.was, changed.clock) = (Some(stamp.at), stamp.was.or(keys.was), Some(stamp.clock));
        }
        self.references(&mut changed.data, now.clock);
        (changed != *keys).then_some(changed)
    }

    /// Whether the clock was set since the last look.
    fn look(&mut self, now: Moment) {
        let origin = origin(now.at, u64::try_from(now.mono.as_nanos()).unwrap_or(u64::MAX));
        if (origin - self.origin).abs() >= STEP {
            self.origin = origin;
            self.shifts.clear();
        }
    }

    fn stamp(&mut self, (at, clock, mono_ns): (Timestamp, ClockState, u64), now: ClockState) -> Stamp {
        if clock == ClockState::Synced || now == ClockState::Unsynced {
            return Stamp { at, was: None, clock };
        }
        let shift = self.shift(origin(at, mono_ns));
        let shifted = if shift.abs() < STEP { Ok(at) } else { at.checked_add(shift) };
        let was = shifted.as_ref().ok().filter(|shifted| **shifted != at).map(|_| at);
        shifted.map_or(Stamp { at, was: None, clock }, |at| Stamp { at, was, clock: now })
    }

    /// By how much the stamps of one setting of the clock are shifted.
    fn shift(&mut self, origin: SignedDuration) -> SignedDuration {
        if let Some((_, shift)) = self.shifts.iter().find(|(known, _)| (*known - origin).abs() < STEP) {
            return *shift;
        }
        let exact = (self.origin - origin).as_nanos();
        let grains = (exact + GRAIN.as_nanos() / 2).div_euclid(GRAIN.as_nanos());
        let shift = i64::try_from(grains * GRAIN.as_nanos()).map_or(SignedDuration::ZERO, SignedDuration::from_nanos);
        self.shifts.push((origin, shift));
        shift
    }

    /// The frames that an event refers to by their time.
    fn references(&mut self, data: &mut Value, now: ClockState) {
        let Some(earlier) = data.get_mut("earlier") else { return };
        let Ok(mut frames) = serde_json::from_value::<Vec<Earlier>>(earlier.clone()) else { return };
        for frame in &mut frames {
            if let (Some(clock), Some(mono_ns)) = (frame.clock, frame.mono_ns) {
                let stamp = self.stamp((frame.at, clock, mono_ns), now);
                (frame.at, frame.was, frame.clock) = (stamp.at, stamp.was.or(frame.was), Some(stamp.clock));
            }
        }
        *earlier = event::to_value(&frames);
    }
}

/// A stamp as it is sent.
struct Stamp {
    at: Timestamp,
    was: Option<Timestamp>,
    clock: ClockState,
}

/// What the clock that gave `at` shows when the machine starts.
fn origin(at: Timestamp, mono_ns: u64) -> SignedDuration {
    let uptime = SignedDuration::from_nanos(i64::try_from(mono_ns).unwrap_or(i64::MAX));
    at.as_duration().saturating_sub(uptime)
}

/// Whether there is any stamp that is not believed.
fn may_change(keys: &Keys) -> bool {
    keys.clock.is_some_and(|clock| clock != ClockState::Synced) || keys.data.get("earlier").is_some()
}

#[cfg(test)]
mod tests;
