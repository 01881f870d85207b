//! Where messages come in: a door at which senders ask, and publishers that were subscribed to. Neither makes the other
//! wait. Knows nothing of what a message means.

use std::time::Duration;

use picket_common::transport::zmq::{Published, Router, Subscriber};
use picket_common::transport::{Delivery, Envelope, Incoming, Receiver, TransportError};
use picket_common::wire::Reply;

/// Where a hub listens when it listens on every network.
const EVERYWHERE: &str = "tcp://*:5555";
/// The largest message, as of a hub with its defaults.
pub(super) const MAX_BYTES: u64 = 64 << 20;
/// So many messages of each publisher are held.
const BACKLOG: i32 = 100;
/// Where two may have something, one is waited for so long.
const TURN: Duration = Duration::from_millis(5);

/// What came in.
pub(super) enum Arrival {
    /// A message whose sender waits for an answer.
    Asked { envelope: Envelope, parts: Vec<Vec<u8>>, peer: String },
    /// A message of a publisher.
    Published { parts: Vec<Vec<u8>>, peer: String },
    /// One that says not where an answer goes.
    Unaddressed(Envelope),
    /// A publisher is there.
    Reached(String),
    /// A publisher is gone.
    Gone(String),
}

/// One door, or the publishers, or both.
pub(super) struct Doors {
    router: Option<Router>,
    subscriber: Option<Subscriber>,
    name: String,
    /// Who is looked at first, in turn.
    router_first: bool,
}

impl Doors {
    pub(super) fn open(listen: Option<&str>, connect: &[String]) -> Result<Doors, TransportError> {
        let listen = listen.or(connect.is_empty().then_some(EVERYWHERE));
        let router = listen.map(|address| Router::bind(address, MAX_BYTES)).transpose()?;
        let subscriber = match connect {
            [] => None,
            addresses => Some(Subscriber::connect(addresses, MAX_BYTES, BACKLOG)?),
        };
        let listening = router.iter().map(|router| format!("listening on {}", router.address()));
        let subscribed = subscriber.iter().map(|_| format!("subscribed to {}", connect.join(", ")));
        let name = listening.chain(subscribed).collect::<Vec<_>>().join(" and ");
        Ok(Doors { router, subscriber, name, router_first: false })
    }

    /// `listening on tcp://0.0.0.0:5555`
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// What comes next, waiting at most `wait`.
    pub(super) fn next(&mut self, wait: Duration) -> Result<Option<Arrival>, TransportError> {
        self.router_first = !self.router_first;
        for router in [self.router_first, !self.router_first] {
            let arrival = if router { self.asked(Duration::ZERO)? } else { self.published(Duration::ZERO)? };
            if arrival.is_some() {
                return Ok(arrival);
            }
        }
        match (&self.router, &self.subscriber) {
            (Some(_), Some(_)) => self.asked(wait.min(TURN)),
            (Some(_), None) => self.asked(wait),
            (None, _) => self.published(wait),
        }
    }

    pub(super) fn reply(&mut self, to: &Envelope, reply: &Reply) -> Result<(), TransportError> {
        self.router.as_mut().map_or(Ok(true), |router| router.reply(to, &reply.encode())).map(drop)
    }

    fn asked(&mut self, wait: Duration) -> Result<Option<Arrival>, TransportError> {
        let Some(router) = &mut self.router else { return Ok(None) };
        Ok(match router.receive(wait)? {
            Some(Incoming::Delivery(Delivery { envelope, parts, peer })) => {
                Some(Arrival::Asked { envelope, parts, peer })
            }
            Some(Incoming::Unaddressed(envelope)) => Some(Arrival::Unaddressed(envelope)),
            Some(Incoming::Closed) | None => None,
        })
    }

    fn published(&mut self, wait: Duration) -> Result<Option<Arrival>, TransportError> {
        let Some(subscriber) = &mut self.subscriber else { return Ok(None) };
        Ok(subscriber.receive(wait)?.map(|published| match published {
            Published::Message { parts, peer } => Arrival::Published { parts, peer },
            Published::Reached(address) => Arrival::Reached(address),
            Published::Gone(address) => Arrival::Gone(address),
        }))
    }
}
