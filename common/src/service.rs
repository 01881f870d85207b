//! The program as a service: systemd is told that it is ready, how it is, that it stops, and, as its watchdog wants
//! it, that all its threads are alive. Only main's loop tells it, and only while every thread has beaten within its
//! limit; a thread that hangs is so answered by a restart. Without systemd (no `NOTIFY_SOCKET`) nothing is told, and
//! a thread that hangs is at least logged. What is told: sd_notify(3).

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use sd_notify::NotifyState;
use tracing::{error, warn};

use crate::pulse::{Beat, Pulse, Stalled};
use crate::shutdown::Shutdown;
use crate::time::Clock;

/// How often threads are looked at, at least; with a watchdog three times within its patience.
const LOOK: Duration = Duration::from_secs(10);
/// A turn while a thread's end is waited for.
const TURN: Duration = Duration::from_millis(20);

/// What main holds while its threads work.
pub struct Service {
    pulse: Pulse,
    clock: Arc<dyn Clock>,
    every: Duration,
    /// When the threads were last looked at.
    looked: Option<Duration>,
    /// How many looks in a row have found a thread stalled.
    bad_looks: u32,
    status: String,
}

impl Service {
    /// A service without threads; whether systemd waits for it, and how patient its watchdog is, the environment tells.
    pub fn new(clock: Arc<dyn Clock>) -> Service {
        let every = sd_notify::watchdog_enabled().map_or(LOOK, |patience| (patience / 3).min(LOOK));
        Service { pulse: Pulse::new(clock.clone()), clock, every, looked: None, bad_looks: 0, status: String::new() }
    }

    /// A thread that has to beat at least every `limit`, from now on until it ends.
    pub fn thread(&self, name: &str, limit: Duration) -> Beat {
        self.pulse.thread(name, limit)
    }

    /// The threads' signs of life, for whoever else asks after them.
    pub fn pulse(&self) -> Pulse {
        self.pulse.clone()
    }

    /// A thread that is not answered by a restart however long it is silent: see [`Pulse::patient_thread`].
    pub fn patient_thread(&self, name: &str) -> Beat {
        self.pulse.patient_thread(name)
    }

    /// All is built and runs.
    pub fn ready(&mut self, status: &str) {
        status.clone_into(&mut self.status);
        tell(&[NotifyState::Ready, NotifyState::Status(status)]);
    }

    /// How it is, in a line; told when it is news.
    pub fn status(&mut self, status: &str) {
        if self.status != status {
            status.clone_into(&mut self.status);
            tell(&[NotifyState::Status(status)]);
        }
    }

    /// A turn of main's loop: when it is time, the threads are looked at, and if all are alive, the watchdog is fed.
    pub fn turn(&mut self) {
        let now = self.clock.uptime();
        if self.looked.is_some_and(|looked| now.saturating_sub(looked) < self.every) {
            return;
        }
        self.looked = Some(now);
        let stalled = self.pulse.stalled();
        if stalled.is_empty() {
            self.bad_looks = 0;
            return tell(&[NotifyState::Watchdog]);
        }
        self.bad_looks += 1;
        // The first look after a laptop has slept finds everybody silent.
        if self.bad_looks == 2 {
            for Stalled { thread, silence } in stalled {
                error!(
                    silent_s = silence.as_secs(),
                    "thread {thread} hangs; systemd restarts us if its watchdog is on"
                );
            }
        }
    }

    /// The end has begun.
    pub fn stopping(&mut self) {
        tell(&[NotifyState::Stopping, NotifyState::Status("stopping")]);
    }

    /// Waits for a thread's end, and goes on with main's turns meanwhile; `false` if it ended in a panic.
    pub fn join(&mut self, thread: JoinHandle<()>) -> bool {
        self.wait_for(&thread, Duration::MAX);
        thread.join().is_ok()
    }

    /// The same for a thread that may hang: waits for its end at most `patience`; whether it has ended then.
    pub fn wait_for(&mut self, thread: &JoinHandle<()>, patience: Duration) -> bool {
        let (never, began) = (Shutdown::new(), self.clock.uptime());
        while !thread.is_finished() {
            if self.clock.uptime().saturating_sub(began) >= patience {
                return false;
            }
            self.clock.wait(TURN, &never);
            self.turn();
        }
        true
    }
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        warn!(%error, "systemd could not be told how the service is");
    }
}

#[cfg(test)]
mod tests;
