//! What one sync makes durable, and what is answered after it. The only place where acknowledgements are made.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use picket_common::log::{Key, LogError};
use picket_common::transport::Receiver;
use picket_common::wire::{Reply, StreamId};
use tracing::{error, info};

use super::Ingest;
use super::connection::ConnectionKey;
use super::old::Old;
use crate::entry::Entry;
use crate::ongoing::Notice;
use crate::picture::Picture;

/// While the disk refuses, it is tried again so often.
const RETRY: Duration = Duration::from_secs(1);

/// What is answered once the batch at hand is synced.
#[derive(Default)]
pub(super) struct Batch {
    /// Something was appended.
    pub(super) dirty: bool,
    /// Something could not be.
    pub(super) refused: bool,
    pub(super) messages: usize,
    pub(super) bytes: usize,
    pub(super) old: Vec<Old>,
    pub(super) acks: HashSet<(ConnectionKey, StreamId)>,
    pub(super) holes: HashSet<(ConnectionKey, StreamId)>,
    pub(super) notices: Vec<Notice>,
    /// The publishers of what it has of them, a name for each message.
    pub(super) published: Vec<String>,
    /// What goes on to outputs when it is safe.
    pub(super) pictures: Vec<Arc<Picture>>,
}

impl<R: Receiver> Ingest<R> {
    /// Adds an entry to the batch and gives its journal number; none when the disk refuses.
    pub(super) fn append(&mut self, entry: &Entry, body: &[u8], key: Key) -> Option<u64> {
        let body = if entry.file.is_some() { body } else { &[] };
        match self.journal.append(key, &[&entry.encode(), body]) {
            Ok(number) => {
                self.batch.dirty = true;
                if let Some(file) = &entry.file {
                    self.names.note(number, file);
                    self.cap.note(&entry.node, entry.local_received().date());
                }
                self.note_picture(entry, body);
                Some(number)
            }
            Err(error) => {
                self.disk_refuses(&error);
                None
            }
        }
    }

    pub(super) fn disk_refuses(&mut self, why: &LogError) {
        if self.refused.is_none() {
            error!("the journal cannot be written, senders are told to wait: {why}");
        }
        let now = self.clock.uptime();
        self.refused = Some(now);
        self.batch.refused = true;
        let notice = self.storage.refuses(why, &self.settings.name, now, &mut self.ongoing);
        self.notice(notice);
    }

    pub(super) fn may_try_again(&self) -> bool {
        self.refused.is_none_or(|since| self.clock.uptime().saturating_sub(since) >= RETRY)
    }

    /// Makes the batch durable and only then answers; or withdraws it.
    pub(super) fn finish_batch(&mut self) -> Result<()> {
        let batch = std::mem::take(&mut self.batch);
        if batch.dirty {
            let since = self.clock.uptime();
            let synced = self.journal.sync();
            self.gather.synced(self.clock.uptime().saturating_sub(since));
            if let Err(error) = synced {
                self.disk_refuses(&error);
                return self.withdraw(batch);
            }
            self.marks.commit();
            self.repeats.commit();
            self.cap.commit();
            if !batch.refused && self.refused.take().is_some() {
                info!("the journal can be written again");
            }
        }
        self.hand_on(batch.pictures);
        // One answer that fails must not keep the others from those who wait for them.
        let old = batch.old.iter().map(|old| self.answer(&old.envelope, &Reply::Ok)).fold(Ok(()), Result::and);
        batch.old.into_iter().for_each(|old| self.gather.answered(old.from));
        let acks = batch.acks.into_iter().map(|(from, stream)| self.acknowledge(&from, stream));
        let acks = acks.fold(Ok(()), Result::and);
        old.and(acks).and(self.expect(batch.holes))
    }

    fn acknowledge(&mut self, to: &ConnectionKey, stream: StreamId) -> Result<()> {
        let (seq, credit) = (self.marks.synced(stream)?, self.credit_of(to));
        self.answer_connection(to, &Reply::Ack { stream, seq, credit })
    }

    /// The sync failed: numbered messages are asked for again, old senders' wait to be journaled again, and the
    /// hub's own notices too. What was published is lost.
    pub(super) fn withdraw(&mut self, batch: Batch) -> Result<()> {
        self.marks.roll_back();
        self.repeats.roll_back();
        self.cap.roll_back();
        for old in batch.old.into_iter().rev() {
            self.waiting_bytes += old.weight();
            self.waiting.push_front(old);
        }
        for notice in batch.notices.into_iter().rev() {
            self.notices.push_front(notice);
        }
        let now = self.clock.uptime();
        batch.published.iter().for_each(|publisher| self.feeds.dropped(publisher, now));
        for (from, stream) in &batch.acks {
            if let Some(connection) = self.connections.get_mut(from) {
                connection.expect(*stream);
            }
        }
        self.expect(batch.holes.into_iter().chain(batch.acks))
    }
}
