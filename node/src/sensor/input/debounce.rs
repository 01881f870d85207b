//! Which of a pin's levels are believed: one that has stayed for long enough. A pin that never rests is said to
//! chatter, once, and not believed until it has rested. Pure.

use std::collections::VecDeque;
use std::time::Duration;

/// So many changes within [`WINDOW`] are none that people or animals make.
const MANY: usize = 20;
/// What never rests for so long chatters; what rests for so long has calmed down.
const WINDOW: Duration = Duration::from_secs(10);

/// What a pin is found to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// It is active or not, from now on.
    State(bool),
    /// It changes all the time.
    Chatters,
    /// It no longer does, and this is what it is.
    Calm(bool),
}

/// Believes levels.
#[derive(Debug)]
pub(super) struct Debounce {
    time: Duration,
    seen: Option<bool>,
    /// When it last moved.
    moved: Duration,
    /// Since when it has not stayed for long enough to be believed.
    restless_since: Option<Duration>,
    believed: Option<bool>,
    /// When what is believed changed, lately.
    changes: VecDeque<Duration>,
    chatters: bool,
}

impl Debounce {
    /// Believes what stays for `time`.
    pub(super) fn new(time: Duration) -> Debounce {
        Debounce {
            time,
            seen: None,
            moved: Duration::ZERO,
            restless_since: None,
            believed: None,
            changes: VecDeque::new(),
            chatters: false,
        }
    }

    /// `active` is seen at `now`, and whether there was an edge since the last time.
    pub(super) fn see(&mut self, active: bool, edge: bool, now: Duration) -> Option<Found> {
        if edge || self.seen != Some(active) {
            self.seen = Some(active);
            self.moved = now;
            self.restless_since.get_or_insert(now);
        }
        let rested = now.saturating_sub(self.moved);
        if self.chatters {
            if rested < self.calm() {
                return None;
            }
            *self = Debounce { seen: self.seen, moved: self.moved, believed: Some(active), ..Debounce::new(self.time) };
            return Some(Found::Calm(active));
        }
        if rested < self.time {
            let restless = self.restless_since.is_some_and(|since| now.saturating_sub(since) >= WINDOW + self.time);
            return restless.then(|| self.chatter());
        }
        self.restless_since = None;
        if self.believed == Some(active) {
            return None;
        }
        self.believed = Some(active);
        self.changes.retain(|change| now.saturating_sub(*change) < WINDOW);
        self.changes.push_back(now);
        Some(if self.changes.len() > MANY { self.chatter() } else { Found::State(active) })
    }

    fn chatter(&mut self) -> Found {
        self.chatters = true;
        Found::Chatters
    }

    /// How long until what is seen will be believed if it stays; none if it is already.
    pub(super) fn rest(&self, now: Duration) -> Option<Duration> {
        self.restless_since.map(|_| self.calm().saturating_sub(now.saturating_sub(self.moved)))
    }

    /// How long it has to stay.
    fn calm(&self) -> Duration {
        if self.chatters { WINDOW.max(self.time) } else { self.time }
    }
}

#[cfg(test)]
mod tests;
