//! Lamps and illuminators: each switches its pin as its plan wants it, tells of it as an event, and is in its safe
//! state whenever nobody knows better: at the start, once the node stops, and after a crash.

mod bulb;
mod follow;
mod plan;
mod sun;
mod twilight;
mod window;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use jiff::tz::TimeZone;
use picket_common::event::{EventData, Phase};
use picket_common::wire::StreamId;
use tracing::{info, warn};

use self::bulb::Bulb;
use self::plan::{Plan, Wish};
use crate::author::{Author, Moment};
use crate::config::{LampConfig, NodeConfig, Switch};
use crate::pins::{Board, PinError};
use crate::worker::{Shared, Worker};

/// After a failure the pin is tried again so often.
const RETRY: Duration = Duration::from_secs(1);

/// All lamps of a node, each in its safe state.
///
/// # Errors
/// A pin that is in use, or that this board does not have.
pub fn build(
    config: &NodeConfig,
    shared: &Shared,
    board: &Arc<dyn Board>,
    zone: &TimeZone,
) -> Result<Vec<Box<dyn Worker>>> {
    let lamp = |lamp: &LampConfig| -> Result<Box<dyn Worker>> {
        let worker = Lamp::new(config, lamp, shared, board, zone).with_context(|| format!("lamp {}", lamp.name))?;
        Ok(Box::new(worker))
    };
    config.lights.iter().map(lamp).collect()
}

/// Puts every lamp into its safe state and lets go of its pin: for after a crash. Tries all, whatever fails.
///
/// # Errors
/// The lamps that could not be reached, and why.
pub fn make_safe(lamps: &[LampConfig], board: &dyn Board) -> Result<()> {
    let failed: Vec<String> = lamps
        .iter()
        .filter_map(|lamp| bulb::make_safe(lamp, board).err().map(|error| format!("lamp {}: {error}", lamp.name)))
        .collect();
    if failed.is_empty() { Ok(()) } else { bail!("{}", failed.join("\n")) }
}

/// One lamp.
struct Lamp {
    /// Speaks for the lamp.
    author: Author,
    name: String,
    safe: Switch,
    plan: Plan,
    bulb: Bulb,
    /// The event of its being on.
    on: Option<String>,
    /// It gives light, or did until then.
    is_giving: bool,
    went_off: Option<Duration>,
    /// The pin fails; said once until it works.
    is_troubled: bool,
}

impl Lamp {
    fn new(
        config: &NodeConfig,
        lamp: &LampConfig,
        shared: &Shared,
        board: &Arc<dyn Board>,
        zone: &TimeZone,
    ) -> Result<Lamp, PinError> {
        Ok(Lamp {
            author: Author { view: Some(lamp.name.clone()), ..shared.author.clone() },
            name: lamp.name.clone(),
            safe: lamp.safe,
            plan: Plan::new(config, lamp, zone.clone(), &shared.activity, &shared.clock),
            bulb: Bulb::open(lamp, board.clone(), shared.clock.uptime())?,
            on: None,
            is_giving: false,
            went_off: None,
            is_troubled: false,
        })
    }

    fn try_step(&mut self, now: Moment) -> Result<Duration, PinError> {
        let light = self.bulb.light(now.mono);
        let (on, reason) = match self.plan.wish(now, light, self.went_off) {
            Wish::On(reason) => (true, Some(reason)),
            Wish::Off => (false, None),
            Wish::Unknown(reason) => (self.safe == Switch::On, Some(format!("safe state: {reason}"))),
        };
        self.bulb.turn(on, now.mono);
        self.bulb.cover(self.plan.is_looking());
        let fading = self.bulb.step(now.mono)?;
        let is_giving = on && !self.plan.is_looking();
        if std::mem::replace(&mut self.is_giving, is_giving) && !is_giving {
            self.went_off = Some(now.mono);
        }
        self.tell(on, reason, now);
        let pause = self.plan.pause();
        Ok(fading.map_or(pause, |fading| fading.min(pause)))
    }

    /// Tells of a change.
    fn tell(&mut self, on: bool, reason: Option<String>, now: Moment) {
        let event = |phase, state| EventData { reason: reason.clone(), ..EventData::new(phase, "lamp", state) };
        match (on, self.on.take()) {
            (true, None) => {
                info!(reason, "on");
                let id = StreamId::random().to_string();
                self.author.event(now, Some(&id), &event(Phase::Start, "on"));
                self.on = Some(id);
            }
            (false, Some(id)) => {
                info!(reason, "off");
                self.author.event(now, Some(&id), &event(Phase::End, "off"));
            }
            (_, unchanged) => self.on = unchanged,
        }
    }
}

impl Worker for Lamp {
    fn name(&self) -> String {
        format!("lamp-{}", self.name)
    }

    fn step(&mut self) -> Duration {
        match self.try_step(self.author.now()) {
            Ok(pause) => {
                self.is_troubled = false;
                pause
            }
            Err(error) => {
                if !std::mem::replace(&mut self.is_troubled, true) {
                    warn!("the lamp cannot be switched, trying again: {error}");
                }
                RETRY
            }
        }
    }

    fn stop(&mut self) {
        if let Err(error) = self.bulb.close() {
            warn!("the lamp could not be put into its safe state: {error}");
        }
        let Some(id) = self.on.take() else { return };
        let state = if self.safe == Switch::On { "on" } else { "off" };
        let reason = Some("the node stopped".to_owned());
        let data = EventData { reason, ..EventData::new(Phase::End, "lamp", state) };
        self.author.event(self.author.now(), Some(&id), &data);
    }
}

#[cfg(test)]
mod tests;
