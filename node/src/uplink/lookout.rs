//! While the node sends to a hub that is not the most preferred one: looks now and then whether a better one answers again,
//! on a connection of its own, with a hello that changes nothing there.

use std::time::Duration;

use anyhow::Result;
use picket_common::event::{self, Kind};
use picket_common::transport::Dialer;
use picket_common::wire::Reply;

use super::hubs::Hubs;
use super::{State, Uplink};

/// Looks after the hubs that are preferred to the one at hand.
pub(super) struct Lookout<S> {
    /// It is kept for the next look: to let go of it may take as long as to look up a name does.
    link: Option<S>,
    /// The hub that is asked now, and until when.
    asked: Option<(usize, Duration)>,
    /// When one is asked next, in uptime.
    due: Duration,
    /// The hub that has answered last, and how often in a row.
    signs: (usize, u32),
}

/// What a look takes: the hello, and how often and how long to wait.
pub(super) struct Glance {
    /// A hello's two parts.
    pub(super) hello: (Vec<u8>, Vec<u8>),
    pub(super) every: Duration,
    pub(super) timeout: Duration,
    /// In uptime.
    pub(super) now: Duration,
}

impl<S: Dialer> Lookout<S> {
    pub(super) fn new() -> Lookout<S> {
        Lookout { link: None, asked: None, due: Duration::ZERO, signs: (0, 0) }
    }

    /// From now on for another hub at hand.
    pub(super) fn start_anew(&mut self, due: Duration) {
        *self = Lookout { link: self.link.take(), due, ..Lookout::new() };
    }

    /// A preferred hub that answers steadily, if there is one. Never waits.
    pub(super) fn look(&mut self, beside: &S, hubs: &mut Hubs, glance: &Glance) -> Result<Option<usize>> {
        if hubs.preferred() == 0 {
            return Ok(None);
        }
        let next = match self.asked {
            None if glance.now < self.due => return Ok(None),
            None => Some(0),
            Some((hub, until)) => match self.answer()? {
                Some(true) => return Ok(self.sign(hub, hubs, glance)),
                None if glance.now < until => return Ok(None),
                _ => {
                    // One that is silent between two signs is not steady.
                    self.signs.1 = if self.signs.0 == hub { 0 } else { self.signs.1 };
                    Some(hub + 1).filter(|next| *next < hubs.preferred())
                }
            },
        };
        self.asked = None;
        match next {
            Some(next) => self.ask(next, beside, hubs.address(next), glance)?,
            None => self.due = glance.now + hubs.about(glance.every),
        }
        Ok(None)
    }

    /// Whether the one that is asked says that it takes messages: one whose disk is full says that it does not.
    fn answer(&mut self) -> Result<Option<bool>> {
        let Some(part) = self.link.as_mut().map_or(Ok(None), |link| link.receive(Duration::ZERO))? else {
            return Ok(None);
        };
        Ok(Some(match Reply::decode(&part) {
            Ok(Reply::Welcome(welcome)) => welcome.credit.credit_bytes > 0,
            Ok(Reply::Ok) => true,
            _ => false,
        }))
    }

    fn sign(&mut self, hub: usize, hubs: &mut Hubs, glance: &Glance) -> Option<usize> {
        let before = if self.signs.0 == hub { self.signs.1 } else { 0 };
        self.signs = (hub, before + 1);
        self.asked = None;
        self.due = glance.now + hubs.about(glance.every);
        let is_steady = hubs.is_steady(self.signs.1);
        if is_steady {
            self.link = None;
        }
        is_steady.then_some(hub)
    }

    fn ask(&mut self, hub: usize, beside: &S, address: &str, glance: &Glance) -> Result<()> {
        match &mut self.link {
            Some(link) => link.turn_to(address)?,
            link => *link = Some(beside.another(address)?),
        }
        if let Some(link) = &mut self.link {
            link.send(&glance.hello.0, &glance.hello.1)?;
        }
        self.asked = Some((hub, glance.now + glance.timeout));
        Ok(())
    }
}

impl<S: Dialer> Uplink<S> {
    /// Looks whether a preferred hub is there again, and makes ready to go back to it.
    pub(super) fn look_out(&mut self) -> Result<()> {
        let is_greeted = !matches!(self.state, State::Silent { .. } | State::Greeting { .. });
        if self.hubs.preferred() == 0 || self.leaving.is_some() || !is_greeted {
            return Ok(());
        }
        let hello = self.sign_of_life(Kind::Hello, event::to_value(&self.hello(true)))?;
        let (now, every, timeout) = (self.clock.uptime(), self.settings.heartbeat, self.settings.timeout);
        let glance = Glance { hello, every, timeout, now };
        let found = self.lookout.look(&self.link, &mut self.hubs, &glance)?;
        self.leaving = found.map(|hub| (hub, now + timeout));
        Ok(())
    }

    pub(super) fn go_back(&mut self, hub: usize, now: Duration) -> Result<()> {
        self.hubs.go_back(hub, now);
        self.lookout.start_anew(now + self.settings.heartbeat);
        self.connect(now)
    }
}
