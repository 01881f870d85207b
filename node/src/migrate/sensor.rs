//! The section `sensors:`.

use picket_common::config::migrate::{Block, Old, Report, called, left_over, tidy, time, unique, within};
use picket_common::config::nearest;
use picket_common::name;

use crate::config::{DhtConfig, Ds18b20Config, SensorConfig, Temperature};

const KEYS: [&str; 6] = ["name", "type", "gpio", "unit", "read_interval_minutes", "min_difference"];

/// Takes the section over.
pub(super) fn take(old: &Old, report: &mut Report) -> Vec<SensorConfig> {
    let Some(block) = Block::of(old, "sensors", report) else { return vec![] };
    let (mut sensors, mut names): (Vec<SensorConfig>, Vec<String>) = Default::default();
    for (key, old) in block.rest() {
        let place = format!("sensors[{}]", sensors.len());
        let Some(block) = Block::of(&old, &place, report) else { continue };
        sensors.extend(sensor(&key, &old, block, &place, &mut names, report));
    }
    several_on_one_wire(&sensors, report);
    sensors
}

fn sensor(
    key: &str,
    whole: &Old,
    mut block: Block,
    place: &str,
    names: &mut Vec<String>,
    report: &mut Report,
) -> Option<SensorConfig> {
    let kind = block.get("type").and_then(Old::word).unwrap_or_default().to_owned();
    if !matches!(kind.as_str(), "DS18B20" | "DHT11" | "DHT22") {
        let text = format!("{}{}", no_sensor(&kind, &block), whole.with_keys());
        report.note(whole, "sensors", &text);
        return None;
    }
    let [given, of_type, gpio, unit, minutes, difference] = KEYS.map(|key| block.take(key));
    let at = |key: &str| format!("{place}.{key}");
    let name = given.as_ref().and_then(|old| called(old, &at("name"), report)).unwrap_or_else(|| name::clean(key));
    let name = unique(&name, names);
    names.push(name.clone());
    let text = "imagenode told it nowhere; now it stands in the text of each reading";
    report.note(given.as_ref().unwrap_or(whole), at("name"), text);
    if let Some(old) = of_type.filter(|_| kind == "DS18B20") {
        report.note(&old, at("kind"), "readings have a decimal now, which imagenode cut off");
    }
    let every = match minutes.and_then(|old| within(&old, (0.05, 525_600.0), &at("every"), report)) {
        Some(minutes) => time(minutes * 60.0),
        None => time(600.0),
    };
    let difference = difference.and_then(|old| within(&old, (0.0, 1e6), &at("min_difference"), report));
    let (min_difference, unit) = (tidy(difference.unwrap_or(1.0)), temperature(unit.as_ref(), &at("unit"), report));
    if let Some(gpio) = gpio {
        pin(&gpio, &kind, place, report);
    }
    left_over(block, &KEYS, place, report);
    Some(match kind.as_str() {
        "DS18B20" => SensorConfig::Ds18b20(Ds18b20Config { name, id: None, every, unit, min_difference }),
        "DHT11" => SensorConfig::Dht11(DhtConfig { name, device: None, every, unit, min_difference }),
        _ => SensorConfig::Dht22(DhtConfig { name, device: None, every, unit, min_difference }),
    })
}

/// What is told of a type for which imagenode has no code.
fn no_sensor(kind: &str, block: &Block) -> String {
    let near = nearest(kind, &["DS18B20", "DHT11", "DHT22"]);
    let gpio = block.get("gpio").and_then(Old::number).unwrap_or(17.0);
    match (kind.to_uppercase().as_str(), near) {
        ("", _) => "it has no `type`, and imagenode did nothing with it".to_owned(),
        ("PIR" | "REED" | "BUTTON" | "SWITCH", _) => {
            format!("imagenode had no code for a {kind}; Picket has: `- {{name: {kind}, kind: input, gpio: {gpio}}}`")
        }
        (_, Some(near)) => {
            format!("`{kind}` is none of imagenode's sensors, which did nothing with it; did you mean `{near}`?")
        }
        (_, None) => format!("imagenode had no code for `{kind}`; for Picket's kinds see configs/node-sensors.yaml"),
    }
}

/// Fahrenheit for all but C.
fn temperature(old: Option<&Old>, place: &str, report: &mut Report) -> Temperature {
    let Some(old) = old else { return Temperature::F };
    match old.word().unwrap_or_default().to_uppercase().as_str() {
        "C" => {
            report.keep(place);
            Temperature::C
        }
        "F" => {
            report.keep(place);
            Temperature::F
        }
        _ => {
            let text = format!(
                "imagenode told degrees Fahrenheit with `{}` behind them; Picket knows F, C and K",
                old.shown()
            );
            report.note(old, place, &text);
            Temperature::F
        }
    }
}

/// The kernel reads the pin.
fn pin(old: &Old, kind: &str, place: &str, report: &mut Report) {
    let gpio = old.number().filter(|gpio| (0.0..=27.0).contains(gpio));
    let text = match (kind, gpio) {
        ("DS18B20", Some(gpio)) if gpio != 4.0 => format!(
            "imagenode ignored it and used GPIO4: in config.txt `dtoverlay=w1-gpio`; for this pin `dtoverlay=w1-gpio,gpiopin={gpio}`"
        ),
        ("DS18B20", _) => "the kernel reads the sensor; in config.txt: `dtoverlay=w1-gpio`, which is GPIO4".to_owned(),
        (_, Some(gpio)) => format!("the kernel reads the sensor; in config.txt: `dtoverlay=dht11,gpiopin={gpio}`"),
        (_, None) => {
            format!(
                "`{}` is no pin; the kernel reads the sensor, in config.txt: `dtoverlay=dht11,gpiopin=4`",
                old.shown()
            )
        }
    };
    report.note(old, place, &text);
}

/// imagenode read whichever answered first.
fn several_on_one_wire(sensors: &[SensorConfig], report: &mut Report) {
    let wired: Vec<usize> = sensors
        .iter()
        .enumerate()
        .filter(|(_, sensor)| matches!(sensor, SensorConfig::Ds18b20(_)))
        .map(|(index, _)| index)
        .collect();
    if wired.len() > 1 {
        for index in wired {
            let text = "imagenode read the first one of the bus for each; add its number, such as `id: 28-000005e2fdc3` (`ls /sys/bus/w1/devices`)";
            report.remark(format!("sensors[{index}]"), text);
        }
    }
}
