//! A camera's `detectors:`, as keys or, for several of one kind, as a list.

use picket_common::config::migrate::{Block, Old, Report, called, left_over, tidy, unique, whole, within};
use picket_common::config::{Percent, nearest};

use super::{picture, send};
use crate::config::{CameraConfig, DetectorConfig, EventSend, LightConfig, MotionConfig};

/// Those of every detector.
const COMMON: [&str; 9] = [
    "ROI",
    "draw_roi",
    "roi_name",
    "log_roi_name",
    "draw_time",
    "draw_time_org",
    "draw_time_fontScale",
    "send_test_images",
    "send_frames",
];
const LIGHT: [&str; 4] = ["threshold", "min_frames", "percent", "send_count"];
const MOTION: [&str; 7] = [
    "delta_threshold",
    "min_area",
    "min_motion_frames",
    "min_still_frames",
    "blur_kernel_size",
    "print_still_frames",
    "send_count",
];

/// Takes all over into `camera`, which is at `place`.
pub(super) fn take(old: &Old, queue: f64, place: &str, camera: &mut CameraConfig, report: &mut Report) {
    let items = old.items().unwrap_or_else(|| vec![old.clone()]);
    let mut names = Vec::new();
    for item in items {
        let Some(block) = Block::of(&item, place, report) else { continue };
        for (kind, old) in block.rest() {
            let place = format!("{place}.detectors[{}]", camera.detectors.len());
            take_one(&kind, &old, queue, &place, &mut names, camera, report);
        }
    }
}

fn take_one(
    kind: &str,
    old: &Old,
    queue: f64,
    place: &str,
    names: &mut Vec<String>,
    camera: &mut CameraConfig,
    report: &mut Report,
) {
    if !matches!(kind, "light" | "motion") {
        let near = nearest(kind, &["light", "motion"]);
        let hint = near.map_or_else(
            || "light and motion".to_owned(),
            |near| format!("did you mean `{near}`? It knew light and motion"),
        );
        let keys = old.with_keys();
        let place = place.rfind('.').map_or(place, |at| &place[..at]);
        return report.note(old, place, &format!("no detector of imagenode's ({hint}), and it is left out{keys}"));
    }
    let Some(mut block) = Block::of(old, place, report) else { return };
    let name = name(kind, old, &mut block, place, names, report);
    drawings(&mut block, place, camera, report);
    let at = |key: &str| format!("{place}.{key}");
    let roi = block.take("ROI").and_then(|old| picture::roi(&old, &at("roi"), report)).unwrap_or_default();
    let draw_roi = block.take("draw_roi").is_some_and(|old| draw_roi(&old, &at("draw_roi"), report));
    if let Some(old) = block.take("send_test_images") {
        report.note(&old, place, "there are none; `picket-node replay` tells what a detector sees");
    }
    let earlier = camera.detectors.iter().any(|other| *other.send() == EventSend::Continuous);
    let send = send::take(&mut block, old, (kind, queue, earlier), &at("send"), report);
    let detector = match kind {
        "light" => DetectorConfig::Light(LightConfig { name, roi, draw_roi, send, ..light(&mut block, place, report) }),
        _ => DetectorConfig::Motion(MotionConfig { name, roi, draw_roi, send, ..motion(&mut block, place, report) }),
    };
    let (own, other) = if kind == "light" { (LIGHT.as_slice(), MOTION.as_slice()) } else { (&MOTION[..], &LIGHT[..]) };
    for key in other {
        if let Some(old) = block.take(key) {
            let theirs = if kind == "light" { "motion" } else { "light" };
            report.note(&old, place, &format!("imagenode ignored it here; it belongs to a {theirs} detector"));
        }
    }
    let known: Vec<&str> = COMMON.iter().chain(own).copied().collect();
    left_over(block, &known, place, report);
    camera.detectors.push(detector);
}

fn light(block: &mut Block, place: &str, report: &mut Report) -> LightConfig {
    let mut light = LightConfig::default();
    let at = |key: &str| format!("{place}.{key}");
    if let Some(threshold) = block.take("threshold").and_then(|old| whole(&old, (0.0, 255.0), &at("threshold"), report))
    {
        light.threshold = threshold as u8;
    }
    if let Some(frames) = frames(block, "min_frames", place, report) {
        light.min_frames = frames;
    }
    if let Some(old) = block.take("percent") {
        let text = "imagenode never read it: lighted is a region whose mean grey is above `threshold`, as here";
        report.note(&old, place, text);
    }
    light
}

fn motion(block: &mut Block, place: &str, report: &mut Report) -> MotionConfig {
    let mut motion = MotionConfig::default();
    let at = |key: &str| format!("{place}.{key}");
    let delta = block.take("delta_threshold");
    if let Some(delta) = delta.and_then(|old| whole(&old, (0.0, 255.0), &at("delta_threshold"), report)) {
        motion.delta_threshold = delta as u8;
    }
    if let Some(area) = block.take("min_area").and_then(|old| within(&old, (0.0, 100.0), &at("min_area"), report)) {
        motion.min_area = Percent(tidy(area));
    }
    if let Some(frames) = frames(block, "min_motion_frames", place, report) {
        motion.min_motion_frames = frames;
    }
    if let Some(frames) = frames(block, "min_still_frames", place, report) {
        motion.min_still_frames = frames;
    }
    if let Some(size) = block.take("blur_kernel_size").and_then(|old| blur(&old, &at("blur_kernel_size"), report)) {
        motion.blur_kernel_size = size;
    }
    motion
}

fn frames(block: &mut Block, key: &str, place: &str, report: &mut Report) -> Option<u32> {
    let frames = whole(&block.take(key)?, (1.0, 10_000.0), &format!("{place}.{key}"), report)?;
    Some(frames as u32)
}

/// OpenCV takes odd sizes alone.
fn blur(old: &Old, place: &str, report: &mut Report) -> Option<u32> {
    let size = whole(old, (1.0, 255.0), place, report)? as u32;
    if size.is_multiple_of(2) {
        report.note(
            old,
            place,
            &format!("OpenCV refuses the even {size}, and imagenode stopped at it; it is {} now", size + 1),
        );
        return Some(size + 1);
    }
    Some(size)
}

/// What the detector is called: by its region's name, or different from the camera's others.
fn name(
    kind: &str,
    old: &Old,
    block: &mut Block,
    place: &str,
    names: &mut Vec<String>,
    report: &mut Report,
) -> Option<String> {
    let place = format!("{place}.name");
    let (roi_name, logged) = (block.take("roi_name"), block.take("log_roi_name"));
    let given = roi_name.as_ref().and_then(|old| called(old, &place, report));
    let wanted = given.clone().unwrap_or_else(|| kind.to_owned());
    let name = unique(&wanted, names);
    names.push(name.clone());
    let is_logged = logged.as_ref().is_some_and(Old::is_true);
    match (&roi_name, &logged) {
        (Some(old), _) if given.is_some() && name != wanted => {
            report.note(old, place.as_str(), &format!("another detector has this name; this one is `{name}` now"));
        }
        (Some(old), _) if given.is_some() && !is_logged => {
            report.note(
                old,
                place.as_str(),
                "imagenode told it nowhere without `log_roi_name`; Picket tells it with each event",
            );
        }
        (None, _) if name != kind => {
            let text = format!(
                "a camera's several {kind} detectors need names; this one is `{name}` now, which its events tell"
            );
            report.note(old, place.as_str(), &text);
        }
        _ => {}
    }
    if let Some(old) = logged {
        let text = match (is_logged, given.is_some()) {
            (true, true) => "not needed: a detector's name is always the fourth field of its events, as this made it",
            (true, false) => "not needed: a detector's `name`, if it has one, is always a field of its events",
            (false, _) => "nothing to switch off: a detector's `name`, if it has one, is always a field of its events",
        };
        report.note(&old, place, text);
    }
    (name != kind || given.is_some()).then_some(name)
}

fn draw_roi(old: &Old, place: &str, report: &mut Report) -> bool {
    if !old.is_true() || old.literal().is_none() {
        report.note(old, place, &format!("`{}` is no colour and width, and imagenode stopped at it", old.shown()));
        return false;
    }
    let text = "in Picket's own colour, on what is sent and no longer on what detectors see";
    report.note(old, place, text);
    true
}

/// The time on the pictures, which is the whole camera's now.
fn drawings(block: &mut Block, place: &str, camera: &mut CameraConfig, report: &mut Report) {
    let [time, org, scale] = ["draw_time", "draw_time_org", "draw_time_fontScale"].map(|key| block.take(key));
    let on_camera = place.rsplit_once(".detectors").map_or(place, |(camera, _)| camera);
    let place = format!("{on_camera}.draw_time");
    let is_drawn = time.as_ref().is_some_and(|old| old.literal().is_some());
    if let Some(old) = time {
        let text = if is_drawn {
            "in Picket's own colour, on what is sent and no longer on what detectors see"
        } else {
            "it is no colour and width, and imagenode stopped at it"
        };
        camera.draw_time |= is_drawn;
        report.note(&old, place.as_str(), text);
    }
    for old in [org, scale].into_iter().flatten() {
        let text = if is_drawn { "place and size are Picket's own" } else { "it had no effect without `draw_time`" };
        report.note(&old, place.as_str(), text);
    }
}
