//! What a node feels besides what it sees: inputs, readings, the clock.

pub mod input;

use std::sync::Arc;

use anyhow::{Context, Result};

use self::input::Input;
use crate::config::SensorConfig;
use crate::pins::Board;
use crate::worker::{Shared, Worker};

/// A configured sensor; `board` is there if anything of the configuration needs pins.
///
/// # Errors
/// What cannot work: a pin that is in use.
pub fn build(
    config: &SensorConfig,
    shared: &Shared,
    board: Option<&Arc<dyn Board>>,
) -> Result<Option<Box<dyn Worker>>> {
    Ok(match config {
        SensorConfig::Input(input) => {
            let board = board.with_context(|| format!("the input `{}` needs pins", input.name))?;
            Some(Box::new(Input::new(input, shared, board.clone())?))
        }
        SensorConfig::Clock(_)
        | SensorConfig::Ds18b20(_)
        | SensorConfig::Dht11(_)
        | SensorConfig::Dht22(_)
        | SensorConfig::Iio(_)
        | SensorConfig::Command(_)
        | SensorConfig::File(_) => None,
    })
}
