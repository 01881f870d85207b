//! A node's health as figures: what can be drawn over time. Pure.

use std::collections::BTreeMap;

use picket_common::event::{CameraHealth, HealthData};
use serde_json::Value;

/// So many cameras of a node have figures; none has more.
const CAMERAS: usize = 64;

/// What a figure may be.
const FIGURES: [(&str, &str); 13] = [
    ("cpu_temperature", "°C"),
    ("load", ""),
    ("memory_available", "bytes"),
    ("memory_own", "bytes"),
    ("disk_free", "bytes"),
    ("wifi_signal", "dBm"),
    ("clock_ahead", "s"),
    ("waiting_messages", ""),
    ("waiting_bytes", "bytes"),
    ("dropped_events", ""),
    ("dropped_images", ""),
    ("refused", ""),
    (FRAMES, "/s"),
];
/// A camera's, with its view behind it.
const FRAMES: &str = "frames";

/// The figures in `health`, by name.
pub fn read(health: &Value) -> BTreeMap<String, f64> {
    let Some(health) = HealthData::read(health) else { return BTreeMap::new() };
    let bytes = |bytes: Option<u64>| bytes.map(|bytes| bytes as f64);
    let values = [
        health.temperature_c,
        health.load,
        bytes(health.memory_available_bytes),
        bytes(health.memory_own_bytes),
        health.disk.map(|disk| disk.free_bytes as f64),
        health.wifi.as_ref().and_then(|wifi| wifi.signal_dbm),
        health.clock_ahead_s.map(|ahead| ahead as f64),
        Some(health.waiting_messages as f64),
        Some(health.waiting_bytes as f64),
        Some(health.dropped_events as f64),
        Some(health.dropped_images as f64),
        Some(health.refused as f64),
    ];
    let own = FIGURES.iter().zip(values).filter_map(|((name, _), value)| Some(((*name).to_owned(), value?)));
    let cameras = health.cameras.iter().take(CAMERAS);
    own.chain(cameras.filter_map(|camera| Some((frames(camera), camera.frames_per_second?)))).collect()
}

fn frames(camera: &CameraHealth) -> String {
    camera.view.as_ref().map_or_else(|| FRAMES.to_owned(), |view| format!("{FRAMES} {view}"))
}

/// The unit of the figure called `name`.
pub fn unit(name: &str) -> &'static str {
    let known = |figure: &&(&str, &str)| {
        name.strip_prefix(figure.0).is_some_and(|rest| rest.is_empty() || figure.0 == FRAMES && rest.starts_with(' '))
    };
    FIGURES.iter().find(known).map_or("", |(_, unit)| unit)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_node_tells_becomes_figures_and_what_it_does_not_tell_none() {
        let check = |health: Value, expected: &[(&str, f64, &str)]| {
            let read = read(&health);
            let found: Vec<_> = read.iter().map(|(name, value)| (&**name, *value, unit(name))).collect();
            let never = ["dropped_events", "dropped_images", "refused", "waiting_bytes", "waiting_messages"];
            let told: Vec<_> =
                found.into_iter().filter(|(name, value, _)| *value != 0.0 || !never.contains(name)).collect();
            assert_eq!(told, expected, "{health}");
        };
        check(json!("well"), &[]);
        check(json!({}), &[]);
        let health = json!({
            "temperature_c": 52.5, "disk": {"total_bytes": 9, "free_bytes": 5}, "dropped_images": 3,
            "cameras": [{"view": "Door", "frames_per_second": 9.5}, {"frames_per_second": 2.0}, {"view": "Yard"}],
        });
        let expected = [
            ("cpu_temperature", 52.5, "°C"),
            ("disk_free", 5.0, "bytes"),
            ("dropped_images", 3.0, ""),
            ("frames", 2.0, "/s"),
            ("frames Door", 9.5, "/s"),
        ];
        check(health, &expected);
    }
}
