//! DS18B20 thermometers, by the files of the kernel's 1-Wire driver `w1_therm`. Reading one takes 750 ms.
//!
//! `w1_slave` shows the sensor's nine bytes, the check of their sum, and the temperature in thousandths of a
//! degree Celsius; `temperature` shows just that, and nothing at all when the sum is wrong:
//! ```text
//! 72 01 4b 46 7f ff 0e 10 57 : crc=57 YES
//! 72 01 4b 46 7f ff 0e 10 57 t=23125
//! ```

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use picket_common::event::ReadingData;
use picket_common::shutdown::Shutdown;

use super::{Sensor, file, number};
use crate::config::Temperature;

/// What it can measure, in degrees Celsius (data sheet).
const POSSIBLE: (f64, f64) = (-55.0, 125.0);

/// What it holds when it has just got power and has measured nothing.
const POWER_ON: f64 = 85.0;

/// Exactly that is believed where it is no further from what was read before, in degrees.
const NEAR: f64 = 5.0;

const WIRING: &str = "check the wires, and the resistor of 4.7 kOhm between data and 3.3 V";

/// One DS18B20.
pub(super) struct Ds18b20 {
    bus: PathBuf,
    id: Option<String>,
    unit: Temperature,
    /// What was read last, in degrees Celsius.
    last: Option<f64>,
}

impl Ds18b20 {
    /// Without an id, the only one that is there.
    pub(super) fn new(sysfs: &Path, id: Option<String>, unit: Temperature) -> Ds18b20 {
        Ds18b20 { bus: sysfs.join("bus/w1/devices"), id, unit, last: None }
    }

    fn celsius(&self) -> Result<f64, String> {
        let folder = self.folder()?;
        let place = |error: String| format!("{}: {error}", folder.display());
        let celsius = measure(&folder).map_err(place)?;
        let celsius = number::possible(celsius, "C", POSSIBLE, "a DS18B20").map_err(place)?;
        if celsius == POWER_ON && self.last.is_none_or(|last| NEAR < (last - celsius).abs()) {
            let reason = "85 C is what a sensor says that has lost its power and measured nothing";
            return Err(place(format!("{reason}; {WIRING}")));
        }
        Ok(celsius)
    }

    /// The sensor's folder.
    fn folder(&self) -> Result<PathBuf, String> {
        let bus = self.bus.display();
        if !self.bus.is_dir() {
            return Err(format!(
                "{bus}: there is no 1-Wire bus; write `dtoverlay=w1-gpio` into /boot/firmware/config.txt and restart"
            ));
        }
        let all = file::entries(&self.bus);
        let ids: Vec<String> = all.iter().map(|path| file::name(path)).filter(|id| id.starts_with("28-")).collect();
        match (&self.id, ids.as_slice()) {
            (Some(id), ids) if ids.contains(id) => Ok(self.bus.join(id)),
            (None, [only]) => Ok(self.bus.join(only)),
            (_, []) if all.iter().any(|path| file::name(path).starts_with("00-")) => {
                Err(format!("{bus}: there is noise and no DS18B20: the resistor is missing or too weak; {WIRING}"))
            }
            (_, []) => Err(format!("{bus}: no DS18B20 answers on the 1-Wire bus; {WIRING}")),
            (Some(id), ids) => Err(format!("{bus}: {id} does not answer, but {} does; {WIRING}", ids.join(", "))),
            (None, ids) => {
                let (ids, first) = (ids.join(", "), ids.first().map_or("", String::as_str));
                Err(format!("{bus}: there are several: {ids}; say which is meant, such as `id: {first}`"))
            }
        }
    }
}

impl Sensor for Ds18b20 {
    fn read(&mut self, _: &Shutdown) -> Result<Vec<ReadingData>, String> {
        let celsius = self.celsius()?;
        self.last = Some(celsius);
        let value = number::tidy(number::from_celsius(celsius, self.unit));
        Ok(vec![ReadingData { name: "Temp".to_owned(), value, unit: number::word(self.unit).to_owned() }])
    }
}

/// Degrees Celsius, by the file that has the check sum where there is one.
fn measure(folder: &Path) -> Result<f64, String> {
    let thousandths = match file::text(&folder.join("w1_slave")) {
        Ok(text) => checked(&text)?,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let text = file::text(&folder.join("temperature")).map_err(|error| format!("{error}; {WIRING}"))?;
            if text.trim().is_empty() {
                return Err(format!("its check sum is wrong; {WIRING}"));
            }
            number::parse(&text)?.0
        }
        Err(error) => return Err(format!("{error}; {WIRING}")),
    };
    Ok(thousandths / 1000.0)
}

/// Thousandths of a degree, from what `w1_slave` shows.
fn checked(text: &str) -> Result<f64, String> {
    let Some((bytes, rest)) = text.split_once(" : crc=") else {
        return Err(format!("the kernel's driver shows nothing of it; {WIRING}"));
    };
    if !rest.lines().next().is_some_and(|line| line.trim_end().ends_with("YES")) {
        return Err(format!("its check sum is wrong; {WIRING}"));
    }
    // The sum of nothing is right; a live sensor's fifth byte is never 0.
    if bytes.split_whitespace().all(|byte| byte == "00") {
        return Err("the data wire is shorted to ground: all that comes is zeros".to_owned());
    }
    match text.rsplit_once("t=") {
        Some((_, thousandths)) => Ok(number::parse(thousandths)?.0),
        None => Err("the kernel's driver shows no temperature".to_owned()),
    }
}
