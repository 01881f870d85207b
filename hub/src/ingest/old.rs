//! Old senders: their messages wait in one queue, in their order, until the disk takes them, and their replies
//! wait with them.

use anyhow::Result;
use picket_common::log::Key;
use picket_common::transport::{Envelope, Receiver};
use picket_common::wire::{Header, Reply};
use tracing::debug;

use super::Ingest;
use super::connection::ConnectionKey;
use super::decide::{Decision, decide};
use super::repeats::Picture;
use super::stamp::{Receipt, Ticks};

/// So much is held while the disk refuses, in bytes of texts and bodies, and of what a message takes beside them.
const HELD_BYTES: usize = 64 << 20;
const BESIDE: usize = 512;

/// An old sender's message.
pub(super) struct Old {
    pub(super) envelope: Envelope,
    pub(super) from: ConnectionKey,
    pub(super) header: Header,
    pub(super) body: Vec<u8>,
    pub(super) received: Receipt,
    /// Its connection's place among them.
    pub(super) place: Option<u64>,
    /// It is the first message there.
    pub(super) first: bool,
}

impl Old {
    /// Bytes, while it waits.
    pub(super) fn weight(&self) -> usize {
        BESIDE + self.header.msg.len() + self.body.len()
    }
}

impl<R: Receiver> Ingest<R> {
    pub(super) fn queue_old(
        &mut self,
        from: ConnectionKey,
        envelope: Envelope,
        header: Header,
        body: Vec<u8>,
    ) -> Result<()> {
        let Some(connection) = self.connections.get_mut(&from) else { return Ok(()) };
        let (place, first) = (connection.place, connection.messages == 0);
        connection.messages += 1;
        if let Some(text) = connection.last_image.take() {
            self.repeats.prove(&text, &from);
        }
        let old = Old { envelope, from, header, body, received: self.receipt(), place, first };
        // While the disk refuses, replies are withheld, but not without bound.
        if self.refused.is_some() && self.waiting_bytes + old.weight() > HELD_BYTES {
            return self.answer(&old.envelope, &Reply::Refused("disk full".to_owned()));
        }
        self.waiting_bytes += old.weight();
        self.waiting.push_back(old);
        Ok(())
    }

    /// Journals what waits, in its order, until the disk refuses.
    pub(super) fn journal_waiting(&mut self) -> Result<()> {
        if self.refused.is_some() && !self.may_try_again() {
            return Ok(());
        }
        while let Some(old) = self.waiting.pop_front() {
            self.waiting_bytes -= old.weight();
            if let Some(old) = self.journal_old(old)? {
                self.waiting_bytes += old.weight();
                self.waiting.push_front(old);
                break;
            }
        }
        Ok(())
    }

    /// Gives the message back when the disk refuses.
    pub(super) fn journal_old(&mut self, old: Old) -> Result<Option<Old>> {
        // A connection may have been forgotten while this waited.
        let ticks = &mut Ticks::default();
        let ticks = self.connections.get_mut(&old.from).map_or(ticks, |connection| &mut connection.ticks);
        let decision = decide(&old.header, &old.body, &old.received, ticks, &self.settings.zone, &mut self.names);
        let entry = match decision {
            Decision::Live => {
                self.answer(&old.envelope, &Reply::Ok)?;
                self.show(old.header, old.body);
                return Ok(None);
            }
            Decision::Heartbeat { node } => {
                self.heard(&node, None);
                return self.answer(&old.envelope, &Reply::Ok).map(|()| None);
            }
            Decision::Store(entry) => entry,
        };
        if entry.file.is_some() && old.body.is_empty() {
            let reason = "an image without any bytes".to_owned();
            return self.answer(&old.envelope, &Reply::Refused(reason)).map(|()| None);
        }
        let now = self.clock.uptime();
        let (text, from) = (&entry.msg, &old.from);
        let picture = entry.digest.as_ref();
        let picture = picture.map(|digest| Picture { text, digest, from, place: old.place, first: old.first });
        let is_repeat = picture.is_some_and(|picture| self.repeats.is_repeat(&picture, now));
        if !is_repeat && let Err(reason) = self.admit(&entry) {
            return self.answer(&old.envelope, &Reply::Refused(reason)).map(|()| None);
        }
        self.heard(&entry.node, None);
        match picture {
            Some(_) if is_repeat => {
                debug!(text = %entry.msg, "an image came a second time on another connection; it is stored once");
            }
            _ if self.append(&entry, &old.body, Key::default()).is_none() => return Ok(Some(old)),
            Some(picture) => self.repeats.note(&picture, now),
            None => {}
        }
        if let Some(connection) = self.connections.get_mut(&old.from) {
            connection.old_node = Some(entry.node.clone());
            if entry.digest.is_some() {
                connection.last_image = Some(entry.msg.clone());
            }
        }
        self.batch.old.push(old);
        Ok(None)
    }
}
