//! The two ends of a connection, as traits: a node's [`Sender`] and a hub's [`Receiver`]. Behind them
//! are ZeroMQ's sockets ([`zmq`]) and, for tests, a connected pair in memory that loses and delays by
//! script. Knows parts of bytes and nothing of what they mean.

#[cfg(any(test, feature = "testing"))]
pub mod memory;
pub mod zmq;

#[cfg(test)]
mod tests;

use std::time::Duration;

/// Who a delivery came from: every part up to the empty one, which is left out.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Envelope(pub Vec<Vec<u8>>);

/// What arrived at the hub.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// Where an answer goes.
    pub envelope: Envelope,
    /// What stands behind the empty part.
    pub parts: Vec<Vec<u8>>,
    /// The sender's address in the network, for the log; empty where there is none.
    pub peer: String,
    /// Of two connections to this hub the one that was made later has the higher number; none where that is not known.
    pub place: Option<u64>,
}

/// The most parts that may stand before a message: identities and the empty part that ends them.
const MAX_ENVELOPE: usize = 8;
/// The longest of them: ZeroMQ's identities have at most 255 bytes.
const MAX_ADDRESS: usize = 255;

impl Incoming {
    /// Parts a message from its envelope: everything up to the first empty part, which belongs to neither.
    pub fn split(mut parts: Vec<Vec<u8>>, peer: String) -> Incoming {
        let mut addresses = parts.iter().take(MAX_ENVELOPE).take_while(|part| part.len() <= MAX_ADDRESS);
        let Some(end) = addresses.position(Vec::is_empty) else {
            parts.truncate(1);
            return Incoming::Unaddressed(Envelope(parts));
        };
        let message = parts.split_off(end + 1);
        parts.pop();
        Incoming::Delivery(Delivery { envelope: Envelope(parts), parts: message, peer, place: None })
    }
}

/// What a receiver has for its owner.
#[derive(Debug, Clone, PartialEq)]
pub enum Incoming {
    /// A message.
    Delivery(Delivery),
    /// A message without an empty part among its first eight, or with one before it that is no address: a REQ sends that itself, a DEALER has to. Only the
    /// first part is known to be an address, the one that ROUTER adds.
    Unaddressed(Envelope),
    /// A connection was closed, or cut off: libzmq does not say which.
    Closed,
    /// Something of a publisher, whom nobody can answer.
    Published(Published),
}

/// What a subscriber has for its owner.
#[derive(Debug, Clone, PartialEq)]
pub enum Published {
    /// A message, and its sender's address in the network where that is known.
    Message {
        /// All its parts.
        parts: Vec<Vec<u8>>,
        /// For the log.
        peer: String,
    },
    /// A publisher was reached: its address as it was given.
    Reached(String),
    /// A publisher is gone; it is connected to again when it comes back.
    Gone(String),
}

/// A failure of the transport itself, in words that say what to try.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TransportError(pub String);

/// A node's end: it connects, and reconnects by itself.
pub trait Sender: Send {
    /// Hands a message to the transport. `false`: it takes none now, try again later.
    fn send(&mut self, header: &[u8], body: &[u8]) -> Result<bool, TransportError>;

    /// The next answer, waiting at most `timeout`.
    fn receive(&mut self, timeout: Duration) -> Result<Option<Vec<u8>>, TransportError>;

    /// Throws the connection and all it holds away and connects anew, to the same address.
    fn reconnect(&mut self) -> Result<(), TransportError>;
}

/// A node's end that can turn to another hub.
pub trait Dialer: Sender + Sized {
    /// Throws the connection and all it holds away and connects to this address.
    fn turn_to(&mut self, address: &str) -> Result<(), TransportError>;

    /// One more connection, beside this one, to whatever address. Neither can keep the other waiting.
    fn another(&self, address: &str) -> Result<Self, TransportError>;
}

/// A hub's end: it binds, and takes from everybody.
pub trait Receiver: Send {
    /// What comes next, waiting at most `timeout`.
    fn receive(&mut self, timeout: Duration) -> Result<Option<Incoming>, TransportError>;

    /// Answers. Whoever is gone by now, or does not read what it is sent, gets nothing; that is no error, and `false`.
    fn reply(&mut self, to: &Envelope, part: &[u8]) -> Result<bool, TransportError>;
}
