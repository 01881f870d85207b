//! All that a hub hears, in turns: its ROUTER, if it has one, and a SUB for each publisher; a node that watches
//! publishers has these alone. Whoever waits for an answer comes before those who only talk: a publisher can send as
//! much as it likes, so it never gets more than one turn in a few while there is something at the ROUTER, and of several
//! publishers each has its turn.
//!
//! Each publisher has a SUB with a context, and so a thread, of its own: libzmq looks up a name in that thread, which
//! takes seconds where there is no such name, and nobody else may wait for it.

use std::sync::Arc;
use std::time::Duration;

use super::{
    Envelope, Error, Incoming, POLLIN, Published, Receiver, Router, Subscriber, TransportError, at, milliseconds, poll,
    uninterrupted,
};
use crate::time::Clock;

/// So many messages are taken from the ROUTER for one of a publisher.
const ROUTER_TURNS: u32 = 4;
/// So many messages of each publisher are held here; beyond them its own queue holds what there is (1000 messages,
/// unless it says otherwise), and then it drops them.
const BACKLOG: i32 = 8;
/// A publisher that has not been reached for so long is connected to anew, should libzmq have given it up.
const CONNECT_AGAIN: Duration = Duration::from_secs(10);

/// A hub's ROUTER, and the publishers that it listens to.
pub struct Doors {
    router: Option<Router>,
    publishers: Vec<Publishing>,
    clock: Arc<dyn Clock>,
    /// Messages taken from the ROUTER since a publisher had its turn.
    in_a_row: u32,
    /// The publisher that is next.
    next: usize,
}

/// A publisher, as it looks from here.
struct Publishing {
    address: String,
    subscriber: Subscriber,
    /// In uptime, while it is not reached: since when it is being connected to.
    sought: Option<Duration>,
}

impl Doors {
    /// Listens to the publishers at `addresses` too, such as `tcp://pi1.local:5555`. Messages are to have at most
    /// `max_bytes`; a publisher that sends more than twice as many is cut off, and connected to again.
    pub fn open(
        router: Option<Router>,
        addresses: &[String],
        max_bytes: u64,
        clock: Arc<dyn Clock>,
    ) -> Result<Doors, TransportError> {
        let subscribe = |address: &String| {
            let subscriber = Subscriber::connect(std::slice::from_ref(address), max_bytes, BACKLOG)?;
            Ok(Publishing { address: address.clone(), subscriber, sought: Some(clock.uptime()) })
        };
        let publishers = addresses.iter().map(subscribe).collect::<Result<_, _>>()?;
        Ok(Doors { router, publishers, clock, in_a_row: 0, next: 0 })
    }

    /// What is there already, fairly.
    fn at_once(&mut self) -> Result<Option<Incoming>, TransportError> {
        if self.publishers.is_empty() {
            return self.asked();
        }
        if self.in_a_row < ROUTER_TURNS
            && let Some(incoming) = self.asked()?
        {
            self.in_a_row += 1;
            return Ok(Some(incoming));
        }
        self.in_a_row = 0;
        for _ in 0..self.publishers.len() {
            let turn = self.next;
            self.next = (turn + 1) % self.publishers.len();
            if let Some(publishing) = self.publishers.get_mut(turn)
                && let Some(published) = publishing.receive(&*self.clock)?
            {
                return Ok(Some(Incoming::Published(published)));
            }
        }
        self.asked()
    }

    /// What is there already at the ROUTER.
    fn asked(&mut self) -> Result<Option<Incoming>, TransportError> {
        self.router.as_mut().map_or(Ok(None), |router| router.receive(Duration::ZERO))
    }

    /// Waits until one of the sockets has something.
    fn wait(&self, timeout: Duration) -> Result<(), Error> {
        let sockets = self.publishers.iter().map(|publishing| &publishing.subscriber);
        let sockets = sockets.flat_map(|subscriber| [&subscriber.socket, &subscriber.monitor]);
        let sockets = self.router.iter().map(|router| &router.socket).chain(sockets);
        let mut items: Vec<_> = sockets.map(|socket| socket.as_poll_item(POLLIN)).collect();
        uninterrupted(|| poll(&mut items, milliseconds(timeout))).map(drop)
    }
}

impl Publishing {
    /// What is there already, under the address that people have written: libzmq gives it as it has found it.
    fn receive(&mut self, clock: &dyn Clock) -> Result<Option<Published>, TransportError> {
        let published = self.subscriber.receive(Duration::ZERO)?;
        Ok(published.map(|published| match published {
            Published::Message { parts, .. } => Published::Message { parts, peer: self.address.clone() },
            Published::Reached(_) => {
                self.sought = None;
                Published::Reached(self.address.clone())
            }
            Published::Gone(_) => {
                self.sought = Some(clock.uptime());
                Published::Gone(self.address.clone())
            }
        }))
    }

    fn seek(&mut self, now: Duration) -> Result<(), TransportError> {
        if self.sought.is_some_and(|since| CONNECT_AGAIN <= now.saturating_sub(since)) {
            self.sought = Some(now);
            self.subscriber.connect_again()?;
        }
        Ok(())
    }
}

impl Receiver for Doors {
    fn receive(&mut self, timeout: Duration) -> Result<Option<Incoming>, TransportError> {
        if !timeout.is_zero() {
            // Also while others send without a pause.
            let now = self.clock.uptime();
            self.publishers.iter_mut().try_for_each(|publishing| publishing.seek(now))?;
        }
        let at_once = self.at_once()?;
        if at_once.is_some() || timeout.is_zero() {
            return Ok(at_once);
        }
        self.wait(timeout).map_err(|error| at("all addresses", "receive on", error))?;
        self.at_once()
    }

    fn reply(&mut self, to: &Envelope, part: &[u8]) -> Result<bool, TransportError> {
        self.router.as_mut().map_or(Ok(false), |router| router.reply(to, part))
    }
}
