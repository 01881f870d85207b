//! What the lamps' configuration must fulfil beyond its schema.

use picket_common::config::{Complaints, Duration, nearest};

use super::{DuskConfig, LampConfig, Occasion, Span};
use crate::config::NodeConfig;

/// Complains of what does not fit, for each lamp.
pub(in crate::config) fn validate(config: &NodeConfig, complaints: &mut Complaints<'_>) {
    for (index, lamp) in config.lights.iter().enumerate() {
        let path = format!("lights[{index}]");
        let others = config.lights.get(..index).unwrap_or_default();
        has_its_own_name(lamp, others, &path, complaints);
        occasions(config, lamp, &path, complaints);
        dusk(config, lamp, &path, complaints);
        dimming(lamp, &path, complaints);
    }
}

fn has_its_own_name(lamp: &LampConfig, others: &[LampConfig], path: &str, complaints: &mut Complaints<'_>) {
    if others.iter().any(|other| other.name == lamp.name) {
        let message = format!("two lamps are called `{}`; give each a `name` of its own", lamp.name);
        complaints.add(format!("{path}.name"), message);
    }
}

fn occasions(config: &NodeConfig, lamp: &LampConfig, path: &str, complaints: &mut Complaints<'_>) {
    let names: Vec<String> = Occasion::all(config).into_iter().map(|(name, _)| name).collect();
    for name in lamp.when.0.iter().filter_map(|when| when.with.as_ref()) {
        if names.contains(name) {
            continue;
        }
        let hint = hint(name, &names, "this node has neither an input nor a detector");
        complaints.add(format!("{path}.when"), format!("no input, view or detector is called `{name}`; {hint}"));
    }
    if lamp.linger.is_some() && lamp.when.0.iter().all(|when| when.with.is_none()) {
        complaints.add(format!("{path}.linger"), "nothing in `when` is `with` something; leave `linger` out");
    }
}

fn dusk(config: &NodeConfig, lamp: &LampConfig, path: &str, complaints: &mut Complaints<'_>) {
    let needs_dusk = lamp.when.0.iter().any(|when| matches!(when.span, Span::Dark { .. }));
    match &lamp.dusk {
        None if needs_dusk && config.node.place.is_none() && config.cameras.is_empty() => {
            let message = "no camera can tell dusk; add `place: {latitude: 52.5, longitude: 13.4}` under `node:`";
            complaints.add(format!("{path}.when"), message);
        }
        Some(_) if !needs_dusk => {
            complaints.add(format!("{path}.dusk"), "nothing in `when` goes by dusk or dawn; leave `dusk` out");
        }
        Some(dusk) => by_camera(config, dusk, &format!("{path}.dusk"), complaints),
        None => {}
    }
}

fn by_camera(config: &NodeConfig, dusk: &DuskConfig, path: &str, complaints: &mut Complaints<'_>) {
    let views: Vec<String> = config.cameras.iter().filter_map(|camera| camera.view.clone()).collect();
    if let Some(view) = dusk.camera.as_ref().filter(|view| !views.contains(view)) {
        let hint = hint(view, &views, "no camera has a view; leave `camera` out");
        complaints.add(format!("{path}.camera"), format!("no camera has the view `{view}`; {hint}"));
    }
    if dusk.dark_below >= dusk.bright_above {
        let message = format!("{} is not less than `bright_above`, {}", dusk.dark_below, dusk.bright_above);
        complaints.add(format!("{path}.dark_below"), format!("{message}; between them nothing changes"));
    }
    between(&format!("{path}.settle"), dusk.settle, 1, complaints);
}

fn dimming(lamp: &LampConfig, path: &str, complaints: &mut Complaints<'_>) {
    if lamp.level.0 <= 0.0 {
        complaints.add(format!("{path}.level"), "a lamp at 0% is never on; write more, or leave this lamp out");
    } else if lamp.level.0 < 1.0 {
        let share = lamp.level.0;
        let message = format!("{share} means {share} %, which nobody sees; write {:.0}%, or 1% or more", share * 100.0);
        complaints.add(format!("{path}.level"), message);
    }
    between(&format!("{path}.fade"), lamp.fade, 0, complaints);
    if lamp.active_low && lamp.is_dimmed() {
        // Between two openings of the pin a dimmed output is low, which would light the lamp.
        let message = "a lamp that is on while its pin is low cannot be dimmed; leave `level` and `fade` out";
        complaints.add(format!("{path}.active_low"), message);
    }
    if lamp.frequency.is_some() && !lamp.is_dimmed() {
        let message = "this lamp is not dimmed, by `level` or `fade`; leave `frequency` out";
        complaints.add(format!("{path}.frequency"), message);
    }
}

fn between(path: &str, time: Duration, least_s: u64, complaints: &mut Complaints<'_>) {
    if !(least_s..=3600).contains(&time.0.as_secs()) || time.0.as_secs() == 3600 && time.0.subsec_nanos() > 0 {
        complaints.add(path, format!("{time} is out of range; write {least_s}s to 1h"));
    }
}

/// What was probably meant, or what there is; `none` where there is nothing.
fn hint(name: &str, names: &[String], none: &str) -> String {
    match (nearest(name, names), names) {
        (_, []) => none.to_owned(),
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, names) => format!("there are {}", names.join(", ")),
    }
}
