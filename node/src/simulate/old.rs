//! A virtual old sender: one picture after the other, as imagezmq's `send_jpg` sends them, each after the answer to the one
//! before. Where none comes in time it does as imagezmq's users do: it closes its socket, opens another one and sends the
//! same picture again. Knows no threads.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use picket_common::time::Clock;
use picket_common::transport::Sender;
use picket_common::wire::{Header, Reply, StreamId};
use tracing::warn;

use super::Member;
use super::course::Course;
use super::oracle::{Ending, Lines, Oracle};
use super::payload::Painter;
use super::tally::Tally;

/// One old sender.
pub(super) struct OldSender<S> {
    link: S,
    name: String,
    header: Vec<u8>,
    /// Tells this run's pictures from those of another one.
    run: StreamId,
    timeout: Duration,
    painter: Painter,
    course: Course,
    oracle: Option<Oracle>,
    clock: Arc<dyn Clock>,
    counter: u64,
    asked: Option<Asked>,
    tally: Tally,
}

/// A picture that is not answered yet.
struct Asked {
    picture: Vec<u8>,
    /// When it was first sent, and when it last was; none while the socket takes nothing.
    first: Duration,
    last: Option<Duration>,
}

impl<S: Sender> OldSender<S> {
    /// A sender that has sent nothing yet.
    pub(super) fn new(
        link: S,
        name: String,
        oracle: Option<Oracle>,
        timeout: Duration,
        (painter, course): (Painter, Course),
        clock: Arc<dyn Clock>,
    ) -> OldSender<S> {
        let header = Header { msg: format!("{name} {}|jpg", super::VIEW), raw: None, keys: None }.encode();
        let (run, counter, asked, tally) = (StreamId::random(), 0, None, Tally::default());
        OldSender { link, name, header, run, timeout, painter, course, oracle, clock, counter, asked, tally }
    }

    fn hear(&mut self, now: Duration) -> Result<()> {
        while let Some(part) = self.link.receive(Duration::ZERO)? {
            // An answer to nothing is one that came after the picture was given up.
            let Some(asked) = self.asked.take_if(|asked| asked.last.is_some()) else { continue };
            let ending = match Reply::decode(&part) {
                Ok(Reply::Refused(reason)) => {
                    warn!(sender = %self.name, %reason, "the hub refused a picture");
                    Ending::Refused
                }
                // imagezmq's users do not look at it.
                _ => Ending::Acked,
            };
            self.write(|lines, name, counter| lines.ended(name, counter, ending))?;
            self.tally.end(ending, asked.picture.len() as u64, Some(asked.first), now);
        }
        Ok(())
    }

    fn ask(&mut self, now: Duration) -> Result<()> {
        self.course.next();
        self.counter += 1;
        let picture = self.painter.paint(&super::stamp(self.run, &self.name, self.counter));
        self.write(|lines, name, counter| lines.sent(name, counter, Some(&picture)))?;
        self.tally.images += 1;
        self.asked = Some(Asked { picture, first: now, last: None });
        Ok(())
    }

    /// Sends what is not sent yet, and again what is not answered in time.
    fn press(&mut self, now: Duration) -> Result<()> {
        let Some(asked) = &mut self.asked else { return Ok(()) };
        if asked.last.is_some_and(|last| now.saturating_sub(last) >= self.timeout) {
            self.link.reconnect()?;
            self.tally.again += 1;
            asked.last = None;
        }
        if asked.last.is_none() && self.link.send(&self.header, &asked.picture)? {
            asked.last = Some(now);
        }
        Ok(())
    }

    fn write(&mut self, line: impl FnOnce(&mut Lines, &str, u64)) -> Result<()> {
        let Some(oracle) = &self.oracle else { return Ok(()) };
        let mut lines = Lines::default();
        line(&mut lines, &self.name, self.counter);
        oracle.write(&mut lines).context("cannot write to the oracle")
    }
}

impl<S: Sender> Member<S> for OldSender<S> {
    fn step(&mut self, is_sending: bool) -> Result<()> {
        let now = self.clock.uptime();
        self.hear(now)?;
        if is_sending && self.asked.is_none() && self.course.due().is_none_or(|due| due <= now) {
            self.ask(now)?;
        }
        self.press(now)
    }

    fn due(&self) -> Option<Duration> {
        // While it waits for an answer it has nothing to send.
        self.course.due().filter(|_| self.asked.is_none())
    }

    fn link(&self) -> &S {
        &self.link
    }

    fn is_connected(&self) -> bool {
        false
    }

    fn is_done(&self) -> bool {
        self.asked.is_none()
    }

    fn end(&mut self) -> Tally {
        std::mem::take(&mut self.tally)
    }
}
