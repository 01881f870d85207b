//! The section `lights:`. Every light was on from start to end, whatever `on:` said: YAML 1.1 reads the bare word as the
//! key True, which imagenode never asked for.

use picket_common::config::migrate::{Block, Old, Plain, Report, called, left_over, unique};
use picket_common::config::{Duration, Percent};
use picket_common::name;

use crate::config::{LampConfig, Span, Switch, When, Whens};

const KEYS: [&str; 3] = ["name", "gpio", "on"];

/// imagenode's pin where nothing is said.
const PIN: f64 = 18.0;

/// Takes the section over.
pub(super) fn take(old: &Old, report: &mut Report) -> Vec<LampConfig> {
    let Some(block) = Block::of(old, "lights", report) else { return vec![] };
    let (mut lamps, mut names): (Vec<LampConfig>, Vec<String>) = Default::default();
    for (key, old) in block.rest() {
        let place = format!("lights[{}]", lamps.len());
        let Some(block) = Block::of(&old, &place, report) else { continue };
        if let Some(lamp) = lamp(&key, &old, block, &place, &lamps, &mut names, report) {
            lamps.push(lamp);
        }
    }
    lamps
}

fn lamp(
    key: &str,
    whole: &Old,
    mut block: Block,
    place: &str,
    others: &[LampConfig],
    names: &mut Vec<String>,
    report: &mut Report,
) -> Option<LampConfig> {
    let gpio = pin(block.take("gpio").as_ref(), whole, others, report)?;
    let at = |key: &str| format!("{place}.{key}");
    let when = match (block.take_switch("on"), block.take("on")) {
        (Some(old), quoted) => {
            if let Some(quoted) = quoted {
                report.note(&quoted, at("when"), "there are two keys `on`");
            }
            report.note(&old, at("when"), &bare(&old));
            always()
        }
        (None, Some(old)) => quoted(&old, &at("when"), report)?,
        (None, None) => always(),
    };
    let given = block.take("name");
    let wanted = given.as_ref().and_then(|old| called(old, &at("name"), report)).unwrap_or_else(|| name::clean(key));
    let name = unique(&wanted, names);
    if let Some(old) = given.filter(|_| name != wanted) {
        report.note(&old, at("name"), &format!("another light has this name; this one is `{name}` now"));
    }
    names.push(name.clone());
    left_over(block, &KEYS, place, report);
    report.keep(at("when"));
    Some(LampConfig {
        name,
        gpio,
        when,
        linger: None,
        dusk: None,
        level: Percent(100.0),
        fade: Duration::default(),
        frequency: None,
        active_low: false,
        safe: Switch::Off,
    })
}

fn always() -> Whens {
    Whens(vec![When { span: Span::Always, with: None }])
}

/// The pin; a light without one of its own is left out.
fn pin(old: Option<&Old>, whole: &Old, others: &[LampConfig], report: &mut Report) -> Option<u8> {
    let number = old.map_or(Some(PIN), Old::number).filter(|pin| pin.fract() == 0.0 && (2.0..=27.0).contains(pin));
    let (told, keys) = (old.unwrap_or(whole), whole.with_keys());
    let Some(pin) = number.map(|pin| pin as u8) else {
        let text = format!("`{}` is no pin that a light can have, 2 to 27; the light is left out{keys}", told.shown());
        report.note(told, "lights", &text);
        return None;
    };
    if let Some(other) = others.iter().find(|other| other.gpio == pin) {
        let text = format!("GPIO{pin} is taken by the light `{}`; this one is left out{keys}", other.name);
        report.note(told, "lights", &text);
        return None;
    }
    Some(pin)
}

/// What is told of the key that never was one.
fn bare(old: &Old) -> String {
    let never = "a bare `on` is True to YAML 1.1, so that imagenode never read it: the light was always on";
    match old.word().unwrap_or_default() {
        "continuous" => never.to_owned(),
        text => format!("{never}; for `{}` {}", old.shown(), wish(text)),
    }
}

/// With quotes the key was read, and the light was off for all but `continuous`.
fn quoted(old: &Old, place: &str, report: &mut Report) -> Option<Whens> {
    if old.value() == Plain::Text("continuous".to_owned()) {
        return Some(always());
    }
    let wanted = span(old.word().unwrap_or_default());
    let text = format!("with the key in quotes, imagenode left the light off for `{}`", old.shown());
    match wanted {
        Some(span) => {
            report.note(old, place, &format!("{text}; now it does what that says"));
            Some(Whens(vec![When { span, with: None }]))
        }
        None => {
            report.note(old, "lights", &format!("{text}; it is left out: write `when: dusk..dawn`, or `23:00..05:00`"));
            None
        }
    }
}

/// What to write for what was wanted.
fn wish(text: &str) -> String {
    match span(text) {
        Some(span) => format!("write `when: {span}`"),
        None => "write a time such as `when: dusk..dawn` or `when: 23:00..05:00`".to_owned(),
    }
}

/// `(11pm-5am)`, `23:00 to 05:00`, `dusk..dawn`.
fn span(text: &str) -> Option<Span> {
    let plain = text.trim_matches(|c: char| matches!(c, '(' | ')' | '[' | ']' | ' ')).to_lowercase();
    let plain = plain.replace(" to ", "-").replace("..", "-").replace(['–', ','], "-").replace(' ', "");
    let (from, to) = plain.split_once('-')?;
    format!("{}..{}", clock(from)?, clock(to)?).parse::<When>().ok().map(|when| when.span)
}

/// `11pm` as `23:00`.
fn clock(text: &str) -> Option<String> {
    if let "dusk" | "dawn" = text {
        return Some(text.to_owned());
    }
    let (time, half) = match (text.strip_suffix("am"), text.strip_suffix("pm")) {
        (Some(time), _) => (time, Some(0)),
        (_, Some(time)) => (time, Some(12)),
        _ => (text, None),
    };
    let (hour, minute) = time.split_once(':').unwrap_or((time, "0"));
    let (hour, minute): (u8, u8) = (hour.parse().ok()?, minute.parse().ok()?);
    let hour = match half {
        Some(half) if (1..=12).contains(&hour) => hour % 12 + half,
        Some(_) => return None,
        None => hour,
    };
    Some(format!("{hour:02}:{minute:02}"))
}
