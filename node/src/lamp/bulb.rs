//! The lamp's pin: on, off, and everything between. Knows no reason to switch.

use std::sync::Arc;
use std::time::Duration;

use crate::config::{LampConfig, Switch};
use crate::pins::{Board, Dimmer, Output, PinError};

/// A fade's steps, too short to be seen as such.
const STEP: Duration = Duration::from_millis(20);

/// A lamp, as a board's pin.
pub(super) struct Bulb {
    board: Arc<dyn Board>,
    config: LampConfig,
    pin: Option<Pin>,
    /// Where it is to go, and from where it started when.
    on: bool,
    from: f64,
    started: Duration,
    /// Dark for a moment, whatever it should be.
    covered: bool,
    /// What the pin shows, 0 to 1, and since when; nothing after a failure.
    shown: Option<f64>,
    since: Duration,
}

enum Pin {
    Plain(Box<dyn Output>),
    Dimmed(Box<dyn Dimmer>),
}

/// What a lamp gives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Light {
    /// It gives any.
    pub(super) is_lit: bool,
    /// Since when it gives as much as now, by the machine's uptime; none while it fades.
    pub(super) since: Option<Duration>,
}

impl Bulb {
    /// Opens the pin in its safe state.
    pub(super) fn open(config: &LampConfig, board: Arc<dyn Board>, now: Duration) -> Result<Bulb, PinError> {
        let high = is_high(config, config.safe);
        let pin = match config.is_dimmed() {
            true => Pin::Dimmed(board.dimmer(config.gpio, frequency(config))?),
            false => Pin::Plain(board.output(config.gpio, high, high)?),
        };
        let mut bulb = Bulb {
            board,
            config: config.clone(),
            pin: Some(pin),
            on: config.safe == Switch::On,
            from: 0.0,
            started: now,
            covered: false,
            shown: None,
            since: now,
        };
        bulb.from = bulb.aim();
        bulb.step(now)?;
        Ok(bulb)
    }

    /// Turns it on or off, from where it is.
    pub(super) fn turn(&mut self, on: bool, now: Duration) {
        if on != self.on {
            (self.from, self.started, self.on) = (self.wanted(now), now, on);
        }
    }

    /// Makes it dark at once for a moment, or ends that.
    pub(super) fn cover(&mut self, covered: bool) {
        self.covered = covered;
    }

    /// Brings the pin to where it should be now; says when to come again if it fades.
    pub(super) fn step(&mut self, now: Duration) -> Result<Option<Duration>, PinError> {
        let wanted = if self.covered { 0.0 } else { self.wanted(now) };
        if self.shown != Some(wanted) {
            self.shown = None;
            self.show(wanted)?;
            (self.shown, self.since) = (Some(wanted), now);
        }
        Ok(self.is_fading(now).then_some(STEP))
    }

    /// What it gives now.
    pub(super) fn light(&self, now: Duration) -> Light {
        let steady = self.covered || !self.is_fading(now);
        Light { is_lit: self.shown.is_some_and(|level| level > 0.0), since: steady.then_some(self.since) }
    }

    /// Leaves the pin in its safe state, fully on or off.
    pub(super) fn close(&mut self) -> Result<(), PinError> {
        let high = is_high(&self.config, self.config.safe);
        match self.pin.take() {
            Some(Pin::Plain(mut output)) => output.set_state(high.into()),
            Some(Pin::Dimmed(dimmer)) if high => {
                drop(dimmer);
                make_safe(&self.config, self.board.as_ref())
            }
            // A dimmed output ends low.
            Some(Pin::Dimmed(_)) | None => Ok(()),
        }
    }

    fn is_fading(&self, now: Duration) -> bool {
        now.saturating_sub(self.started) < self.config.fade.0 && self.from != self.aim()
    }

    fn aim(&self) -> f64 {
        if self.on { self.config.level.0 / 100.0 } else { 0.0 }
    }

    /// Where it is on its way.
    fn wanted(&self, now: Duration) -> f64 {
        if !self.is_fading(now) {
            return self.aim();
        }
        let way = now.saturating_sub(self.started).as_secs_f64() / self.config.fade.0.as_secs_f64();
        self.from + (self.aim() - self.from) * way
    }

    fn show(&mut self, level: f64) -> Result<(), PinError> {
        let state = if level > 0.0 { Switch::On } else { Switch::Off };
        match &mut self.pin {
            Some(Pin::Plain(output)) => output.set_state(is_high(&self.config, state).into()),
            Some(Pin::Dimmed(dimmer)) => {
                let full = dimmer.max_duty_cycle();
                dimmer.set_duty_cycle((f64::from(full) * level).round() as u16)
            }
            None => Ok(()),
        }
    }
}

/// Puts a lamp's pin into its safe state and lets go of it.
pub(super) fn make_safe(config: &LampConfig, board: &dyn Board) -> Result<(), PinError> {
    let high = is_high(config, config.safe);
    if config.is_dimmed() && !high {
        // The chip goes on dimming by itself after its program was killed, and only a dimmer ends that.
        return board.dimmer(config.gpio, frequency(config)).map(drop);
    }
    board.output(config.gpio, high, high).map(drop)
}

fn is_high(config: &LampConfig, state: Switch) -> bool {
    (state == Switch::On) != config.active_low
}

fn frequency(config: &LampConfig) -> u32 {
    config.frequency.unwrap_or(LampConfig::FREQUENCY)
}

#[cfg(test)]
mod tests;
