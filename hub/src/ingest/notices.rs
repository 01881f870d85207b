//! What ingest itself notices, of nodes and of the hub: said in the log at once, and journaled as events like everything
//! else, when the journal takes it.

use std::time::Duration;

use anyhow::Result;
use picket_common::event::{HealthData, Phase};
use picket_common::log::Key;
use picket_common::transport::Receiver;
use picket_common::wire::Reply;
use serde_json::Value;
use tracing::{info, warn};

use super::Ingest;
use super::connection::{ConnectionKey, Greeting};
use super::decide::own_event;
use crate::entry::Entry;
use crate::fact::{self, Fact};
use crate::ongoing::{Notice, Trouble};

/// While so many wait for the disk, nothing further is noticed: it will be, when they are told.
const MOST: usize = 1024;

impl<R: Receiver> Ingest<R> {
    /// Tells these.
    pub(super) fn notice(&mut self, notices: impl IntoIterator<Item = Notice>) {
        for notice in notices {
            let Notice { node, view, what, state, reason, .. } = &notice;
            let view = view.as_deref();
            let advice = if state == &"twice" { "; give one of them another name" } else { "" };
            match notice.phase {
                Phase::End => info!(node, view, "{what} {state}: {reason}"),
                _ => warn!(node, view, "{what} {state}: {reason}{advice}"),
            }
            self.notices.push_back(notice);
        }
    }

    /// Makes known what the hub itself had noticed, from a journal record that is not shelved yet.
    pub(super) fn recover_notice(&mut self, entry: &Entry, now: Duration) {
        // What others send under the same words has a place in a stream, or no id.
        let Some(id) = entry.event.clone().filter(|_| entry.stream.is_none()) else { return };
        let Fact::Event(change) = fact::read(entry) else { return };
        let Some((trouble, begins)) = change.trouble() else { return };
        let view = entry.view.as_deref().unwrap_or_default();
        self.ongoing.recover(trouble, &entry.node, view, begins.then_some(id));
        if (trouble, begins) == (Trouble::Twins, true) {
            self.twins.recover(&entry.node, now);
        }
    }

    /// A node, whose name is known, was heard.
    pub(super) fn heard(&mut self, node: &str, health: Option<Value>) {
        if self.known.admit(node, None).is_err() || MOST <= self.notices.len() {
            return;
        }
        let back = self.watch.heard(node, self.clock.uptime(), &mut self.ongoing);
        self.notice(back);
        if let Some(health) = health.as_ref().and_then(HealthData::read) {
            let noticed = self.conditions.heard(node, &health, self.clock.uptime(), &mut self.ongoing);
            self.notice(noticed);
        }
        self.presence.seen(node, self.clock.now(), health);
    }

    /// A greeted machine has sent something: is it the only one with its name?
    pub(super) fn heard_machine(&mut self, from: &ConnectionKey) -> Result<()> {
        let greeting = self.connections.get(from).and_then(|connection| connection.greeting.as_ref());
        let Some(Greeting { node, number, .. }) = greeting else { return Ok(()) };
        let twins = self.twins.heard(node, *number, self.clock.uptime(), &mut self.ongoing);
        let Some(notice) = twins else { return Ok(()) };
        self.tell_twins(&notice.node)?;
        self.notice([notice]);
        Ok(())
    }

    /// Tells every machine of this name of the other.
    fn tell_twins(&mut self, name: &str) -> Result<()> {
        let named = self.connections.values().filter_map(|connection| {
            let Greeting { hardware, number, .. } = connection.greeting.as_ref().filter(|said| said.node == name)?;
            let twin = self.twins.of(name, hardware, Some(*number), &self.ongoing)?;
            Some((connection.envelope.clone(), twin))
        });
        let named: Vec<_> = named.collect();
        named.into_iter().try_for_each(|(envelope, twin)| self.answer(&envelope, &Reply::Twin(twin)))
    }

    /// Looks what there is to notice, and journals what was.
    pub(super) fn journal_notices(&mut self) {
        self.look();
        while self.may_try_again()
            && let Some(notice) = self.notices.pop_front()
        {
            let entry = own_event(&notice, self.clock.now(), &self.settings.zone);
            if self.append(&entry, &[], Key::default()).is_none() {
                return self.notices.push_front(notice);
            }
            self.batch.notices.push(notice);
        }
    }

    fn look(&mut self) {
        if MOST <= self.notices.len() {
            return;
        }
        let (now, ongoing) = (self.clock.uptime(), &mut self.ongoing);
        let mut noticed = self.watch.check(self.settings.patience, now, ongoing);
        noticed.extend(self.twins.check(now, ongoing));
        noticed.extend(self.storage.check(&self.settings.name, now, ongoing));
        let today = self.settings.zone.to_datetime(self.clock.now()).date();
        for (node, view) in ongoing.with(Trouble::Limit) {
            if self.cap.reached(&node, today).is_none() {
                let reason = "its images are taken again".to_owned();
                noticed.extend(ongoing.end(Trouble::Limit, &node, &view, reason));
            }
        }
        self.notice(noticed);
    }
}
