//! One input: from the level of a pin to events, frames and lamps. An input that is active is an event, which ends when
//! it is inactive. Edges wake it at once; behind them it looks at the level now and then, as some drivers lose edges.
//! Knows no board and no lamp.

mod debounce;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use picket_common::event::{EventData, Phase, UNKNOWN};
use picket_common::wire::StreamId;
use tracing::{info, warn};

use self::debounce::{Debounce, Found};
use crate::activity::Activity;
use crate::author::Author;
use crate::config::{InputConfig, PullConfig};
use crate::pins::{self, Board, PinError, Pull};
use crate::trigger::{Edge, Trigger};
use crate::worker::{Shared, Worker};

/// The level is looked at at least so often.
const POLL: Duration = Duration::from_millis(50);
/// After an edge nothing is looked at for so long: a pin that buzzes shall not keep the machine busy.
const SETTLE: Duration = Duration::from_millis(2);
/// The first and the longest pause before a pin that failed is opened again.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

const CHATTERS: &str = "it changes all the time; look for a loose or long wire, or write a longer `debounce`";

/// An input.
pub(super) struct Input {
    name: String,
    gpio: u8,
    pull: Pull,
    active_low: bool,
    board: Arc<dyn Board>,
    author: Author,
    activity: Activity,
    trigger: Trigger,
    pin: Option<Box<dyn pins::Input>>,
    debounce: Debounce,
    time: Duration,
    /// The event that goes on while it is active.
    event: Option<String>,
    /// The event of its having failed.
    failure: Option<String>,
    /// How long to wait before the pin is opened again, and since when.
    pause: Duration,
    failed_at: Duration,
    /// Why the next state is told even if it is inactive.
    first: Option<&'static str>,
}

impl Input {
    /// Opens the pin of a configured input.
    ///
    /// # Errors
    /// The pin is in use, or the board does not have it.
    pub(super) fn new(config: &InputConfig, shared: &Shared, board: Arc<dyn Board>) -> Result<Input> {
        let mut input = Input {
            name: config.name.clone(),
            gpio: config.gpio,
            pull: pull(config),
            active_low: config.active_low,
            board,
            author: Author { view: Some(config.name.clone()), ..shared.author.clone() },
            activity: shared.activity.clone(),
            trigger: shared.triggers.trigger(&config.name, &config.trigger),
            pin: None,
            debounce: Debounce::new(config.debounce.0),
            time: config.debounce.0,
            event: None,
            failure: None,
            pause: PAUSES.0,
            failed_at: Duration::ZERO,
            first: Some("first state after the start"),
        };
        input.open().with_context(|| format!("the input `{}`", config.name))?;
        Ok(input)
    }

    fn open(&mut self) -> Result<(), PinError> {
        self.pin = Some(self.board.input(self.gpio, self.pull)?);
        self.debounce = Debounce::new(self.time);
        Ok(())
    }

    fn uptime(&self) -> Duration {
        self.author.clock.uptime()
    }

    /// Waits for the pin and looks at it; whether there was an edge.
    fn look(&mut self) -> Result<bool, PinError> {
        let Some(pin) = &mut self.pin else { return Ok(false) };
        let limit = self.debounce.rest(self.author.clock.uptime()).map_or(POLL, |rest| rest.min(POLL));
        let edge = pin.wait_for_edge(limit)?;
        let active = pin.is_high()? != self.active_low;
        let found = self.debounce.see(active, edge, self.uptime());
        // A pin that is opened again is well once its level is believed.
        match found {
            Some(Found::State(active) | Found::Calm(active)) => {
                self.back();
                self.tell(active);
            }
            Some(Found::Chatters) => self.fail(CHATTERS),
            None => {}
        }
        Ok(edge)
    }

    fn tell(&mut self, active: bool) {
        let first = self.first.take();
        match (&self.event, active) {
            (None, true) => self.start(),
            (Some(_), false) => self.end(None),
            (None, false) => {
                let reason = first.map(str::to_owned);
                let data = EventData { reason, ..EventData::new(Phase::Update, "input", "inactive") };
                self.author.event(self.author.now(), None, &data);
                self.activity.set(&self.name, false, self.uptime());
            }
            (Some(_), true) => {}
        }
    }

    fn start(&mut self) {
        let (id, moment) = (StreamId::random().to_string(), self.author.now());
        info!("active");
        self.author.event(moment, Some(&id), &EventData::new(Phase::Start, "input", "active"));
        self.activity.set(&self.name, true, moment.mono);
        self.trigger.pull(&id, Edge::Start, moment.mono);
        self.event = Some(id);
    }

    fn end(&mut self, reason: Option<&str>) {
        let Some(id) = self.event.take() else { return };
        let moment = self.author.now();
        // With a reason it is not what was seen that ends it.
        let state = if reason.is_some() { UNKNOWN } else { "inactive" };
        info!(reason, "{state}");
        let data = EventData { reason: reason.map(str::to_owned), ..EventData::new(Phase::End, "input", state) };
        self.author.event(moment, Some(&id), &data);
        self.activity.set(&self.name, false, moment.mono);
        self.trigger.pull(&id, Edge::End, moment.mono);
    }

    /// Nothing is known of it any more: said once, until it is back.
    fn fail(&mut self, reason: &str) {
        self.end(Some("the input failed"));
        self.first = Some("first state after it failed");
        if self.failure.is_some() {
            return;
        }
        warn!("the input failed: {reason}");
        let id = StreamId::random().to_string();
        let data = EventData { reason: Some(reason.to_owned()), ..EventData::new(Phase::Start, "sensor", "failed") };
        self.author.event(self.author.now(), Some(&id), &data);
        self.failure = Some(id);
    }

    fn back(&mut self) {
        self.pause = PAUSES.0;
        let Some(id) = self.failure.take() else { return };
        info!("the input is back");
        self.author.event(self.author.now(), Some(&id), &EventData::new(Phase::End, "sensor", "back"));
    }

    /// Lets go of a pin that failed, and waits before it is opened again.
    fn lose(&mut self, error: &PinError) {
        self.pin = None;
        self.failed_at = self.uptime();
        self.fail(&error.0);
    }

    /// Opens the pin again if its time has come, else says how long it takes.
    fn reopen(&mut self) -> Option<Duration> {
        if self.pin.is_some() {
            return None;
        }
        let waited = self.uptime().saturating_sub(self.failed_at);
        if waited < self.pause {
            return Some(self.pause - waited);
        }
        match self.open() {
            Ok(()) => None,
            Err(error) => {
                self.pause = (self.pause * 2).min(PAUSES.1);
                self.lose(&error);
                Some(self.pause)
            }
        }
    }
}

/// What the pin is pulled to.
pub(super) fn pull(config: &InputConfig) -> Pull {
    match config.pull() {
        PullConfig::Up => Pull::Up,
        PullConfig::Down => Pull::Down,
        PullConfig::Off => Pull::Off,
    }
}

impl Worker for Input {
    fn name(&self) -> String {
        format!("input-{}", self.name)
    }

    fn step(&mut self) -> Duration {
        if let Some(pause) = self.reopen() {
            return pause;
        }
        match self.look() {
            Ok(true) => SETTLE,
            Ok(false) => Duration::ZERO,
            Err(error) => {
                self.lose(&error);
                self.pause
            }
        }
    }

    fn stop(&mut self) {
        self.end(Some("the node stopped"));
        self.pin = None;
    }
}
