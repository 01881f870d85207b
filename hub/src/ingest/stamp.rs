//! When something happened: what a node says, or something better where its clock was not set. Pure.
//!
//! A machine without a clock chip starts at a time that is long past, and until its clock is set every stamp is wrong by the
//! same unknown amount. Its uptime is right from the first moment on, and every hello and heartbeat shows what it is: so the
//! hub knows how long ago each message was made, and takes that from its own clock. Of the last few samples the one with the
//! smallest delay counts; what is left of the delay, less than a second as a rule, is the error. Within a stream the order
//! stays, however the samples differ.
//!
//! | the node says | `at` becomes | `was` | doubtful |
//! |---|---|---|---|
//! | a set clock, or one of which nothing is known | as said | as said | |
//! | that it has corrected the stamp itself | as said | as said | |
//! | an unset clock, in the machine's present run | the hub's time less the uptime since then | the stamp | |
//! | an unset clock, in an earlier run | as said, at the latest when it was received | the stamp, where it differs | yes |
//! | a time from before there was Picket, or a day and more to come | as for an unset clock, else when it was received | the stamp | where received |
//! | nothing | when it was received | | |
//!
//! A hub whose own clock is not set mends nothing that may be right.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::SignedDuration;
use picket_common::time::{ClockState, Timestamp};
use picket_common::wire::{Keys, StreamId};

/// So many of the last samples count: clocks drift, so that old ones say little.
const SAMPLES: usize = 8;
/// So many streams are kept in order on one connection.
const STREAMS: usize = 8;
/// A stamp from further ahead than this is nobody's time.
const FUTURE: SignedDuration = SignedDuration::from_hours(24);
/// There was no Picket before 2020-01-01, and names of files have years of four digits.
const PLAUSIBLE: std::ops::Range<i64> = 1_577_836_800..253_402_214_400;

/// How a machine's uptime goes with the hub's, as its hello and its heartbeats show it.
#[derive(Debug, Default)]
pub(super) struct Ticks {
    boot: String,
    /// The hub's uptime at the receipt less the machine's, in nanoseconds, of the last few.
    offsets: VecDeque<i128>,
    /// For the last streams, the latest moment that was given: in the machine's uptime and in the hub's.
    given: VecDeque<(StreamId, u64, i128)>,
}

impl Ticks {
    /// The machine showed its uptime, in its run `boot`; it came at the hub's `uptime`.
    pub(super) fn note(&mut self, boot: &str, mono_ns: u64, uptime: Duration) {
        if self.boot != boot {
            *self = Ticks { boot: boot.to_owned(), ..Ticks::default() };
        }
        self.offsets.truncate(SAMPLES - 1);
        self.offsets.push_front(nanoseconds(uptime) - i128::from(mono_ns));
    }

    /// What `keys` show of it, if they show it.
    pub(super) fn note_keys(&mut self, keys: &Keys, uptime: Duration) {
        if let (Some(boot), Some(mono_ns)) = (&keys.boot, keys.mono_ns) {
            self.note(boot, mono_ns, uptime);
        }
    }

    /// How long this message was under way, beyond the least that any took: none where nothing tells.
    pub(super) fn delay(&self, keys: &Keys, uptime: Duration) -> Option<Duration> {
        let moment = self.moment(keys)?;
        Some(duration(nanoseconds(uptime) - moment))
    }

    /// When the message was made, in the hub's uptime in nanoseconds.
    fn moment(&self, keys: &Keys) -> Option<i128> {
        let least = self.offsets.iter().min().filter(|_| keys.boot.as_ref() == Some(&self.boot))?;
        Some(least + i128::from(keys.mono_ns?))
    }

    /// The same, not before what was given to what was made before it in its stream.
    fn in_order(&mut self, keys: &Keys) -> Option<i128> {
        let (moment, mono) = (self.moment(keys)?, keys.mono_ns?);
        let Some(number) = keys.number else { return Some(moment) };
        let before = self.given.iter().position(|(stream, ..)| *stream == number.stream);
        let (latest, given) = match before.and_then(|place| self.given.remove(place)) {
            Some((_, latest, given)) if mono < latest => (Some((latest, given)), moment),
            Some((_, _, given)) => (None, moment.max(given)),
            None => (None, moment),
        };
        self.given.truncate(STREAMS - 1);
        let (latest, at) = latest.unwrap_or((mono, given));
        self.given.push_front((number.stream, latest, at));
        Some(given)
    }
}

/// A message's receipt.
#[derive(Debug, Clone, Copy)]
pub(super) struct Receipt {
    /// By the hub's clock.
    pub(super) at: Timestamp,
    /// In the hub's uptime.
    pub(super) uptime: Duration,
    /// What is known of the hub's clock.
    pub(super) clock: ClockState,
}

/// When something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    /// The time under which it is kept.
    pub(super) at: Timestamp,
    /// What was said first, where that is another.
    pub(super) was: Option<Timestamp>,
    /// The clock was not set, and nothing tells how far off it was.
    pub(super) doubtful: bool,
}

/// When that happened of which `keys` tell.
pub(super) fn stamp(keys: &Keys, receipt: &Receipt, ticks: &mut Ticks) -> Stamp {
    let received = receipt.at;
    let Some(said) = keys.at else { return Stamp { at: received, was: None, doubtful: false } };
    let hub_knows = receipt.clock != ClockState::Unsynced;
    let is_to_come = hub_knows && FUTURE <= said.duration_since(received);
    let may_be_right = PLAUSIBLE.contains(&said.as_second()) && !is_to_come;
    let is_set = keys.clock != Some(ClockState::Unsynced) || keys.was.is_some();
    if may_be_right && is_set {
        return Stamp { at: said, was: keys.was, doubtful: false };
    }
    let first = keys.was.unwrap_or(said);
    let was = |at: Timestamp| (at != first).then_some(first);
    if (hub_knows || !may_be_right)
        && let Some(at) = mended(keys, receipt, ticks)
    {
        return Stamp { at, was: was(at), doubtful: false };
    }
    let at = match (may_be_right, hub_knows) {
        (true, true) => said.min(received),
        (true, false) => said,
        (false, _) => received,
    };
    Stamp { at, was: was(at), doubtful: true }
}

/// The hub's time less the uptime since then.
fn mended(keys: &Keys, receipt: &Receipt, ticks: &mut Ticks) -> Option<Timestamp> {
    let ago = duration(nanoseconds(receipt.uptime) - ticks.in_order(keys)?);
    let at = receipt.at.checked_sub(ago).ok()?;
    PLAUSIBLE.contains(&at.as_second()).then_some(at)
}

fn nanoseconds(time: Duration) -> i128 {
    i128::try_from(time.as_nanos()).unwrap_or(i128::MAX / 2)
}

/// Nothing where it would be negative.
fn duration(nanoseconds: i128) -> Duration {
    Duration::from_nanos(u64::try_from(nanoseconds.max(0)).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests;
