//! Signs of life. Each thread beats in its own loop, where its work is done; whoever wants to know asks which have
//! not beaten for longer than they may. A thread that hangs is found by its silence, and by nothing else can it
//! keep up appearances: there is no timer that beats for it. Knows neither threads nor systemd.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::time::Clock;

/// The threads of a program, each with its last sign of life. Clones are the same pulse.
#[derive(Clone)]
pub struct Pulse {
    clock: Arc<dyn Clock>,
    threads: Arc<Mutex<Vec<Arc<Thread>>>>,
}

/// A thread that has not beaten for longer than it may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stalled {
    /// The thread.
    pub thread: String,
    /// For how long it has given no sign of life.
    pub silence: Duration,
}

/// One thread's end of the pulse. A thread that ends lets go of it, and is watched no longer; one that ends in a
/// panic is missed.
pub struct Beat {
    clock: Arc<dyn Clock>,
    thread: Arc<Thread>,
}

struct Thread {
    name: String,
    limit: Duration,
    /// Uptime in milliseconds.
    last: AtomicU64,
    ended: AtomicBool,
    /// It has ended in a panic.
    failed: AtomicBool,
}

impl Pulse {
    /// No threads yet.
    pub fn new(clock: Arc<dyn Clock>) -> Pulse {
        Pulse { clock, threads: Arc::default() }
    }

    /// A thread that may be silent for as long as it likes, because no restart would mend what it waits for. It is missed
    /// when it ends in a panic.
    pub fn patient_thread(&self, name: &str) -> Beat {
        self.thread(name, Duration::MAX)
    }

    /// A thread that has to beat at least every `limit` from now on.
    pub fn thread(&self, name: &str, limit: Duration) -> Beat {
        let [ended, failed] = [AtomicBool::new(false), AtomicBool::new(false)];
        let thread = Thread { name: name.to_owned(), limit, last: AtomicU64::new(0), ended, failed };
        let beat = Beat { clock: self.clock.clone(), thread: Arc::new(thread) };
        beat.beat();
        self.lock().push(beat.thread.clone());
        beat
    }

    /// The threads that have been silent for longer than they may be, and those that have ended in a panic.
    pub fn stalled(&self) -> Vec<Stalled> {
        let now = self.clock.uptime();
        let mut threads = self.lock();
        threads.retain(|thread| !thread.ended.load(Ordering::Acquire));
        let silent = |thread: &Arc<Thread>| {
            let silence = now.saturating_sub(Duration::from_millis(thread.last.load(Ordering::Acquire)));
            let is_missed = silence > thread.limit || thread.failed.load(Ordering::Acquire);
            is_missed.then(|| Stalled { thread: thread.name.clone(), silence })
        };
        threads.iter().filter_map(silent).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Thread>>> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Beat {
    /// A sign of life.
    pub fn beat(&self) {
        let now = u64::try_from(self.clock.uptime().as_millis()).unwrap_or(u64::MAX);
        self.thread.last.store(now, Ordering::Release);
    }
}

impl Drop for Beat {
    fn drop(&mut self) {
        let how = if std::thread::panicking() { &self.thread.failed } else { &self.thread.ended };
        how.store(true, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{SimClock, Timestamp};

    #[test]
    fn a_thread_that_is_silent_for_longer_than_it_may_be_is_stalled() {
        let clock = SimClock::new(Timestamp::UNIX_EPOCH);
        let pulse = Pulse::new(Arc::new(clock.clone()));
        let (camera, uplink) =
            (pulse.thread("camera", Duration::from_secs(60)), pulse.thread("uplink", Duration::from_secs(10)));
        let check = |seconds: u64, expected: &[(&str, u64)]| {
            clock.advance(Duration::from_secs(seconds));
            let stalled = pulse.stalled();
            let found: Vec<_> = stalled.iter().map(|stalled| (&*stalled.thread, stalled.silence.as_secs())).collect();
            assert_eq!(found, expected);
        };
        check(10, &[]);
        check(1, &[("uplink", 11)]);
        uplink.beat();
        check(10, &[]);
        check(50, &[("camera", 71), ("uplink", 60)]);
        camera.beat();
        check(0, &[("uplink", 60)]);
        drop(uplink);
        check(0, &[]);
        check(61, &[("camera", 61)]);
    }

    #[test]
    fn a_thread_that_ends_in_a_panic_is_missed() {
        let clock = SimClock::new(Timestamp::UNIX_EPOCH);
        let pulse = Pulse::new(Arc::new(clock.clone()));
        for beat in [pulse.thread("camera", Duration::from_secs(60)), pulse.patient_thread("spool")] {
            let panics = std::thread::spawn(move || {
                let _beat = beat;
                std::panic::resume_unwind(Box::new("gone"));
            });
            assert!(panics.join().is_err());
        }
        clock.advance(Duration::from_secs(2));
        assert_eq!(pulse.stalled().len(), 2);
    }

    #[test]
    fn a_patient_thread_may_be_silent_for_days() {
        let clock = SimClock::new(Timestamp::UNIX_EPOCH);
        let pulse = Pulse::new(Arc::new(clock.clone()));
        let _beat = pulse.patient_thread("spool");
        clock.advance(Duration::from_secs(1_000_000));
        assert_eq!(pulse.stalled(), []);
    }
}
