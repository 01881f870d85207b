//! The books of one virtual node: what it has sent and not yet heard of. Its spool tells of every message what becomes of
//! it just before that happens, and so it is in the oracle before it does.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use picket_common::event::Kind;
use picket_common::time::Clock;
use picket_common::wire::StreamId;

use super::oracle::{Ending, Lines, Oracle};
use super::tally::Tally;
use crate::spool::{Fate, Item, Witness};

/// One node's books. Clones are the same books.
#[derive(Clone)]
pub(super) struct Ledger(Arc<Mutex<Books>>);

struct Books {
    clock: Arc<dyn Clock>,
    oracle: Option<Oracle>,
    lines: Lines,
    /// What this run has sent, in its order.
    streams: HashMap<StreamId, VecDeque<Sent>>,
    under_way: usize,
    tally: Tally,
    /// Why the oracle could not be written.
    failed: Option<io::Error>,
}

struct Sent {
    seq: u64,
    since: Duration,
    bytes: u64,
}

impl Ledger {
    /// Empty books.
    pub(super) fn new(oracle: Option<Oracle>, clock: Arc<dyn Clock>) -> Ledger {
        let (lines, streams, tally) = (Lines::default(), HashMap::new(), Tally::default());
        Ledger(Arc::new(Mutex::new(Books { clock, oracle, lines, streams, under_way: 0, tally, failed: None })))
    }

    /// What a spool tells of every message.
    pub(super) fn witness(&self) -> Witness {
        let ledger = self.clone();
        Arc::new(move |fate| ledger.books().note(fate))
    }

    /// So many messages were found in the spool.
    pub(super) fn found(&self, messages: u64) {
        self.books().tally.left = messages;
    }

    /// How many messages of this run are not heard of.
    pub(super) fn under_way(&self) -> usize {
        self.books().under_way
    }

    /// # Errors
    /// The oracle cannot be written.
    pub(super) fn check(&self) -> io::Result<()> {
        self.books().failed.take().map_or(Ok(()), Err)
    }

    /// What came of it all.
    pub(super) fn end(&self) -> Tally {
        std::mem::take(&mut self.books().tally)
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Books {
    fn note(&mut self, fate: Fate<'_>) {
        match fate {
            Fate::Taken(item) => self.take(item),
            Fate::Acknowledged(stream, seq) => self.end(stream, seq, Ending::Acked),
            Fate::Refused(stream, seq) => self.end(stream, seq, Ending::Refused),
            Fate::Dropped(stream, seq) => self.end(stream, seq, Ending::Dropped),
            Fate::Damaged(stream, seq) => self.end(stream, seq, Ending::Damaged),
            Fate::Moved { from, to } => self.lines.moved(&from.to_string(), &to.to_string()),
        }
        match &self.oracle {
            Some(oracle) => self.failed = oracle.write(&mut self.lines).err().or(self.failed.take()),
            None => self.lines.clear(),
        }
    }

    fn take(&mut self, item: &Item) {
        let picture = (item.keys.kind == Kind::Image).then_some(&*item.body);
        if self.oracle.is_some() {
            self.lines.sent(&item.stream.to_string(), item.seq, picture);
        }
        match picture {
            Some(_) => self.tally.images += 1,
            None => self.tally.events += 1,
        }
        let sent = Sent { seq: item.seq, since: self.clock.uptime(), bytes: picture.map_or(0, <[u8]>::len) as u64 };
        self.streams.entry(item.stream).or_default().push_back(sent);
        self.under_way += 1;
    }

    fn end(&mut self, stream: StreamId, seq: u64, ending: Ending) {
        if self.oracle.is_some() {
            self.lines.ended(&stream.to_string(), seq, ending);
        }
        let sent = self.streams.get_mut(&stream);
        let sent = sent.and_then(|sent| sent.remove(sent.binary_search_by_key(&seq, |sent| sent.seq).ok()?));
        self.under_way -= usize::from(sent.is_some());
        let (bytes, since) = sent.map_or((0, None), |sent| (sent.bytes, Some(sent.since)));
        self.tally.end(ending, bytes, since, self.clock.uptime());
    }
}
