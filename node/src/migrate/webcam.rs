//! Webcams: any camera whose key does not begin with p. imagenode opened device 0, as it came, and read no other
//! setting.

use picket_common::config::migrate::{Block, Old, Report};

use super::{picamera, picture};
use crate::config::{Resolution, SourceConfig, V4l2Config};

pub(super) const KEYS: [&str; 3] = ["resolution", "framerate", "src"];

/// The devices that are taken already.
#[derive(Default)]
pub(super) struct Taken(Vec<u32>);

/// What OpenCV asks a webcam for by itself (`cap_v4l.cpp`).
const USUAL: Resolution = Resolution { width: 640, height: 480 };

/// The source of a webcam.
pub(super) fn take(block: &mut Block, place: &str, taken: &mut Taken, report: &mut Report) -> SourceConfig {
    let mut source = V4l2Config { resolution: Some(USUAL), ..V4l2Config::default() };
    let [resolution, framerate, src] = KEYS.map(|key| block.take(key));
    let at = |key: &str| format!("{place}.{key}");
    match resolution {
        Some(old) => {
            source.resolution = picture::resolution(&old, &at("resolution"), report).or(source.resolution);
            report.note(&old, at("resolution"), "imagenode ignored it for webcams; now it is asked for");
        }
        None => report.remark(at("resolution"), "what imagenode got from most webcams"),
    }
    if let Some(old) = framerate {
        source.framerate = picture::framerate(&old, &at("framerate"), report);
        report.note(&old, at("framerate"), "imagenode ignored it for webcams; now it is kept to");
    }
    source.device = format!("/dev/video{}", device(src.as_ref(), &at("device"), taken, report));
    for key in picamera::CONTROLS {
        if let Some(old) = block.take(key) {
            let text = "imagenode ignored it for webcams; `controls:` here sets what `picket-node cameras` lists for the camera";
            report.note(&old, place, text);
        }
    }
    SourceConfig::V4l2(source)
}

/// Which device. The first webcam has the one that imagenode opened; it never got as far as a second.
fn device(src: Option<&Old>, place: &str, Taken(taken): &mut Taken, report: &mut Report) -> u32 {
    let wanted = src.and_then(Old::number).filter(|number| (0.0..=255.0).contains(number)).map(|number| number as u32);
    let is_first = taken.is_empty();
    let mut device = if is_first { 0 } else { wanted.unwrap_or_default() };
    while taken.contains(&device) {
        device += 1;
    }
    taken.push(device);
    report.keep(place);
    let Some(src) = src else { return device };
    let shown = src.shown();
    let text = if !is_first {
        format!(
            "imagenode ignored it and opened device 0 twice; this is device {device} now: `picket-node cameras` lists all"
        )
    } else if wanted == Some(0) {
        "imagenode ignored it and always opened device 0; this is the same".to_owned()
    } else if let Some(wanted) = wanted {
        format!(
            "imagenode ignored it and always opened device 0, as here; for the one that it means, write /dev/video{wanted}"
        )
    } else {
        format!(
            "imagenode ignored it and always opened device 0, as here; what `{shown}` means is a `source:` of its own kind"
        )
    };
    report.note(src, place, &text);
    device
}
