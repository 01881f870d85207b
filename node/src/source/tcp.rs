//! A program that sends its frames over one TCP connection, as tutorials teach it: reached where it listens, or waited
//! for. What its bytes mean is for a [`Reader`]; this owns the connection, its time-outs and what is counted.

mod guests;
mod pickled;
mod raw;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use picket_common::shutdown::Shutdown;
use picket_common::time::Clock;

use self::guests::Guests;
pub(super) use self::pickled::Pickled;
pub(super) use self::raw::Raw;
use super::video::Limits;
use super::{Kept, Source, SourceError};
use crate::config::Framerate;
use crate::frame::{Frame, Picture};
use crate::limit::Limit;
use crate::link::{Gap, Line, Link};

/// Who has not come for so long counts as lost, however few frames are asked for.
const COMING: Duration = Duration::from_secs(30);

/// What the bytes of a connection mean.
pub(super) trait Reader: Send {
    /// Where what comes is to be added.
    fn buffer(&mut self) -> &mut Vec<u8>;

    /// The next that is whole; an error if the other side does not speak this.
    fn take(&mut self) -> Result<Option<Item>, String>;

    /// Whether a frame has begun and not ended.
    fn is_amid(&self) -> bool;
}

/// What comes over a connection.
#[derive(Debug, PartialEq)]
pub(super) enum Item {
    Picture(Picture),
    /// The other side says that it has missed a frame, or the frame is damaged.
    Missed,
    /// The other side says that it has finished.
    Finished,
}

/// Who dials whom, and how.
pub(super) struct Way<'a> {
    pub(super) connect: Option<&'a str>,
    pub(super) listen: Option<&'a str>,
    /// Said when the connection stands.
    pub(super) greeting: &'a [u8],
    pub(super) framerate: Option<Framerate>,
    /// Until the first frame, and between two.
    pub(super) limits: Limits,
}

/// What a listening source keeps over its reopenings.
pub(super) type Porch = Option<Arc<Guests>>;

pub(super) struct Tcp {
    /// The other side, for messages.
    name: String,
    link: Link,
    reader: Box<dyn Reader>,
    limit: Option<Limit>,
    limits: Limits,
    line: Line,
    /// Where this one came in, if it came by itself.
    guests: Porch,
    clock: Arc<dyn Clock>,
    index: u64,
    missed: u64,
}

impl Tcp {
    pub(super) fn open(
        way: &Way<'_>,
        reader: impl Reader + 'static,
        kept: &mut Kept,
        clock: &Arc<dyn Clock>,
        shutdown: &Shutdown,
    ) -> Result<Tcp, SourceError> {
        let (link, name, guests) = match (way.connect, way.listen) {
            (Some(place), _) => (dial(place, way.limits.next, shutdown)?, place.to_owned(), None),
            (None, Some(place)) => {
                let guests = Guests::at(&mut kept.porch, place)?;
                let (link, peer) = guests.next(way.limits.first.min(COMING), shutdown)?;
                (link, peer, Some(guests))
            }
            (None, None) => return Err(SourceError::Lost("neither `connect` nor `listen` is set".into())),
        };
        let mut tcp = Tcp {
            name,
            link,
            reader: Box::new(reader),
            limit: way.framerate.and_then(Limit::to),
            limits: way.limits,
            line: kept.line.clone(),
            guests,
            clock: clock.clone(),
            index: 0,
            missed: 0,
        };
        tcp.link.send(way.greeting).map_err(|gap| tcp.lost(gap))?;
        let twin = tcp.link.twin().map_err(|gap| tcp.lost(gap))?;
        tcp.line.lend(twin);
        Ok(tcp)
    }

    /// The next frame that keeps to the rate.
    fn picture(&mut self) -> Result<Picture, SourceError> {
        self.look();
        self.link.wait_for(if self.index == 0 { self.limits.first } else { self.limits.next });
        loop {
            match self.reader.take() {
                Ok(Some(Item::Picture(picture))) => {
                    if self.limit.as_mut().is_none_or(|limit| limit.passes(self.clock.uptime())) {
                        return Ok(picture);
                    }
                    continue;
                }
                Ok(Some(Item::Missed)) => {
                    self.missed += 1;
                    continue;
                }
                Ok(Some(Item::Finished)) => return Err(self.over(SourceError::Lost("it has finished".into()))),
                Ok(None) => {}
                Err(why) => return Err(self.over(SourceError::Lost(why))),
            }
            match self.link.read_some(self.reader.buffer()) {
                Ok(Some(0)) => return Err(self.lost(Gap::Broken(self.hung_up()))),
                Ok(Some(_)) => {}
                Ok(None) => self.look(),
                Err(gap) => return Err(self.lost(gap)),
            }
        }
    }

    /// Whether somebody else is at the door.
    fn look(&self) {
        if let Some(guests) = &self.guests {
            guests.look(&self.name);
        }
    }

    fn hung_up(&self) -> String {
        if self.reader.is_amid() { "it hung up amid a frame" } else { "it hung up" }.into()
    }

    /// The connection broke or stalled; a frame that had begun is lost.
    fn lost(&mut self, gap: Gap) -> SourceError {
        let amid = if self.reader.is_amid() { "the rest of a frame" } else { "a frame" };
        self.missed += u64::from(self.reader.is_amid());
        let missed = if self.missed > 0 { format!("; {} that it missed so far", self.missed) } else { String::new() };
        let patience = if self.index == 0 { self.limits.first } else { self.limits.next };
        self.over(gap.told(&format!("it sent no more, {amid} was waited for{missed}"), patience))
    }

    /// The connection is of no more use. One that comes by itself is waited for.
    fn over(&self, error: SourceError) -> SourceError {
        match error {
            SourceError::Lost(what) if self.guests.is_some() => SourceError::Away(format!("{}: {what}", self.name)),
            SourceError::Lost(what) => SourceError::Lost(format!("{}: {what}", self.name)),
            other => other,
        }
    }
}

impl Source for Tcp {
    fn next(&mut self) -> Result<Frame, SourceError> {
        let picture = self.picture()?;
        let frame =
            Frame { index: self.index, at: self.clock.now(), mono: self.clock.uptime(), picture: Arc::new(picture) };
        self.index += 1;
        Ok(frame)
    }

    fn missed(&self) -> u64 {
        self.missed
    }
}

impl Drop for Tcp {
    fn drop(&mut self) {
        self.line.withdraw();
        // At the node's end, whoever sends over the connection may still say farewell.
        if !self.link.is_over() {
            self.link.hang_up();
        }
    }
}

fn dial(place: &str, patience: Duration, shutdown: &Shutdown) -> Result<Link, SourceError> {
    Link::dial(place, patience, shutdown)
        .map_err(|gap| gap.told("it cannot be reached; is it switched on, and in this network?", patience))
        .map_err(|error| match error {
            SourceError::Lost(what) => SourceError::Lost(format!("{place}: {what}")),
            other => other,
        })
}
