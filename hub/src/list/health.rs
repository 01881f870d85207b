//! A node's health as a person reads it: what is wrong first, then the facts. Pure.

use std::time::Duration;

use picket_common::bytes::Bytes;
use picket_common::event::{CameraHealth, DiskHealth, ExposureHealth, HealthData, PowerFlags, PowerHealth};
use picket_common::time::ClockState;

use super::length;
use super::problem::{About, Problem};
use crate::condition::{HOT_C, NO_FRAME, is_nearly_full};

/// Below this share a node counts as short of memory.
const LITTLE_MEMORY: f64 = 0.05;
/// A clock that is further off than this is pointed out. A heartbeat may have waited for the network for some seconds.
pub(crate) const CLOCK_OFF_S: u64 = 30;

/// What somebody should do something about.
pub(super) fn problems(health: &HealthData) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut add = |is_so: bool, about: About, text: String| {
        if is_so {
            found.push(Problem { about, text });
        }
    };
    let PowerHealth { now, since_boot } = health.power.unwrap_or_default();
    let power = flags(now);
    add(!power.is_empty(), About::Power, format!("{} now", power.join(" and ")));
    add(since_boot.under_voltage && !now.under_voltage, About::Power, "under-voltage since the start".to_owned());
    let is_hot = health.temperature_c.filter(|degrees| HOT_C <= *degrees);
    add(is_hot.is_some(), About::Heat, format!("{:.0} °C hot", is_hot.unwrap_or_default()));
    add(health.disk.is_some_and(|disk| is_nearly_full(disk, false)), About::Disk, "disk nearly full".to_owned());
    if let Some((spool, problem)) = health.spool.as_ref().and_then(|spool| Some((spool, spool.problem.as_deref()?))) {
        let long = spool.stuck_s.map(|stuck| format!(" (for {})", seconds(stuck)));
        add(true, About::Spool, format!("spool: {problem}{}", long.unwrap_or_default()));
    }
    add(
        memory_share(health).is_some_and(|share| share < LITTLE_MEMORY),
        About::Memory,
        "little memory left".to_owned(),
    );
    add(health.clock == Some(ClockState::Unsynced), About::Clock, "clock not set".to_owned());
    let off = health.clock_ahead_s.filter(|ahead| CLOCK_OFF_S <= ahead.unsigned_abs());
    add(off.is_some(), About::Clock, off.map(clock_off).unwrap_or_default());
    for camera in &health.cameras {
        let view = camera.view.as_ref().map(|view| format!(" from {view}")).unwrap_or_default();
        let patience = NO_FRAME.as_secs().max(camera.patience_s.unwrap_or_default());
        let without = camera.lost_s.or_else(|| camera.last_frame_s.filter(|since| patience <= *since && !camera.ended));
        match without {
            Some(since) => add(true, About::Camera, format!("no frames{view} for {}", seconds(since))),
            None => add(camera.last_frame_s.is_none() && !camera.ended, About::Camera, format!("no frames{view} yet")),
        }
    }
    let dropped = counted(&[(health.dropped_events, "event", "events"), (health.dropped_images, "image", "images")]);
    add(!dropped.is_empty(), About::Dropped, format!("{} dropped for want of room", dropped.join(" and ")));
    let refused = counted(&[(health.refused, "message", "messages")]);
    add(!refused.is_empty(), About::Refused, format!("{} refused by the hub", refused.join("")));
    found
}

/// `clock 1h 2m behind the hub's`.
pub(crate) fn clock_off(ahead_s: i64) -> String {
    let which = if ahead_s < 0 { "behind" } else { "ahead of" };
    format!("clock {} {which} the hub's", seconds(ahead_s.unsigned_abs()))
}

/// The machine, in one line; empty if it told nothing.
pub(super) fn machine(health: &HealthData) -> String {
    let facts = [
        health.temperature_c.map(|degrees| format!("{degrees:.1} °C")),
        health.power.filter(|power| *power == PowerHealth::default()).map(|_| "power good".to_owned()),
        health.load.map(|load| match health.cpus {
            Some(cpus) => format!("load {load:.1} of {cpus}"),
            None => format!("load {load:.1}"),
        }),
        memory(health),
        health.disk.as_ref().filter(|disk| 0 < disk.total_bytes).map(disk),
        health.wifi.as_ref().map(|wifi| match (wifi.signal_dbm, wifi.link_quality) {
            (Some(signal), _) => format!("Wi-Fi {signal:.0} dBm"),
            (None, Some(quality)) => format!("Wi-Fi quality {quality:.0}"),
            (None, None) => "Wi-Fi".to_owned(),
        }),
        match health.clock {
            Some(ClockState::Synced) => Some("clock set".to_owned()),
            Some(ClockState::Unsynced) => Some("clock not set".to_owned()),
            Some(ClockState::Unknown) | None => None,
        },
        // More than that is a problem.
        health.clock_ahead_s.filter(|ahead| (1..CLOCK_OFF_S).contains(&ahead.unsigned_abs())).map(clock_off),
        health.uptime_s.map(|up| format!("up {}", seconds(up))),
    ];
    facts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// The cameras, in one line; empty if there are none.
pub(super) fn cameras(health: &HealthData) -> String {
    health.cameras.iter().map(camera).collect::<Vec<_>>().join("; ")
}

/// What waits for the hub; empty if nothing does.
pub(super) fn waiting(health: &HealthData) -> String {
    let messages = counted(&[(health.waiting_messages, "message", "messages")]).join("");
    if messages.is_empty() {
        return messages;
    }
    let disk = health.spool.as_ref().filter(|spool| 0 < spool.disk_messages);
    let disk = disk.map(|spool| format!(" ({} of them on disk, {})", spool.disk_messages, Bytes(spool.disk_bytes)));
    let oldest = health.waiting_oldest_s.map(|oldest| format!(", the oldest for {}", seconds(oldest)));
    let waiting = Bytes(health.waiting_bytes);
    format!("{messages}, {waiting}{}{}", disk.unwrap_or_default(), oldest.unwrap_or_default())
}

fn camera(camera: &CameraHealth) -> String {
    let view = camera.view.as_deref().unwrap_or("camera");
    let rate = match (camera.ended, camera.lost_s, camera.frames_per_second) {
        (true, _, _) => "footage ended".to_owned(),
        (_, Some(_), _) => "lost".to_owned(),
        (_, _, Some(rate)) => format!("{rate:.1}/s"),
        (_, _, None) => format!("{} frames", camera.frames),
    };
    let mut parts = vec![format!("{view} {rate}")];
    parts.extend(camera.exposure.map(|ExposureHealth { time_us, gain, .. }| {
        let time_ms = time_us as f64 / 1000.0;
        format!("exposed {time_ms:.1} ms at gain {gain:.1}")
    }));
    parts.extend(counted(&[(camera.reopenings, "reopening", "reopenings")]));
    parts.extend(counted(&[(camera.passed_over, "frame unusable", "frames unusable")]));
    parts.extend(counted(&[(camera.missed, "frame missed", "frames missed")]));
    parts.join(", ")
}

fn flags(flags: PowerFlags) -> Vec<&'static str> {
    let PowerFlags { under_voltage, frequency_capped, throttled, soft_temperature_limit } = flags;
    let named = [
        (under_voltage, "under-voltage"),
        // Each of them says that the processor is slowed down.
        (throttled || frequency_capped || soft_temperature_limit, "throttled"),
    ];
    named.into_iter().filter_map(|(is_so, name)| is_so.then_some(name)).collect()
}

fn memory_share(health: &HealthData) -> Option<f64> {
    let total = health.memory_total_bytes.filter(|total| 0 < *total)?;
    Some(health.memory_available_bytes? as f64 / total as f64)
}

fn memory(health: &HealthData) -> Option<String> {
    let available = Bytes(health.memory_available_bytes?);
    Some(match health.memory_total_bytes {
        Some(total) => format!("memory {available} of {} free", Bytes(total)),
        None => format!("memory {available} free"),
    })
}

fn disk(disk: &DiskHealth) -> String {
    format!("disk {:.0} % free ({})", disk.free_share() * 100.0, Bytes(disk.free_bytes))
}

/// Those that are not 0, in words.
fn counted(counts: &[(u64, &str, &str)]) -> Vec<String> {
    let some = counts.iter().filter(|(count, _, _)| 0 < *count);
    some.map(|(count, one, many)| format!("{count} {}", if *count == 1 { one } else { many })).collect()
}

fn seconds(seconds: u64) -> String {
    length(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests;
