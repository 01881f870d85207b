//! Publishes what happens to whoever has subscribed, as imagezmq's PUB does: at once, unnumbered, and without any
//! acknowledgement. What is published has left the spool, heard or not. Knows no files.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use picket_common::event::{self, Kind};
use picket_common::time::Clock;
use picket_common::transport::zmq::Publisher;
use picket_common::wake::Waker;
use picket_common::wire::Header;
use tracing::warn;

use crate::author;
use crate::config::SendType;
use crate::health::Health;
use crate::imagezmq;
use crate::spool::{Item, Spool};

/// What a broadcast is told at its start.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The node's name.
    pub node: String,
    /// Where subscribers connect.
    pub bind: String,
    /// In which form pictures go.
    pub send_type: SendType,
    /// How often a sign of life is published.
    pub heartbeat: Duration,
}

/// The owner of the node's PUB socket.
pub struct Broadcast {
    publisher: Publisher,
    spool: Spool,
    settings: Settings,
    health: Health,
    clock: Arc<dyn Clock>,
    /// Ends the waiting.
    waker: Waker,
    /// When a sign of life is due, in uptime.
    due: Duration,
}

impl Broadcast {
    /// Binds, and says once what this is and what it is not. `waker` ends its waiting.
    ///
    /// # Errors
    /// The address is taken, or none of this machine's.
    pub fn bind(
        settings: Settings,
        spool: Spool,
        health: Health,
        clock: Arc<dyn Clock>,
        waker: Waker,
    ) -> Result<Broadcast> {
        let publisher = Publisher::bind(&settings.bind, backlog(settings.send_type))?;
        let address = publisher.address();
        warn!(address, "publishing to whoever subscribes: nothing is acknowledged, and what nobody hears is lost");
        let due = clock.uptime();
        Ok(Broadcast { publisher, spool, settings, health, clock, waker, due })
    }

    /// The address that was bound.
    pub fn address(&self) -> &str {
        self.publisher.address()
    }

    /// Publishes what comes next; with nothing to publish, it waits at most `wait`.
    ///
    /// # Errors
    /// The socket fails; what was to be published waits.
    pub fn step(&mut self, wait: Duration) -> Result<()> {
        let now = self.clock.uptime();
        if now >= self.due {
            self.due = now + self.settings.heartbeat;
            self.beat()?;
        }
        match self.next() {
            Some(item) => self.publish_item(&item),
            None => {
                self.waker.wait(wait.min(self.due.saturating_sub(now)));
                Ok(())
            }
        }
    }

    /// Whether everything was published.
    pub fn is_done(&self) -> bool {
        self.spool.stock().messages == 0
    }

    fn next(&self) -> Option<Arc<Item>> {
        self.spool.streams().into_iter().find_map(|stream| self.spool.after(stream, 0))
    }

    fn beat(&mut self) -> Result<()> {
        let health = event::to_value(&self.health.data(&self.spool.stock()));
        let node = &self.settings.node;
        let header = author::sign_of_life(node, Kind::Health, health, self.health.boot(), self.clock.as_ref());
        self.publish(header, event::BLACK_JPEG)
    }

    fn publish(&mut self, header: Header, jpeg: &[u8]) -> Result<()> {
        let (header, body) = imagezmq::parts(header, jpeg, self.settings.send_type)?;
        Ok(self.publisher.publish(&header, &body)?)
    }

    /// One that cannot be decoded cannot go as pixels, now or later.
    fn publish_item(&mut self, item: &Item) -> Result<()> {
        match imagezmq::parts(item.header(None), &item.body, self.settings.send_type) {
            Ok((header, body)) => {
                self.publisher.publish(&header, &body)?;
                self.spool.acknowledge(item.stream, item.seq);
            }
            Err(error) => {
                warn!(text = %item.msg, "a picture was left out: {error}");
                self.spool.set_aside(item.stream, item.seq);
            }
        }
        Ok(())
    }
}

/// How many messages are held for a subscriber that does not keep up: of pictures of 1280x720, some 10 MB as JPEG and 27
/// MB as pixels. An event's first burst, its start and the frames from before, has to fit.
fn backlog(send_type: SendType) -> i32 {
    match send_type {
        SendType::Jpg => 100,
        SendType::Image => 10,
    }
}

#[cfg(test)]
mod tests;
