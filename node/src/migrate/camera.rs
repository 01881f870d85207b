//! The section `cameras:`: what all cameras have in common.

use picket_common::config::migrate::{Block, Old, Report, left_over, named, unique};
use picket_common::name;

use super::{detector, picamera, picture, webcam};
use crate::config::{CameraConfig, CameraSend, Rotation, SourceConfig};

const KEYS: [&str; 5] = ["viewname", "vflip", "resize_width", "threaded_read", "detectors"];

/// Keys of the documentation that no program ever read, with what they are now.
const NEVER_READ: [(&str, &str); 3] = [
    ("send_type", "imagenode never read it here; frames go to a Picket hub as JPEG"),
    ("print_settings", "imagenode never read it here; `picket-node check` prints all settings"),
    (
        "send_frames",
        "imagenode never read it here, only in a detector; write `send:` there, or `send: {every: 10m}` here",
    ),
];

/// Takes the section over. `queue` is imagenode's `queuemax`.
pub(super) fn take(old: &Old, queue: f64, report: &mut Report) -> Vec<CameraConfig> {
    let Some(block) = Block::of(old, "cameras", report) else { return vec![] };
    let cameras = block.rest();
    let several = cameras.len() > 1;
    let mut webcams = webcam::Taken::default();
    let (mut taken, mut views) = (Vec::new(), Vec::new());
    for (index, (key, old)) in cameras.iter().enumerate() {
        let place = format!("cameras[{index}]");
        let Some(mut block) = Block::of(old, &place, report) else { continue };
        let view = view(key, old, several, &views, &mut block, &place, report);
        views.extend(view.clone());
        let mut new = CameraConfig { view, ..camera(key, block, queue, &place, &mut webcams, report) };
        number(&mut new.source, &taken, &place, report);
        taken.push(new);
    }
    taken
}

/// A further PiCamera is the next camera of the board.
fn number(source: &mut SourceConfig, others: &[CameraConfig], place: &str, report: &mut Report) {
    let others = others.iter().filter(|other| matches!(other.source, SourceConfig::Picamera(_))).count();
    if let (SourceConfig::Picamera(pi), Ok(number @ 1..=7)) = (source, u8::try_from(others)) {
        pi.camera = number;
        let text = "imagenode could have one PiCamera only; `picket-node cameras` tells which number each one has";
        report.remark(format!("{place}.source.camera"), text);
    }
}

/// A camera with nothing but a source.
pub(super) fn bare(source: SourceConfig) -> CameraConfig {
    CameraConfig {
        view: None,
        source,
        rotate: Rotation::None,
        flip: None,
        resize: None,
        jpeg_quality: 90,
        draw_time: false,
        detectors: vec![],
        send: CameraSend::None,
    }
}

fn camera(
    key: &str,
    mut block: Block,
    queue: f64,
    place: &str,
    webcams: &mut webcam::Taken,
    report: &mut Report,
) -> CameraConfig {
    let is_pi = key.starts_with(['p', 'P']);
    let source = match is_pi {
        true => picamera::take(&mut block, &format!("{place}.source"), report),
        false => webcam::take(&mut block, &format!("{place}.source"), webcams, report),
    };
    // What OpenCV's JPEG has by default, and imagenode never changed.
    let mut camera = CameraConfig { jpeg_quality: 95, ..bare(source) };
    report.remark(format!("{place}.jpeg_quality"), "as imagenode's; Picket's own default is 90");
    if let Some(old) = block.take("vflip").filter(Old::is_true) {
        camera.rotate = Rotation::Half;
        report.note(&old, format!("{place}.rotate"), "half a turn, which is what it was in imagenode");
    }
    if let Some(old) = block.take("resize_width") {
        camera.resize = picture::resize(&old, &format!("{place}.resize"), report);
    }
    if let Some(old) = block.take("threaded_read") {
        let text = "not needed: every camera has a thread of its own, and no frame comes twice";
        report.note(&old, format!("{place}.source"), text);
    }
    for (key, text) in NEVER_READ {
        if let Some(old) = block.take(key) {
            report.note(&old, place, text);
        }
    }
    if let Some(old) = block.take("detectors") {
        detector::take(&old, queue, place, &mut camera, report);
    }
    if camera.detectors.is_empty() {
        report.remark(place, "Without a detector it sends nothing; `send: {every: 10m}` would send frames.");
    }
    let known: Vec<&str> =
        KEYS.iter().chain(if is_pi { picamera::KEYS.as_slice() } else { webcam::KEYS.as_slice() }).copied().collect();
    left_over(block, &known, place, report);
    camera
}

/// The view's name; a node's only camera may have none.
fn view(
    key: &str,
    camera: &Old,
    several: bool,
    others: &[String],
    block: &mut Block,
    place: &str,
    report: &mut Report,
) -> Option<String> {
    let place = format!("{place}.view");
    let old = block.take("viewname");
    let given = old.as_ref().and_then(|old| named(old, &place, report));
    if given.is_none() && !several {
        return None;
    }
    let wanted = given.clone().unwrap_or_else(|| name::clean(key));
    let view = unique(&wanted, others);
    match (&old, given) {
        (Some(old), Some(_)) if view != wanted => {
            let text =
                format!("another camera has this view, and their frames were mixed up; this one is `{view}` now");
            report.note(old, place, &text);
        }
        (old, None) => {
            let text =
                format!("a node's several cameras need views, or their frames are mixed up; this one is `{view}` now");
            report.note(old.as_ref().unwrap_or(camera), place, &text);
        }
        _ => {}
    }
    Some(view)
}
