//! Old values made to fit the new file: what Picket cannot take is changed to the nearest that it can, and told.

use std::time;

use super::super::Duration;
use super::super::check::near;
use super::{Block, Old, Plain, Report};
use crate::name;

/// The number of a key, moved into these bounds where it is outside; none where it is no number.
pub fn within(old: &Old, (least, greatest): (f64, f64), place: &str, report: &mut Report) -> Option<f64> {
    let program = report.program();
    let Some(number) = old.number() else {
        let what = if old.value() == Plain::Nothing {
            "nothing is written here".to_owned()
        } else {
            format!("`{}` is not a number", old.shown())
        };
        report.note(old, place, &format!("{what}, which {program} could not use; the default is taken"));
        return None;
    };
    let written = old.word().unwrap_or_default();
    if written.replace('_', "").parse() != Ok(number) {
        report.note(old, place, &format!("`{written}` is {number} to {program}, by YAML 1.1"));
    }
    let near = number.clamp(least, greatest);
    if near != number {
        let message = format!("{} is out of range, {least} to {greatest}; it is {near} now", old.shown());
        report.note(old, place, &message);
    }
    report.keep(place);
    Some(near)
}

/// The same, for a whole number: what is behind the point is told and cut off.
pub fn whole(old: &Old, bounds: (f64, f64), place: &str, report: &mut Report) -> Option<f64> {
    let number = within(old, bounds, place, report)?;
    if number.fract() != 0.0 {
        report.note(old, place, &format!("{number} is not a whole number; it is {} now", number.floor()));
    }
    Some(number.floor())
}

/// Rounded to four places behind the point: more is noise, and would be written with an exponent.
pub fn tidy(number: f64) -> f64 {
    (number * 1e4).round() / 1e4
}

/// A length of time, in milliseconds, at least 1s and at most a hundred years.
pub fn time(seconds: f64) -> Duration {
    let milliseconds = (seconds.clamp(1.0, 36_525.0 * 86_400.0) * 1e3).round();
    Duration(time::Duration::from_millis(milliseconds as u64))
}

/// A name of a node or a view, made clean as a hub does it with old senders' names, so that what was stored is of the
/// same name; what has changed is told. None where nothing is written.
pub fn named(old: &Old, place: &str, report: &mut Report) -> Option<String> {
    with_name(old, name::clean, place, report)
}

/// Any other name, which nothing was stored under; without dashes side by side.
pub fn called(old: &Old, place: &str, report: &mut Report) -> Option<String> {
    let clean = |name: &str| {
        let parts: Vec<String> =
            name::clean(name).split('-').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        name::clean(&parts.join("-"))
    };
    with_name(old, clean, place, report)
}

fn with_name(old: &Old, clean: impl Fn(&str) -> String, place: &str, report: &mut Report) -> Option<String> {
    let word = old.word().filter(|word| !word.is_empty())?;
    let clean = clean(word);
    if clean != word {
        let what = "a name has letters, digits, '-', '_' and '.', at most 64 bytes";
        report.note(old, place, &format!("`{}` is `{clean}` now: {what}", old.shown()));
    }
    report.keep(place);
    Some(clean)
}

/// `name`, or with the first number behind it that none of `others` has: `motion-2`.
pub fn unique(name: &str, others: &[String]) -> String {
    let numbered = (2..).map(|number| {
        let stem: String = name.chars().take(24).collect();
        format!("{stem}-{number}")
    });
    std::iter::once(name.to_owned()).chain(numbered).find(|name| !others.contains(name)).unwrap_or_default()
}

/// Tells of all keys that the old program never looked at. `known` are those that it knew there.
pub fn left_over(block: Block, known: &[&str], place: &str, report: &mut Report) {
    let program = report.program();
    for (key, old) in block.rest() {
        let message = match near(&key, known) {
            Some(meant) => format!("{program} has no such key and passed over it; did you mean `{meant}`?"),
            None => format!("{program} never read it"),
        };
        report.note(&old, place, &format!("{message}{}", below(&old)));
    }
}

/// The keys that are lost with it.
fn below(old: &Old) -> String {
    let keys = old.keys_below();
    if keys.is_empty() { String::new() } else { format!("; nor what is below it: {}", keys.join(", ")) }
}
