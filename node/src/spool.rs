//! What is to reach the hub and is not acknowledged yet: one numbered stream per value class, in memory,
//! bounded by bytes. When it is full the least valuable goes first, the oldest of it, and is counted. It
//! knows no network and no pixels. Its place is where the spool on disk will stand.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use picket_common::wire::{Header, Keys, StreamId};

/// How much a message is worth. The first class is sent first and dropped last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// Events, readings, and the picture that tells most of each event.
    Event,
    /// The other frames of events.
    EventFrame,
    /// Frames sent with no regard to events.
    Continuous,
}

const CLASSES: [Class; 3] = [Class::Event, Class::EventFrame, Class::Continuous];

/// A message and its place in its stream.
#[derive(Debug, PartialEq)]
pub struct Item {
    /// The stream, one per class and process.
    pub stream: StreamId,
    /// Counts from 1.
    pub seq: u64,
    /// imagenode's text.
    pub msg: String,
    /// Picket's keys, without the number.
    pub keys: Keys,
    /// The JPEG, or a tiny black one with an event.
    pub body: Arc<[u8]>,
}

impl Item {
    /// How much it takes of the queue, in bytes; the header is estimated.
    fn size(&self) -> u64 {
        const HEADER_BYTES: usize = 512;
        (self.body.len() + self.msg.len() + HEADER_BYTES) as u64
    }

    /// The header for the wire.
    pub fn header(&self, number: Option<picket_common::wire::Number>) -> Header {
        Header { msg: self.msg.clone(), raw: None, keys: Some(Keys { number, ..self.keys.clone() }) }
    }
}

/// How full it is, and what was lost so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stock {
    /// Messages not acknowledged.
    pub messages: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The time of the oldest, in uptime.
    pub oldest: Option<Duration>,
    /// Events dropped because there was no room.
    pub dropped_events: u64,
    /// Images dropped because there was no room.
    pub dropped_images: u64,
    /// Messages that the hub refused for good.
    pub refused: u64,
}

/// The queue between cameras and uplink. Clones are the same queue.
#[derive(Clone)]
pub struct Spool(Arc<Mutex<Inner>>);

struct Inner {
    queues: [Queue; 3],
    max_bytes: u64,
    stock: Stock,
}

struct Queue {
    stream: StreamId,
    next: u64,
    items: VecDeque<Arc<Item>>,
}

impl Spool {
    /// An empty queue for at most `max_bytes`.
    pub fn in_memory(max_bytes: u64) -> Spool {
        let queues = CLASSES.map(|_| Queue { stream: StreamId::random(), next: 1, items: VecDeque::new() });
        Spool(Arc::new(Mutex::new(Inner { queues, max_bytes, stock: Stock::default() })))
    }

    /// Adds a message; its number is given here, under the lock. Never waits for room: what is worth least goes.
    pub fn push(&self, class: Class, msg: String, keys: Keys, body: Arc<[u8]>) {
        let mut inner = self.lock();
        let queue = &mut inner.queues[class as usize];
        let item = Arc::new(Item { stream: queue.stream, seq: queue.next, msg, keys, body });
        queue.next += 1;
        inner.stock.messages += 1;
        inner.stock.bytes += item.size();
        inner.queues[class as usize].items.push_back(item);
        inner.thin();
    }

    /// The oldest message behind `seq` of a stream.
    pub fn after(&self, stream: StreamId, seq: u64) -> Option<Arc<Item>> {
        let inner = self.lock();
        let queue = inner.queues.iter().find(|queue| queue.stream == stream)?;
        let place = queue.items.partition_point(|item| item.seq <= seq);
        queue.items.get(place).cloned()
    }

    /// The streams, most valuable first.
    pub fn streams(&self) -> Vec<StreamId> {
        self.lock().queues.iter().map(|queue| queue.stream).collect()
    }

    /// Everything up to `seq` is safe at the hub.
    pub fn acknowledge(&self, stream: StreamId, seq: u64) {
        let mut inner = self.lock();
        let Inner { queues, stock, .. } = &mut *inner;
        let Some(queue) = queues.iter_mut().find(|queue| queue.stream == stream) else { return };
        while queue.items.front().is_some_and(|item| item.seq <= seq) {
            if let Some(item) = queue.items.pop_front() {
                stock.remove(&item);
            }
        }
    }

    /// The hub has refused this one for good.
    pub fn set_aside(&self, stream: StreamId, seq: u64) {
        let mut inner = self.lock();
        let Inner { queues, stock, .. } = &mut *inner;
        let Some(queue) = queues.iter_mut().find(|queue| queue.stream == stream) else { return };
        if let Ok(place) = queue.items.binary_search_by_key(&seq, |item| item.seq)
            && let Some(item) = queue.items.remove(place)
        {
            stock.remove(&item);
            stock.refused += 1;
        }
    }

    /// How full it is.
    pub fn stock(&self) -> Stock {
        let inner = self.lock();
        let fronts = inner.queues.iter().filter_map(|queue| queue.items.front()?.keys.mono_ns);
        Stock { oldest: fronts.min().map(Duration::from_nanos), ..inner.stock }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Drops the oldest of the least valuable until the rest fits. The newest event is never dropped.
    fn thin(&mut self) {
        while self.stock.bytes > self.max_bytes && self.stock.messages > 1 {
            let Some(queue) = self.queues.iter_mut().rev().find(|queue| !queue.items.is_empty()) else { return };
            let Some(item) = queue.items.pop_front() else { return };
            self.stock.remove(&item);
            match item.keys.kind {
                picket_common::event::Kind::Image => self.stock.dropped_images += 1,
                _ => self.stock.dropped_events += 1,
            }
        }
    }
}

impl Stock {
    fn remove(&mut self, item: &Item) {
        self.messages -= 1;
        self.bytes -= item.size();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use picket_common::event::Kind;
    use serde_json::Value;

    fn push(spool: &Spool, class: Class, kind: Kind, bytes: usize) {
        let keys = Keys {
            picket: 1,
            node: "Barn".into(),
            view: None,
            kind,
            number: None,
            at: None,
            was: None,
            boot: None,
            mono_ns: None,
            clock: None,
            event: None,
            data: Value::Null,
        };
        spool.push(class, String::new(), keys, vec![0; bytes].into());
    }

    #[test]
    fn when_it_is_full_the_least_valuable_goes_first_and_is_counted() {
        let spool = Spool::in_memory(10_000);
        for _ in 0..4 {
            push(&spool, Class::Event, Kind::Event, 500);
            push(&spool, Class::EventFrame, Kind::Image, 1500);
            push(&spool, Class::Continuous, Kind::Image, 1500);
        }
        let left = |class: usize| {
            let stream = spool.streams()[class];
            std::iter::successors(spool.after(stream, 0), |item| spool.after(stream, item.seq))
                .map(|item| item.seq)
                .collect::<Vec<_>>()
        };
        assert_eq!((left(0), left(1), left(2)), (vec![1, 2, 3, 4], vec![3, 4], vec![]));
        let stock = spool.stock();
        assert_eq!((stock.messages, stock.dropped_images, stock.dropped_events), (6, 6, 0));
        for _ in 0..20 {
            push(&spool, Class::Event, Kind::Event, 500);
        }
        assert!(spool.stock().bytes <= 10_000);
        assert_eq!(left(1), Vec::<u64>::new());
        assert_eq!(*left(0).last().unwrap(), 24, "the newest event stays");
        assert_eq!(spool.stock().dropped_events, 24 - left(0).len() as u64);
    }

    #[test]
    fn only_what_is_acknowledged_or_refused_is_removed() {
        let spool = Spool::in_memory(1 << 20);
        for _ in 0..5 {
            push(&spool, Class::Event, Kind::Event, 10);
        }
        let stream = spool.streams()[0];
        spool.acknowledge(stream, 2);
        spool.acknowledge(StreamId(1), 5);
        spool.set_aside(stream, 4);
        spool.set_aside(stream, 4);
        let seqs: Vec<_> = [0, 3, 4, 5].map(|seq| spool.after(stream, seq).map(|item| item.seq)).into();
        assert_eq!(seqs, [Some(3), Some(5), Some(5), None]);
        let stock = spool.stock();
        assert_eq!((stock.messages, stock.refused), (2, 1));
        spool.acknowledge(stream, 9);
        assert_eq!((spool.stock().messages, spool.stock().bytes), (0, 0));
    }
}
