//! The way on which a node's messages leave it, as its configuration says: an [`Uplink`] to a hub that answers, or a
//! [`Broadcast`] to whoever listens.

use std::time::Duration;

use anyhow::{Context, Result};
use picket_common::transport::zmq::Dealer;
use picket_common::wake::Waker;
use picket_common::wire::StreamId;

use crate::author::Author;
use crate::broadcast::{self, Broadcast};
use crate::command::Commands;
use crate::config::{NodeConfig, Protocol};
use crate::health::Health;
use crate::uplink::{self, Dialect, Uplink};

/// The owner of the node's socket.
pub enum Dispatch {
    /// To a hub.
    Hub(Box<Uplink<Dealer>>),
    /// To whoever listens.
    All(Box<Broadcast>),
}

impl Dispatch {
    /// Connects, or binds. Each message that is put into the spool ends its waiting.
    ///
    /// # Errors
    /// The address cannot be used.
    pub fn open(config: &NodeConfig, author: &Author, health: Health) -> Result<Dispatch> {
        let (hub, heartbeat) = (&config.hub, config.node.heartbeat.0);
        let (node, spool, clock) = (author.node.clone(), author.spool.clone(), author.clock.clone());
        let waker = Waker::new().context("what is to be sent cannot be waited for")?;
        spool.wake_with(waker.clone());
        let dialect = match hub.protocol {
            Protocol::Picket => Dialect::Picket,
            Protocol::Imagezmq => Dialect::Imagezmq(hub.send_type()),
            Protocol::ImagezmqPub => {
                let bind = hub.bind.clone().context("hub.bind: an address for subscribers is missing")?;
                let settings = broadcast::Settings { node, bind, send_type: hub.send_type(), heartbeat };
                let broadcast = Broadcast::bind(settings, spool, health, clock, waker)?;
                return Ok(Dispatch::All(Box::new(broadcast)));
            }
        };
        let (hubs, timeout, seed) = (hub.connect(), hub.timeout().0, StreamId::random().0 as u64);
        let mut dealer = Dealer::connect(hubs.first().map_or("", String::as_str))?;
        dealer.wake_by(waker);
        let settings = uplink::Settings { node, hubs, dialect, heartbeat, timeout, seed, is_one_of_many: false };
        Ok(Dispatch::Hub(Box::new(Uplink::new(dealer, spool, settings, health, clock))))
    }

    /// Sends what may be sent; with nothing to do, it waits at most `wait`.
    ///
    /// # Errors
    /// The socket fails; trying again later may help.
    pub fn step(&mut self, wait: Duration) -> Result<()> {
        match self {
            Dispatch::Hub(uplink) => uplink.step(wait),
            Dispatch::All(broadcast) => broadcast.step(wait),
        }
    }

    /// Whether nothing is left to be sent or acknowledged.
    pub fn is_done(&self) -> bool {
        match self {
            Dispatch::Hub(uplink) => uplink.is_done(),
            Dispatch::All(broadcast) => broadcast.is_done(),
        }
    }

    /// What the hub wants done, for whoever does it. Subscribers cannot ask for anything.
    pub fn commands(&self) -> Commands {
        match self {
            Dispatch::Hub(uplink) => uplink.commands(),
            Dispatch::All(_) => Commands::default(),
        }
    }
}
