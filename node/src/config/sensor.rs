//! What a node feels besides what it sees.

mod channel;
mod clock;
mod input;
mod reading;

use picket_common::config::{Complaints, Duration, Format};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::channel::{Channel, Quantity};
pub use self::clock::{ClockConfig, TimeOfDay};
pub use self::input::{InputConfig, PullConfig};
pub use self::reading::{CommandSensorConfig, DhtConfig, Ds18b20Config, FileSensorConfig, IioConfig, Temperature};
use super::{TriggerConfig, seconds};

/// A sensor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
#[schemars(extend("x-instead" = {
    "pir": "input", "button": "input", "reed": "input", "switch": "input", "gpio": "input", "dht": "dht22",
    "bmp280": "iio", "timer": "clock"
}))]
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
            SensorConfig::Input(input) => Some(&input.trigger),
            SensorConfig::Clock(clock) => Some(&clock.trigger),
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

    /// How often it is read, where it is read now and then.
    pub fn every(&self) -> Option<Duration> {
        match self {
            SensorConfig::Input(_) | SensorConfig::Clock(_) => None,
            SensorConfig::Ds18b20(sensor) => Some(sensor.every),
            SensorConfig::Dht11(sensor) | SensorConfig::Dht22(sensor) => Some(sensor.every),
            SensorConfig::Iio(sensor) => Some(sensor.every),
            SensorConfig::Command(sensor) => Some(sensor.every),
            SensorConfig::File(sensor) => Some(sensor.every),
        }
    }
}

/// The checks of words in sensors.
pub(super) fn formats() -> Vec<Format> {
    let mut formats = vec![Format::of::<TimeOfDay>(), Format::of::<Channel>()];
    formats.extend(reading::FORMATS);
    formats
}

/// What sensors must fulfil beyond the schema.
pub(super) fn validate(sensors: &[SensorConfig], complaints: &mut Complaints<'_>) {
    for (index, sensor) in sensors.iter().enumerate() {
        let path = format!("sensors[{index}]");
        if sensors[..index].iter().any(|other| other.name() == sensor.name()) {
            let message = format!("two sensors are called `{}`; give each a `name` of its own", sensor.name());
            complaints.add(format!("{path}.name"), message);
        }
        if let Some(every) = sensor.every().filter(|every| *every < seconds(1)) {
            complaints.add(format!("{path}.every"), format!("{every} is too short; write 1s or more"));
        }
        match sensor {
            SensorConfig::Clock(clock) => clock.validate(&path, complaints),
            SensorConfig::Command(sensor) => sensor.validate(&path, complaints),
            SensorConfig::File(sensor) => sensor.validate(&path, complaints),
            SensorConfig::Input(input) => input.validate(&path, complaints),
            SensorConfig::Ds18b20(_) | SensorConfig::Iio(_) => {}
            SensorConfig::Dht11(_) | SensorConfig::Dht22(_) => {}
        }
    }
}
