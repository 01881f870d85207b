//! What is under way to a Picket hub on this connection, and what may still be sent within its credit. Pure:
//! knows no socket.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use picket_common::wire::{Credit, Number, StreamId};

use crate::spool::{Item, Spool};

/// However much a hub would take: what is under way lies in memory a second time.
const MOST_MESSAGES: u64 = 256;
const MOST_BYTES: u64 = 32 << 20;

/// The window of one connection, from its welcome on.
pub(super) struct Window {
    credit: Credit,
    pub(super) max_bytes: u64,
    /// One message at a time, whatever the credit.
    pub(super) is_narrow: bool,
    /// The streams of which something was sent on this connection.
    spoken: HashSet<StreamId>,
    /// The last number sent in each stream since its welcome or its last restart.
    sent: HashMap<StreamId, u64>,
    under_way: VecDeque<UnderWay>,
    bytes: u64,
    /// When the hub last acknowledged anything, or when nothing waited.
    progress: Duration,
}

struct UnderWay {
    stream: StreamId,
    seq: u64,
    bytes: u64,
}

impl Window {
    pub(super) fn new(credit: Credit, max_bytes: u64, now: Duration) -> Window {
        let (spoken, sent, under_way) = (HashSet::new(), HashMap::new(), VecDeque::new());
        Window { credit, max_bytes, is_narrow: false, spoken, sent, under_way, bytes: 0, progress: now }
    }

    /// The hub says anew how much it takes.
    pub(super) fn restate(&mut self, credit: Credit) {
        self.credit = credit;
    }

    /// The next message to send, the most valuable stream first.
    pub(super) fn next(&self, spool: &Spool) -> Option<Arc<Item>> {
        spool.streams().into_iter().find_map(|stream| spool.after(stream, self.prev(stream)))
    }

    /// The number sent just before in this stream, 0 for the first since welcome or restart.
    fn prev(&self, stream: StreamId) -> u64 {
        self.sent.get(&stream).copied().unwrap_or(0)
    }

    /// A message's place in what is sent on this connection.
    pub(super) fn number(&self, item: &Item) -> Number {
        Number { stream: item.stream, seq: item.seq, prev: self.prev(item.stream) }
    }

    /// Whether nothing is under way.
    pub(super) fn is_empty(&self) -> bool {
        self.under_way.is_empty()
    }

    /// Whether anything of this stream was sent on this connection.
    pub(super) fn has_sent(&self, stream: StreamId) -> bool {
        self.spoken.contains(&stream)
    }

    /// Whether this one was sent, and is not acknowledged.
    pub(super) fn is_under_way(&self, stream: StreamId, seq: u64) -> bool {
        self.under_way.iter().any(|message| message.stream == stream && message.seq == seq)
    }

    /// Whether the credit allows `bytes` more. Unless it says pause, one message may always be under way.
    pub(super) fn admits(&self, bytes: u64) -> bool {
        let messages = self.under_way.len() as u64;
        match self.credit.credit_messages {
            0 => false,
            _ if messages == 0 => true,
            _ if self.is_narrow => false,
            limit => {
                messages < limit.min(MOST_MESSAGES) && self.bytes + bytes <= self.credit.credit_bytes.min(MOST_BYTES)
            }
        }
    }

    pub(super) fn sent(&mut self, number: Number, bytes: u64, now: Duration) {
        if self.under_way.is_empty() {
            self.progress = now;
        }
        self.spoken.insert(number.stream);
        self.sent.insert(number.stream, number.seq);
        self.under_way.push_back(UnderWay { stream: number.stream, seq: number.seq, bytes });
        self.bytes += bytes;
    }

    pub(super) fn acknowledged(&mut self, stream: StreamId, seq: u64, credit: Credit, now: Duration) {
        self.credit = credit;
        self.progress = now;
        self.forget(|message| message.stream == stream && message.seq <= seq);
    }

    /// Goes back to the oldest message not acknowledged; what is under way in this stream no longer counts.
    pub(super) fn restart(&mut self, stream: StreamId) {
        self.sent.remove(&stream);
        self.forget(|message| message.stream == stream);
    }

    /// Something `waits` for `patience` already, and nothing was acknowledged.
    pub(super) fn is_stalled(&mut self, waits: bool, now: Duration, patience: Duration) -> bool {
        if !waits {
            self.progress = now;
        }
        now.saturating_sub(self.progress) >= patience
    }

    fn forget(&mut self, which: impl Fn(&UnderWay) -> bool) {
        let bytes = &mut self.bytes;
        self.under_way.retain(|message| {
            let gone = which(message);
            *bytes -= if gone { message.bytes } else { 0 };
            !gone
        });
    }
}
