//! Numbers as programs print them and sensors give them: told from what is none, turned into the unit asked for,
//! and held against what can be. Pure.

use crate::config::Temperature;

/// The coldest that can be, in degrees Celsius.
const ABSOLUTE_ZERO: f64 = -273.15;

/// The longest unit, in letters.
const UNIT_LETTERS: usize = 12;

/// The number in `77.3`, `77.3 F`, `48%` or `-4 °C`, and the unit beside it.
pub(super) fn parse(text: &str) -> Result<(f64, Option<String>), String> {
    let text = text.trim().trim_matches('\0');
    let wrong = |advice: &str| {
        let shown: String = text.chars().take(40).map(|c| if c.is_control() { ' ' } else { c }).collect();
        Err(format!("`{shown}` is not a number{advice}"))
    };
    if text.is_empty() {
        return Err("nothing is there where a number is expected".to_owned());
    }
    let in_number = |c: char| c.is_ascii_digit() || matches!(c, '.' | '+' | '-');
    let word = text.split_whitespace().next().unwrap_or_default();
    // `1e3` is a number, and so is what stands before the unit of `48%`.
    let length = match word.parse::<f64>() {
        Ok(_) => word.len(),
        Err(_) => text.find(|c| !in_number(c)).unwrap_or(text.len()),
    };
    let (number, unit) = text.split_at(length);
    let unit = unit.trim_start().trim_start_matches('°');
    match number.parse::<f64>() {
        Ok(value) if !value.is_finite() => wrong(" that can be measured"),
        Ok(_) if unit.starts_with(',') => wrong("; a point goes before the decimals, as in 77.3"),
        Ok(_) if unit.chars().count() > UNIT_LETTERS || unit.contains(['\n', '|']) || unit.contains(in_number) => {
            wrong(" with a unit, such as 77.3 or 77.3 F")
        }
        Ok(value) => Ok((value, (!unit.is_empty()).then(|| unit.to_owned()))),
        Err(_) => wrong(", such as 77.3 or 77.3 F"),
    }
}

/// A number with the unit it came with, if any, in the unit that is asked for, if any.
pub(super) fn in_unit(value: f64, has: Option<&str>, wanted: Option<&str>) -> Result<(f64, String), String> {
    let unit = wanted.or(has).unwrap_or_default();
    let (from, to) = (has.and_then(temperature), temperature(unit));
    let value = match (from, to) {
        (Some(from), Some(to)) => from_celsius(celsius(value, from), to),
        _ if has.is_none_or(|has| has == unit) => value,
        _ => {
            let has = has.unwrap_or_default();
            return Err(format!("the number comes in {has}, and the configuration says `unit: {unit}`"));
        }
    };
    if to.is_some_and(|to| celsius(value, to) < ABSOLUTE_ZERO - 1e-6) {
        return Err(format!("{} {unit} is colder than anything can be", tidy(value)));
    }
    Ok((tidy(value), unit.to_owned()))
}

/// Degrees Celsius in another unit.
pub(super) fn from_celsius(celsius: f64, unit: Temperature) -> f64 {
    match unit {
        Temperature::C => celsius,
        Temperature::F => celsius * 1.8 + 32.0,
        Temperature::K => celsius - ABSOLUTE_ZERO,
    }
}

fn celsius(value: f64, unit: Temperature) -> f64 {
    match unit {
        Temperature::C => value,
        Temperature::F => (value - 32.0) / 1.8,
        Temperature::K => value + ABSOLUTE_ZERO,
    }
}

/// `value` if it can be, else why it is not believed.
pub(super) fn possible(value: f64, unit: &str, (least, most): (f64, f64), what: &str) -> Result<f64, String> {
    if (least..=most).contains(&value) {
        return Ok(value);
    }
    Err(format!("{value} {unit} is not believed: {what} gives {least} to {most} {unit}"))
}

/// Without the dust that reckoning in binary leaves in the last digits; no sensor has twelve.
pub(super) fn tidy(value: f64) -> f64 {
    format!("{value:.11e}").parse().unwrap_or(value)
}

/// The unit's word.
pub(super) fn word(unit: Temperature) -> &'static str {
    match unit {
        Temperature::F => "F",
        Temperature::C => "C",
        Temperature::K => "K",
    }
}

fn temperature(unit: &str) -> Option<Temperature> {
    [Temperature::F, Temperature::C, Temperature::K].into_iter().find(|known| word(*known) == unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_programs_print_it() {
        let check = |text: &str, value: f64, unit: Option<&str>| {
            assert_eq!(parse(text), Ok((value, unit.map(str::to_owned))), "{text:?}");
        };
        check("77.3\n", 77.3, None);
        check("  -4 °C\n", -4.0, Some("C"));
        check("48%", 48.0, Some("%"));
        check("1e3", 1000.0, None);
        check("1e-3 V", 0.001, Some("V"));
        check("25187\n\0", 25187.0, None);
        check("+5", 5.0, None);
        check(".5 km/h", 0.5, Some("km/h"));
        let refused = |text: &str, message: &str| assert_eq!(parse(text), Err(message.to_owned()), "{text:?}");
        refused(" \n", "nothing is there where a number is expected");
        refused("77,3", "`77,3` is not a number; a point goes before the decimals, as in 77.3");
        refused("nan", "`nan` is not a number that can be measured");
        refused("-inf C", "`-inf C` is not a number that can be measured");
        refused("1e999", "`1e999` is not a number that can be measured");
        refused("warm", "`warm` is not a number, such as 77.3 or 77.3 F");
        refused("1 2", "`1 2` is not a number with a unit, such as 77.3 or 77.3 F");
        refused("1\n2\n", "`1 2` is not a number with a unit, such as 77.3 or 77.3 F");
        refused("5 a|b", "`5 a|b` is not a number with a unit, such as 77.3 or 77.3 F");
        refused("-", "`-` is not a number, such as 77.3 or 77.3 F");
        refused("1.2.3", "`1.2.3` is not a number, such as 77.3 or 77.3 F");
    }

    #[test]
    fn temperatures_are_turned_into_the_unit_asked_for_and_nothing_else_is() {
        let check = |value: f64, has: Option<&str>, wanted: Option<&str>, expected: Result<(f64, &str), &str>| {
            let expected = expected.map(|(value, unit)| (value, unit.to_owned())).map_err(str::to_owned);
            assert_eq!(in_unit(value, has, wanted), expected, "{value} {has:?} {wanted:?}");
        };
        check(25.187, Some("C"), Some("F"), Ok((77.3366, "F")));
        check(77.3366, Some("F"), Some("C"), Ok((25.187, "C")));
        check(0.0, Some("K"), Some("F"), Ok((-459.67, "F")));
        check(0.0, Some("C"), Some("K"), Ok((273.15, "K")));
        check(7.0, None, Some("F"), Ok((7.0, "F")));
        check(7.0, Some("cm"), None, Ok((7.0, "cm")));
        check(7.0, Some("cm"), Some("cm"), Ok((7.0, "cm")));
        check(7.0, None, None, Ok((7.0, "")));
        check(7.0, Some("V"), Some("F"), Err("the number comes in V, and the configuration says `unit: F`"));
        check(-274.0, None, Some("C"), Err("-274 C is colder than anything can be"));
        check(-1.0, Some("K"), None, Err("-1 K is colder than anything can be"));
    }

    #[test]
    fn what_cannot_be_is_not_believed() {
        let check = |value: f64, believed: bool| {
            assert_eq!(possible(value, "%", (0.0, 100.0), "a DHT22").is_ok(), believed, "{value}");
        };
        check(0.0, true);
        check(100.0, true);
        check(100.1, false);
        check(-0.1, false);
        check(f64::NAN, false);
        check(f64::INFINITY, false);
    }
}
