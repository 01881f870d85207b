//! When the keeper has something to do: what is due for the disk, and when what is on it is tidied. Knows no disk.

use std::sync::Arc;
use std::time::Duration;

use super::{Patience, Queues};
use crate::spool::item::{Class, Item};

/// What was acknowledged is cleared off the disk after so long.
const TIDY_AFTER: Duration = Duration::from_secs(30);

impl Queues {
    /// The messages of a class that are to be written now, some `limit` bytes of them.
    pub(in crate::spool) fn due(&self, class: Class, now: Duration, limit: u64) -> Vec<Arc<Item>> {
        let Some(patience) = self.patience_for(class) else { return Vec::new() };
        if self.rests(class, now) {
            return Vec::new();
        }
        let is_due = |since: Duration| since.saturating_add(patience) <= now;
        let (mut taken, mut bytes) = (Vec::new(), 0);
        for queue in &self.classes[class as usize] {
            for held in queue.memory().take_while(|held| is_due(held.since)) {
                if bytes >= limit {
                    return taken;
                }
                bytes += held.item.size();
                taken.push(held.item.clone());
            }
        }
        taken
    }

    /// When the next message is due, in uptime.
    pub(in crate::spool) fn next_due(&self) -> Option<Duration> {
        Class::ALL.into_iter().filter_map(|class| self.class_due(class)).min()
    }

    fn class_due(&self, class: Class) -> Option<Duration> {
        let patience = self.patience_for(class)?;
        let fronts = self.classes[class as usize].iter().filter_map(|queue| queue.memory().next());
        let due = fronts.map(|held| held.since.saturating_add(patience)).min()?;
        Some(due.max(self.rests_until[class as usize]))
    }

    /// When memory runs short, and at the end, all is due.
    fn patience_for(&self, class: Class) -> Option<Duration> {
        let Patience { events, images } = self.patience?;
        Some(match class {
            _ if self.closing || self.memory.bytes > self.max_memory / 2 => Duration::ZERO,
            Class::Event => events,
            Class::EventFrame | Class::Continuous => images,
        })
    }

    /// A class cannot be written now: it is left alone until then, in uptime.
    pub(in crate::spool) fn rest(&mut self, class: Class, until: Duration) {
        self.rests_until[class as usize] = until;
    }

    pub(in crate::spool) fn rests(&self, class: Class, now: Duration) -> bool {
        now < self.rests_until[class as usize]
    }

    /// The keeper sleeps until `alarm`, in uptime; whether there is no reason to look before.
    pub(in crate::spool) fn may_sleep(&mut self, alarm: Duration) -> bool {
        self.alarm = alarm;
        !std::mem::take(&mut self.called) && !self.is_overslept()
    }

    /// The keeper is to look at once.
    pub(in crate::spool) fn call(&mut self) {
        self.called = true;
    }

    pub(in crate::spool) fn is_called(&self) -> bool {
        self.called
    }

    /// Whether there is something to do before the keeper's alarm, and nobody has called it yet.
    pub(in crate::spool) fn is_overslept(&mut self) -> bool {
        let next = self.next_due().into_iter().chain(self.next_tidying()).min();
        let calls = !self.called && next.is_some_and(|next| next < self.alarm);
        self.called |= calls;
        calls
    }

    /// Whether anything in the logs is needed no longer.
    pub(in crate::spool) fn has_freed(&self) -> bool {
        self.freed_since.is_some()
    }

    /// When the logs are to be tidied, in uptime: a while after something was acknowledged that is on the disk, so that
    /// many acknowledgements cost one checkpoint. Not while no class can be written.
    pub(in crate::spool) fn next_tidying(&self) -> Option<Duration> {
        let rests = self.rests_until.into_iter().min().unwrap_or_default();
        Some(self.freed_since?.saturating_add(TIDY_AFTER).max(rests))
    }

    /// The logs are tidy.
    pub(in crate::spool) fn tidied(&mut self) {
        self.freed_since = None;
    }
}
