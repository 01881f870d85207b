//! Sensors that the kernel's industrial I/O knows, by its files: a folder a device, a few files a channel. Source:
//! the kernel's Documentation/ABI/testing/sysfs-bus-iio.

use std::path::{Path, PathBuf};

use picket_common::event::ReadingData;
use picket_common::shutdown::Shutdown;

use super::{Sensor, file, number};
use crate::config::{Channel, IioConfig};

/// One channel of one device.
pub(super) struct Iio {
    devices: Devices,
    config: IioConfig,
}

impl Iio {
    pub(super) fn new(sysfs: &Path, config: &IioConfig) -> Iio {
        Iio { devices: Devices::new(sysfs), config: config.clone() }
    }
}

impl Sensor for Iio {
    fn read(&mut self, _: &Shutdown) -> Result<Vec<ReadingData>, String> {
        let IioConfig { device, channel, unit, .. } = &self.config;
        let folder = self.devices.find(device.as_deref(), |folder| has(folder, channel))?.ok_or_else(|| {
            let devices = self.devices.list();
            let place = self.devices.folder.display();
            format!("{place}: no device has a channel `{channel}` ({devices}); is its driver or overlay loaded?")
        })?;
        let quantity = channel.quantity();
        let value = measure(&folder, channel)?;
        let wanted = if quantity.unit == "C" { number::word(*unit) } else { quantity.unit };
        let (value, unit) = number::in_unit(value, Some(quantity.unit), Some(wanted))?;
        Ok(vec![ReadingData { name: quantity.measures.to_owned(), value, unit }])
    }
}

/// The folders of all devices.
pub(super) struct Devices {
    pub(super) folder: PathBuf,
}

impl Devices {
    pub(super) fn new(sysfs: &Path) -> Devices {
        Devices { folder: sysfs.join("bus/iio/devices") }
    }

    /// The device that is `wanted`, by its folder, name or label; else the only one that fits, if any does.
    pub(super) fn find(&self, wanted: Option<&str>, fits: impl Fn(&Path) -> bool) -> Result<Option<PathBuf>, String> {
        let mut found = self.all();
        found.retain(|device| match wanted {
            Some(wanted) => names(device).iter().any(|name| name == wanted),
            None => fits(device),
        });
        match (found.as_slice(), wanted) {
            ([only], _) => Ok(Some(only.clone())),
            ([], None) => Ok(None),
            ([], Some(wanted)) => {
                let (place, devices) = (self.folder.display(), self.list());
                Err(format!("{place}: there is no device `{wanted}` ({devices}); is its driver or overlay loaded?"))
            }
            (several, _) => {
                let devices = several.iter().map(|device| shown(device)).collect::<Vec<_>>().join(", ");
                let first = several.first().map(|device| file::name(device)).unwrap_or_default();
                let place = self.folder.display();
                Err(format!("{place}: there are several: {devices}; say which is meant, such as `device: {first}`"))
            }
        }
    }

    /// What there is, in words.
    pub(super) fn list(&self) -> String {
        let devices: Vec<String> = self.all().iter().map(|device| shown(device)).collect();
        if devices.is_empty() { "there is none at all".to_owned() } else { format!("there is {}", devices.join(", ")) }
    }

    fn all(&self) -> Vec<PathBuf> {
        let mut devices = file::entries(&self.folder);
        devices.retain(|path| file::name(path).starts_with("iio:device"));
        devices
    }
}

/// What a device may be called: by its folder, its driver, and the board's makers.
pub(super) fn names(device: &Path) -> Vec<String> {
    let inside = ["name", "label"].iter().filter_map(|name| file::text(&device.join(name)).ok());
    std::iter::once(file::name(device)).chain(inside.map(|name| name.trim().to_owned())).collect()
}

/// `iio:device0 bmp280`
fn shown(device: &Path) -> String {
    names(device).join(" ")
}

fn has(device: &Path, channel: &Channel) -> bool {
    ["input", "raw"].iter().any(|form| device.join(format!("in_{channel}_{form}")).exists())
}

/// What a channel measures, in its quantity's unit; only if that can be.
pub(super) fn measure(device: &Path, channel: &Channel) -> Result<f64, String> {
    let quantity = channel.quantity();
    let place = |error: String| format!("{}: {channel}: {error}", device.display());
    let read = |name: String| match file::text(&device.join(&name)) {
        Ok(text) => number::parse(&text).map(|(value, _)| value),
        Err(error) => Err(format!("in {name}: {error}")),
    };
    // Several channels of one kind may share these.
    let shared = |what: &str, missing: f64| {
        let names = [format!("in_{channel}_{what}"), format!("in_{}_{what}", channel.shared_name())];
        names.into_iter().find(|name| device.join(name).exists()).map_or(Ok(missing), read)
    };
    let reckon = || {
        if device.join(format!("in_{channel}_input")).exists() {
            return read(format!("in_{channel}_input"));
        }
        if !has(device, channel) {
            return Err("the device has no such channel".to_owned());
        }
        Ok((read(format!("in_{channel}_raw"))? + shared("offset", 0.0)?) * shared("scale", 1.0)?)
    };
    let value = number::tidy(reckon().map_err(place)? * quantity.factor);
    number::possible(value, quantity.unit, quantity.possible, quantity.measures).map_err(place)
}
