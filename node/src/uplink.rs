//! The node's side of the wire: takes from the spool, sends within the hub's credit, and removes only what
//! was acknowledged. A hub that is away is a normal state: whatever happens to the connection, it starts
//! again from the oldest message not acknowledged. Knows no pixels and no files.
//!
//! It speaks with a Picket hub by a window, and in lock-step with an imagezmq hub, which is recognised by its
//! `OK` to the hello.

mod away;
mod lockstep;
#[cfg(test)]
mod tests;
mod window;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use picket_common::event::{self, Hello, Kind};
use picket_common::time::Clock;
use picket_common::transport::Sender;
use picket_common::wire::{Number, Reply, Twin, Welcome};
use tracing::{debug, info, warn};

use self::away::Away;
use self::lockstep::Lockstep;
use self::window::Window;
use crate::author;
use crate::command::Commands;
use crate::config::SendType;
use crate::health::Health;
use crate::imagezmq;
use crate::spool::Spool;

/// A hub that answers heartbeats and still acknowledges nothing for so many time-outs is greeted anew.
const STALLED_TIMEOUTS: u32 = 3;
/// How long an old hub that says its disk is full is left in peace.
const FULL_PAUSE: Duration = Duration::from_secs(5);

/// What the uplink is told at its start.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The node's name.
    pub node: String,
    /// The hub's address, for what is told of it.
    pub hub: String,
    /// How the hub is spoken to.
    pub dialect: Dialect,
    /// How often a sign of life is sent.
    pub heartbeat: Duration,
    /// How long an answer may take before the connection is made anew.
    pub timeout: Duration,
}

/// How the hub is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// As a Picket hub, until it shows that it is an old one.
    Picket,
    /// As an old hub that takes pictures in this form.
    Imagezmq(SendType),
}

impl Dialect {
    /// In which form pictures go.
    fn send_type(self) -> SendType {
        match self {
            Dialect::Picket => SendType::Jpg,
            Dialect::Imagezmq(send_type) => send_type,
        }
    }
}

/// The owner of the node's socket.
pub struct Uplink<S> {
    link: S,
    spool: Spool,
    settings: Settings,
    health: Health,
    clock: Arc<dyn Clock>,
    commands: Commands,
    state: State,
    /// When the hub last said anything, and when it was last sent a sign of life, in uptime.
    heard: Duration,
    beaten: Duration,
    away: Away,
}

enum State {
    /// The hello is to be sent.
    Silent,
    /// The hello was sent.
    Greeting { since: Duration },
    /// A Picket hub.
    Window(Window),
    /// An old hub.
    Lockstep(Lockstep),
}

impl<S: Sender> Uplink<S> {
    /// An uplink that has not said hello yet.
    pub fn new(link: S, spool: Spool, settings: Settings, health: Health, clock: Arc<dyn Clock>) -> Uplink<S> {
        let now = clock.uptime();
        let state = first_state(settings.dialect);
        let commands = Commands::default();
        Uplink { link, spool, settings, health, clock, commands, state, heard: now, beaten: now, away: Away::default() }
    }

    /// Handles what the hub has said, waiting at most `wait` for the first of it, and sends what may be sent.
    pub fn step(&mut self, wait: Duration) -> Result<()> {
        let mut next = self.link.receive(wait)?;
        while let Some(part) = next {
            self.heard = self.clock.uptime();
            match Reply::decode(&part) {
                Ok(reply) => self.handle(reply)?,
                Err(error) => warn!("the hub's answer was not understood: {error}"),
            }
            next = self.link.receive(Duration::ZERO)?;
        }
        self.act()
    }

    /// Does something to the transport's end, as a test does that breaks it.
    pub fn link_mut<T>(&mut self, change: impl FnOnce(&mut S) -> T) -> T {
        change(&mut self.link)
    }

    /// The transport's end, for whoever waits for answers on many.
    pub fn link(&self) -> &S {
        &self.link
    }

    /// What the hub wants done, for whoever does it.
    pub fn commands(&self) -> Commands {
        self.commands.clone()
    }

    /// Whether everything was acknowledged.
    pub fn is_done(&self) -> bool {
        self.spool.stock().messages == 0
    }

    fn handle(&mut self, reply: Reply) -> Result<()> {
        if self.away.is_over() {
            info!("the hub answers again");
        }
        match (&mut self.state, reply) {
            (State::Lockstep(lockstep), Reply::Ok) => {
                if let Some(item) = lockstep.asked.take().and_then(|asked| asked.item) {
                    self.spool.acknowledge(item.stream, item.seq);
                }
            }
            (State::Lockstep(lockstep), Reply::Refused(reason)) => {
                let asked = lockstep.asked.take().and_then(|asked| asked.item);
                if reason.starts_with("disk full") {
                    lockstep.pause_until = self.clock.uptime() + FULL_PAUSE;
                } else if let Some(item) = asked {
                    warn!(text = %item.msg, %reason, "the hub refused a message for good");
                    self.spool.set_aside(item.stream, item.seq);
                }
            }
            (State::Greeting { .. }, Reply::Ok) => {
                info!("the hub speaks imagezmq only: going on in lock-step");
                self.state = State::Lockstep(Lockstep::default());
            }
            (State::Greeting { .. }, Reply::Welcome(welcome)) => self.welcome(&welcome),
            // Nothing else answers a hello.
            (State::Silent | State::Greeting { .. }, _) => {}
            (State::Window(window), Reply::Ack { stream, seq, credit }) => {
                window.acknowledged(stream, seq, credit, self.clock.uptime());
                self.spool.acknowledge(stream, seq);
            }
            (State::Window(window), Reply::Expect { stream, seq }) => {
                debug!(%stream, seq, "the hub asks for what follows");
                window.restart(stream);
                self.spool.acknowledge(stream, seq);
            }
            (State::Window(window), Reply::Error { stream, seq, reason }) => {
                warn!(seq, %reason, "the hub refused a message for good");
                window.restart(stream);
                self.spool.set_aside(stream, seq);
            }
            (State::Window(window), Reply::Heartbeat { credit, .. }) => window.credit = credit,
            (State::Window(_), Reply::Command(command)) => self.commands.add(command),
            (State::Window(_), Reply::Welcome(_)) => {}
            (State::Window(_), Reply::Twin(twin)) => self.warn_of(&twin),
            (State::Window(_), Reply::Unknown(word)) => debug!(%word, "what the hub said is not known here"),
            (State::Window(_), Reply::Refused(reason)) => warn!(%reason, "the hub did not understand a message"),
            // Another hub, or the same one started anew: it does not know this connection. What it still answers on
            // it, an `OK` to a heartbeat, must not be taken for an answer to the hello or to what follows.
            (_, _) => self.reconnect()?,
        }
        Ok(())
    }

    fn welcome(&mut self, welcome: &Welcome) {
        info!(hub = %welcome.name, "connected");
        welcome.twin.iter().for_each(|twin| self.warn_of(twin));
        self.state = State::Window(Window::new(welcome.credit, welcome.max_bytes, self.clock.uptime()));
    }

    fn warn_of(&self, twin: &Twin) {
        let node = &self.settings.node;
        warn!("another machine calls itself {node} too, {twin}; give one of the two another `node: {{name: ...}}`");
    }

    fn act(&mut self) -> Result<()> {
        let now = self.clock.uptime();
        match &self.state {
            State::Silent => self.greet(now),
            State::Greeting { since } if now.saturating_sub(*since) >= self.settings.timeout => self.start_anew(),
            State::Greeting { .. } => Ok(()),
            State::Window(_) => self.act_in_window(now),
            State::Lockstep(_) => self.act_in_lockstep(now),
        }
    }

    /// A new connection, and all that was under way on the old one is thrown away.
    fn start_anew(&mut self) -> Result<()> {
        let (now, Settings { hub, timeout, .. }) = (self.clock.uptime(), &self.settings);
        if let Some(long) = self.away.tell(now, *timeout) {
            let (waits, hint) = (away::waits(&self.spool.stock()), self.hint());
            warn!("the hub at {hub} has not answered for {long}; {waits}; `picket-node doctor` tells why{hint}");
        }
        self.reconnect()
    }

    fn reconnect(&mut self) -> Result<()> {
        self.link.reconnect()?;
        self.state = first_state(self.settings.dialect);
        Ok(())
    }

    fn greet(&mut self, now: Duration) -> Result<()> {
        let hello =
            Hello { hardware: self.health.hardware(), version: env!("CARGO_PKG_VERSION").to_owned(), probe: false };
        if self.send_unnumbered(Kind::Hello, event::to_value(&hello))? {
            self.state = State::Greeting { since: now };
            self.heard = now;
            self.beaten = now;
        }
        Ok(())
    }

    fn act_in_window(&mut self, now: Duration) -> Result<()> {
        if now.saturating_sub(self.heard) >= self.settings.heartbeat + self.settings.timeout {
            return self.start_anew();
        }
        if now.saturating_sub(self.beaten) >= self.settings.heartbeat {
            self.beat(now)?;
        }
        while let State::Window(window) = &mut self.state {
            if window.is_stalled(now, self.settings.timeout * STALLED_TIMEOUTS) {
                warn!("the hub answers but acknowledges nothing: greeting it anew");
                return self.reconnect();
            }
            let Some(item) = window.next(&self.spool) else { return Ok(()) };
            let number = Number { stream: item.stream, seq: item.seq, prev: window.prev(item.stream) };
            let header = item.header(Some(number)).encode();
            let size = (header.len() + item.body.len()) as u64;
            if size > window.max_bytes {
                warn!(text = %item.msg, size, limit = window.max_bytes, "a message is too large for the hub");
                self.spool.set_aside(item.stream, item.seq);
            } else if !window.admits(size) || !self.link.send(&header, &item.body)? {
                return Ok(());
            } else {
                window.sent(number, size, now);
            }
        }
        Ok(())
    }

    fn beat(&mut self, now: Duration) -> Result<bool> {
        let health = self.health.data(&self.spool.stock());
        let sent = self.send_unnumbered(Kind::Health, event::to_value(&health))?;
        if sent {
            self.beaten = now;
        }
        Ok(sent)
    }

    fn send_unnumbered(&mut self, kind: Kind, data: serde_json::Value) -> Result<bool> {
        let header = author::sign_of_life(&self.settings.node, kind, data, self.health.boot(), self.clock.as_ref());
        let (header, body) = imagezmq::parts(header, event::BLACK_JPEG, self.settings.dialect.send_type())?;
        Ok(self.link.send(&header, &body)?)
    }
}

fn first_state(dialect: Dialect) -> State {
    match dialect {
        Dialect::Picket => State::Silent,
        Dialect::Imagezmq(_) => State::Lockstep(Lockstep::default()),
    }
}
