//! Ingest: from the socket to the journal. It takes what has arrived, decides everything about it, journals
//! it with one sync, and then acknowledges. This is the only place where acknowledgements are made, and none
//! is made before the sync. It knows neither the tree's files nor SQL.
//!
//! Old senders' messages all pass through one queue, in their order; while the disk refuses, they wait there
//! and their replies with them. Numbered messages are never queued: they are dropped, and asked for again.

mod connection;
mod decide;
mod marks;
mod names;
mod repeats;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use jiff::tz::TimeZone;
use picket_common::event::{Hello, Kind};
use picket_common::log::{Key, LogError, Writer};
use picket_common::time::{Clock, Timestamp};
use picket_common::transport::{Delivery, Envelope, Incoming, Receiver};
use picket_common::wire::{self, Credit, Header, Keys, Number, Reply, StreamId, Welcome};
use tracing::{debug, error, info, warn};

use self::connection::{Connection, ConnectionKey};
use self::decide::{Decision, decide, own_event};
pub use self::marks::ShelvedMark;
use self::marks::{Marks, Verdict};
pub use self::names::Names;
use self::repeats::Repeats;
use crate::entry::Entry;
use crate::presence::Presence;
use crate::watch::{Notice, Watch};

/// A batch is synced when it has so many messages or bytes, or when nothing more is waiting.
const BATCH_MESSAGES: usize = 256;
const BATCH_BYTES: usize = 16 << 20;
/// All nodes' windows together; each node gets an equal part within these bounds.
const WINDOW_BYTES: u64 = 128 << 20;
const NODE_WINDOW_BYTES: std::ops::RangeInclusive<u64> = (1 << 20)..=(8 << 20);
const NODE_WINDOW_MESSAGES: u64 = 64;
/// Old senders' messages held while the disk refuses.
const HELD_BYTES: usize = 64 << 20;
/// While the disk refuses, it is tried again so often.
const RETRY: Duration = Duration::from_secs(1);
/// A connection on which nothing came for so long is forgotten; a node that speaks again says hello again.
const FORGOTTEN: Duration = Duration::from_secs(10 * 60);

/// What ingest is told at its start.
pub struct Settings {
    /// The hub's name.
    pub name: String,
    /// The largest message taken, in bytes of header and body.
    pub max_bytes: u64,
    /// A node that has been silent for so long is logged.
    pub patience: Duration,
    /// The local zone, for file names and log lines.
    pub zone: TimeZone,
}

/// What ingest asks and tells besides the journal.
pub struct Surroundings {
    /// Which file names are taken.
    pub names: Names,
    /// How far streams had come that it has not met.
    pub shelved: ShelvedMark,
    /// Who is silent.
    pub watch: Watch,
    /// Who was heard.
    pub presence: Arc<Presence>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
}

/// The one owner of the hub's socket and of the journal's writing end.
pub struct Ingest<R> {
    receiver: R,
    journal: Writer,
    settings: Settings,
    clock: Arc<dyn Clock>,
    names: Names,
    marks: Marks,
    repeats: Repeats,
    watch: Watch,
    presence: Arc<Presence>,
    connections: HashMap<ConnectionKey, Connection>,
    /// Old senders' messages that wait to be journaled, with their size together.
    waiting: VecDeque<Old>,
    waiting_bytes: usize,
    /// What the hub itself has to say, and has not journaled yet.
    notices: VecDeque<Notice>,
    batch: Batch,
    /// When the disk last refused, while it does.
    refused: Option<Duration>,
}

/// An old sender's message.
struct Old {
    envelope: Envelope,
    from: ConnectionKey,
    header: Header,
    body: Vec<u8>,
    received: Timestamp,
    /// It is the first message on its connection.
    first: bool,
}

/// What is answered once the batch at hand is synced.
#[derive(Default)]
struct Batch {
    /// Something was appended.
    dirty: bool,
    messages: usize,
    bytes: usize,
    old: Vec<Old>,
    acks: HashSet<(ConnectionKey, StreamId)>,
    holes: HashSet<(ConnectionKey, StreamId)>,
    notices: Vec<Notice>,
}

impl<R: Receiver> Ingest<R> {
    /// An ingest that has met nothing yet. What lies in the journal unshelved is then made known by
    /// [`Ingest::recover`].
    pub fn new(receiver: R, journal: Writer, settings: Settings, surroundings: Surroundings) -> Ingest<R> {
        let Surroundings { names, shelved, watch, presence, clock } = surroundings;
        Ingest {
            receiver,
            journal,
            settings,
            names,
            marks: Marks::new(shelved),
            repeats: Repeats::default(),
            watch,
            presence,
            clock,
            connections: HashMap::new(),
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            notices: VecDeque::new(),
            batch: Batch::default(),
            refused: None,
        }
    }

    /// Makes known a journal record that is not shelved yet: its mark, its name and its digest.
    pub fn recover(&mut self, number: u64, key: Key, entry: Option<&Entry>) {
        if key.seq > 0 {
            self.marks.recover(StreamId(key.stream), key.seq);
        }
        let Some(entry) = entry else { return };
        if let Some(file) = &entry.file {
            self.names.note(number, file);
        }
        if let Some(digest) = &entry.digest {
            self.recover_digest(&entry.msg, digest);
        }
    }

    /// Makes known the last image that was accepted under a text.
    pub fn recover_digest(&mut self, text: &str, digest: &str) {
        self.repeats.recover(text, digest, self.clock.uptime());
    }

    /// Takes what has arrived, waiting at most `wait` for the first of it, journals it with one sync, and answers.
    pub fn step(&mut self, wait: Duration) -> Result<()> {
        let mut next = self.receiver.receive(wait)?;
        while let Some(incoming) = next {
            match incoming {
                Incoming::Delivery(delivery) => self.take(delivery)?,
                Incoming::Unaddressed(envelope) => {
                    let reason = "no empty part before the header: a REQ sends it itself, a DEALER has to".to_owned();
                    self.answer(&envelope, &Reply::Refused(reason))?;
                }
                Incoming::Trouble(what) => warn!("{what}"),
            }
            if self.batch.messages >= BATCH_MESSAGES || self.batch.bytes >= BATCH_BYTES {
                break;
            }
            next = self.receiver.receive(Duration::ZERO)?;
        }
        self.journal_waiting()?;
        self.journal_notices();
        self.finish_batch()?;
        self.tidy();
        Ok(())
    }

    fn take(&mut self, delivery: Delivery) -> Result<()> {
        let now = self.clock.uptime();
        let from = ConnectionKey::of(&delivery.envelope);
        let connection =
            self.connections.entry(from.clone()).or_insert_with(|| Connection::new(delivery.envelope.clone(), now));
        connection.last_heard = now;
        connection.envelope = delivery.envelope.clone();
        let size: usize = delivery.parts.iter().map(Vec::len).sum();
        self.batch.messages += 1;
        self.batch.bytes += size;

        let decoded = match Header::decode(&delivery.parts) {
            Ok(_) if size as u64 > self.settings.max_bytes => {
                Err(format!("{size} bytes are over the limit of {} (hub.max_message)", self.settings.max_bytes))
            }
            Ok(header) => Ok(header),
            Err(error) => Err(error.to_string()),
        };
        let header = match decoded {
            Ok(header) => header,
            Err(reason) => return self.refuse(&delivery, reason),
        };
        let Ok([_, body]) = <[Vec<u8>; 2]>::try_from(delivery.parts) else { return Ok(()) };
        let envelope = delivery.envelope;
        match &header.keys {
            Some(keys) if keys.kind == Kind::Hello => self.greet(&from, &envelope, keys),
            Some(keys) if keys.number.is_some() => self.take_numbered(&from, &envelope, &header, &body),
            Some(keys) if self.is_greeted(&from) => self.take_unnumbered(&from, &envelope, keys),
            _ => self.queue_old(from, envelope, header, body),
        }
    }

    fn is_greeted(&self, from: &ConnectionKey) -> bool {
        self.connections.get(from).is_some_and(|connection| connection.greeted)
    }

    /// A message that is none: answered, so that its sender does not wait for ever.
    fn refuse(&mut self, delivery: &Delivery, reason: String) -> Result<()> {
        warn!(peer = %delivery.peer, %reason, "a message was refused");
        let place = delivery.parts.first().and_then(|header| wire::number_of(header));
        let place = place.filter(|_| self.is_greeted(&ConnectionKey::of(&delivery.envelope)));
        let reply = match place {
            Some((stream, seq)) => Reply::Error { stream, seq, reason },
            None => Reply::Refused(reason),
        };
        self.answer(&delivery.envelope, &reply)
    }

    fn greet(&mut self, from: &ConnectionKey, envelope: &Envelope, keys: &Keys) -> Result<()> {
        let node = picket_common::name::clean(&keys.node);
        let hello = serde_json::from_value(keys.data.clone());
        let hello = hello.unwrap_or_else(|_| Hello { hardware: "unknown".to_owned(), version: "unknown".to_owned() });
        info!(%node, version = %hello.version, "node connected");
        self.presence.hello(&node, self.clock.now(), &hello);
        if let Some(connection) = self.connections.get_mut(from) {
            connection.greeted = true;
            connection.expecting.clear();
        }
        self.heard(&node);
        let welcome = Welcome {
            picket: keys.picket.min(wire::VERSION),
            name: self.settings.name.clone(),
            max_bytes: self.settings.max_bytes,
            credit: self.credit(),
            time: self.clock.now(),
        };
        self.answer(envelope, &Reply::Welcome(welcome))
    }

    fn take_numbered(&mut self, from: &ConnectionKey, envelope: &Envelope, header: &Header, body: &[u8]) -> Result<()> {
        let Some(Number { stream, seq, prev }) = header.keys.as_ref().and_then(|keys| keys.number) else {
            return Ok(());
        };
        let Some(connection) = self.connections.get_mut(from).filter(|connection| connection.greeted) else {
            return self.answer(envelope, &Reply::Hello);
        };
        connection.streams.insert(stream);
        match self.marks.judge(Number { stream, seq, prev })? {
            Verdict::Repeat => {
                self.batch.acks.insert((from.clone(), stream));
            }
            Verdict::Hole => {
                if connection.expecting.insert(stream) {
                    self.batch.holes.insert((from.clone(), stream));
                }
            }
            Verdict::Store => return self.store_numbered(from, envelope, header, body, stream, seq),
        }
        Ok(())
    }

    fn store_numbered(
        &mut self,
        from: &ConnectionKey,
        envelope: &Envelope,
        header: &Header,
        body: &[u8],
        stream: StreamId,
        seq: u64,
    ) -> Result<()> {
        let entry = match decide(header, body, self.clock.now(), &self.settings.zone, &mut self.names) {
            Decision::Store(entry) if entry.file.is_some() && body.is_empty() => {
                let reason = "an image without any bytes".to_owned();
                return self.answer(envelope, &Reply::Error { stream, seq, reason });
            }
            Decision::Store(entry) => entry,
            Decision::Heartbeat { .. } | Decision::Test => {
                let reason = "this kind of message is not numbered".to_owned();
                return self.answer(envelope, &Reply::Error { stream, seq, reason });
            }
        };
        self.heard(&entry.node);
        if self.append(&entry, body, Key { stream: stream.0, seq }) {
            self.marks.note(stream, seq);
            self.batch.acks.insert((from.clone(), stream));
            if let Some(connection) = self.connections.get_mut(from) {
                connection.expecting.remove(&stream);
            }
        } else if let Some(connection) = self.connections.get_mut(from) {
            // The disk refuses. What follows on this connection is behind a hole.
            connection.expecting.insert(stream);
            self.batch.holes.insert((from.clone(), stream));
        }
        Ok(())
    }

    /// A greeted node's heartbeat, and what a later version may send without a number.
    fn take_unnumbered(&mut self, from: &ConnectionKey, envelope: &Envelope, keys: &Keys) -> Result<()> {
        if keys.kind != Kind::Health {
            debug!(kind = ?keys.kind, "a message without a number was ignored");
            return Ok(());
        }
        let node = picket_common::name::clean(&keys.node);
        self.heard(&node);
        self.presence.seen(&node, self.clock.now(), Some(keys.data.clone()));
        let beat = Reply::Heartbeat { credit: self.credit(), time: self.clock.now() };
        self.answer(envelope, &beat)?;
        let expecting = self.connections.get(from).map(|connection| connection.expecting.clone());
        for stream in expecting.into_iter().flatten() {
            self.batch.holes.insert((from.clone(), stream));
        }
        Ok(())
    }

    fn queue_old(&mut self, from: ConnectionKey, envelope: Envelope, header: Header, body: Vec<u8>) -> Result<()> {
        let Some(connection) = self.connections.get_mut(&from) else { return Ok(()) };
        let first = connection.messages == 0;
        connection.messages += 1;
        if let Some(text) = connection.last_image.take() {
            self.repeats.prove(&text, &from);
        }
        // While the disk refuses, replies are withheld, but not without bound.
        if self.refused.is_some() && self.waiting_bytes + body.len() > HELD_BYTES {
            return self.answer(&envelope, &Reply::Refused("disk full".to_owned()));
        }
        self.waiting_bytes += body.len();
        self.waiting.push_back(Old { envelope, from, header, body, received: self.clock.now(), first });
        Ok(())
    }

    /// Journals what waits, in its order, until the disk refuses.
    fn journal_waiting(&mut self) -> Result<()> {
        if self.refused.is_some() && !self.may_try_again() {
            return Ok(());
        }
        while let Some(old) = self.waiting.pop_front() {
            self.waiting_bytes -= old.body.len();
            if let Some(old) = self.journal_old(old)? {
                self.waiting_bytes += old.body.len();
                self.waiting.push_front(old);
                break;
            }
        }
        Ok(())
    }

    /// Gives the message back when the disk refuses.
    fn journal_old(&mut self, old: Old) -> Result<Option<Old>> {
        let decision = decide(&old.header, &old.body, old.received, &self.settings.zone, &mut self.names);
        let entry = match decision {
            Decision::Test => return self.answer(&old.envelope, &Reply::Ok).map(|()| None),
            Decision::Heartbeat { node } => {
                self.heard(&node);
                return self.answer(&old.envelope, &Reply::Ok).map(|()| None);
            }
            Decision::Store(entry) => entry,
        };
        if entry.file.is_some() && old.body.is_empty() {
            let reason = "an image without any bytes".to_owned();
            return self.answer(&old.envelope, &Reply::Refused(reason)).map(|()| None);
        }
        self.heard(&entry.node);
        let now = self.clock.uptime();
        match &entry.digest {
            Some(digest) if old.first && self.repeats.is_repeat(&entry.msg, digest, now) => {
                info!(text = %entry.msg, "an image came a second time on a new connection; it is stored once");
            }
            _ if !self.append(&entry, &old.body, Key::default()) => return Ok(Some(old)),
            Some(digest) => self.repeats.note(&entry.msg, digest, &old.from, now),
            None => {}
        }
        if entry.digest.is_some()
            && let Some(connection) = self.connections.get_mut(&old.from)
        {
            connection.last_image = Some(entry.msg.clone());
        }
        self.batch.old.push(old);
        Ok(None)
    }

    /// Adds an entry to the batch; `false` when the disk refuses.
    fn append(&mut self, entry: &Entry, body: &[u8], key: Key) -> bool {
        let body = if entry.file.is_some() { body } else { &[] };
        match self.journal.append(key, &[&entry.encode(), body]) {
            Ok(number) => {
                self.batch.dirty = true;
                if let Some(file) = &entry.file {
                    self.names.note(number, file);
                }
                true
            }
            Err(error) => {
                self.disk_refuses(&error);
                false
            }
        }
    }

    fn disk_refuses(&mut self, why: &LogError) {
        if self.refused.is_none() {
            error!("the journal cannot be written, senders are told to wait: {why}");
        }
        self.refused = Some(self.clock.uptime());
    }

    fn may_try_again(&self) -> bool {
        self.refused.is_none_or(|since| self.clock.uptime().saturating_sub(since) >= RETRY)
    }

    /// Makes the batch durable and only then answers; or withdraws it.
    fn finish_batch(&mut self) -> Result<()> {
        let batch = std::mem::take(&mut self.batch);
        if batch.dirty {
            if let Err(error) = self.journal.sync() {
                self.disk_refuses(&error);
                return self.withdraw(batch);
            }
            self.marks.commit();
            self.repeats.commit();
            if self.refused.take().is_some() {
                info!("the journal can be written again");
            }
        }
        for old in batch.old {
            self.answer(&old.envelope, &Reply::Ok)?;
        }
        for (from, stream) in batch.acks {
            let seq = self.marks.synced(stream)?;
            let credit = self.credit();
            self.answer_connection(&from, &Reply::Ack { stream, seq, credit })?;
        }
        self.expect(batch.holes)
    }

    /// The sync failed: numbered messages are asked for again, old senders' wait to be journaled again, and the
    /// hub's own notices too.
    fn withdraw(&mut self, batch: Batch) -> Result<()> {
        self.marks.roll_back();
        self.repeats.roll_back();
        for old in batch.old.into_iter().rev() {
            self.waiting_bytes += old.body.len();
            self.waiting.push_front(old);
        }
        for notice in batch.notices.into_iter().rev() {
            self.notices.push_front(notice);
        }
        for (from, stream) in &batch.acks {
            if let Some(connection) = self.connections.get_mut(from) {
                connection.expecting.insert(*stream);
            }
        }
        self.expect(batch.holes.into_iter().chain(batch.acks))
    }

    fn expect(&mut self, holes: impl IntoIterator<Item = (ConnectionKey, StreamId)>) -> Result<()> {
        for (from, stream) in holes {
            let still = self.connections.get(&from).is_some_and(|connection| connection.expecting.contains(&stream));
            if still {
                let seq = self.marks.synced(stream)?;
                self.answer_connection(&from, &Reply::Expect { stream, seq })?;
                // The window is closed while the disk refuses; a heartbeat opens it again.
                if self.refused.is_some() {
                    let beat = Reply::Heartbeat { credit: self.credit(), time: self.clock.now() };
                    self.answer_connection(&from, &beat)?;
                }
            }
        }
        Ok(())
    }

    fn credit(&self) -> Credit {
        if self.refused.is_some() {
            // One message now and then tries whether the disk takes it again.
            return Credit { credit_messages: u64::from(self.may_try_again()), credit_bytes: 0 };
        }
        let nodes = self.connections.values().filter(|connection| connection.greeted).count().max(1);
        let share = WINDOW_BYTES / nodes as u64;
        let credit_bytes = share.clamp(*NODE_WINDOW_BYTES.start(), *NODE_WINDOW_BYTES.end());
        Credit { credit_messages: NODE_WINDOW_MESSAGES, credit_bytes }
    }

    fn heard(&mut self, node: &str) {
        self.notices.extend(self.watch.heard(node, self.clock.uptime()));
        self.presence.seen(node, self.clock.now(), None);
    }

    /// What the hub itself has noticed goes the same way as everything else.
    fn journal_notices(&mut self) {
        self.notices.extend(self.watch.check(self.settings.patience, self.clock.uptime()));
        while let Some(notice) = self.notices.pop_front() {
            let entry = own_event(&notice, self.clock.now(), &self.settings.zone);
            if !self.append(&entry, &[], Key::default()) {
                return self.notices.push_front(notice);
            }
            self.batch.notices.push(notice);
        }
    }

    fn answer_connection(&mut self, to: &ConnectionKey, reply: &Reply) -> Result<()> {
        match self.connections.get(to).map(|connection| connection.envelope.clone()) {
            Some(envelope) => self.answer(&envelope, reply),
            None => Ok(()),
        }
    }

    fn answer(&mut self, to: &Envelope, reply: &Reply) -> Result<()> {
        Ok(self.receiver.reply(to, &reply.encode())?)
    }

    /// Forgets connections that are long gone, and with them what only they needed.
    fn tidy(&mut self) {
        let now = self.clock.uptime();
        let is_gone = |connection: &Connection| now.saturating_sub(connection.last_heard) >= FORGOTTEN;
        if !self.connections.values().any(is_gone) {
            return;
        }
        let gone: Vec<ConnectionKey> =
            self.connections.iter().filter(|(_, connection)| is_gone(connection)).map(|(key, _)| key.clone()).collect();
        let streams = gone.iter().filter_map(|key| self.connections.remove(key)).flat_map(|gone| gone.streams);
        for stream in streams.collect::<Vec<_>>() {
            if !self.connections.values().any(|connection| connection.streams.contains(&stream)) {
                self.marks.forget(stream);
            }
        }
        self.repeats.tidy(now);
    }
}
