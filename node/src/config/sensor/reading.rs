//! What is measured now and then: which sensor, how often, in which unit, and how large a difference is news.

use std::path::PathBuf;

use picket_common::config::{Complaints, Duration, Format};
use picket_common::name;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::seconds;
use super::Channel;

/// A DS18B20 thermometer, by the kernel's 1-Wire files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ds18b20Config {
    /// What it is called, different from the node's other sensors; the hub shows its readings as this view's.
    #[schemars(extend("format" = "picket-name"))]
    pub name: String,
    /// Its number on the bus, `28-000005e2fdc3`, as /sys/bus/w1/devices lists it. Default: the only one there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "picket-w1", "pattern" = "^28-[0-9a-f]{12}$", "examples" = ["28-000005e2fdc3"]))]
    pub id: Option<String>,
    /// How often it is read, at least 1s. Default: 10m.
    #[serde(default = "every")]
    pub every: Duration,
    /// In which unit: F, C or K. Default: F.
    #[serde(default)]
    pub unit: Temperature,
    /// What is sent differs by at least so much, in the sensor's unit, from what was sent before; 0 sends every
    /// reading. Default: 1.
    #[serde(default = "one")]
    #[schemars(range(min = 0))]
    pub min_difference: f64,
}

/// A DHT11 or DHT22, by the kernel's IIO files: temperature and humidity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DhtConfig {
    /// What it is called, different from the node's other sensors; the hub shows its readings as this view's.
    #[schemars(extend("format" = "picket-name"))]
    pub name: String,
    /// Its folder in /sys/bus/iio/devices (`iio:device0`), or what is in the folder's `name` or `label`.
    /// Default: the only one there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// How often it is read, at least 1s. Default: 10m.
    #[serde(default = "every")]
    pub every: Duration,
    /// In which unit the temperature is: F, C or K. Default: F.
    #[serde(default)]
    pub unit: Temperature,
    /// What is sent differs by at least so much from what was sent before; temperature (in `unit`) and humidity
    /// (in percent) each by itself; 0 sends every reading. Default: 1.
    #[serde(default = "one")]
    #[schemars(range(min = 0))]
    pub min_difference: f64,
}

/// Any other sensor that the kernel's industrial I/O (IIO) knows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IioConfig {
    /// What it is called, different from the node's other sensors; the hub shows its readings as this view's.
    #[schemars(extend("format" = "picket-name"))]
    pub name: String,
    /// Its folder in /sys/bus/iio/devices (`iio:device0`), or what is in the folder's `name` or `label`
    /// (`bmp280`). Default: the only one with this channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// What of it: `pressure`, `illuminance`, `humidityrelative`, `temp`, `voltage0`, as its files are called
    /// between `in_` and `_input` or `_raw`.
    pub channel: Channel,
    /// How often it is read, at least 1s. Default: 10m.
    #[serde(default = "every")]
    pub every: Duration,
    /// In which unit a temperature is: F, C or K. All else comes in hPa, lx, %, V, A, W, ohm or m. Default: F.
    #[serde(default)]
    pub unit: Temperature,
    /// What is sent differs by at least so much, in the reading's unit, from what was sent before; 0 sends every
    /// reading. Default: 0.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub min_difference: f64,
}

/// Any program that prints a number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-instead" = {"command": "program", "run": "program", "what": "measures"}))]
pub struct CommandSensorConfig {
    /// What it is called, different from the node's other sensors; the hub shows its readings as this view's.
    #[schemars(extend("format" = "picket-name"))]
    pub name: String,
    /// The program and its arguments. It prints a number, with a unit or without, such as `77.3 F`.
    #[schemars(length(min = 1), extend("examples" = [["/usr/local/bin/water-level"]]))]
    pub program: Vec<String>,
    /// How long it may take, 1s to 10m, before it is ended, with all that it started. Default: 10s.
    #[serde(default = "timeout")]
    pub timeout: Duration,
    /// What the number tells: `Temp`, `Level`, `humidity`.
    #[schemars(extend("format" = "picket-measure", "examples" = ["Temp", "Level", "humidity"]))]
    pub measures: String,
    /// How often it is run, at least 1s. Default: 10m.
    #[serde(default = "every")]
    pub every: Duration,
    /// In which unit: F, C and K are turned into each other, any other short word is only told on. Default: the
    /// one that is printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "picket-unit", "examples" = ["F", "C", "cm"]))]
    pub unit: Option<String>,
    /// What is sent differs by at least so much, in the reading's unit, from what was sent before; 0 sends every
    /// reading. Default: 0.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub min_difference: f64,
}

/// Any file that holds a number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-instead" = {"file": "path", "factor": "scale", "what": "measures"}))]
pub struct FileSensorConfig {
    /// What it is called, different from the node's other sensors; the hub shows its readings as this view's.
    #[schemars(extend("format" = "picket-name"))]
    pub name: String,
    /// The file. It holds a number, with a unit or without, such as `77.3 F`.
    pub path: PathBuf,
    /// The number is multiplied by this. Default: 1.
    #[serde(default = "one")]
    pub scale: f64,
    /// This is added to it then. Default: 0.
    #[serde(default)]
    pub offset: f64,
    /// What the number tells: `Temp`, `Level`, `humidity`.
    #[schemars(extend("format" = "picket-measure", "examples" = ["Temp", "Level", "humidity"]))]
    pub measures: String,
    /// How often it is read, at least 1s. Default: 10m.
    #[serde(default = "every")]
    pub every: Duration,
    /// In which unit: F, C and K are turned into each other, any other short word is only told on. Default: the
    /// one in the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "picket-unit", "examples" = ["F", "C", "cm"]))]
    pub unit: Option<String>,
    /// What is sent differs by at least so much, in the reading's unit, from what was sent before; 0 sends every
    /// reading. Default: 0.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub min_difference: f64,
}

/// A unit of temperature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum Temperature {
    /// Degrees Fahrenheit.
    #[default]
    F,
    /// Degrees Celsius.
    C,
    /// Kelvin.
    K,
}

fn every() -> Duration {
    seconds(600)
}

fn timeout() -> Duration {
    seconds(10)
}

fn one() -> f64 {
    1.0
}

/// The checks of words in this file.
pub(in crate::config) const FORMATS: [Format; 3] = [
    Format::rule("picket-w1", |id| {
        let number = id.strip_prefix("28-").unwrap_or_default();
        if number.len() == 12 && number.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f')) {
            return Ok(());
        }
        Err(format!("`{id}` is not a DS18B20's number; `ls /sys/bus/w1/devices` lists them, such as 28-000005e2fdc3"))
    }),
    Format::rule("picket-measure", |word| {
        if let Some(complaint) = name::complaint(word) {
            return Err(complaint);
        }
        // imagehub looks at the first letter: H is a heartbeat, i and j are images.
        let (first, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
        let other = match first {
            "H" => "h",
            "i" => "I",
            "j" => "J",
            _ => return Ok(()),
        };
        Err(format!("old hubs take what begins with `{first}` for something else; write {other}{rest}"))
    }),
    Format::rule("picket-unit", |unit| {
        let odd = |c: char| c.is_whitespace() || c.is_control() || c.is_ascii_digit() || c == '|';
        match unit {
            "" => Err("a unit cannot be empty; leave the key out where there is none".to_owned()),
            "°F" | "°C" => Err(format!("write {} for `{unit}`", unit.trim_start_matches('°'))),
            _ if unit.contains(odd) || unit.chars().count() > 12 => {
                Err(format!("`{unit}` is not a unit; write one short word, such as F, cm or km/h"))
            }
            _ => Ok(()),
        }
    }),
];

impl CommandSensorConfig {
    pub(super) fn validate(&self, path: &str, complaints: &mut Complaints<'_>) {
        if self.program.first().is_some_and(|program| program.trim().is_empty()) {
            complaints.add(format!("{path}.program"), "the program has no name; write it first in the list");
        }
        if self.timeout < seconds(1) || self.timeout > seconds(600) {
            complaints.add(format!("{path}.timeout"), format!("{} is not between 1s and 10m", self.timeout));
        }
    }
}

impl FileSensorConfig {
    pub(super) fn validate(&self, path: &str, complaints: &mut Complaints<'_>) {
        if self.scale == 0.0 {
            complaints.add(format!("{path}.scale"), "this would make all numbers the same; write one such as 0.001");
        }
    }
}
