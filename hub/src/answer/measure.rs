//! Plain words for what sensors measure: `Temp` is a temperature. A table of measures; places are never in it.

/// What is measured: units that tell it, beginnings of readings' names that do, and what people call it.
struct Measure {
    units: &'static [&'static str],
    names: &'static [&'static str],
    words: &'static [&'static str],
}

const MEASURES: &[Measure] = &[
    Measure {
        units: &["F", "C", "K", "°F", "°C"],
        names: &["temp"],
        words: &["temperature", "temp", "degrees", "warm", "hot", "cold", "cool"],
    },
    Measure { units: &[], names: &["humid", "moist"], words: &["humidity", "humid", "moisture", "damp", "dry", "wet"] },
    Measure { units: &["hPa"], names: &["press", "baro"], words: &["pressure", "barometer"] },
    Measure { units: &["lx"], names: &["lux", "illum"], words: &["brightness", "lux", "bright"] },
    Measure { units: &["V"], names: &["volt"], words: &["voltage", "volts"] },
    Measure { units: &["A"], names: &["amp"], words: &["amperes", "amps"] },
    Measure { units: &["W"], names: &["watt", "power"], words: &["power", "watts"] },
    Measure { units: &["ohm"], names: &["resist"], words: &["resistance", "ohms"] },
    Measure { units: &["m"], names: &["dist"], words: &["distance"] },
];

/// What people call a reading called `name` in `unit`, beside its own name.
pub(super) fn words(name: &str, unit: &str) -> Vec<&'static str> {
    let name = name.to_lowercase();
    let is =
        |measure: &&Measure| measure.units.contains(&unit) || measure.names.iter().any(|start| name.starts_with(start));
    MEASURES.iter().filter(is).flat_map(|measure| measure.words.iter().copied()).collect()
}

/// Whether `word` is one of them, of whatever measure.
pub(super) fn is_known(word: &str) -> bool {
    MEASURES.iter().any(|measure| measure.words.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unit_or_the_name_tells_what_is_measured() {
        let check = |name: &str, unit: &str, word: &str, expected: bool| {
            assert_eq!(words(name, unit).contains(&word), expected, "{name} {unit}");
        };
        check("Temp", "F", "temperature", true);
        check("deck", "C", "temperature", true);
        check("humidity", "%", "humidity", true);
        check("charge", "%", "humidity", false);
        check("Level", "", "temperature", false);
    }
}
