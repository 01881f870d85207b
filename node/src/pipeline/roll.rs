//! Which frames one trigger keeps: some from before an event's trigger frame, that frame, some while the event goes on,
//! some from after its end. Pure: frames in, frames to keep out, time by the frames' own stamps.
//!
//! Frames are picked at the rate of `during`, all the time, and those picked are what an event can keep; its trigger
//! frame is picked in any case. Each event keeps its frames as if it were alone, but that an event which follows soon
//! takes over from the post-roll of the one before.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use picket_common::event::Role;

use super::ring::Held;
use super::share::Want;
use crate::config::{Amount, DetectorTrigger, Frames, Rate, TriggerConfig};
use crate::trigger::Edge;

/// An event begins or ends.
#[derive(Debug, Clone)]
pub(super) struct Turn {
    pub(super) event: Arc<str>,
    pub(super) edge: Edge,
    /// When; not after the frame with which it is told.
    pub(super) mono: Duration,
}

/// One trigger's pre-roll, and where in an event it is.
#[derive(Debug)]
pub(super) struct Roll {
    send: Frames,
    min_duration: Duration,
    cool_down: Duration,
    /// The frames picked lately.
    picked: VecDeque<Arc<Held>>,
    /// When the last one was.
    last: Option<Duration>,
    event: Option<Event>,
    ended: Option<Ended>,
    /// When the last frame was kept.
    kept: Option<Duration>,
}

/// An event that goes on.
#[derive(Debug)]
struct Event {
    id: Arc<str>,
    since: Duration,
    trigger: Arc<Held>,
    /// What is kept once it has lasted long enough; none when it has.
    waiting: Option<Vec<Want>>,
}

/// An event whose post-roll is kept.
#[derive(Debug)]
struct Ended {
    id: Arc<str>,
    since: Duration,
    trigger: u64,
    kept: u32,
}

impl Ended {
    fn is_over(&self, after: Amount, now: Duration) -> bool {
        match after {
            Amount::Frames(limit) => self.kept >= limit,
            Amount::Time(limit) => now.saturating_sub(self.since) >= limit.0,
        }
    }
}

impl Roll {
    pub(super) fn new(send: Frames, min_duration: Duration, cool_down: Duration) -> Roll {
        let (picked, last, event, ended, kept) = Default::default();
        Roll { send, min_duration, cool_down, picked, last, event, ended, kept }
    }

    /// A detector's.
    pub(super) fn of_detector(send: Frames, trigger: &DetectorTrigger) -> Roll {
        Roll::new(send, trigger.min_duration.0, trigger.cool_down.0)
    }

    /// That of something which is no picture of this camera.
    pub(super) fn of_trigger(trigger: &TriggerConfig) -> Roll {
        Roll::new(trigger.send, trigger.min_duration.0, trigger.cool_down.0)
    }

    /// Takes the next frame, with what began or ended since the one before. Gives the frames to keep now, in the order
    /// of their capture.
    pub(super) fn take(&mut self, turns: &[Turn], frame: &Arc<Held>) -> Vec<Want> {
        let is_due = self.is_due(frame);
        let (mut wants, mut is_trigger) = (Vec::new(), false);
        self.ended.take_if(|ended| ended.is_over(self.send.after, frame.mono));
        for Turn { event, edge, mono } in turns {
            match edge {
                Edge::Start => is_trigger |= self.start(event, *mono, frame, &mut wants),
                Edge::End => self.end(event, *mono, &mut wants),
            }
        }
        self.keep_if_lasting(frame.mono, &mut wants);
        if is_due {
            self.after(frame, &mut wants);
            self.during(frame, &mut wants);
        }
        if is_due || is_trigger {
            self.pick(frame);
        }
        self.kept = wants.iter().map(|want| want.frame.mono).chain(self.kept).max();
        wants
    }

    /// Whether frames were kept for `event`, which goes on or has just ended.
    pub(super) fn keeps(&self, event: &str) -> bool {
        let goes_on = self.event.as_ref().is_some_and(|on| *on.id == *event && on.waiting.is_none());
        goes_on || self.ended.as_ref().is_some_and(|ended| *ended.id == *event)
    }

    /// The camera was away and is back: frames from before are no pre-roll of what comes, and what was over by then
    /// keeps nothing of what is seen now.
    pub(super) fn resume(&mut self, turns: &mut Vec<Turn>, back: Duration) {
        self.picked.clear();
        self.ended = None;
        let is_over = |turn: &&Turn| turn.edge == Edge::End && turn.mono <= back;
        let over: Vec<Arc<str>> = turns.iter().filter(is_over).map(|turn| turn.event.clone()).collect();
        self.event.take_if(|event| over.contains(&event.id));
        turns.retain(|turn| !over.contains(&turn.event));
    }

    /// Whether the rate asks for a frame. With `during: none` nothing is kept of the event itself; what comes
    /// before and after is kept frame by frame. A tenth of the interval is let pass, so that a camera's unsteady
    /// steps do not halve the rate.
    fn is_due(&self, frame: &Held) -> bool {
        let Rate::PerSecond(rate) = self.send.during else { return true };
        let interval = Duration::try_from_secs_f64(0.9 / rate).unwrap_or(Duration::MAX);
        self.last.is_none_or(|last| frame.mono.saturating_sub(last) >= interval)
    }

    /// Whether it is an event that may keep frames.
    fn start(&mut self, id: &Arc<str>, mono: Duration, frame: &Arc<Held>, wants: &mut Vec<Want>) -> bool {
        if let Some(before) = self.event.as_ref().map(|event| event.id.clone()) {
            if before == *id {
                return false;
            }
            // Its end was not told.
            self.end(&before, mono, wants);
        }
        let cools = self.kept.is_some_and(|kept| mono.saturating_sub(kept) < self.cool_down);
        if !self.cool_down.is_zero() && (cools || self.ended.is_some()) {
            return false;
        }
        let want = |role, frame: &Arc<Held>| Want { event: Some(id.clone()), role, frame: frame.clone() };
        let mut waiting: Vec<Want> = self.before(frame).map(|frame| want(Role::Before, frame)).collect();
        waiting.push(want(Role::Trigger, frame));
        self.event = Some(Event { id: id.clone(), since: mono, trigger: frame.clone(), waiting: Some(waiting) });
        self.keep_if_lasting(mono, wants);
        true
    }

    /// The frames picked from before `trigger`.
    fn before(&self, trigger: &Held) -> impl Iterator<Item = &Arc<Held>> {
        let count = match self.send.before {
            Amount::Frames(limit) => limit as usize,
            Amount::Time(limit) => {
                let is_near = |frame: &&Arc<Held>| trigger.mono.saturating_sub(frame.mono) <= limit.0;
                self.picked.iter().rev().take_while(is_near).count()
            }
        };
        self.picked.iter().skip(self.picked.len().saturating_sub(count))
    }

    /// Keeps what waits for the event to last, once it has.
    fn keep_if_lasting(&mut self, now: Duration, wants: &mut Vec<Want>) {
        let Some(event) = &mut self.event else { return };
        if now.saturating_sub(event.since) < self.min_duration {
            return;
        }
        if let Some(waiting) = event.waiting.take() {
            wants.extend(waiting);
            self.ended = None;
        }
    }

    fn end(&mut self, id: &Arc<str>, mono: Duration, wants: &mut Vec<Want>) {
        if self.event.as_ref().is_none_or(|event| event.id != *id) {
            return;
        }
        self.keep_if_lasting(mono, wants);
        if let Some(Event { id, trigger, waiting: None, .. }) = self.event.take() {
            let since = mono.max(trigger.mono);
            self.ended = Some(Ended { id, since, trigger: trigger.index, kept: 0 });
        }
    }

    fn during(&mut self, frame: &Arc<Held>, wants: &mut Vec<Want>) {
        let Some(event) = &mut self.event else { return };
        if self.send.during != Rate::None && event.trigger.index != frame.index {
            let want = Want { event: Some(event.id.clone()), role: Role::During, frame: frame.clone() };
            event.waiting.as_mut().unwrap_or(wants).push(want);
        }
    }

    fn after(&mut self, frame: &Arc<Held>, wants: &mut Vec<Want>) {
        let Some(ended) = &mut self.ended else { return };
        if ended.trigger != frame.index && !ended.is_over(self.send.after, frame.mono) {
            ended.kept += 1;
            wants.push(Want { event: Some(ended.id.clone()), role: Role::After, frame: frame.clone() });
        }
    }

    fn pick(&mut self, frame: &Arc<Held>) {
        self.last = Some(frame.mono);
        self.picked.push_back(frame.clone());
        let picked = &mut self.picked;
        match self.send.before {
            Amount::Frames(limit) => picked.drain(..picked.len().saturating_sub(limit as usize)).for_each(drop),
            Amount::Time(limit) => {
                let near = picked.partition_point(|old| frame.mono.saturating_sub(old.mono) > limit.0);
                picked.drain(..near).for_each(drop);
            }
        }
    }
}

#[cfg(test)]
mod tests;
