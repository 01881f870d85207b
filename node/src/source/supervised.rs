//! A source that is opened again whenever it fails, with longer and longer pauses; and that says once that
//! it is lost, and once that it is back. Knows no kind of source.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use picket_common::shutdown::Shutdown;
use picket_common::time::Clock;
use tracing::debug;

use super::{Exposure, Source, SourceError};
use crate::frame::Frame;

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

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
    /// Uptime of the first frame since the last opening.
    good_since: Option<Duration>,
    index: u64,
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
            good_since: None,
            index: 0,
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
                Err(SourceError::Lost(reason)) => self.fail(reason),
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

    /// Waits for a slice of the pause that is due, if any is.
    fn pause(&mut self) -> bool {
        let Some(pause) = self.pauses.due.take() else { return false };
        let rest = pause.saturating_sub(SLICE);
        self.pauses.due = (!rest.is_zero()).then_some(rest);
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
    fn fail(&mut self, reason: String) -> Option<Next> {
        self.source = None;
        self.good_since = None;
        self.pauses.lengthen();
        debug!(%reason, pause = ?self.pauses.due, "camera failed");
        if matches!(self.state, State::Lost) {
            return None;
        }
        self.state = State::Lost;
        Some(Next::Lost(reason))
    }
}

/// 1 s, 2 s, 4 s ... 60 s, each cut by up to a half, so that cameras that failed together (a switch that
/// restarts) are not asked again together.
#[derive(Debug, Default)]
struct Pauses {
    last: Option<Duration>,
    due: Option<Duration>,
}

impl Pauses {
    fn lengthen(&mut self) {
        let whole = self.last.map_or(FIRST_PAUSE, |last| (last * 2).min(LONGEST_PAUSE));
        self.last = Some(whole);
        // The standard library's way to a number that is new every time.
        let chance = RandomState::new().build_hasher().finish() as f64 / u64::MAX as f64;
        self.due = Some(whole.mul_f64(1.0 - chance / 2.0));
    }
}

#[cfg(test)]
mod tests;
