//! Pins, as people write them: by their BCM numbers, each for one purpose.

use std::collections::HashMap;

use picket_common::config::{Complaints, Format};

use super::{NodeConfig, SensorConfig};

/// The physical pins of the header, from 1; none is power or ground.
const HEADER: [Option<u8>; 40] = {
    const fn is(gpio: u8) -> Option<u8> {
        Some(gpio)
    }
    [
        None,
        None,
        is(2),
        None,
        is(3),
        None,
        is(4),
        is(14),
        None,
        is(15), // 1 to 10
        is(17),
        is(18),
        is(27),
        None,
        is(22),
        is(23),
        None,
        is(24),
        is(10),
        None, // 11 to 20
        is(9),
        is(25),
        is(11),
        is(8),
        None,
        is(7),
        is(0),
        is(1),
        is(5),
        None, // 21 to 30
        is(6),
        is(12),
        is(13),
        None,
        is(19),
        is(16),
        is(26),
        is(20),
        None,
        is(21), // 31 to 40
    ]
};

/// The check of a pin.
pub(super) const GPIO: Format = Format::rule("picket-gpio", |text| match text.parse::<usize>() {
    Ok(2..=27) => Ok(()),
    Ok(0 | 1) => Err(format!("GPIO{text} belongs to the memory of add-on boards; use another pin, from 2 to 27")),
    Ok(pin @ 28..=40) => Err(match HEADER[pin - 1] {
        Some(gpio @ 2..) => format!("there is no GPIO{pin}; if you count the header's pins, pin {pin} is {gpio}"),
        Some(_) => format!("there is no GPIO{pin}, and the header's pin {pin} belongs to the memory of add-on boards"),
        None => format!("there is no GPIO{pin}, and the header's pin {pin} is ground"),
    }),
    Ok(_) => Err(format!("there is no GPIO{text}; write a number from 2 to 27, such as 17 for GPIO17")),
    Err(_) => {
        Err(match text.to_uppercase().strip_prefix("GPIO").map(|rest| rest.trim_start_matches(['_', ' ']).parse()) {
            Some(Ok::<u8, _>(gpio)) => format!("the number alone is enough; write {gpio} instead of `{text}`"),
            _ => format!("`{text}` is not a pin; write its BCM number, such as 17 for GPIO17"),
        })
    }
});

/// Who uses which pin: `sensors[0].gpio`, "the input `pir`", 17.
fn used(config: &NodeConfig) -> Vec<(String, String, u8)> {
    let inputs = config.sensors.iter().enumerate().filter_map(|(index, sensor)| match sensor {
        SensorConfig::Input(input) => {
            Some((format!("sensors[{index}].gpio"), format!("the input `{}`", input.name), input.gpio))
        }
        _ => None,
    });
    let lamps = config.lights.iter().enumerate();
    let lamps =
        lamps.map(|(index, lamp)| (format!("lights[{index}].gpio"), format!("the lamp `{}`", lamp.name), lamp.gpio));
    inputs.chain(lamps).collect()
}

impl NodeConfig {
    /// Whether any part of the node needs a pin.
    pub fn needs_pins(&self) -> bool {
        !used(self).is_empty()
    }

    /// What of the node needs a pin, such as "the input `pir`".
    pub fn pin_users(&self) -> Vec<String> {
        used(self).into_iter().map(|(_, user, _)| user).collect()
    }
}

/// Two parts on one pin would fight.
pub(super) fn each_pin_has_one_user(config: &NodeConfig, complaints: &mut Complaints<'_>) {
    let mut taken: HashMap<u8, String> = HashMap::new();
    for (path, user, gpio) in used(config) {
        match taken.get(&gpio) {
            Some(first) => complaints.add(path, format!("GPIO{gpio} is taken by {first}; give {user} another pin")),
            None => drop(taken.insert(gpio, user)),
        }
    }
}
