//! When a frame is due, and the times it bears, for the sources that have no camera to wait for. Knows no
//! pictures.

use std::sync::Arc;
use std::time::Duration;

use picket_common::shutdown::Shutdown;
use picket_common::time::{Clock, Timestamp};

use super::SourceError;
use crate::config::Pace;

/// Gives each frame its times, and waits until it is due where the pace asks for that.
pub(super) struct Timing {
    framerate: f64,
    shutdown: Shutdown,
    tempo: Tempo,
    /// Frames since the tempo's start.
    count: u64,
}

enum Tempo {
    /// A frame is due at `start + count / framerate` by the clock's uptime, and bears the clock's times.
    Own { clock: Arc<dyn Clock>, start: Option<Duration> },
    /// No waiting; times are counted from these.
    Counted { at: Timestamp, mono: Duration },
}

impl Timing {
    /// With [`Pace::Own`], frames bear the clock's times; with [`Pace::Fast`], times `1 / framerate` apart
    /// from the clock's time now.
    pub(super) fn new(
        pace: Pace,
        framerate: f64,
        clock: &Arc<dyn Clock>,
        shutdown: &Shutdown,
    ) -> Result<Timing, SourceError> {
        let tempo = match pace {
            Pace::Own => Tempo::Own { clock: clock.clone(), start: None },
            Pace::Fast => Tempo::Counted { at: clock.now(), mono: clock.uptime() },
        };
        Timing::with(tempo, framerate, shutdown)
    }

    /// No waiting; the first frame is at the Unix epoch.
    pub(super) fn footage(framerate: f64, shutdown: &Shutdown) -> Result<Timing, SourceError> {
        Timing::with(Tempo::Counted { at: Timestamp::UNIX_EPOCH, mono: Duration::ZERO }, framerate, shutdown)
    }

    fn with(tempo: Tempo, framerate: f64, shutdown: &Shutdown) -> Result<Timing, SourceError> {
        if framerate > 0.0 && framerate <= 1000.0 {
            return Ok(Timing { framerate, shutdown: shutdown.clone(), tempo, count: 0 });
        }
        Err(SourceError::Lost(format!("{framerate} frames a second cannot be; set `framerate`")))
    }

    /// Frames a second.
    pub(super) fn framerate(&self) -> f64 {
        self.framerate
    }

    /// The next frame's wall time and uptime, once it is due.
    pub(super) fn next(&mut self) -> Result<(Timestamp, Duration), SourceError> {
        if self.shutdown.is_requested() {
            return Err(SourceError::Ended);
        }
        let offset = seconds(self.count as f64 / self.framerate);
        self.count += 1;
        let (clock, start) = match &mut self.tempo {
            Tempo::Counted { at, mono } => {
                return Ok((at.checked_add(offset).unwrap_or(Timestamp::MAX), *mono + offset));
            }
            Tempo::Own { clock, start } => (clock, start),
        };
        let now = clock.uptime();
        let due = start.get_or_insert(now).saturating_add(offset);
        if now > due + seconds(1.0 / self.framerate) {
            // Too late by a whole frame: go on from here rather than make up for it in a burst.
            *start = Some(now);
            self.count = 1;
        } else if clock.wait(due.saturating_sub(now), &self.shutdown) {
            return Err(SourceError::Ended);
        }
        Ok((clock.now(), clock.uptime()))
    }
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX / 4)
}

#[cfg(test)]
mod tests {
    use picket_common::time::SimClock;

    use super::*;

    fn start() -> Timestamp {
        "2026-11-20T06:00:00Z".parse().unwrap()
    }

    fn milliseconds(timing: &mut Timing, since: Timestamp) -> i64 {
        timing.next().unwrap().0.as_millisecond() - since.as_millisecond()
    }

    #[test]
    fn frames_at_their_own_pace_come_when_they_are_due() {
        let sim = SimClock::new(start());
        let clock: Arc<dyn Clock> = Arc::new(sim.clone());
        let mut timing = Timing::new(Pace::Own, 4.0, &clock, &Shutdown::new()).unwrap();
        let mut check = |passing: u64, expected: i64| {
            sim.advance(Duration::from_millis(passing));
            assert_eq!(milliseconds(&mut timing, start()), expected);
        };
        check(0, 0);
        check(0, 250);
        check(100, 500);
        check(250, 750);
        check(400, 1150); // late, but by less than a frame: the next ones are on time again
        check(0, 1250);
        check(2000, 3250); // late by frames: they are not made up for
        check(0, 3500);
        check(0, 3750);
    }

    #[test]
    fn fast_frames_are_counted_from_the_opening() {
        let sim = SimClock::new(start());
        let clock: Arc<dyn Clock> = Arc::new(sim.clone());
        let mut timing = Timing::new(Pace::Fast, 30.0, &clock, &Shutdown::new()).unwrap();
        let times: Vec<i64> = (0..31).map(|_| milliseconds(&mut timing, start())).collect();
        assert_eq!(&times[..4], [0, 33, 66, 100]);
        assert_eq!(times[30], 1000);
        assert_eq!(clock.now(), start(), "nobody waited");
    }

    #[test]
    fn footage_begins_at_the_epoch() {
        let mut timing = Timing::footage(2.0, &Shutdown::new()).unwrap();
        assert_eq!(timing.next(), Ok((Timestamp::UNIX_EPOCH, Duration::ZERO)));
        let half = Duration::from_millis(500);
        assert_eq!(timing.next(), Ok((Timestamp::UNIX_EPOCH + half, half)));
    }

    #[test]
    fn a_shutdown_ends_the_waiting() {
        let clock: Arc<dyn Clock> = Arc::new(SimClock::new(start()));
        let shutdown = Shutdown::new();
        let mut timing = Timing::new(Pace::Own, 1.0, &clock, &shutdown).unwrap();
        timing.next().unwrap();
        shutdown.request();
        assert_eq!(timing.next(), Err(SourceError::Ended));
    }

    #[test]
    fn rates_that_cannot_be_are_refused() {
        for rate in [0.0, -1.0, f64::NAN, f64::INFINITY, 90_000.0] {
            assert!(Timing::footage(rate, &Shutdown::new()).is_err(), "{rate}");
        }
    }
}
