//! A camera's controls, and what the configuration wants of them: which control is meant, whether the value can be,
//! and in which order they are set. Knows no device.

use std::collections::BTreeMap;
use std::fmt;

use crate::config::{ControlValue, plain_name};

/// What kind of value a control has.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Number {
        least: i32,
        most: i32,
    },
    Switch,
    /// The items that can be chosen, by number; a driver may leave some out.
    Menu(Vec<(i32, String)>),
    /// Does something when it is set to anything.
    Button,
}

/// One of a camera's controls.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Control {
    /// As the driver calls it.
    pub title: String,
    pub kind: Kind,
    pub default: i32,
    /// What it is set to now, if that can be read.
    pub value: Option<i32>,
    pub is_read_only: bool,
}

/// A control's new value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Setting {
    /// Which of the list it is.
    pub index: usize,
    /// As the configuration writes it.
    pub name: String,
    pub value: i32,
}

impl Control {
    /// As the configuration writes it.
    pub(super) fn name(&self) -> String {
        plain_name(&self.title)
    }

    /// Switches and menus go first: an automatic must be off before what it governs can be set.
    fn rank(&self) -> u8 {
        match self.kind {
            Kind::Switch | Kind::Menu(_) => 0,
            Kind::Number { .. } => 1,
            Kind::Button => 2,
        }
    }

    /// The driver's number for a value, or what could be written instead.
    fn number(&self, wanted: &ControlValue) -> Result<i32, String> {
        let as_number = match wanted {
            ControlValue::Number(number) => Some(*number),
            ControlValue::Word(word) => word.trim().parse().ok(),
            ControlValue::Switch(_) => None,
        };
        match (&self.kind, wanted, as_number) {
            (_, _, _) if self.is_read_only => Err("it can only be read".to_owned()),
            (Kind::Number { least, most }, _, Some(number)) => match i32::try_from(number) {
                Ok(number) if (*least..=*most).contains(&number) => Ok(number),
                _ => Err(format!("{number} is out of range; write a number between {least} and {most}")),
            },
            (Kind::Switch, ControlValue::Switch(on), _) => Ok(i32::from(*on)),
            (Kind::Switch, _, Some(number @ 0..=1)) => Ok(number as i32),
            (Kind::Button, ControlValue::Switch(true), _) => Ok(1),
            (Kind::Menu(items), _, _) => {
                let is_meant = |(number, title): &&(i32, String)| {
                    let is_named = matches!(wanted, ControlValue::Word(word) if plain_name(word) == plain_name(title));
                    is_named || as_number == Some(i64::from(*number))
                };
                let item = items.iter().find(is_meant);
                item.map(|(number, _)| *number)
                    .ok_or_else(|| format!("it has no item `{wanted}`; it has {}", self.kind))
            }
            _ => Err(format!("`{wanted}` cannot be; write {}", self.kind)),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Number { least, most } => write!(f, "a number between {least} and {most}"),
            Kind::Switch => f.write_str("`true` or `false`"),
            Kind::Button => f.write_str("`true`, which presses it"),
            Kind::Menu(items) => {
                let items: Vec<String> = items.iter().map(|(number, title)| format!("{number} ({title})")).collect();
                f.write_str(&items.join(", "))
            }
        }
    }
}

/// What is to be set, in order; or which control or value cannot be.
pub(super) fn settings(controls: &[Control], wanted: &BTreeMap<String, ControlValue>) -> Result<Vec<Setting>, String> {
    let mut found = vec![];
    for (name, value) in wanted {
        let control = controls.iter().enumerate().find(|(_, control)| control.name() == plain_name(name));
        let (index, control) = control.ok_or_else(|| unknown(controls, name))?;
        let value = control.number(value).map_err(|why| format!("control `{name}`: {why}"))?;
        found.push((control.rank(), Setting { index, name: name.clone(), value }));
    }
    found.sort_by_key(|(rank, setting)| (*rank, setting.index));
    Ok(found.into_iter().map(|(_, setting)| setting).collect())
}

fn unknown(controls: &[Control], name: &str) -> String {
    let wanted = plain_name(name);
    let names: Vec<String> = controls.iter().map(Control::name).collect();
    // Drivers order the words differently: `exposure_auto` was renamed `auto_exposure`.
    let sorted = |name: &str| {
        let mut words: Vec<&str> = name.split('_').collect();
        words.sort_unstable();
        words.join("_")
    };
    let distance = |name: &String| {
        strsim::damerau_levenshtein(&wanted, name).min(strsim::damerau_levenshtein(&sorted(&wanted), &sorted(name)))
    };
    let near = names.iter().min_by_key(|name| distance(name));
    let hint = match near.filter(|near| distance(near) <= wanted.chars().count().max(near.len()) / 3) {
        Some(near) => format!("; did you mean `{near}`?"),
        None => String::new(),
    };
    match names.as_slice() {
        [] => format!("there is no control `{name}`: this camera has none at all"),
        names => format!("there is no control `{name}`{hint} (it has {})", names.join(", ")),
    }
}

#[cfg(test)]
mod tests;
