//! Reads a sensor on a thread of its own, so that one that hangs in the kernel holds up nothing, not even the
//! node's stop. Knows no sensor and no event.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use anyhow::{Context, Result};
use picket_common::event::ReadingData;
use picket_common::shutdown::Shutdown;

use super::Sensor;

/// What reading a sensor gives.
pub(super) type Answer = Result<Vec<ReadingData>, String>;

/// A sensor that is read elsewhere.
pub(super) struct Probe {
    /// None once it is stopped.
    asks: Option<Sender<()>>,
    answers: Receiver<Answer>,
    shutdown: Shutdown,
    busy: bool,
}

impl Probe {
    /// Starts the thread; nothing is read yet.
    pub(super) fn start(name: &str, mut sensor: Box<dyn Sensor>) -> Result<Probe> {
        let (asks, asked) = channel();
        let (answer, answers) = channel();
        let shutdown = Shutdown::new();
        let stopped = shutdown.clone();
        let loops = move || {
            while asked.recv().is_ok() && !stopped.is_requested() {
                if answer.send(sensor.read(&stopped)).is_err() {
                    break;
                }
            }
        };
        let thread = std::thread::Builder::new().name(format!("read-{name}"));
        thread.spawn(loops).context("cannot start a thread")?;
        Ok(Probe { asks: Some(asks), answers, shutdown, busy: false })
    }

    /// Begins a reading, if none is under way.
    pub(super) fn ask(&mut self) {
        if let Some(asks) = self.asks.as_ref().filter(|_| !self.busy) {
            // Where the thread is gone, the answer tells it.
            let _ = asks.send(());
            self.busy = true;
        }
    }

    /// What the reading under way has given, waited for, for at most `limit` of real time.
    pub(super) fn answer(&mut self, limit: Duration) -> Option<Answer> {
        let answer = match self.answers.recv_timeout(limit) {
            Ok(answer) => answer,
            Err(RecvTimeoutError::Timeout) => return None,
            Err(RecvTimeoutError::Disconnected) => Err("reading it ended in a panic".to_owned()),
        };
        self.busy = false;
        Some(answer)
    }

    /// Asks the reading under way to end, and waits for that, for at most `grace` of real time. The thread ends with
    /// it, or with the program.
    pub(super) fn stop(&mut self, grace: Duration) {
        self.shutdown.request();
        self.asks = None;
        if self.busy && !grace.is_zero() {
            let _ = self.answers.recv_timeout(grace);
        }
    }
}
