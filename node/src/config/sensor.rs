//! What a node feels besides what it sees.

mod clock;
mod input;
mod reading;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::TriggerConfig;

pub use self::clock::ClockConfig;
pub use self::input::InputConfig;
pub use self::reading::{CommandSensorConfig, DhtConfig, Ds18b20Config, FileSensorConfig, IioConfig};

/// A sensor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum SensorConfig {
    /// A pin that is high or low: a motion sensor (PIR), a reed switch, a button, a light beam.
    Input(InputConfig),
    /// The clock: triggers cameras at times of day, or again and again.
    Clock(ClockConfig),
    /// A DS18B20 thermometer, by the kernel's 1-Wire files.
    Ds18b20(Ds18b20Config),
    /// A DHT11, by the kernel's IIO files: temperature and humidity.
    Dht11(DhtConfig),
    /// A DHT22, by the kernel's IIO files: temperature and humidity.
    Dht22(DhtConfig),
    /// Any other sensor that the kernel's industrial I/O knows.
    Iio(IioConfig),
    /// Any program that prints a number.
    Command(CommandSensorConfig),
    /// Any file that holds a number.
    File(FileSensorConfig),
}

impl SensorConfig {
    /// Which cameras it triggers; none for what only gives numbers.
    pub fn trigger(&self) -> Option<&TriggerConfig> {
        match self {
            SensorConfig::Input(input) => input.trigger.as_ref(),
            SensorConfig::Clock(clock) => clock.trigger.as_ref(),
            SensorConfig::Ds18b20(_)
            | SensorConfig::Dht11(_)
            | SensorConfig::Dht22(_)
            | SensorConfig::Iio(_)
            | SensorConfig::Command(_)
            | SensorConfig::File(_) => None,
        }
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        match self {
            SensorConfig::Input(input) => &input.name,
            SensorConfig::Clock(clock) => &clock.name,
            SensorConfig::Ds18b20(sensor) => &sensor.name,
            SensorConfig::Dht11(sensor) | SensorConfig::Dht22(sensor) => &sensor.name,
            SensorConfig::Iio(sensor) => &sensor.name,
            SensorConfig::Command(sensor) => &sensor.name,
            SensorConfig::File(sensor) => &sensor.name,
        }
    }
}
