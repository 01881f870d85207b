//! Ingest: from the socket to the journal. It takes what has arrived, decides everything about it, journals
//! it with one sync, and then acknowledges. This is the only place where acknowledgements are made, and none
//! is made before the sync. It knows neither the tree's files nor SQL.
//!
//! Old senders' messages all pass through one queue, in their order; while the disk refuses, they wait there
//! and their replies with them. Numbered messages are never queued: they are dropped, and asked for again. What is published
//! is dropped then, and counted.

mod ask;
mod batch;
mod connection;
mod decide;
mod feeds;
mod gather;
mod marks;
mod names;
mod numbered;
mod old;
mod published;
mod refuse;
mod repeats;
mod show;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use jiff::tz::TimeZone;
use picket_common::event::Kind;
use picket_common::log::{Key, Writer};
use picket_common::shutdown::Shutdown;
use picket_common::time::Clock;
use picket_common::transport::{Delivery, Envelope, Incoming, Receiver};
use picket_common::wire::{Reply, StreamId};
use tracing::{info, warn};

use self::batch::Batch;
use self::connection::{Connection, ConnectionKey, Greeting};
pub(crate) use self::decide::old_event;
use self::decide::own_event;
use self::feeds::Feeds;
use self::gather::Gather;
use self::marks::Marks;
pub use self::marks::ShelvedMark;
pub use self::names::Names;
use self::old::Old;
use self::repeats::Repeats;
use crate::ask::Questions;
use crate::entry::Entry;
use crate::fact::{self, Fact};
use crate::live::Live;
use crate::output::Tap;
use crate::presence::Presence;
use crate::twins::{self, Twins};
use crate::watch::{self, Notice, Watch};

/// A batch is synced when it has so many messages or bytes, or when nothing more is waiting.
const BATCH_MESSAGES: usize = 256;
const BATCH_BYTES: usize = 16 << 20;
/// Closed connections are told of at most so often, and old ones forgotten.
const TELL_CLOSED: Duration = Duration::from_secs(60);
const TIDY: Duration = Duration::from_secs(60);
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
    /// Which names two machines have.
    pub twins: Twins,
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
    twins: Twins,
    presence: Arc<Presence>,
    connections: HashMap<ConnectionKey, Connection>,
    /// How often somebody has said hello.
    greetings: u64,
    /// What is to be asked of nodes.
    questions: Questions,
    /// Who publishes.
    feeds: Feeds,
    /// Where pictures go on to.
    live: Live,
    taps: Vec<Tap>,
    /// Old senders' messages that wait to be journaled, with their size together.
    waiting: VecDeque<Old>,
    waiting_bytes: usize,
    /// What the hub itself has to say, and has not journaled yet.
    notices: VecDeque<Notice>,
    /// Connections closed and not told of, and when it was last told.
    closed: u32,
    told_closed: Option<Duration>,
    tidied: Duration,
    batch: Batch,
    gather: Gather,
    /// Nobody asks for a stop by it.
    never: Shutdown,
    /// When the disk last refused, while it does.
    refused: Option<Duration>,
}

impl<R: Receiver> Ingest<R> {
    /// An ingest that has met nothing yet. What lies in the journal unshelved is then made known by
    /// [`Ingest::recover`].
    pub fn new(receiver: R, journal: Writer, settings: Settings, surroundings: Surroundings) -> Ingest<R> {
        let Surroundings { names, shelved, watch, twins, presence, clock } = surroundings;
        Ingest {
            receiver,
            journal,
            settings,
            names,
            marks: Marks::new(shelved),
            repeats: Repeats::default(),
            watch,
            twins,
            presence,
            clock,
            connections: HashMap::new(),
            greetings: 0,
            questions: Questions::default(),
            feeds: Feeds::default(),
            live: Live::default(),
            taps: Vec::new(),
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            notices: VecDeque::new(),
            closed: 0,
            told_closed: None,
            tidied: Duration::ZERO,
            batch: Batch::default(),
            gather: Gather::default(),
            never: Shutdown::new(),
            refused: None,
        }
    }

    /// Makes known a journal record that is not shelved yet: its mark, its name, its digest, and what the hub itself
    /// had noticed.
    pub fn recover(&mut self, number: u64, key: Key, entry: Option<&Entry>) -> Result<()> {
        if key.seq > 0 {
            self.marks.recover(StreamId(key.stream), key.seq)?;
        }
        let Some(entry) = entry else { return Ok(()) };
        if let Some(file) = &entry.file {
            self.names.note(number, file);
        }
        if let Some(digest) = &entry.digest {
            self.recover_digest(&entry.msg, digest);
        }
        // What others send under the same words has a place in a stream, or no id.
        let id = entry.event.clone().filter(|_| entry.stream.is_none());
        if id.is_some()
            && let Fact::Event(change) = fact::read(entry)
        {
            let now = self.clock.uptime();
            match (change.what.as_str(), change.state.as_str()) {
                (watch::NODE, watch::SILENT) => self.watch.recover(&entry.node, id, now),
                (watch::NODE, watch::BACK) => self.watch.recover(&entry.node, None, now),
                (twins::NAME, twins::TWICE) => self.twins.recover(&entry.node, id, now),
                (twins::NAME, twins::ONCE) => self.twins.recover(&entry.node, None, now),
                _ => {}
            }
        }
        Ok(())
    }

    /// Makes known the last image that was accepted under a text.
    pub fn recover_digest(&mut self, text: &str, digest: &str) {
        self.repeats.recover(text, digest, self.clock.uptime());
    }

    /// Takes what has arrived, waiting at most `wait` for the first of it, journals it with one sync, and answers.
    pub fn step(&mut self, wait: Duration) -> Result<()> {
        let mut next = self.receiver.receive(wait)?;
        let started = self.clock.uptime();
        while let Some(incoming) = next {
            self.sort(incoming)?;
            if self.batch.messages >= BATCH_MESSAGES || self.batch.bytes >= BATCH_BYTES {
                break;
            }
            next = self.next(started)?;
        }
        self.gather.give_up();
        self.journal_waiting()?;
        self.journal_notices();
        self.finish_batch()?;
        self.ask_nodes();
        self.tell_closed();
        self.tell_feeds();
        self.tidy();
        Ok(())
    }

    /// What has arrived, or arrives soon of those who are expected in the batch that was begun at `started`.
    fn next(&mut self, started: Duration) -> Result<Option<Incoming>> {
        loop {
            let next = self.receiver.receive(Duration::ZERO)?;
            let waited = self.clock.uptime().saturating_sub(started);
            if next.is_some() || !self.gather.is_expecting() || self.gather.patience() <= waited {
                return Ok(next);
            }
            self.clock.wait(gather::GLANCE, &self.never);
        }
    }

    fn sort(&mut self, incoming: Incoming) -> Result<()> {
        self.batch.messages += 1;
        match incoming {
            Incoming::Delivery(delivery) => self.take(delivery)?,
            Incoming::Unaddressed(envelope) => {
                let reason = "no empty part before the header: a REQ sends it itself, a DEALER has to".to_owned();
                self.answer(&envelope, &Reply::Refused(reason))?;
            }
            Incoming::Closed => self.closed += 1,
            Incoming::Published(published) => self.take_published(published),
        }
        Ok(())
    }

    fn take(&mut self, delivery: Delivery) -> Result<()> {
        let now = self.clock.uptime();
        let from = ConnectionKey::of(&delivery.envelope);
        let connection =
            self.connections.entry(from.clone()).or_insert_with(|| Connection::new(delivery.envelope.clone(), now));
        connection.last_heard = now;
        self.gather.came(&from);
        connection.envelope = delivery.envelope.clone();
        self.batch.bytes += delivery.parts.iter().map(Vec::len).sum::<usize>();

        let header = match self.decode(&delivery.parts) {
            Ok(header) => header,
            Err(reason) => return self.refuse(&delivery, reason),
        };
        let Ok([_, body]) = <[Vec<u8>; 2]>::try_from(delivery.parts) else { return Ok(()) };
        let envelope = delivery.envelope;
        self.heard_machine(&from)?;
        match &header.keys {
            Some(keys) if keys.kind == Kind::Hello => self.greet(&from, &envelope, &delivery.peer, keys),
            Some(keys) if keys.number.is_some() => self.take_numbered(&from, &envelope, &header, &body),
            Some(keys) if self.is_greeted(&from) => self.take_unnumbered(&from, &envelope, keys),
            _ => self.queue_old(from, envelope, header, body),
        }
    }

    fn is_greeted(&self, from: &ConnectionKey) -> bool {
        self.connections.get(from).is_some_and(|connection| connection.greeting.is_some())
    }

    /// A greeted machine has sent something: is it the only one with its name?
    fn heard_machine(&mut self, from: &ConnectionKey) -> Result<()> {
        let greeting = self.connections.get(from).and_then(|connection| connection.greeting.as_ref());
        let Some(Greeting { node, number, .. }) = greeting else { return Ok(()) };
        let Some(notice) = self.twins.heard(node, *number, self.clock.uptime()) else { return Ok(()) };
        warn!("{}; give one of them another name", notice.reason);
        self.tell_twins(&notice.node)?;
        self.notices.push_back(notice);
        Ok(())
    }

    /// Tells every machine of this name of the other.
    fn tell_twins(&mut self, name: &str) -> Result<()> {
        let named = self.connections.values().filter_map(|connection| {
            let Greeting { hardware, number, .. } = connection.greeting.as_ref().filter(|said| said.node == name)?;
            Some((connection.envelope.clone(), self.twins.of(name, hardware, Some(*number))?))
        });
        let named: Vec<_> = named.collect();
        named.into_iter().try_for_each(|(envelope, twin)| self.answer(&envelope, &Reply::Twin(twin)))
    }

    fn heard(&mut self, node: &str) {
        self.notices.extend(self.watch.heard(node, self.clock.uptime()));
        self.presence.seen(node, self.clock.now(), None);
    }

    /// What the hub itself has noticed goes the same way as everything else.
    fn journal_notices(&mut self) {
        self.notices.extend(self.watch.check(self.settings.patience, self.clock.uptime()));
        self.notices.extend(self.twins.check(self.clock.uptime()));
        while self.may_try_again()
            && let Some(notice) = self.notices.pop_front()
        {
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
        self.receiver.reply(to, &reply.encode())?;
        Ok(())
    }

    /// Tells of connections that were closed, at most once in a while: libzmq does not say why one was, and a sender
    /// whose message is cut off waits for an answer that cannot come.
    fn tell_closed(&mut self) {
        let now = self.clock.uptime();
        if self.closed == 0 || self.told_closed.is_some_and(|told| now.saturating_sub(told) < TELL_CLOSED) {
            return;
        }
        info!(
            connections = self.closed,
            "closed by the other end, by the network, or cut off for a message of more than twice hub.max_message \
             ({} bytes)",
            self.settings.max_bytes
        );
        self.closed = 0;
        self.told_closed = Some(now);
    }

    /// Forgets connections that are long gone, and with them what only they needed.
    fn tidy(&mut self) {
        let now = self.clock.uptime();
        if now.saturating_sub(self.tidied) < TIDY {
            return;
        }
        self.tidied = now;
        let is_gone = |connection: &Connection| now.saturating_sub(connection.last_heard) >= FORGOTTEN;
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
