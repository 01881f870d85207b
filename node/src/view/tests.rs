use jiff::tz::{Offset, TimeZone};

use super::*;
use crate::config::{DetectorConfig, LightConfig, MotionConfig, Resolution, Roi, SourceConfig};

fn camera() -> CameraConfig {
    CameraConfig {
        view: None,
        source: SourceConfig::Pattern { resolution: None, framerate: None, seed: 0 },
        rotate: Rotation::None,
        flip: None,
        resize: None,
        jpeg_quality: 90,
        draw_time: false,
        detectors: vec![],
        send: Default::default(),
    }
}

/// A picture of 3x2 pixels whose levels are 1 to 6, row by row.
fn numbered() -> Frame {
    Seen::grey(3, 2, |x, y| (y * 3 + x + 1) as u8).frame().clone()
}

#[test]
fn rotation_is_clockwise_as_seen_and_comes_before_the_flip() {
    let check = |degrees: u16, flip, rows: &[&[u8]]| {
        let rotate = Rotation::try_from(degrees).unwrap();
        let seen = View::new(&CameraConfig { rotate, flip, ..camera() }).see(numbered()).unwrap();
        let pixels = seen.pixels().unwrap();
        let levels: Vec<u8> = pixels.bytes.iter().copied().step_by(3).collect();
        assert_eq!(levels.chunks(pixels.width as usize).collect::<Vec<_>>(), rows, "{degrees} {flip:?}");
    };
    check(0, None, &[&[1, 2, 3], &[4, 5, 6]]);
    check(90, None, &[&[4, 1], &[5, 2], &[6, 3]]);
    check(180, None, &[&[6, 5, 4], &[3, 2, 1]]);
    check(270, None, &[&[3, 6], &[2, 5], &[1, 4]]);
    check(0, Some(Flip::Horizontal), &[&[3, 2, 1], &[6, 5, 4]]);
    check(0, Some(Flip::Vertical), &[&[4, 5, 6], &[1, 2, 3]]);
    check(90, Some(Flip::Horizontal), &[&[1, 4], &[2, 5], &[3, 6]]);
}

#[test]
fn a_share_keeps_the_shape_as_imagenode_does() {
    let check = |resize, from, expected| assert_eq!(target(resize, from), expected, "{resize:?} of {from:?}");
    check(Resize::By(Percent(50.0)), (640, 480), (320, 240));
    check(Resize::By(Percent(50.0)), (641, 481), (320, 240));
    check(Resize::By(Percent(33.0)), (1280, 720), (422, 237));
    check(Resize::By(Percent(1.0)), (10, 10), (1, 1));
    check(Resize::By(Percent(50.0)), (1, 1), (1, 1));
    check(Resize::To(Resolution { width: 640, height: 360 }), (4, 3), (640, 360));
}

#[test]
fn resizing_takes_the_mean_of_what_is_covered() {
    let resize = Some(Resize::By(Percent(50.0)));
    let four = Seen::grey(4, 2, |x, _| [10, 20, 100, 200][x as usize]);
    let seen = View { resize, ..View::default() }.see(four.frame().clone()).unwrap();
    assert_eq!(seen.pixels().unwrap().bytes, [15, 15, 15, 150, 150, 150]);
    assert_eq!(seen.frame().picture.size(), (2, 1));
}

#[test]
fn where_nothing_has_to_be_done_the_frame_stays_as_it_is() {
    let bytes = b"not even a JPEG".to_vec();
    let frame = Seen::of(Picture::Jpeg { bytes: bytes.clone(), width: 64, height: 48 }).frame().clone();
    let same_size = Some(Resize::To(Resolution { width: 64, height: 48 }));
    for view in [View::default(), View { resize: same_size, ..View::default() }] {
        let seen = view.see(frame.clone()).unwrap();
        assert!(Arc::ptr_eq(&seen.frame().picture, &frame.picture));
        assert_eq!(encode_seen(&seen, 50, &Overlays::default()).unwrap(), bytes);
    }
    assert!(View { rotate: Rotation::Half, ..View::default() }.see(frame).is_err());
}

#[test]
fn every_kind_of_picture_becomes_a_jpeg_of_its_size() {
    let jpeg = jpeg::encode_bgr(&[90; 16 * 8 * 3], 16, 8, 90).unwrap();
    let pictures = [
        Picture::Jpeg { bytes: jpeg, width: 16, height: 8 },
        Picture::Yuv420 { bytes: [vec![90; 128], vec![128; 64]].concat(), width: 16, height: 8 },
        Picture::Bgr { bytes: vec![90; 16 * 8 * 3], width: 16, height: 8 },
    ];
    for picture in pictures {
        let kept = encode(Seen::of(picture).frame(), 90, &Overlays::default()).unwrap();
        let back = jpeg::decode_bgr(&kept).unwrap();
        assert_eq!((back.width, back.height), (16, 8));
        assert!(back.bytes.iter().all(|level| level.abs_diff(90) <= 2));
    }
}

#[test]
fn what_is_drawn_is_seen_on_what_is_kept_and_never_by_detectors() {
    for ground in [0, 128, 255] {
        let seen = Seen::grey(320, 180, |_, _| ground);
        let overlays = Overlays::new(&CameraConfig { draw_time: true, ..camera() }, TimeZone::UTC);
        let kept = jpeg::decode_bgr(&encode_seen(&seen, 95, &overlays).unwrap()).unwrap();
        assert!(seen.pixels().unwrap().bytes.iter().all(|level| *level == ground));
        // Bottom left, with dark and bright pixels whatever the ground is; nothing elsewhere.
        let levels = |columns: std::ops::Range<usize>, rows: std::ops::Range<usize>| -> Vec<u8> {
            rows.flat_map(|y| columns.clone().map(move |x| (y * 320 + x) * 3)).map(|i| kept.bytes[i]).collect()
        };
        let text = levels(0..160, 160..180);
        assert!(text.iter().any(|level| *level < 60) && text.iter().any(|level| *level > 190), "{ground}");
        assert!(levels(0..320, 0..150).iter().all(|level| level.abs_diff(ground) <= 2), "{ground}");
    }
}

#[test]
fn the_time_is_told_in_the_zone_that_is_asked_for() {
    let drawn = |hours| {
        let zone = TimeZone::fixed(Offset::constant(hours));
        let overlays = Overlays::new(&CameraConfig { draw_time: true, ..camera() }, zone);
        encode_seen(&Seen::grey(320, 180, |_, _| 80), 90, &overlays).unwrap()
    };
    assert_eq!(drawn(1), drawn(1));
    assert_ne!(drawn(0), drawn(1));
}

#[test]
fn regions_are_drawn_for_the_detectors_that_ask() {
    let half = Roi([[Percent(50.0), Percent(0.0)], [Percent(100.0), Percent(100.0)]]);
    let motion = |draw_roi| DetectorConfig::Motion(MotionConfig { draw_roi, roi: half, ..MotionConfig::default() });
    let light = DetectorConfig::Light(LightConfig::default());
    let none =
        Overlays::new(&CameraConfig { detectors: vec![motion(false), light.clone()], ..camera() }, TimeZone::UTC);
    assert!(none.is_empty());
    let one = Overlays::new(&CameraConfig { detectors: vec![motion(true), light], ..camera() }, TimeZone::UTC);
    let mut picture = Seen::grey(160, 120, |_, _| 80).copy().unwrap();
    one.draw(&mut picture, Seen::grey(1, 1, |_, _| 0).frame().at).unwrap();
    let is_yellow = |x: usize, y: usize| picture.bytes[(y * 160 + x) * 3..][..3] == [0, 255, 255];
    assert!(is_yellow(120, 0) && is_yellow(80, 60) && is_yellow(159, 60) && is_yellow(120, 119));
    assert!(!is_yellow(40, 0) && !is_yellow(120, 60));
}

#[test]
fn the_smallest_pictures_are_drawn_on() {
    let detectors = vec![DetectorConfig::Motion(MotionConfig { draw_roi: true, ..MotionConfig::default() })];
    let overlays = Overlays::new(&CameraConfig { draw_time: true, detectors, ..camera() }, TimeZone::UTC);
    for (width, height) in [(1, 1), (2, 40), (40, 2)] {
        assert!(encode_seen(&Seen::grey(width, height, |_, _| 80), 90, &overlays).is_ok(), "{width}x{height}");
    }
}
