//! One message at a time, as imagezmq's hub wants it: each waits for the reply to the one before.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use picket_common::transport::Dialer;
use picket_common::wire::{Number, StreamId};
use tracing::warn;

use super::{Dialect, State, Uplink};
use crate::config::SendType;
use crate::imagezmq;
use crate::spool::Item;

/// What was asked of an old hub.
#[derive(Default)]
pub(super) struct Lockstep {
    pub(super) asked: Option<Asked>,
    /// The last number sent in each stream.
    pub(super) sent: Vec<(StreamId, u64)>,
    pub(super) pause_until: Duration,
}

/// What an old hub has not answered yet.
pub(super) struct Asked {
    pub(super) item: Option<Arc<Item>>,
    pub(super) since: Duration,
}

impl<S: Dialer> Uplink<S> {
    /// What to try where an old hub answered before, or is to be one, and did not answer a message: Python's
    /// `recv_image()` ends its program at a JPEG, `recv_jpg()` reads pixels as what they are not.
    pub(super) fn hint(&self) -> &'static str {
        let State::Lockstep(Lockstep { asked: Some(Asked { item: Some(_), .. }), .. }) = &self.state else { return "" };
        match self.settings.dialect.send_type() {
            SendType::Jpg => {
                "; if it is a Python program that calls recv_image(), a JPEG ends it: write \
                 `hub: {protocol: imagezmq, send_type: image}`"
            }
            SendType::Image => {
                "; if it is a Python program that calls recv_jpg(), pixels are nothing to it: write `send_type: jpg`"
            }
        }
    }

    pub(super) fn act_in_lockstep(&mut self, now: Duration) -> Result<()> {
        let patience = self.hubs.patience(self.settings.timeout);
        let State::Lockstep(lockstep) = &self.state else { return Ok(()) };
        match &lockstep.asked {
            Some(asked) if now.saturating_sub(asked.since) >= patience => return self.start_anew(),
            Some(_) => return Ok(()),
            None if now < lockstep.pause_until || self.leaving.is_some() => return Ok(()),
            None => {}
        }
        if now.saturating_sub(self.beaten) >= self.settings.heartbeat {
            if self.beat(now)? {
                self.ask(None, now);
            }
            return Ok(());
        }
        let streams = self.spool.streams();
        let Some(item) = streams.into_iter().find_map(|stream| self.spool.after(stream, 0)) else { return Ok(()) };
        let header = self.header(&item, self.lockstep_number(&item));
        match imagezmq::parts(header, &item.body, self.settings.dialect.send_type()) {
            Ok((header, body)) => {
                if self.link.send(&header, &body)? {
                    self.ask(Some(item), now);
                }
            }
            Err(error) => {
                warn!(text = %item.msg, "a picture was left out: {error}");
                self.spool.set_aside(item.stream, item.seq);
            }
        }
        Ok(())
    }

    /// `protocol: imagezmq` sends no numbers; to an old hub that was recognised they do no harm, and a Picket hub
    /// that takes its place asks for a hello because of them.
    fn lockstep_number(&self, item: &Item) -> Option<Number> {
        let State::Lockstep(lockstep) = &self.state else { return None };
        let prev = lockstep.sent.iter().find(|(stream, _)| *stream == item.stream).map_or(0, |(_, seq)| *seq);
        let number = Number { stream: item.stream, seq: item.seq, prev: prev.min(item.seq - 1) };
        (self.settings.dialect == Dialect::Picket).then_some(number)
    }

    fn ask(&mut self, item: Option<Arc<Item>>, now: Duration) {
        let State::Lockstep(lockstep) = &mut self.state else { return };
        if let Some(item) = &item {
            lockstep.sent.retain(|(stream, _)| *stream != item.stream);
            lockstep.sent.push((item.stream, item.seq));
            self.sent.note(item.stream, item.seq);
        }
        lockstep.asked = Some(Asked { item, since: now });
    }
}
