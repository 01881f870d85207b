//! What a Pi's firmware says of its supply and its heat.
//!
//! The vendor's kernel tells it as a hexadecimal number in `get_throttled` of the firmware's platform device: bits 0
//! to 3 are what is the case now, bits 16 to 19 what was, since the start or since somebody cleared them
//! (<https://www.raspberrypi.com/documentation/computers/os.html#get_throttled>). Other kernels tell of
//! under-voltage alone, by the driver raspberrypi-hwmon, which looks every two seconds. Either may forget what was;
//! so what was seen once is remembered here.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use picket_common::event::{PowerFlags, PowerHealth};

use super::machine::Machine;

const UNDER_VOLTAGE: u32 = 1;
const FREQUENCY_CAPPED: u32 = 2;
const THROTTLED: u32 = 4;
const SOFT_TEMPERATURE_LIMIT: u32 = 8;
const NOW: u32 = 15;
const BEFORE: u32 = 16;

/// What has been seen so far. Clones remember together.
#[derive(Debug, Clone, Default)]
pub(super) struct Power {
    seen: Arc<AtomicU32>,
}

impl Power {
    /// None on a machine that is no Pi.
    pub(super) fn read(&self, machine: &Machine) -> Option<PowerHealth> {
        let found = firmware(machine).or_else(|| hwmon(machine))?;
        let since = (found & NOW) | (found >> BEFORE & NOW);
        let since = since | self.seen.fetch_or(since, Ordering::AcqRel);
        Some(PowerHealth { now: flags(found), since_boot: flags(since) })
    }
}

fn firmware(machine: &Machine) -> Option<u32> {
    const DEVICES: &str = "/sys/bus/platform/devices";
    // `soc:firmware`; on a Pi 5 the name before the colon is longer.
    let devices = machine.names(DEVICES).into_iter().filter(|name| name.ends_with("firmware"));
    devices.into_iter().find_map(|device| {
        let text = machine.line(&format!("{DEVICES}/{device}/get_throttled"))?;
        u32::from_str_radix(text.trim_start_matches("0x"), 16).ok()
    })
}

fn hwmon(machine: &Machine) -> Option<u32> {
    const SENSORS: &str = "/sys/class/hwmon";
    machine.names(SENSORS).into_iter().find_map(|sensor| {
        let is_ours = machine.line(&format!("{SENSORS}/{sensor}/name"))? == "rpi_volt";
        let alarm = machine.line(&format!("{SENSORS}/{sensor}/in0_lcrit_alarm")).filter(|_| is_ours)?;
        Some(if alarm == "1" { UNDER_VOLTAGE } else { 0 })
    })
}

fn flags(bits: u32) -> PowerFlags {
    let has = |bit| bits & bit != 0;
    PowerFlags {
        under_voltage: has(UNDER_VOLTAGE),
        frequency_capped: has(FREQUENCY_CAPPED),
        throttled: has(THROTTLED),
        soft_temperature_limit: has(SOFT_TEMPERATURE_LIMIT),
    }
}
