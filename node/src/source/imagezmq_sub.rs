//! Pictures that other people's programs publish, as imagezmq's `ImageSender(REQ_REP=False)` does: JPEG, or pixels, grey
//! or blue, green, red. JPEG bytes go on as they came, mended where they must be.
//!
//! A publisher holds a thousand messages for whoever reads slowly, and would show the past for minutes. So the socket is
//! always emptied, and where frames come faster than they are taken, the oldest of a few are dropped here.

mod heard;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use picket_common::event::Kind;
use picket_common::jpeg;
use picket_common::shutdown::Shutdown;
use picket_common::time::{Clock, Timestamp};
use picket_common::transport::zmq::{Doors, Published};
use picket_common::transport::{Incoming, Receiver};
use picket_common::wire::{Header, RawShape};
use tracing::{debug, info};

use self::heard::Heard;
use super::video::Limits;
use super::{Source, SourceError, mend, pixels};
use crate::config::ImagezmqSubConfig;
use crate::frame::{Frame, Picture};
use crate::limit::Limit;

/// See [`Source::next`]: so long the socket is waited for before somebody looks whether to stop.
const SLICE: Duration = Duration::from_millis(50);
/// Pictures that wait to be taken; a burst of so many is not lost.
const MOST_WAITING: usize = 4;
/// At most so many messages are taken from the socket before the next frame is given.
const TURN: usize = 100;
/// imagenode and Picket send a tiny black picture with a text that has none of its own: none of them has a longer side
/// across than this.
const TINY: u32 = 16;
/// No JPEG file is shorter; what is belongs to a text.
const SHORTEST_JPEG: usize = 100;

pub(super) struct Subscription {
    doors: Doors,
    heard: Heard,
    text: Option<String>,
    limit: Option<Limit>,
    limits: Limits,
    waiting: VecDeque<Arrived>,
    clock: Arc<dyn Clock>,
    shutdown: Shutdown,
    index: u64,
}

/// A picture as it came in.
struct Arrived {
    at: Timestamp,
    mono: Duration,
    raw: Option<RawShape>,
    body: Vec<u8>,
}

impl Subscription {
    pub(super) fn open(
        config: &ImagezmqSubConfig,
        clock: &Arc<dyn Clock>,
        shutdown: &Shutdown,
    ) -> Result<Subscription, SourceError> {
        let addresses = &config.connect.0;
        let doors = Doors::open(None, addresses, pixels::MAX_BYTES as u64, clock.clone());
        let doors = doors.map_err(|error| SourceError::Lost(error.to_string()))?;
        let limit = config.framerate.map(|rate| {
            Duration::try_from_secs_f64(1.0 / rate.0)
                .map(Limit::new)
                .map_err(|_| SourceError::Lost(format!("{} frames a second cannot be; set `framerate`", rate.0)))
        });
        Ok(Subscription {
            doors,
            heard: Heard::new(addresses),
            text: config.text.clone(),
            limit: limit.transpose()?,
            limits: Limits::patient(config.framerate),
            waiting: VecDeque::new(),
            clock: clock.clone(),
            shutdown: shutdown.clone(),
            index: 0,
        })
    }

    /// Takes what has come, waiting at most `wait` for the first of it.
    fn listen(&mut self, mut wait: Duration) -> Result<(), SourceError> {
        for _ in 0..TURN {
            match self.doors.receive(wait).map_err(|error| SourceError::Lost(error.to_string()))? {
                None => break,
                Some(Incoming::Published(published)) => self.hear(published),
                // Only a ROUTER has these, and here is none.
                Some(Incoming::Delivery(_) | Incoming::Unaddressed(_) | Incoming::Closed) => {}
            }
            wait = Duration::ZERO;
        }
        Ok(())
    }

    fn hear(&mut self, published: Published) {
        match published {
            Published::Reached(address) => {
                info!(address, "publisher reached");
                self.heard.reached(&address);
            }
            Published::Gone(address) => {
                if self.heard.gone(&address) {
                    info!(address, "publisher gone; it is connected to again when it comes back");
                }
            }
            Published::Message { parts, .. } => self.sort(parts),
        }
    }

    /// A picture that is wanted waits; all else is only remembered.
    fn sort(&mut self, mut parts: Vec<Vec<u8>>) {
        let header = match Header::decode(&parts) {
            Ok(header) => header,
            Err(error) => return self.heard.fault(error.to_string()),
        };
        let Some(body) = parts.pop() else { return };
        let name = header.msg.split('|').next().unwrap_or_default().trim();
        if !is_picture(&header, &body) {
            return self.heard.text(name);
        }
        if self.text.as_ref().is_some_and(|wanted| wanted.trim() != name) {
            return self.heard.other(name);
        }
        if body.len() > pixels::MAX_BYTES {
            return self.heard.fault(format!("a picture of {} bytes is too large", body.len()));
        }
        let (at, mono) = (self.clock.now(), self.clock.uptime());
        if self.limit.as_mut().is_none_or(|limit| limit.passes(mono)) {
            self.waiting.push_back(Arrived { at, mono, raw: header.raw, body });
        }
        if self.waiting.len() > MOST_WAITING {
            debug!("frames come faster than they are taken; the oldest was dropped");
            self.waiting.pop_front();
        }
    }

    /// The oldest picture that can be used.
    fn take(&mut self) -> Option<Frame> {
        while let Some(Arrived { at, mono, raw, body }) = self.waiting.pop_front() {
            match picture(raw, body) {
                Ok(picture) => {
                    let frame = Frame { index: self.index, at, mono, picture: Arc::new(picture) };
                    self.index += 1;
                    self.heard.picture();
                    return Some(frame);
                }
                Err(why) => self.heard.fault(why),
            }
        }
        None
    }
}

impl Source for Subscription {
    fn next(&mut self) -> Result<Frame, SourceError> {
        let patience = if self.index == 0 { self.limits.first } else { self.limits.next };
        let start = self.clock.uptime();
        loop {
            if self.shutdown.is_requested() {
                return Err(SourceError::Ended);
            }
            let waited = self.clock.uptime().saturating_sub(start);
            let rest = if self.waiting.is_empty() { patience.saturating_sub(waited) } else { Duration::ZERO };
            self.listen(rest.min(SLICE))?;
            if let Some(frame) = self.take() {
                return Ok(frame);
            }
            if waited >= patience {
                return Err(SourceError::Lost(self.heard.silence(self.text.as_deref(), patience)));
            }
        }
    }
}

/// Whether a message is a frame, and not a text with a tiny picture, or with none, beside it.
fn is_picture(header: &Header, body: &[u8]) -> bool {
    let is_large = |(width, height): (u32, u32)| width.min(height) > TINY;
    match (&header.keys, header.raw) {
        (Some(keys), _) => matches!(keys.kind, Kind::Image | Kind::Live),
        (None, Some(raw)) => is_large((raw.width, raw.height)),
        // What is no JPEG, but long enough for a picture, is told as a fault when it is taken.
        (None, None) => body.len() >= SHORTEST_JPEG && jpeg::size(body).map_or(true, is_large),
    }
}

fn picture(raw: Option<RawShape>, body: Vec<u8>) -> Result<Picture, String> {
    match raw {
        None => mend::picture(body).map_err(|error| error.to_string()),
        Some(RawShape { width, height, channels }) => {
            pixels::picture(body, width as usize, height as usize, channels as usize)
        }
    }
}

#[cfg(test)]
mod tests;
