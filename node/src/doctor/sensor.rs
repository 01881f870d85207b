//! Each sensor is read once as the node reads it, all at the same time; each input is looked at.

use std::sync::Arc;

use picket_common::doctor::Finding;
use picket_common::doctor::process::Process;
use picket_common::event::ReadingData;
use picket_common::time::Clock;

use crate::config::SensorConfig;
use crate::pins::Board;
use crate::sensor::{self, Trial};

/// What a device or a pin says where somebody else has it.
const BUSY: [&str; 3] = ["is in use by", "Device or resource busy", "temporarily unavailable"];

/// Looks at all that have something to be looked at; `running` is the node with this file, which may have them. Where
/// the inputs have no `board`, that is told elsewhere.
pub(super) fn look(
    sensors: &[SensorConfig],
    clock: &Arc<dyn Clock>,
    board: Option<&Arc<dyn Board>>,
    running: Option<&Process>,
) -> Vec<Finding> {
    let begun: Vec<_> = sensors.iter().map(|sensor| Trial::begin(sensor, clock)).collect();
    let found = sensors.iter().zip(begun).filter_map(|(sensor, trial)| {
        let found = match (sensor, trial) {
            (_, Some(trial)) => trial.end().map(|readings| words(&readings)),
            (SensorConfig::Input(input), None) => {
                let active = sensor::level(input, &**board?).map_err(|error| error.to_string());
                active.map(|active| if active { "active now" } else { "inactive now" }.to_owned())
            }
            (_, None) => return None,
        };
        Some(judge(sensor, found, running))
    });
    found.collect()
}

/// `temperature 21.5 C, humidity 40 %`.
fn words(readings: &[ReadingData]) -> String {
    let word =
        |reading: &ReadingData| format!("{} {} {}", reading.name, reading.value, reading.unit).trim_end().to_owned();
    readings.iter().map(word).collect::<Vec<_>>().join(", ")
}

pub(super) fn judge(sensor: &SensorConfig, found: Result<String, String>, running: Option<&Process>) -> Finding {
    let check = format!("sensor {}", sensor.name());
    match (found, running) {
        (Ok(found), _) => Finding::ok(&check, found),
        (Err(reason), Some(process)) if BUSY.iter().any(|busy| reason.contains(busy)) => Finding::not_checked(
            &check,
            format!(
                "{process} has it, which runs here; to look at it yourself, stop that: `sudo systemctl stop picket-node`"
            ),
        ),
        (Err(reason), _) => Finding::wrong(&check, reason, advice(sensor)),
    }
}

/// What to look at without Picket.
fn advice(sensor: &SensorConfig) -> &'static str {
    match sensor {
        SensorConfig::Input(_) => "`gpioinfo` shows which pins there are, and who has them",
        SensorConfig::Ds18b20(_) => "`ls /sys/bus/w1/devices` shows which thermometers are found; look at the wires",
        SensorConfig::Dht11(_) | SensorConfig::Dht22(_) => {
            "look at its three wires, and at the line `dtoverlay=dht11,gpiopin=...` in /boot/firmware/config.txt"
        }
        SensorConfig::Iio(_) => "`grep . /sys/bus/iio/devices/*/name` shows which devices are found; look at the wires",
        SensorConfig::Command(_) => "run its `program` by hand as the node's user, and look at what it says",
        SensorConfig::File(_) => "is `path` right, and may the node's user read it? `cat` shows what is in it",
        SensorConfig::Clock(_) => "`picket-node check` shows how it is configured",
    }
}
