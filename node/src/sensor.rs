//! What a node feels besides what it sees: inputs, readings and the clock, each on a thread of its own. Knows no picture
//! and no network.
//!
//! A new kind of sensor that is read is a file in `sensor/`, a variant of `SensorConfig`, and an arm in `build_one`.

mod clock;
mod command;
mod dht;
mod ds18b20;
mod file;
mod iio;
mod input;
mod number;
mod probe;
mod reading;
mod schedule;
mod trial;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use jiff::tz::TimeZone;
use picket_common::config;
use picket_common::event::ReadingData;
use picket_common::shutdown::Shutdown;
use picket_common::time::Clock;

use self::input::Input;
use self::reading::{Plan, Reader};
pub use self::trial::{Trial, level};
use crate::author::Author;
use crate::config::{NodeConfig, SensorConfig};
use crate::pins::Board;
use crate::worker::{Shared, Worker};

/// Where the kernel shows what it knows of the hardware.
const SYSFS: &str = "/sys";

/// A sensor that is silent for longer hangs.
const PATIENCE: Duration = Duration::from_secs(30);

/// A program that is asked to end, and then made to, is gone within this.
const REST: Duration = Duration::from_secs(5);

/// Something that is measured when it is asked for.
trait Sensor: Send {
    /// Measures, however long that takes; sooner done when a shutdown is requested. At least one reading, or in
    /// words what is wrong, where, and what to try.
    fn read(&mut self, shutdown: &Shutdown) -> Result<Vec<ReadingData>, String>;
}

/// All sensors of a node; `board` has the pins of its inputs.
///
/// # Errors
/// An input's pin cannot be had, or no thread can be started.
pub fn build(config: &NodeConfig, shared: &Shared, board: Option<&Arc<dyn Board>>) -> Result<Vec<Box<dyn Worker>>> {
    config.sensors.iter().map(|sensor| build_one(sensor, shared, board, Path::new(SYSFS))).collect()
}

/// One sensor, with the kernel's files below `sysfs`.
fn build_one(
    config: &SensorConfig,
    shared: &Shared,
    board: Option<&Arc<dyn Board>>,
    sysfs: &Path,
) -> Result<Box<dyn Worker>> {
    let author = Author { view: Some(config.name().to_owned()), ..shared.author.clone() };
    match config {
        SensorConfig::Input(input) => {
            let board = board.with_context(|| format!("input {}: there are no pins", input.name))?;
            return Ok(Box::new(Input::new(input, shared, board.clone())?));
        }
        SensorConfig::Clock(sensor) => {
            let trigger = shared.triggers.trigger(&sensor.name, &sensor.trigger);
            return Ok(Box::new(clock::Chime::new(sensor, TimeZone::system(), author, trigger)));
        }
        _ => {}
    }
    let (device, plan) = device(config, &shared.clock, sysfs).context("it is not read now and then")?;
    Ok(Box::new(Reader::new(device, plan, author, shared.clock.clone())?))
}

/// What is read now and then, and how; none for what tells of itself.
fn device(config: &SensorConfig, clock: &Arc<dyn Clock>, sysfs: &Path) -> Option<(Box<dyn Sensor>, Plan)> {
    let plan = |every: config::Duration, min_difference| {
        let (every, grace) = (every.0, Duration::ZERO);
        Plan { every, min_difference, patience: PATIENCE, grace }
    };
    Some(match config {
        SensorConfig::Input(_) | SensorConfig::Clock(_) => return None,
        SensorConfig::Ds18b20(sensor) => {
            let device = ds18b20::Ds18b20::new(sysfs, sensor.id.clone(), sensor.unit);
            (Box::new(device), plan(sensor.every, sensor.min_difference))
        }
        SensorConfig::Dht11(sensor) | SensorConfig::Dht22(sensor) => {
            let model = if matches!(config, SensorConfig::Dht11(_)) { dht::DHT11 } else { dht::DHT22 };
            let device = dht::Dht::new(sysfs, model, sensor, clock.clone());
            (Box::new(device), plan(sensor.every, sensor.min_difference))
        }
        SensorConfig::Iio(sensor) => {
            (Box::new(iio::Iio::new(sysfs, sensor)), plan(sensor.every, sensor.min_difference))
        }
        SensorConfig::Command(sensor) => {
            // It has a time-out of its own, and is put to rest before the node ends.
            let (patience, grace) = (sensor.timeout.0 + PATIENCE, REST);
            let plan = Plan { patience, grace, ..plan(sensor.every, sensor.min_difference) };
            (Box::new(command::Command::new(sensor)), plan)
        }
        SensorConfig::File(sensor) => (Box::new(file::File::new(sensor)), plan(sensor.every, sensor.min_difference)),
    })
}

#[cfg(test)]
mod tests;
