//! What is sent beside the stream: the hello and the signs of life.

use std::time::Duration;

use anyhow::Result;
use picket_common::event::{self, Hello, Kind};
use picket_common::transport::Dialer;

use super::{State, Uplink};
use crate::author;
use crate::imagezmq;

impl<S: Dialer> Uplink<S> {
    pub(super) fn greet(&mut self, now: Duration) -> Result<()> {
        if self.send_unnumbered(Kind::Hello, event::to_value(&self.hello(false)))? {
            self.state = State::Greeting { since: now };
            self.heard = now;
            self.beaten = now;
        }
        Ok(())
    }

    pub(super) fn hello(&self, probe: bool) -> Hello {
        Hello { hardware: self.health.hardware(), version: env!("CARGO_PKG_VERSION").to_owned(), probe }
    }

    pub(super) fn beat(&mut self, now: Duration) -> Result<bool> {
        let health = self.health.data(&self.spool.stock());
        let sent = self.send_unnumbered(Kind::Health, event::to_value(&health))?;
        if sent {
            self.beaten = now;
        }
        Ok(sent)
    }

    pub(super) fn send_unnumbered(&mut self, kind: Kind, data: serde_json::Value) -> Result<bool> {
        let (header, body) = self.sign_of_life(kind, data)?;
        Ok(self.link.send(&header, &body)?)
    }

    pub(super) fn sign_of_life(&self, kind: Kind, data: serde_json::Value) -> Result<(Vec<u8>, Vec<u8>)> {
        let header = author::sign_of_life(&self.settings.node, kind, data, self.health.boot(), self.clock.as_ref());
        let (header, body) = imagezmq::parts(header, event::BLACK_JPEG, self.settings.dialect.send_type())?;
        Ok((header, body.into_owned()))
    }
}
