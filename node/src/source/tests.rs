//! The sources as `build` makes them, with the real ffmpeg on clips that it makes first.

mod camera;

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use picket_common::time::{SimClock, SystemClock, Timestamp};
use tempfile::TempDir;

use super::*;
use crate::frame::Picture;

/// Makes a clip from lavfi's description of it, and ffmpeg's options for the encoder.
fn clip(folder: &TempDir, name: &str, lavfi: &str, options: &str) -> PathBuf {
    let path = folder.path().join(name);
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-y", "-f", "lavfi", "-i", lavfi])
        .args(options.split_whitespace())
        .arg(&path)
        .status()
        .expect("these tests need ffmpeg: sudo apt-get install ffmpeg");
    assert!(made.success());
    path
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn start() -> Timestamp {
    "2026-11-20T06:00:00Z".parse().unwrap()
}

fn open(config: &SourceConfig) -> Result<Box<dyn Source>, SourceError> {
    build(config, &(Arc::new(SimClock::new(start())) as Arc<dyn Clock>), &Shutdown::new())
}

fn file(path: PathBuf) -> SourceConfig {
    SourceConfig::File { path, resolution: None, framerate: None, r#loop: false, pace: Pace::Own }
}

fn all(mut source: Box<dyn Source>) -> Vec<Frame> {
    let mut frames = vec![];
    loop {
        match source.next() {
            Ok(frame) => frames.push(frame),
            Err(SourceError::Ended) => return frames,
            Err(lost) => panic!("{lost}"),
        }
    }
}

fn luma(frame: &Frame, x: u32, y: u32) -> u8 {
    frame.picture.bytes()[(y * frame.picture.size().0 + x) as usize]
}

#[test]
fn a_video_tells_its_size_and_rate_and_comes_at_its_pace() {
    let folder = folder();
    let path = clip(&folder, "a b'c.avi", "testsrc=size=64x48:rate=5:duration=2", "-c:v mpeg4");
    let frames = all(open(&file(path)).unwrap());
    assert_eq!(frames.len(), 10);
    for (index, frame) in (0..).zip(&frames) {
        let since = Duration::from_millis(200 * index);
        assert_eq!((frame.index, frame.at, frame.mono), (index, start() + since, since));
        assert_eq!(frame.picture.size(), (64, 48));
        assert!(matches!(&*frame.picture, Picture::Yuv420 { bytes, .. } if bytes.len() == 64 * 48 * 3 / 2));
    }
    assert_ne!(frames[0].picture, frames[9].picture);
}

#[test]
fn size_and_rate_can_be_asked_for() {
    let folder = folder();
    let path = clip(&folder, "a.avi", "testsrc=size=64x48:rate=10:duration=2", "-c:v mpeg4");
    let resolution = Some(Resolution { width: 32, height: 16 });
    let config =
        SourceConfig::File { path, resolution, framerate: Some(Framerate(2.0)), r#loop: false, pace: Pace::Fast };
    let frames = all(open(&config).unwrap());
    assert_eq!(frames.len(), 4);
    assert_eq!(frames[3].at, start() + Duration::from_millis(1500));
    assert!(frames.iter().all(|frame| frame.picture.size() == (32, 16)));
}

#[test]
fn odd_sides_lose_their_last_row_and_column() {
    let folder = folder();
    let slope = "nullsrc=size=63x47:rate=5:duration=1,format=yuv444p,geq=lum='16+X*3':cb=128:cr=128";
    let path = clip(&folder, "odd.mkv", slope, "-c:v ffv1");
    let frames = all(open(&file(path)).unwrap());
    assert_eq!(frames[0].picture.size(), (62, 46));
    for x in 0..62 {
        let expected = (f64::from(x) * 3.0 * 255.0 / 219.0).round() as u8;
        assert!(luma(&frames[0], x, 20).abs_diff(expected) <= 1, "cropped, not squeezed: column {x}");
    }
}

#[test]
fn limited_range_is_stretched_once_and_full_range_never() {
    let folder = folder();
    let check = |name: &str, options: &str, expected: fn(f64) -> f64| {
        // Every grey level from left to right. The encoders that know full range know it by `yuvj420p`.
        let full =
            if options.contains("yuvj420p") { ",scale=in_range=full:out_range=full,format=yuvj420p" } else { "" };
        let slope = format!("nullsrc=size=256x32:rate=5:duration=1,format=yuv420p,geq=lum='X':cb=128:cr=128{full}");
        let frame = all(open(&file(clip(&folder, name, &slope, options))).unwrap()).remove(0);
        for x in 0..256 {
            let (grey, expected) = (luma(&frame, x, 16), expected(f64::from(x)).round().clamp(0.0, 255.0));
            assert!((f64::from(grey) - expected).abs() <= 2.0, "{name}: {x} became {grey}, not {expected}");
        }
    };
    let stretched = |x: f64| (x - 16.0) * 255.0 / 219.0;
    let kept = |x: f64| x;
    check("untagged.mkv", "-c:v ffv1", stretched);
    check("limited.mkv", "-c:v ffv1 -color_range tv", stretched);
    check("h264.mp4", "-c:v libx264 -qp 0", stretched);
    check("full.mkv", "-c:v ffv1 -color_range pc", kept);
    check("h264-full.mp4", "-c:v libx264 -qp 0 -pix_fmt yuvj420p", kept);
    check("mjpeg.avi", "-c:v mjpeg -q:v 1 -pix_fmt yuvj420p", kept);
}

#[test]
fn pictures_of_red_green_blue_become_full_range_too() {
    let folder = folder();
    for (colour, expected) in [("white", 255), ("black", 0)] {
        let lavfi = format!("color={colour}:size=32x32:rate=5:duration=0.4,format=gbrp");
        let path = clip(&folder, &format!("{colour}.mkv"), &lavfi, "-c:v ffv1");
        assert!(luma(&all(open(&file(path)).unwrap())[0], 16, 16).abs_diff(expected) <= 1, "{colour}");
    }
}

#[test]
fn a_loop_plays_on_and_its_time_too() {
    let folder = folder();
    let path = clip(&folder, "short.avi", "testsrc=size=32x32:rate=4:duration=0.5", "-c:v mjpeg");
    let config = SourceConfig::File { path, resolution: None, framerate: None, r#loop: true, pace: Pace::Own };
    let mut source = open(&config).unwrap();
    let frames: Vec<Frame> = (0..5).map(|_| source.next().unwrap()).collect();
    assert_eq!(frames[0].picture, frames[2].picture);
    assert_ne!(frames[0].picture, frames[1].picture);
    assert_eq!((frames[4].index, frames[4].at), (4, start() + Duration::from_secs(1)));
}

#[test]
fn a_video_that_cannot_be_played_says_why() {
    let folder = folder();
    let nothing = folder.path().join("nothing.avi");
    let error = open(&file(nothing.clone())).err().unwrap().to_string();
    assert_eq!(error, format!("video {}: No such file or directory (os error 2)", nothing.display()));

    std::fs::write(&nothing, "this is no video").unwrap();
    let error = open(&file(nothing)).err().unwrap().to_string();
    assert!(error.starts_with("ffmpeg ended (exit status: ") && error.contains("Invalid data"), "{error}");
}

#[test]
fn an_input_is_replayed_in_its_own_time() {
    let folder = folder();
    let check = |path: &Path, framerate: Option<f64>, count: usize, last: Duration| {
        let frames = all(open_input(path, None, framerate.map(Framerate), &Shutdown::new()).unwrap());
        assert_eq!(frames.len(), count);
        let (first, end) = (&frames[0], &frames[count - 1]);
        assert_eq!((first.at, first.mono), (Timestamp::UNIX_EPOCH, Duration::ZERO));
        assert_eq!((end.at, end.mono), (Timestamp::UNIX_EPOCH + last, last));
    };
    let video = clip(&folder, "clip.avi", "testsrc=size=32x32:rate=20:duration=1", "-c:v mpeg4");
    check(&video, None, 20, Duration::from_millis(950));
    check(&video, Some(10.0), 10, Duration::from_millis(900));
    clip(&folder, "%02d.jpg", "testsrc=size=32x32:rate=20:duration=0.5", "");
    check(folder.path(), None, 10, Duration::from_millis(900));
    check(folder.path(), Some(2.0), 10, Duration::from_millis(4500));
    assert!(open_input(&folder.path().join("away"), None, None, &Shutdown::new()).is_err());
}

#[test]
fn the_pattern_is_built_with_its_defaults() {
    let mut source = open(&SourceConfig::Pattern { resolution: None, framerate: None, seed: 7 }).unwrap();
    let frames: Vec<Frame> = (0..3).map(|_| source.next().unwrap()).collect();
    assert_eq!(frames[2].picture.size(), (640, 360));
    assert_eq!((frames[2].index, frames[2].at), (2, start() + Duration::from_millis(200)));
}

#[test]
fn a_shutdown_ends_every_source() {
    let folder = folder();
    clip(&folder, "1.jpg", "testsrc=size=32x32:rate=1", "-frames:v 1");
    let video = clip(&folder, "1.avi", "testsrc=size=32x32:rate=10:duration=5", "-c:v mjpeg");
    let program = ["sh", "-c", "while :; do head -c 384 /dev/zero; done"].map(Into::into).into();
    for config in [
        SourceConfig::Pattern { resolution: None, framerate: None, seed: 0 },
        SourceConfig::Images { path: folder.path().into(), framerate: None, r#loop: true, pace: Pace::Fast },
        SourceConfig::File { path: video, resolution: None, framerate: None, r#loop: true, pace: Pace::Fast },
        SourceConfig::Command { program, resolution: Resolution { width: 16, height: 16 }, framerate: Framerate(10.0) },
    ] {
        let shutdown = Shutdown::new();
        let mut source = build(&config, &(Arc::new(SystemClock) as Arc<dyn Clock>), &shutdown).unwrap();
        source.next().unwrap();
        shutdown.request();
        assert_eq!(source.next(), Err(SourceError::Ended), "{config:?}");
    }
}

#[test]
fn a_slow_camera_does_not_count_as_hanging() {
    let check = |kind: &str, seconds: u64| {
        let config: SourceConfig = serde_json::from_str(kind).unwrap();
        assert_eq!(longest_turn(&config), Duration::from_secs(seconds), "{kind}");
    };
    check(r#"{"kind": "pattern"}"#, 122);
    check(r#"{"kind": "picamera", "framerate": 0.1}"#, 320);
    // A picture every ten minutes.
    check(r#"{"kind": "v4l2", "device": "/dev/video0", "framerate": 0.0016}"#, 12_620);
    check(r#"{"kind": "http", "url": "http://phone/shot.jpg", "framerate": 0.001}"#, 20_120);
    check(r#"{"kind": "imagezmq-sub", "connect": "tcp://pi:5555", "framerate": 0.001}"#, 20_120);
    check(r#"{"kind": "command", "program": ["x"], "resolution": "64x64", "framerate": 0.01}"#, 2_120);
}
