//! What one virtual node has sent and not yet heard of, and the wrapper around its socket that hears of it first: what is
//! acknowledged is written to the oracle before the uplink knows, and so before the spool lets go of it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use picket_common::time::Clock;
use picket_common::transport::{Sender, TransportError};
use picket_common::wire::{Reply, StreamId};

use super::oracle::{Fate, Lines, Oracle};
use super::tally::Tally;
use crate::spool::{Spool, Stock};

/// What is sent and not yet heard of.
pub(super) struct Ledger {
    spool: Spool,
    oracle: Option<Oracle>,
    lines: Lines,
    streams: BTreeMap<StreamId, VecDeque<Waiting>>,
    /// How much the spool had dropped when it was last looked at.
    dropped: u64,
    pub(super) tally: Tally,
}

/// A message.
struct Waiting {
    seq: u64,
    /// When it was sent; none for what lay in the spool from the start.
    since: Option<Duration>,
    bytes: u64,
}

impl Ledger {
    /// Begins with what lies in `spool`.
    pub(super) fn new(spool: Spool, oracle: Option<Oracle>) -> Ledger {
        let mut tally = Tally::default();
        let mut found = |stream| {
            let items = std::iter::successors(spool.after(stream, 0), |item| spool.after(stream, item.seq));
            let waiting =
                |item: Arc<crate::spool::Item>| Waiting { seq: item.seq, since: None, bytes: item.body.len() as u64 };
            let waiting: VecDeque<_> = items.map(waiting).collect();
            tally.left += waiting.len() as u64;
            (stream, waiting)
        };
        let streams = spool.streams().into_iter().map(&mut found).collect();
        let dropped = dropped(&spool.stock());
        Ledger { spool, oracle, lines: Lines::default(), streams, dropped, tally }
    }

    /// Notes a message that is to be sent now. To be called before it can leave.
    pub(super) fn send(
        &mut self,
        (stream, seq): (StreamId, u64),
        picture: Option<&[u8]>,
        now: Duration,
    ) -> std::io::Result<()> {
        if let Some(oracle) = &self.oracle {
            self.lines.sent(&stream.to_string(), seq, picture);
            oracle.write(&mut self.lines)?;
        }
        let bytes = picture.map_or(0, <[u8]>::len) as u64;
        self.streams.entry(stream).or_default().push_back(Waiting { seq, since: Some(now), bytes });
        match picture {
            Some(_) => self.tally.images += 1,
            None => self.tally.events += 1,
        }
        Ok(())
    }

    /// How many messages are not heard of.
    pub(super) fn waiting(&self) -> usize {
        self.streams.values().map(VecDeque::len).sum()
    }

    /// The hub has a stream up to `seq`.
    fn acknowledged(&mut self, stream: StreamId, seq: u64, now: Duration) -> std::io::Result<()> {
        self.sweep(now)?;
        let Some(waiting) = self.streams.get_mut(&stream) else { return Ok(()) };
        let count = waiting.partition_point(|message| message.seq <= seq);
        for message in waiting.drain(..count) {
            self.lines.ended(&stream.to_string(), message.seq, Fate::Acked);
            self.tally.end(Fate::Acked, message.bytes, message.since, now);
        }
        self.write()
    }

    /// The hub refuses one message.
    fn refused(&mut self, stream: StreamId, seq: u64, now: Duration) -> std::io::Result<()> {
        let Some(waiting) = self.streams.get_mut(&stream) else { return Ok(()) };
        if let Ok(place) = waiting.binary_search_by_key(&seq, |message| message.seq) {
            waiting.remove(place);
            self.lines.ended(&stream.to_string(), seq, Fate::Refused);
            self.tally.end(Fate::Refused, 0, None, now);
        }
        self.write()
    }

    /// Where the spool has dropped something, looks what.
    pub(super) fn sweep(&mut self, now: Duration) -> std::io::Result<()> {
        let dropped = dropped(&self.spool.stock());
        if std::mem::replace(&mut self.dropped, dropped) == dropped {
            return Ok(());
        }
        for (stream, waiting) in &mut self.streams {
            let mut held = self.spool.after(*stream, 0).map(|item| item.seq);
            waiting.retain(|message| {
                while held.is_some_and(|held| held < message.seq) {
                    held = self.spool.after(*stream, message.seq - 1).map(|item| item.seq);
                }
                let is_held = held == Some(message.seq);
                if !is_held {
                    self.lines.ended(&stream.to_string(), message.seq, Fate::Dropped);
                    self.tally.end(Fate::Dropped, 0, None, now);
                }
                is_held
            });
        }
        self.write()
    }

    fn write(&mut self) -> std::io::Result<()> {
        match &self.oracle {
            Some(oracle) => oracle.write(&mut self.lines),
            None => {
                self.lines = Lines::default();
                Ok(())
            }
        }
    }
}

fn dropped(stock: &Stock) -> u64 {
    stock.dropped_events + stock.dropped_images
}

/// A socket whose answers the ledger hears first.
pub(super) struct Heard<S> {
    pub(super) link: S,
    pub(super) ledger: Ledger,
    pub(super) clock: Arc<dyn Clock>,
    /// The hub has answered a hello on this connection.
    pub(super) is_welcome: bool,
    /// The hub speaks imagezmq only.
    pub(super) is_old: bool,
}

impl<S: Sender> Sender for Heard<S> {
    fn send(&mut self, header: &[u8], body: &[u8]) -> Result<bool, TransportError> {
        self.link.send(header, body)
    }

    fn receive(&mut self, timeout: Duration) -> Result<Option<Vec<u8>>, TransportError> {
        let part = self.link.receive(timeout)?;
        let now = self.clock.uptime();
        let written = match part.as_deref().map(Reply::decode) {
            Some(Ok(Reply::Ack { stream, seq, .. } | Reply::Expect { stream, seq })) => {
                self.ledger.acknowledged(stream, seq, now)
            }
            Some(Ok(Reply::Error { stream, seq, .. })) => self.ledger.refused(stream, seq, now),
            Some(Ok(Reply::Welcome(_))) => {
                self.is_welcome = true;
                Ok(())
            }
            // A hub that was started anew says so too, to a heartbeat on a connection that it does not know.
            Some(Ok(Reply::Ok)) => {
                self.is_old = !self.is_welcome;
                Ok(())
            }
            _ => Ok(()),
        };
        written.map_err(|error| TransportError(format!("cannot write to the oracle: {error}")))?;
        Ok(part)
    }

    fn reconnect(&mut self) -> Result<(), TransportError> {
        self.is_welcome = false;
        self.link.reconnect()
    }
}
