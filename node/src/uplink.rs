//! The node's side of the wire: takes from the spool, sends within the hub's credit, and removes only what
//! was acknowledged. A hub that is away is a normal state: whatever happens to the connection, it starts
//! again from the oldest message not acknowledged, with the same hub or with the next one. Knows no pixels and no files.
//!
//! It speaks with a Picket hub by a window, and in lock-step with an imagezmq hub, which is recognised by its
//! `OK` to the hello.

mod answers;
mod away;
mod backoff;
mod hubs;
mod lockstep;
mod lookout;
mod restamp;
mod sent;
mod settings;
mod signs;
#[cfg(test)]
mod tests;
mod window;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use picket_common::time::Clock;
use picket_common::transport::Dialer;
use picket_common::wire::{Header, Number, Reply};
use tracing::{debug, warn};

use self::away::{Away, Pause};
use self::hubs::Hubs;
use self::lockstep::Lockstep;
use self::lookout::Lookout;
use self::restamp::Restamp;
use self::sent::Sent;
pub use self::settings::{Dialect, Settings};
use self::window::Window;
use crate::author::Moment;
use crate::command::Commands;
use crate::health::Health;
use crate::spool::{Item, Spool};

/// A hub that answers heartbeats and still acknowledges nothing for so many time-outs is greeted anew, or left for another.
const STALLED_TIMEOUTS: u32 = 3;
/// So many answers are heard before something is sent again: a hub that talks without end does not keep the node from it.
const ANSWERS: usize = 1000;
/// A transport that takes nothing is asked again so soon.
const FULL: Duration = Duration::from_millis(20);

/// The owner of the node's socket.
pub struct Uplink<S> {
    link: S,
    spool: Spool,
    settings: Settings,
    health: Health,
    clock: Arc<dyn Clock>,
    commands: Commands,
    state: State,
    hubs: Hubs,
    lookout: Lookout<S>,
    /// A preferred hub is steadily there: nothing new is sent here, and until then what is under way may arrive.
    leaving: Option<(usize, Duration)>,
    /// When the hub last said anything, and when it was last sent a sign of life, in uptime.
    heard: Duration,
    beaten: Duration,
    /// So often was a hub greeted, and has welcomed the node, since one has acknowledged anything or answered a heartbeat.
    fruitless: u32,
    sent: Sent,
    restamp: Restamp,
    away: Away,
    pause: Pause,
    /// It was told that answers make no sense.
    is_odd_told: bool,
    /// Why the hub has refused a message, and when that was told, in uptime.
    refusal: Option<(String, Duration)>,
    /// The transport took nothing.
    is_full: bool,
}

enum State {
    /// The hello is to be sent, at this uptime or later.
    Silent { from: Duration },
    /// The hello was sent.
    Greeting { since: Duration },
    /// A Picket hub.
    Window(Window),
    /// An old hub.
    Lockstep(Lockstep),
}

impl<S: Dialer> Uplink<S> {
    /// An uplink that has not said hello yet.
    pub fn new(link: S, spool: Spool, settings: Settings, health: Health, clock: Arc<dyn Clock>) -> Uplink<S> {
        let now = clock.uptime();
        Uplink {
            state: first_state(settings.dialect, now),
            hubs: Hubs::new(&settings.hubs, settings.seed),
            lookout: Lookout::new(),
            leaving: None,
            heard: now,
            beaten: now,
            fruitless: 0,
            sent: Sent::before(&spool),
            restamp: Restamp::new(health.boot()),
            commands: Commands::default(),
            away: Away::default(),
            pause: Pause::default(),
            is_odd_told: false,
            refusal: None,
            is_full: false,
            link,
            spool,
            settings,
            health,
            clock,
        }
    }

    /// Handles what the hub has said, waiting at most `wait` for the first of it, and sends what may be sent.
    pub fn step(&mut self, wait: Duration) -> Result<()> {
        let wait = if std::mem::take(&mut self.is_full) { wait.min(FULL) } else { wait };
        let mut next = self.link.receive(wait)?;
        for _ in 0..ANSWERS {
            let Some(part) = next else { break };
            self.heard = self.clock.uptime();
            match Reply::decode(&part) {
                Ok(reply) => self.handle(reply)?,
                Err(error) => self.handle_odd(&error)?,
            }
            next = self.link.receive(Duration::ZERO)?;
        }
        self.act()?;
        self.look_out()
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

    /// Whether a hub has greeted it and answers.
    pub fn is_connected(&self) -> bool {
        matches!(self.state, State::Window(_) | State::Lockstep(_))
    }

    /// Whether everything was acknowledged.
    pub fn is_done(&self) -> bool {
        self.spool.stock().messages == 0
    }

    fn act(&mut self) -> Result<()> {
        let now = self.clock.uptime();
        if let Some((hub, until)) = self.leaving
            && (self.is_idle() || now >= until)
        {
            return self.go_back(hub, now);
        }
        let patience = self.hubs.patience(self.settings.timeout);
        match &self.state {
            State::Silent { from } if now < *from => Ok(()),
            State::Silent { .. } => self.greet(now),
            State::Greeting { since } if now.saturating_sub(*since) >= patience => self.start_anew(),
            State::Greeting { .. } => Ok(()),
            State::Window(_) => self.act_in_window(now),
            State::Lockstep(_) => self.act_in_lockstep(now),
        }
    }

    /// Whether nothing is under way.
    fn is_idle(&self) -> bool {
        match &self.state {
            State::Silent { .. } | State::Greeting { .. } => true,
            State::Window(window) => window.is_empty(),
            State::Lockstep(lockstep) => lockstep.asked.is_none(),
        }
    }

    /// The hub does not answer: the next one, or the same again. All that was under way is thrown away.
    fn start_anew(&mut self) -> Result<()> {
        let (now, hint) = (self.clock.uptime(), self.hint());
        self.next_hub(now)?;
        if self.hubs.are_all_silent()
            && let Some(long) = self.away.tell(now, self.settings.timeout)
        {
            let (hubs, waits) = (self.hubs.listed(), away::waits(&self.spool.stock()));
            self.warn(&format!("{hubs} not answered for {long}; {waits}; `picket-node doctor` tells why{hint}"));
        }
        Ok(())
    }

    fn next_hub(&mut self, now: Duration) -> Result<()> {
        self.hubs.missed(now, self.settings.timeout);
        self.lookout.start_anew(now + self.settings.heartbeat);
        self.connect(now)
    }

    /// To the hub at hand.
    fn connect(&mut self, from: Duration) -> Result<()> {
        debug!(hub = self.hubs.at_hand(), "connecting");
        self.leaving = None;
        self.state = first_state(self.settings.dialect, from);
        Ok(self.link.turn_to(self.hubs.at_hand())?)
    }

    fn act_in_window(&mut self, now: Duration) -> Result<()> {
        // What is too large for a slow network in this time gets more of it with each try.
        let timeout = self.settings.timeout * (1 << self.fruitless.saturating_sub(1).min(5));
        if now.saturating_sub(self.heard) >= self.settings.heartbeat + timeout {
            return self.start_anew();
        }
        if now.saturating_sub(self.beaten) >= self.settings.heartbeat {
            self.beat(now)?;
        }
        if self.is_stalled(now, timeout * STALLED_TIMEOUTS) {
            warn!(
                hub = self.hubs.at_hand(),
                "the hub answers but acknowledges nothing: greeting it anew, or the next one"
            );
            return self.next_hub(now);
        }
        while self.leaving.is_none()
            && let State::Window(window) = &mut self.state
        {
            let Some(item) = window.next(&self.spool) else { return Ok(()) };
            let (number, max_bytes) = (window.number(&item), window.max_bytes);
            let header = self.header(&item, Some(number)).encode();
            let size = (header.len() + item.body.len()) as u64;
            let State::Window(window) = &mut self.state else { return Ok(()) };
            if size > max_bytes {
                warn!(text = %item.msg, size, limit = max_bytes, "a message is too large for the hub");
                self.spool.set_aside(item.stream, item.seq);
            } else if !window.admits(size) {
                return Ok(());
            } else if self.link.send(&header, &item.body)? {
                window.sent(number, size, now);
                self.sent.note(item.stream, item.seq);
            } else {
                self.is_full = true;
                return Ok(());
            }
        }
        Ok(())
    }

    /// Whether it acknowledges nothing. Where there is no other hub, one that says pause is waited for.
    fn is_stalled(&mut self, now: Duration, patience: Duration) -> bool {
        let State::Window(window) = &mut self.state else { return false };
        let waits = !window.is_empty() || self.hubs.are_several() && window.next(&self.spool).is_some();
        window.is_stalled(waits, now, patience)
    }

    /// A message's header as it is sent now.
    fn header(&mut self, item: &Item, number: Option<Number>) -> Header {
        let clock = &self.clock;
        let now = || Moment { at: clock.now(), mono: clock.uptime(), clock: clock.state() };
        let mut header = item.header(number);
        if let Some(restamped) = header.keys.as_ref().and_then(|keys| self.restamp.keys(keys, now)) {
            header.keys = Some(restamped);
        }
        header
    }
}

fn first_state(dialect: Dialect, from: Duration) -> State {
    match dialect {
        Dialect::Picket => State::Silent { from },
        Dialect::Imagezmq(_) => State::Lockstep(Lockstep::default()),
    }
}
