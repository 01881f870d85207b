//! DHT11 and DHT22, by the kernel's driver `dht11` for both (overlay `dht11`). Their one wire is read by timing,
//! which a busy machine often misses: one failure means nothing, so each reading is tried a few times.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use picket_common::event::ReadingData;
use picket_common::shutdown::Shutdown;
use picket_common::time::Clock;

use super::iio::{self, Devices};
use super::{Sensor, number};
use crate::config::{Channel, DhtConfig};

/// One reading is tried so often.
const TRIES: u32 = 5;

/// The sensor measures no sooner again.
const PAUSE: Duration = Duration::from_secs(2);

/// What the driver calls its device: as the device tree does, or in old kernels like this.
const NAMES: [&str; 4] = ["dht11", "dht22", "am2302", "humidity_sensor"];

/// What tells one kind from the other (data sheets), with a margin for the cold corner of the cheap one.
pub(super) struct Model {
    name: &'static str,
    /// Degrees Celsius.
    possible: (f64, f64),
}

pub(super) const DHT11: Model = Model { name: "a DHT11", possible: (-20.0, 60.0) };
pub(super) const DHT22: Model = Model { name: "a DHT22", possible: (-40.0, 80.0) };

/// One DHT11 or DHT22.
pub(super) struct Dht {
    devices: Devices,
    model: Model,
    config: DhtConfig,
    clock: Arc<dyn Clock>,
}

impl Dht {
    pub(super) fn new(sysfs: &Path, model: Model, config: &DhtConfig, clock: Arc<dyn Clock>) -> Dht {
        Dht { devices: Devices::new(sysfs), model, config: config.clone(), clock }
    }

    /// Temperature and humidity. The driver keeps what it has read for 2 s, so both are of one measurement.
    fn measure(&self, device: &Path) -> Result<Vec<ReadingData>, String> {
        let (temperature, humidity) = ("temp".parse::<Channel>()?, "humidityrelative".parse::<Channel>()?);
        let celsius = iio::measure(device, &temperature)?;
        let celsius = number::possible(celsius, "C", self.model.possible, self.model.name)?;
        let percent = iio::measure(device, &humidity)?;
        let (unit, value) = (number::word(self.config.unit), number::from_celsius(celsius, self.config.unit));
        Ok(vec![
            ReadingData { name: "Temp".to_owned(), value: number::tidy(value), unit: unit.to_owned() },
            // In lower case: old hubs take what begins with `H` for a heartbeat.
            ReadingData { name: "humidity".to_owned(), value: percent, unit: "%".to_owned() },
        ])
    }
}

impl Sensor for Dht {
    fn read(&mut self, shutdown: &Shutdown) -> Result<Vec<ReadingData>, String> {
        let is_dht = |device: &Path| {
            iio::names(device).iter().any(|name| NAMES.iter().any(|known| name.to_lowercase().contains(known)))
        };
        let device = self.devices.find(self.config.device.as_deref(), is_dht)?.ok_or_else(|| {
            let (place, devices) = (self.devices.folder.display(), self.devices.list());
            format!(
                "{place}: there is no DHT ({devices}); write `dtoverlay=dht11,gpiopin=4` (its pin; for a DHT22 too) \
                 into /boot/firmware/config.txt and restart"
            )
        })?;
        let mut reason = String::new();
        for turn in 0..TRIES {
            if turn > 0 && self.clock.wait(PAUSE, shutdown) {
                return Err("the node stops".to_owned());
            }
            match self.measure(&device) {
                Ok(readings) => return Ok(readings),
                Err(error) => reason = error,
            }
        }
        let wiring = "check the wires, and the resistor of 4.7 to 10 kOhm between data and 3.3 V";
        Err(format!("{reason} ({TRIES} times in a row); {wiring}"))
    }
}
