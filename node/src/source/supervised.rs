//! A source that is opened again whenever it fails, with longer and longer pauses; and that says once that
//! it is lost, and once that it is back. Knows no kind of source.

use std::sync::Arc;
use std::time::Duration;

use picket_common::shutdown::Shutdown;
use picket_common::time::Clock;
use tracing::debug;

use super::{Exposure, Source, SourceError};
use crate::frame::Frame;
use crate::pauses::Pauses;

/// A pause is waited for in slices, so that whoever watches the thread can see that it lives.
const SLICE: Duration = Duration::from_secs(1);

/// Frames for so long, and the next pause is the first again.
const STEADY: Duration = Duration::from_secs(60);

/// What comes next from a camera.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// A frame; `index` counts on over every reopening.
    Frame(Frame),
    /// The camera has failed, in words; it is being opened again.
    Lost(String),
    /// It gives frames again; the first follows.
    Back,
    /// The camera is still lost, and is opened again after a while.
    Waiting,
    /// There are no more frames, or a shutdown was requested.
    Ended,
}

/// Opens a source, at first and again.
pub type Open = Box<dyn FnMut() -> Result<Box<dyn Source>, SourceError> + Send>;

/// A source that is opened again whenever it fails.
pub struct Supervised {
    open: Open,
    clock: Arc<dyn Clock>,
    shutdown: Shutdown,
    source: Option<Box<dyn Source>>,
    state: State,
    pauses: Pauses,
    /// What is left of the pause.
    due: Option<Duration>,
    /// Uptime of the first frame since the last opening.
    good_since: Option<Duration>,
    index: u64,
    /// By the sources that were given up.
    missed: u64,
}

enum State {
    Good,
    Lost,
    /// Back has been told, and this is the frame that showed it.
    Back(Box<Frame>),
    Ended,
}

impl Supervised {
    /// Opens nothing yet.
    pub fn new(open: Open, clock: Arc<dyn Clock>, shutdown: Shutdown) -> Supervised {
        Supervised {
            open,
            clock,
            shutdown,
            source: None,
            state: State::Good,
            pauses: Pauses::default(),
            due: None,
            good_since: None,
            index: 0,
            missed: 0,
        }
    }

    /// The next thing that happens, waited for; during an outage, [`Next::Waiting`] every second until it is time
    /// to open the camera again. A turn takes at most as long as a source's opening and its first frame.
    #[allow(clippy::should_implement_trait, reason = "an iterator would have to end, and say nothing of why")]
    pub fn next(&mut self) -> Next {
        loop {
            if self.shutdown.is_requested() || matches!(self.state, State::Ended) {
                self.source = None;
                self.state = State::Ended;
                return Next::Ended;
            }
            if matches!(self.state, State::Back(_))
                && let State::Back(frame) = std::mem::replace(&mut self.state, State::Good)
            {
                return Next::Frame(*frame);
            }
            if self.pause() {
                return Next::Waiting;
            }
            let next = match self.try_next() {
                Ok(frame) => Some(self.succeed(frame)),
                Err(SourceError::Lost(reason)) => {
                    let pause = self.pauses.next();
                    self.fail(reason, pause)
                }
                Err(SourceError::Away(reason)) => self.fail(reason, Pauses::FIRST),
                Err(SourceError::Ended) => {
                    self.state = State::Ended;
                    None
                }
            };
            if let Some(next) = next {
                return next;
            }
        }
    }

    /// How the camera exposed one of its last frames, where it tells; None while it is lost.
    pub fn exposure(&self) -> Option<Exposure> {
        self.source.as_ref()?.exposure()
    }

    /// How many of the camera's frames were lost on their way, over all reopenings.
    pub fn missed(&self) -> u64 {
        self.missed + self.source.as_ref().map_or(0, |source| source.missed())
    }

    /// Waits for a slice of the pause that is due, if any is.
    fn pause(&mut self) -> bool {
        let Some(pause) = self.due.take() else { return false };
        let rest = pause.saturating_sub(SLICE);
        self.due = (!rest.is_zero()).then_some(rest);
        self.clock.wait(pause.min(SLICE), &self.shutdown);
        true
    }

    fn try_next(&mut self) -> Result<Frame, SourceError> {
        match &mut self.source {
            Some(source) => source.next(),
            None => self.source.insert((self.open)()?).next(),
        }
    }

    fn succeed(&mut self, frame: Frame) -> Next {
        let now = self.clock.uptime();
        if now.saturating_sub(*self.good_since.get_or_insert(now)) >= STEADY {
            self.pauses = Pauses::default();
        }
        let frame = Frame { index: self.index, ..frame };
        self.index += 1;
        if matches!(self.state, State::Lost) {
            self.state = State::Back(Box::new(frame));
            return Next::Back;
        }
        Next::Frame(frame)
    }

    /// Told only when it is news.
    fn fail(&mut self, reason: String, pause: Duration) -> Option<Next> {
        self.missed = self.missed();
        self.source = None;
        self.good_since = None;
        self.due = Some(pause);
        debug!(%reason, ?pause, "camera failed");
        if matches!(self.state, State::Lost) {
            return None;
        }
        self.state = State::Lost;
        Some(Next::Lost(reason))
    }
}

#[cfg(test)]
mod tests;
