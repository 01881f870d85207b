//! Ingest: from the socket to the journal. It takes what has arrived, decides everything about it, journals
//! it with one sync, and then acknowledges. This is the only place where acknowledgements are made, and none
//! is made before the sync. It knows neither the tree's files nor SQL.
//!
//! Old senders' messages all pass through one queue, in their order; while the disk refuses, they wait there
//! and their replies with them. Numbered messages are never queued: they are dropped, and asked for again. What is published
//! is dropped then, and counted.

mod ask;
mod batch;
mod begun;
mod cap;
mod connection;
mod decide;
mod feeds;
mod gather;
mod hush;
mod known;
mod marks;
mod names;
mod notices;
mod numbered;
mod old;
mod published;
mod refuse;
mod repeats;
mod show;
mod stamp;
mod storage;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use jiff::tz::TimeZone;
use picket_common::config::Size;
use picket_common::event::Kind;
use picket_common::log::{Key, Writer};
use picket_common::shutdown::Shutdown;
use picket_common::time::Clock;
use picket_common::transport::{Delivery, Envelope, Incoming, Receiver};
use picket_common::wire::{Reply, StreamId};
use tracing::info;

use self::batch::Batch;
pub use self::cap::Cap;
use self::connection::{Connection, ConnectionKey};
pub(crate) use self::decide::old_event;
use self::feeds::Feeds;
use self::gather::Gather;
use self::hush::Hush;
pub use self::known::Known;
use self::marks::Marks;
pub use self::marks::ShelvedMark;
pub use self::names::Names;
use self::old::Old;
use self::repeats::Repeats;
pub use self::storage::Look;
use self::storage::Storage;
use crate::ask::Questions;
use crate::condition::Conditions;
use crate::config::Limits;
use crate::entry::Entry;
use crate::live::Live;
use crate::ongoing::{Notice, Ongoing, Trouble};
use crate::output::Tap;
use crate::presence::Presence;
use crate::twins::Twins;
use crate::watch::Watch;

/// A batch is synced when it has so many messages or bytes, or when nothing more is waiting.
const BATCH_MESSAGES: usize = 256;
const BATCH_BYTES: usize = 16 << 20;
/// Closed connections are told of at most so often, and old ones forgotten.
const TELL_CLOSED: Duration = Duration::from_secs(60);
const TIDY: Duration = Duration::from_secs(60);
/// So many connections are known at most: see [`Ingest::make_room_for`].
const MOST_CONNECTIONS: usize = 16_384;
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
    /// How many images each node may send.
    pub limits: Limits,
}

/// What ingest asks and tells besides the journal.
pub struct Surroundings {
    /// Which file names are taken.
    pub names: Names,
    /// How far streams had come that it has not met.
    pub shelved: ShelvedMark,
    /// Which nodes and views there are.
    pub known: Known,
    /// Who is silent.
    pub watch: Watch,
    /// Which troubles it has told of that go on.
    pub ongoing: Ongoing,
    /// How many images each node may send.
    pub cap: Cap,
    /// Who was heard.
    pub presence: Arc<Presence>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
}

/// What ingest holds in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// Connections on which something came lately.
    pub connections: usize,
    /// Nodes that are known by name.
    pub nodes: usize,
    /// Streams that the index does not know yet, or in which something came lately.
    pub streams: usize,
    /// Of old senders' messages that wait for the disk.
    pub waiting_bytes: usize,
    /// What is to be told and not journaled yet.
    pub notices: usize,
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
    known: Known,
    watch: Watch,
    twins: Twins,
    conditions: Conditions,
    storage: Storage,
    ongoing: Ongoing,
    cap: Cap,
    presence: Arc<Presence>,
    connections: HashMap<ConnectionKey, Connection>,
    /// How often somebody has said hello, and on how many of the connections.
    greetings: u64,
    greeted: usize,
    /// Who has said hello, and whose messages were refused, for the log.
    connected: Hush,
    turned_away: Hush,
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
        let Surroundings { names, shelved, known, watch, ongoing, cap, presence, clock } = surroundings;
        let mut twins = Twins::new(settings.patience);
        ongoing.with(Trouble::Twins).iter().for_each(|(node, _)| twins.recover(node, clock.uptime()));
        Ingest {
            receiver,
            journal,
            settings,
            names,
            marks: Marks::new(shelved),
            repeats: Repeats::default(),
            known,
            watch,
            twins,
            conditions: Conditions::default(),
            storage: Storage::default(),
            ongoing,
            cap,
            presence,
            clock,
            connections: HashMap::new(),
            greetings: 0,
            greeted: 0,
            connected: Hush::default(),
            turned_away: Hush::default(),
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

    /// How much it holds in memory; each has an end.
    pub fn held(&self) -> Held {
        Held {
            connections: self.connections.len(),
            nodes: self.known.count(),
            streams: self.marks.count(),
            waiting_bytes: self.waiting_bytes,
            notices: self.notices.len(),
        }
    }

    /// Is told by `look` how full the disk of the data directory is.
    pub fn watch_disk(&mut self, look: Look) {
        self.storage.watch(look);
    }

    /// Makes known a journal record that is not shelved yet: its mark, its name, its digest, and what the hub itself
    /// had noticed.
    pub fn recover(&mut self, number: u64, key: Key, entry: Option<&Entry>) -> Result<()> {
        if key.seq > 0 {
            self.marks.recover(StreamId(key.stream), key.seq, number)?;
        }
        let Some(entry) = entry else { return Ok(()) };
        self.known.recover(&entry.node, entry.view.as_deref());
        if let Some(file) = &entry.file {
            self.names.note(number, file);
            if entry.import.is_none() {
                self.cap.recover(&entry.node, entry.local_received().date(), 1);
            }
        }
        if let Some(digest) = &entry.digest {
            self.recover_digest(&entry.msg, digest);
        }
        if !self.watch.knows(&entry.node) && entry.stream.is_some() {
            self.watch.recover(entry.node.clone(), self.clock.uptime());
        }
        self.recover_notice(entry, self.clock.uptime());
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
        self.tell_hushed();
        self.tell_feeds();
        self.tidy_marks();
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
        self.make_room_for(&from);
        let new = || Connection::new(delivery.envelope.clone(), delivery.place, now);
        let connection = self.connections.entry(from.clone()).or_insert_with(new);
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
        if let Some(keys) = header.keys.as_ref().filter(|keys| matches!(keys.kind, Kind::Hello | Kind::Health))
            && let Some(connection) = self.connections.get_mut(&from)
        {
            connection.ticks.note_keys(keys, now);
        }
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

    fn answer_connection(&mut self, to: &ConnectionKey, reply: &Reply) -> Result<()> {
        match self.connections.get(to).map(|connection| connection.envelope.clone()) {
            Some(envelope) => self.answer(&envelope, reply),
            None => Ok(()),
        }
    }

    /// As soon as the index knows more, there is room for new streams again.
    fn tidy_marks(&mut self) {
        if self.marks.are_many() {
            self.marks.tidy(self.names.shelved(), self.clock.uptime());
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
            "connections have ended: nodes end theirs when they stop or go to another hub, networks when they fail. One with a \
             message of more than {} (twice hub.max_message) is cut off",
            Size(self.settings.max_bytes.saturating_mul(2))
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
        self.connections.retain(|_, connection| now.saturating_sub(connection.last_heard) < FORGOTTEN);
        self.count_greeted();
        self.marks.tidy(self.names.shelved(), now);
        self.repeats.tidy(now);
        self.turned_away.tidy(now);
        self.connected.tidy(now);
    }

    /// Whoever connects again and again does not fill the memory: of too many connections those that were not heard for
    /// longest are forgotten. A node whose connection is not known says hello again.
    fn make_room_for(&mut self, from: &ConnectionKey) {
        if self.connections.len() < MOST_CONNECTIONS || self.connections.contains_key(from) {
            return;
        }
        let mut heard: Vec<Duration> = self.connections.values().map(|connection| connection.last_heard).collect();
        let (_, quarter, _) = heard.select_nth_unstable(MOST_CONNECTIONS / 4);
        let quarter = *quarter;
        self.connections.retain(|_, connection| quarter < connection.last_heard);
        self.count_greeted();
    }

    fn count_greeted(&mut self) {
        self.greeted = self.connections.values().filter(|connection| connection.greeting.is_some()).count();
    }
}
