//! What a node's heartbeats tell that somebody should hear of once, and once when it is over: a camera that gives no frames,
//! a disk that fills, a supply that gives too little, too much heat. Where it is too little the trouble begins a little below
//! where it ends, or ends after a while only, so that nothing is told again and again. Knows no socket and no file.
//!
//! A node that notices itself that a camera is lost tells so, with an event of its own; then this says nothing. It notices
//! what a node cannot: a camera's thread that hangs, and a camera that has never given anything.

use std::collections::BTreeMap;
use std::time::Duration;

use picket_common::bytes::Bytes;
use picket_common::doctor::length;
use picket_common::event::{CameraHealth, DiskHealth, HealthData};
use picket_common::name;

use crate::ongoing::{Notice, Ongoing, Trouble};

/// A disk is nearly full with less than this share free and less than so many bytes; it is well again beyond either of
/// the second pair.
const LITTLE_DISK: (f64, u64) = (0.05, 2 << 30);
const ENOUGH_DISK: (f64, u64) = (0.07, 3 << 30);
/// A camera that gives no frame for so long has stalled, or longer where its frames may be further apart.
pub(crate) const NO_FRAME: Duration = Duration::from_secs(60);
/// From here on a Pi slows itself down; below the second it is well again.
pub(crate) const HOT_C: f64 = 80.0;
const COOL_C: f64 = 75.0;
/// Supply and heat are well when they have been for so long.
const CALM: Duration = Duration::from_secs(5 * 60);
/// So many cameras of a node are looked at; none has more.
const CAMERAS: usize = 64;

/// What was heard of the nodes' conditions before.
#[derive(Debug, Default)]
pub struct Conditions {
    /// Since when, in uptime, a camera is there without any frame yet, by node and view.
    without: BTreeMap<(String, String), Duration>,
    /// When supply and heat were last bad, in uptime.
    bad: BTreeMap<(String, Trouble), Duration>,
}

/// Whether a disk is nearly full; one that `was` before is so until there is some room.
pub fn is_nearly_full(disk: DiskHealth, was: bool) -> bool {
    let (share, bytes) = if was { ENOUGH_DISK } else { LITTLE_DISK };
    0 < disk.total_bytes && disk.free_share() < share && disk.free_bytes < bytes
}

/// `3 % free (1.2 GiB)`.
pub fn room(disk: DiskHealth) -> String {
    format!("{:.0} % free ({})", disk.free_share() * 100.0, Bytes(disk.free_bytes))
}

impl Conditions {
    /// What the heartbeat of `node`, come at uptime `now`, shows to begin or to end.
    pub fn heard(&mut self, node: &str, health: &HealthData, now: Duration, ongoing: &mut Ongoing) -> Vec<Notice> {
        let mut notices = self.cameras(node, &health.cameras, now, ongoing);
        notices.extend(health.disk.and_then(|disk| disk_of(node, disk, ongoing)));
        if let Some(power) = health.power {
            let bad = power.now.under_voltage.then(|| "the supply gives less than 4.63 V".to_owned());
            notices.extend(self.calms(Trouble::Power, node, bad, now, ongoing));
        }
        if let Some(degrees) = health.temperature_c {
            let limit = if ongoing.is(Trouble::Heat, node, "") { COOL_C } else { HOT_C };
            let bad = (limit <= degrees).then(|| format!("{degrees:.0} °C"));
            notices.extend(self.calms(Trouble::Heat, node, bad, now, ongoing));
        }
        notices
    }

    fn cameras(&mut self, node: &str, cameras: &[CameraHealth], now: Duration, ongoing: &mut Ongoing) -> Vec<Notice> {
        let cameras = cameras.get(..CAMERAS).unwrap_or(cameras);
        let view_of = |camera: &CameraHealth| camera.view.as_deref().map(name::clean).unwrap_or_default();
        let mut notices = Vec::new();
        for camera in cameras {
            let view = view_of(camera);
            let without = self.without_frames(node, &view, camera, now);
            let patience = NO_FRAME.max(Duration::from_secs(camera.patience_s.unwrap_or_default()));
            notices.extend(match without {
                Some(since) if patience <= since => {
                    let reason = format!("no frames for {}, and its node does not say why", length(since));
                    ongoing.begin(Trouble::Stalled, node, &view, reason)
                }
                // It may only be that its node was started again.
                Some(_) if camera.last_frame_s.is_none() => None,
                _ => ongoing.end(Trouble::Stalled, node, &view, how_it_ended(camera).to_owned()),
            });
        }
        let gone = ongoing.with(Trouble::Stalled).into_iter();
        let gone = gone.filter(|(of, view)| of == node && !cameras.iter().any(|camera| view_of(camera) == *view));
        let gone: Vec<(String, String)> = gone.collect();
        notices.extend(gone.into_iter().filter_map(|(_, view)| {
            ongoing.end(Trouble::Stalled, node, &view, "the node has no such camera any more".to_owned())
        }));
        self.without.retain(|(of, view), _| of != node || cameras.iter().any(|camera| view_of(camera) == *view));
        notices
    }

    /// For how long a camera gives no frames; none where it does, or where its node has told of it.
    fn without_frames(&mut self, node: &str, view: &str, camera: &CameraHealth, now: Duration) -> Option<Duration> {
        let key = (node.to_owned(), view.to_owned());
        if camera.ended || camera.lost_s.is_some() || camera.last_frame_s.is_some() {
            self.without.remove(&key);
        }
        match camera.last_frame_s {
            _ if camera.ended || camera.lost_s.is_some() => None,
            Some(since) => Some(Duration::from_secs(since)),
            None => Some(now.saturating_sub(*self.without.entry(key).or_insert(now))),
        }
    }

    /// A trouble that ends when there was none for a while.
    fn calms(
        &mut self,
        trouble: Trouble,
        node: &str,
        bad: Option<String>,
        now: Duration,
        ongoing: &mut Ongoing,
    ) -> Option<Notice> {
        let key = (node.to_owned(), trouble);
        if let Some(reason) = bad {
            self.bad.insert(key, now);
            return ongoing.begin(trouble, node, "", reason);
        }
        if !ongoing.is(trouble, node, "") {
            return None;
        }
        // After a start of the hub it counts from the first that is heard.
        let last = *self.bad.entry(key.clone()).or_insert(now);
        if now.saturating_sub(last) < CALM {
            return None;
        }
        self.bad.remove(&key);
        ongoing.end(trouble, node, "", format!("well for {}", length(CALM)))
    }
}

fn how_it_ended(camera: &CameraHealth) -> &'static str {
    match (camera.ended, camera.lost_s) {
        (true, _) => "its footage is over",
        (_, Some(_)) => "its node has noticed it now, and tells of it itself",
        _ => "it gives frames again",
    }
}

fn disk_of(node: &str, disk: DiskHealth, ongoing: &mut Ongoing) -> Option<Notice> {
    if disk.total_bytes == 0 {
        return None;
    }
    if is_nearly_full(disk, ongoing.is(Trouble::Disk, node, "")) {
        ongoing.begin(Trouble::Disk, node, "", room(disk))
    } else {
        ongoing.end(Trouble::Disk, node, "", room(disk))
    }
}

#[cfg(test)]
mod tests;
