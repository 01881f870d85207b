//! Time, handed in: the trait [`Clock`], the machine's own clock, and a simulated one for tests
//! that moves an hour in a microsecond. Knows no other module but [`Shutdown`].

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use jiff::Timestamp;
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

use crate::shutdown::Shutdown;

/// Whether the wall clock can be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClockState {
    /// The machine has set its clock by the network since it started.
    Synced,
    /// It will, and has not yet: a Pi without a clock chip after a power cut.
    Unsynced,
    /// Nothing on this machine tells.
    #[serde(other)]
    Unknown,
}

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// The wall clock. It may step, in both directions.
    fn now(&self) -> Timestamp;

    /// Time since the machine started, asleep or awake. It never steps.
    fn uptime(&self) -> Duration;

    /// Whether [`Clock::now`] can be believed.
    fn state(&self) -> ClockState;

    /// Waits for `time`, or less when a shutdown is requested; `true` then.
    fn wait(&self, time: Duration, shutdown: &Shutdown) -> bool;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "this is where the wall clock is read")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn uptime(&self) -> Duration {
        let time = clock_gettime(ClockId::Boottime);
        let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
        let nanoseconds = u32::try_from(time.tv_nsec).unwrap_or(0);
        Duration::new(seconds, nanoseconds)
    }

    /// As systemd-timesyncd tells it. It is asked for every message, and looked up ten times a second at most.
    fn state(&self) -> ClockState {
        static LOOKED_UP: Mutex<Option<(Duration, ClockState)>> = Mutex::new(None);
        let mut looked_up = LOOKED_UP.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.uptime();
        match *looked_up {
            Some((at, state)) if now.saturating_sub(at) < LOOK_UP_EVERY => state,
            _ => looked_up.insert((now, timesyncd())).1,
        }
    }

    fn wait(&self, time: Duration, shutdown: &Shutdown) -> bool {
        shutdown.wait(time)
    }
}

/// How old may be what is told of the clock's state.
const LOOK_UP_EVERY: Duration = Duration::from_millis(100);

/// systemd-timesyncd leaves a file once the clock has been set.
fn timesyncd() -> ClockState {
    let folder = std::path::Path::new("/run/systemd/timesync");
    if folder.join("synchronized").exists() {
        ClockState::Synced
    } else if folder.exists() {
        ClockState::Unsynced
    } else {
        ClockState::Unknown
    }
}

/// A clock that stands still until it is moved. Clones show the same time.
#[derive(Debug, Clone)]
pub struct SimClock(Arc<Mutex<SimTime>>);

#[derive(Debug)]
struct SimTime {
    now: Timestamp,
    uptime: Duration,
    state: ClockState,
}

impl SimClock {
    /// A clock at `now`, on a machine that has just started.
    pub fn new(now: Timestamp) -> SimClock {
        SimClock(Arc::new(Mutex::new(SimTime { now, uptime: Duration::ZERO, state: ClockState::Synced })))
    }

    /// Lets `time` pass.
    pub fn advance(&self, time: Duration) {
        let mut sim = self.lock();
        sim.now = sim.now.checked_add(time).unwrap_or(Timestamp::MAX);
        sim.uptime += time;
    }

    /// Sets the wall clock, as a time server would; no time passes.
    pub fn set(&self, now: Timestamp) {
        self.lock().now = now;
    }

    /// Says from now on that the wall clock can be believed, or that it cannot; at first it can.
    pub fn set_state(&self, state: ClockState) {
        self.lock().state = state;
    }

    /// Whether this one shows the time of that one, whatever is done to either.
    pub fn is_same(&self, other: &SimClock) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    fn lock(&self) -> MutexGuard<'_, SimTime> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for SimClock {
    fn now(&self) -> Timestamp {
        self.lock().now
    }

    fn uptime(&self) -> Duration {
        self.lock().uptime
    }

    fn state(&self) -> ClockState {
        self.lock().state
    }

    /// Takes no time: the clock is moved on instead.
    fn wait(&self, time: Duration, shutdown: &Shutdown) -> bool {
        self.advance(time);
        shutdown.is_requested()
    }
}
