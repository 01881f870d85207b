use std::sync::Arc;

use picket_common::time::SimClock;
use serde_json::Value;

use super::*;
use crate::config::{DetectorConfig, LightConfig, MotionConfig, NodeConfig, Rotation, SourceConfig};
use crate::frame::Picture;

fn camera(view: &str, detectors: Vec<DetectorConfig>) -> CameraConfig {
    CameraConfig {
        view: Some(view.to_owned()),
        source: SourceConfig::Pattern { resolution: None, framerate: None, seed: 0 },
        rotate: Rotation::None,
        flip: None,
        resize: None,
        jpeg_quality: 90,
        draw_time: false,
        detectors,
        send: Default::default(),
    }
}

fn motion() -> DetectorConfig {
    DetectorConfig::Motion(MotionConfig { min_motion_frames: 1, min_still_frames: 1, ..MotionConfig::default() })
}

fn light() -> DetectorConfig {
    DetectorConfig::Light(LightConfig { min_frames: 2, name: Some("porch".to_owned()), ..LightConfig::default() })
}

/// Plain pictures, ten a second; none stands for a broken one.
fn frames(levels: &[Option<u8>]) -> impl FnMut() -> Result<Option<Frame>> {
    let picture = |level: &Option<u8>| match level {
        Some(level) => Picture::Bgr { bytes: vec![*level; 40 * 30 * 3], width: 40, height: 30 },
        None => Picture::Jpeg { bytes: b"broken".to_vec(), width: 40, height: 30 },
    };
    let pictures: Vec<_> = levels.iter().map(picture).collect();
    let mut numbered = (0u32..).zip(pictures);
    move || {
        Ok(numbered.next().map(|(index, picture)| {
            let mono = Duration::from_millis(100) * index;
            Frame { index: index.into(), at: jiff::Timestamp::UNIX_EPOCH + mono, mono, picture: Arc::new(picture) }
        }))
    }
}

fn clock() -> SimClock {
    SimClock::new(jiff::Timestamp::UNIX_EPOCH)
}

fn lines(out: &[u8]) -> Vec<Value> {
    String::from_utf8_lossy(out).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn there_is_a_line_for_each_frame_and_detector() {
    let (gate, porch) = (camera("Gate", vec![motion(), light()]), camera("Porch", vec![light()]));
    let mut out = vec![];
    let levels = [Some(200), Some(200), Some(20)];
    let summary = replay(&[&gate, &porch], frames(&levels), &mut out, &clock()).unwrap();
    let lines = lines(&out);
    let heads: Vec<_> =
        lines.iter().map(|line| format!("{} {} {}", line["frame"], line["view"], line["detector"])).collect();
    let of_frame =
        |n| [r#""Gate" "motion""#, r#""Gate" "porch""#, r#""Porch" "porch""#].map(|who| format!("{n} {who}"));
    assert_eq!(heads, [of_frame(0), of_frame(1), of_frame(2)].concat());
    let text = String::from_utf8_lossy(&out);
    let first =
        r#"{"frame":0,"view":"Gate","detector":"motion","moving":false,"state":"still","score":0.0,"boxes":[]}"#;
    assert_eq!(text.lines().next(), Some(first));
    let last = r#"{"frame":2,"view":"Gate","detector":"motion","moving":true,"state":"moving","score":1.0,"boxes":[[0,0,40,30]]}"#;
    assert_eq!(text.lines().nth(6), Some(last));
    assert_eq!((&lines[1]["state"], &lines[1]["moving"]), (&Value::from("unknown"), &Value::from(true)));
    let summary = summary.to_string();
    assert!(summary.starts_with("3 frames, 0.3 s of footage, "), "{summary}");
    let events: Vec<_> = summary.lines().skip(1).collect();
    let expected = [
        "Gate motion: 2 events: 0 still, 2 moving",
        "Gate porch: 1 event: 1 lighted",
        "Porch porch: 1 event: 1 lighted",
    ];
    assert_eq!(events, expected);
}

#[test]
fn a_broken_frame_is_left_out_and_counted() {
    let gate = camera("Gate", vec![motion()]);
    let mut out = vec![];
    let summary = replay(&[&gate], frames(&[Some(9), None, Some(9)]), &mut out, &clock()).unwrap();
    let numbers: Vec<_> = lines(&out).iter().map(|line| line["frame"].clone()).collect();
    assert_eq!(numbers, [0, 2]);
    assert!(summary.to_string().contains("left out 1 time"), "{summary}");
}

#[test]
fn when_nothing_can_be_looked_at_the_first_trouble_is_told() {
    let gate = camera("Gate", vec![motion()]);
    let error = format!("{:#}", replay(&[&gate], frames(&[None, None]), &mut vec![], &clock()).err().unwrap());
    assert!(error.contains("not one frame") && error.contains("view Gate, detector motion: frame 0: "), "{error}");
}

#[test]
fn no_frames_are_no_trouble() {
    let summary = replay(&[&camera("Gate", vec![motion()])], frames(&[]), &mut vec![], &clock()).unwrap();
    assert!(summary.to_string().starts_with("0 frames, 0.0 s"), "{summary}");
}

/// Fails like a pipe or a disk.
struct Failing(ErrorKind);

impl Write for Failing {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(self.0.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(self.0.into())
    }
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly_and_a_full_disk_does_not() {
    let gate = camera("Gate", vec![motion()]);
    let levels = [Some(9); 5];
    let summary = replay(&[&gate], frames(&levels), &mut Failing(ErrorKind::BrokenPipe), &clock()).unwrap();
    assert!(summary.to_string().starts_with("1 frame,"), "{summary}");
    assert!(replay(&[&gate], frames(&levels), &mut Failing(ErrorKind::StorageFull), &clock()).is_err());
}

#[test]
fn a_view_that_is_not_there_is_answered_with_those_that_are() {
    let config =
        NodeConfig { cameras: vec![camera("Gate", vec![motion()]), camera("Porch", vec![])], ..NodeConfig::default() };
    let views = |view| cameras(&config, view).map(|cameras| cameras.len()).map_err(|error| error.to_string());
    assert_eq!(views(None), Ok(2));
    assert_eq!(views(Some("Gate")), Ok(1));
    assert!(views(Some("gate")).unwrap_err().contains("Gate, Porch"));
    assert!(views(Some("Porch")).unwrap_err().contains("no camera has detectors"));
}
