//! One reading of a sensor, for whoever looks whether it works. Tells nobody.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use picket_common::event::ReadingData;
use picket_common::time::Clock;

use super::probe::Probe;
use super::{REST, SYSFS, device};
use crate::config::{InputConfig, SensorConfig};
use crate::pins::{Board, PinError};

/// A reading that is under way.
pub struct Trial {
    probe: Result<Probe, String>,
    patience: Duration,
}

impl Trial {
    /// Begins to read; none for what is not read now and then.
    pub fn begin(config: &SensorConfig, clock: &Arc<dyn Clock>) -> Option<Trial> {
        let (device, plan) = device(config, clock, Path::new(SYSFS))?;
        let mut probe = Probe::start(config.name(), device).map_err(|error| format!("{error:#}"));
        probe.iter_mut().for_each(Probe::ask);
        Some(Trial { probe, patience: plan.patience })
    }

    /// What it gives, waited for as long as its kind needs.
    ///
    /// # Errors
    /// In words what is wrong, and where.
    pub fn end(self) -> Result<Vec<ReadingData>, String> {
        let mut probe = self.probe?;
        probe.answer(self.patience).unwrap_or_else(|| {
            probe.stop(REST);
            Err(format!("it was silent for {} s and hangs", self.patience.as_secs()))
        })
    }
}

/// Whether an input is active now.
///
/// # Errors
/// Its pin is in use, or the board does not have it.
pub fn level(config: &InputConfig, board: &dyn Board) -> Result<bool, PinError> {
    let mut pin = board.input(config.gpio, super::input::pull(config))?;
    Ok(pin.is_high()? != config.active_low)
}
