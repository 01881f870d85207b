//! What ingest knows of each connection: whether it was greeted, whose it is, and what it still owes.

use std::collections::HashSet;
use std::time::Duration;

use picket_common::transport::Envelope;
use picket_common::wire::StreamId;

use super::stamp::Ticks;

/// The length of the request id that a REQ with correlation puts last into its envelope.
const REQUEST_ID_BYTES: usize = 4;

/// So many streams of a connection may have a hole. What comes in others then is dropped without a word, until the node
/// greets anew because nothing is acknowledged.
const MOST_HOLES: usize = 1024;

/// Tells connections apart: the envelope without request ids, so that it stays the same behind a proxy.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct ConnectionKey(Vec<Vec<u8>>);

impl ConnectionKey {
    /// The key of whoever sent under this envelope.
    pub(super) fn of(envelope: &Envelope) -> ConnectionKey {
        let mut parts = envelope.0.clone();
        if parts.len() > 1 && parts.last().is_some_and(|part| part.len() == REQUEST_ID_BYTES) {
            parts.pop();
        }
        ConnectionKey(parts)
    }
}

/// A node has said hello on a connection.
#[derive(Debug)]
pub(super) struct Greeting {
    /// Its name.
    pub(super) node: String,
    /// Its machine.
    pub(super) hardware: String,
    /// When, in the hub's uptime.
    pub(super) at: Duration,
    /// The later, the higher.
    pub(super) number: u64,
}

/// One connection.
#[derive(Debug)]
pub(super) struct Connection {
    /// None where nobody has said hello, as an old sender does not.
    pub(super) greeting: Option<Greeting>,
    /// How many messages came on it, of old senders.
    pub(super) messages: u64,
    /// The node that an old sender's last message named.
    pub(super) old_node: Option<String>,
    /// The text of an old sender's last image.
    pub(super) last_image: Option<String>,
    /// Streams with a hole, whose sender was told what is expected; at most [`MOST_HOLES`].
    pub(super) expecting: HashSet<StreamId>,
    /// When anything last came, in the hub's uptime.
    pub(super) last_heard: Duration,
    /// Where answers go.
    pub(super) envelope: Envelope,
    /// Of two connections the later one has the higher; none where that is not known.
    pub(super) place: Option<u64>,
    /// How the machine's uptime goes with the hub's.
    pub(super) ticks: Ticks,
}

impl Connection {
    /// There is a hole in a stream; whether its sender is to be told.
    pub(super) fn expect(&mut self, stream: StreamId) -> bool {
        self.expecting.len() < MOST_HOLES && self.expecting.insert(stream)
    }

    /// A connection that has just shown itself.
    pub(super) fn new(envelope: Envelope, place: Option<u64>, now: Duration) -> Connection {
        Connection {
            greeting: None,
            messages: 0,
            old_node: None,
            last_image: None,
            expecting: HashSet::new(),
            last_heard: now,
            envelope,
            place,
            ticks: Ticks::default(),
        }
    }
}
