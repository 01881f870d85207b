//! The channels of the kernel's industrial I/O: what each measures, and in which unit its files are and readings
//! come. Source: the kernel's Documentation/ABI/testing/sysfs-bus-iio.

use std::fmt;
use std::str::FromStr;

use picket_common::config::Scalar;

picket_common::scalar!(Channel);

/// What a device measures, as its files are called between `in_` and `_input`: `pressure`, `voltage0`.
#[derive(Debug, Clone, PartialEq)]
pub struct Channel {
    name: String,
    kind: &'static Quantity,
}

/// What channels of one kind have in common.
#[derive(Debug, PartialEq)]
pub struct Quantity {
    /// What the channel's name begins with.
    word: &'static str,
    /// What a reading is called.
    pub measures: &'static str,
    /// In which unit a reading comes.
    pub unit: &'static str,
    /// How many of these units the kernel's one is.
    pub factor: f64,
    /// The least and the greatest that can be, in this unit.
    pub possible: (f64, f64),
}

/// `Illuminance` with a capital letter: old hubs take what begins with `i` for an image.
const QUANTITIES: [Quantity; 9] = [
    Quantity { word: "temp", measures: "Temp", unit: "C", factor: 0.001, possible: (-273.15, 5000.0) },
    Quantity { word: "humidityrelative", measures: "humidity", unit: "%", factor: 0.001, possible: (0.0, 100.0) },
    Quantity { word: "pressure", measures: "pressure", unit: "hPa", factor: 10.0, possible: (0.0, 1e7) },
    Quantity { word: "illuminance", measures: "Illuminance", unit: "lx", factor: 1.0, possible: (0.0, 1e7) },
    Quantity { word: "voltage", measures: "voltage", unit: "V", factor: 0.001, possible: (-1e6, 1e6) },
    Quantity { word: "current", measures: "current", unit: "A", factor: 0.001, possible: (-1e6, 1e6) },
    Quantity { word: "power", measures: "power", unit: "W", factor: 0.001, possible: (-1e9, 1e9) },
    Quantity { word: "resistance", measures: "resistance", unit: "ohm", factor: 1.0, possible: (0.0, 1e15) },
    Quantity { word: "distance", measures: "distance", unit: "m", factor: 1.0, possible: (0.0, 1e6) },
];

impl Channel {
    /// Its name, as in its files'.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it measures, and how.
    pub fn quantity(&self) -> &'static Quantity {
        self.kind
    }

    /// The name that several channels of one kind share their scale under: `voltage` for `voltage0`.
    pub fn shared_name(&self) -> &str {
        self.kind.word
    }
}

impl Scalar for Channel {
    const FORMAT: &'static str = "picket-channel";
    const PATTERN: &'static str = "^[a-z][a-z0-9_-]*$";
    const EXAMPLES: &'static [&'static str] = &["pressure", "temp", "voltage0"];
}

impl FromStr for Channel {
    type Err = String;

    fn from_str(name: &str) -> Result<Channel, String> {
        // `temp`, `temp_object`, `voltage0`, `voltage0-voltage1`
        let begins = |kind: &&Quantity| {
            let is_plain = |c| matches!(c, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
            name.strip_prefix(kind.word).is_some_and(|rest| {
                rest.bytes().all(is_plain) && !rest.starts_with(|c: char| c.is_ascii_lowercase() || c == '-')
            })
        };
        match QUANTITIES.iter().find(begins) {
            Some(kind) => Ok(Channel { name: name.to_owned(), kind }),
            None => {
                let known = QUANTITIES.map(|kind| kind.word).join(", ");
                Err(format!(
                    "`{name}` is not a channel that is known here: {known}; for others write `kind: file` with \
                     `path:`, `scale:` and `unit:`"
                ))
            }
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_is_known_by_what_its_name_begins_with() {
        let check = |name: &str, unit: Option<&str>| {
            assert_eq!(name.parse::<Channel>().ok().map(|channel| channel.quantity().unit), unit, "{name}");
        };
        check("temp", Some("C"));
        check("temp_object", Some("C"));
        check("voltage0-voltage1", Some("V"));
        check("humidityrelative", Some("%"));
        for unknown in ["", "temperature", "../temp", "temp/../x", "count", "in_temp_input", "Temp"] {
            check(unknown, None);
        }
    }
}
