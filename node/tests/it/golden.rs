//! What the detectors make of the generated scene, held in a file. `UPDATE_EXPECT=1` rewrites it; look
//! at the difference before it is committed.

use std::fmt::Write;
use std::path::Path;
use std::sync::OnceLock;

use picket_common::time::SystemClock;
use picket_node::config::{CameraConfig, DetectorConfig, SourceConfig};
use picket_node::replay;

use crate::scene;

/// The detectors of the comparison with imagenode.
pub(crate) const DETECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/parity/detectors.json");

/// A camera with these detectors.
pub(crate) fn camera(detectors: Vec<DetectorConfig>) -> CameraConfig {
    CameraConfig {
        view: Some("Scene".to_owned()),
        source: SourceConfig::Pattern { resolution: None, framerate: None, seed: 0 },
        rotate: Default::default(),
        flip: None,
        resize: None,
        jpeg_quality: 90,
        draw_time: false,
        detectors,
        send: Default::default(),
    }
}

/// The lines and the summary; made once for all tests.
pub(crate) fn replayed() -> &'static (String, String) {
    static REPLAYED: OnceLock<(String, String)> = OnceLock::new();
    REPLAYED.get_or_init(replay)
}

fn replay() -> (String, String) {
    let list = std::fs::read_to_string(DETECTORS).unwrap();
    let camera = camera(serde_json::from_str(&list).unwrap());
    let mut lines = vec![];
    let mut frames = scene::frames();
    let summary = replay::replay(&[&camera], || Ok(frames.next()), &mut lines, &SystemClock).unwrap();
    (String::from_utf8(lines).unwrap(), summary.to_string())
}

#[test]
fn the_scene_gives_these_events() {
    let (lines, summary) = replayed();
    let mut told = String::new();
    for line in summary.lines().skip(1) {
        let name = line.split([' ', ':']).nth(1).unwrap();
        let of_it = format!("\"detector\":\"{name}\",\"moving\":true");
        writeln!(told, "{line}; {} frames moving", lines.lines().filter(|line| line.contains(&of_it)).count()).unwrap();
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/golden/scene.txt");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &told).unwrap();
    }
    assert_eq!(told, std::fs::read_to_string(&path).unwrap(), "UPDATE_EXPECT=1 rewrites {}", path.display());
}
