use super::*;
use crate::config::DetectorConfig;
use crate::detector::build;
use crate::frame::Picture;

/// Frames as `m` (moving) and `.`; states as `M` (moving), `s` (still) and `u` (unknown).
fn check_states(min_moving: u32, min_still: u32, frames: &str, expected: &str) {
    let mut count = Count::new(min_moving, min_still);
    let mut latch = Latch::default();
    let state = |frame: char| {
        latch.set(count.push(frame == 'm'));
        match latch.0 {
            Some(State::Moving) => 'M',
            Some(_) => 's',
            None => 'u',
        }
    };
    assert_eq!(frames.chars().map(state).collect::<String>(), expected, "{min_moving}, {min_still}: {frames}");
}

#[test]
fn states_follow_imagenode() {
    check_states(3, 3, "...mmm...", "uusssMMMs");
    check_states(5, 5, ".....mmmmm", "uuuusssssM");
    check_states(1, 1, ".m.m", "sMsM");
    // Nothing is decided before the larger of the two minimums.
    check_states(1, 4, "mmmm", "uuuM");
    check_states(4, 1, "....", "uuus");
    // Moving frames must come in a row; a single one ends nothing.
    check_states(3, 3, "...mm.mm.mmm", "uusssssssssM");
    // Still frames are counted on across moving ones: the third single still frame ends the event.
    check_states(2, 3, "mmm.m.m.", "uuMMMMMs");
    check_states(2, 3, "..m.m.", "uuusss");
    // Being in the state moving clears the count of still frames.
    check_states(1, 3, "...m..m..m..", "uusMMMMMMMMM");
    check_states(1, 3, "...m...", "uusMMMs");
    check_states(0, 2, "....", "uMMM");
}

fn motion(change: impl FnOnce(&mut MotionConfig)) -> Box<dyn Detector> {
    let mut config = MotionConfig::default();
    change(&mut config);
    build(&DetectorConfig::Motion(config)).unwrap()
}

/// Whether each frame moves, one character a frame.
fn moving(detector: &mut dyn Detector, frames: impl IntoIterator<Item = Seen>) -> String {
    let look = |seen: Seen| if detector.observe(&seen).unwrap().active { 'm' } else { '.' };
    frames.into_iter().map(look).collect()
}

fn plain(level: u8) -> Seen {
    Seen::grey(64, 48, |_, _| level)
}

#[test]
fn one_step_of_light_moves_four_frames() {
    let light = [50, 50, 50, 150, 150, 150, 150, 150, 150, 150];
    assert_eq!(moving(&mut *motion(|_| ()), light.map(plain)), "...mmmm...");
}

#[test]
fn half_of_a_change_is_seen_and_must_be_over_the_threshold() {
    let check = |delta_threshold, step: u8, expected| {
        let mut detector = motion(|config| config.delta_threshold = delta_threshold);
        let frames = [100, 100, 100 + step, 100 + step].map(plain);
        assert_eq!(moving(&mut *detector, frames), expected, "{step} over {delta_threshold}");
    };
    check(5, 10, "....");
    check(5, 12, "..m.");
    check(0, 1, "..m."); // the average, 100.5, is rounded to the even 100
    check(20, 40, "....");
    check(20, 41, "..m.");
    check(255, 155, "....");
}

/// `blobs` squares of `size` pixels on a dark ground of 320x240, 8 a row.
fn squares(blobs: u32, size: u32) -> Seen {
    Seen::grey(320, 240, move |x, y| {
        let inside = x / 40 + y / 40 * 8 < blobs && x % 40 < size && y % 40 < size;
        if inside { 220 } else { 20 }
    })
}

#[test]
fn one_outline_must_be_large_enough_alone() {
    let check = |then: Seen, active: bool, boxes: usize, least_score: f64| {
        let mut detector = motion(|config| config.blur_kernel_size = 5);
        detector.observe(&squares(0, 0)).unwrap();
        let observation = detector.observe(&then).unwrap();
        assert_eq!((observation.active, observation.boxes.len()), (active, boxes), "{observation:?}");
        assert!(observation.score >= least_score, "{}", observation.score);
    };
    // 48 spots, together more than eight times the minimum of 3 %.
    check(squares(48, 20), false, 0, 0.24);
    check(squares(48, 40), true, 1, 1.0);
    check(squares(0, 0), false, 0, 0.0);
}

#[test]
fn boxes_and_grid_are_in_pixels_of_the_whole_frame() {
    let ground = || Seen::grey(160, 160, |_, _| 30);
    let two = |x: u32, y: u32| (100..130).contains(&x) && ((80..100).contains(&y) || (120..150).contains(&y));
    let mut detector = motion(|config| {
        config.roi = Roi([[Percent(50.0), Percent(50.0)], [Percent(100.0), Percent(100.0)]]);
        config.blur_kernel_size = 1;
    });
    detector.observe(&ground()).unwrap();
    let observation = detector.observe(&Seen::grey(160, 160, |x, y| if two(x, y) { 200 } else { 30 })).unwrap();
    // Each grown by 2 pixels, but not beyond the region.
    assert_eq!(observation.boxes, [[98, 80, 34, 22], [98, 118, 34, 34]]);
    assert_eq!(observation.score, (34.0 * 22.0 + 34.0 * 34.0) / 6400.0);
    let bits = (9..=13).map(|column| 0x8000u16 >> column).sum::<u16>();
    assert_eq!(observation.grid, [0, 0, 0, 0, 0, 0, 0, 0, bits, bits, bits, bits, bits, bits, bits, bits]);
}

#[test]
fn another_size_starts_afresh_and_keeps_the_state() {
    let mut detector = motion(|config| (config.min_motion_frames, config.min_still_frames) = (1, 2));
    let mut told = vec![];
    let sizes = [(64, 48), (64, 48), (64, 48), (32, 24), (32, 24), (32, 24), (64, 48)];
    for (level, (width, height)) in [10, 10, 200, 10, 200, 200, 10].into_iter().zip(sizes) {
        let observation = detector.observe(&Seen::grey(width, height, |_, _| level)).unwrap();
        told.push((observation.active, observation.state, observation.changed));
    }
    let (moving, still) = (Some(State::Moving), Some(State::Still));
    let expected = [
        (false, None, false),
        (false, still, true),
        (true, moving, true),
        (false, moving, false), // smaller now: nothing to compare with
        (true, moving, false),
        (true, moving, false),
        (false, moving, false), // and back again
    ];
    assert_eq!(told, expected);
}

#[test]
fn the_smallest_pictures_are_looked_at() {
    for (width, height) in [(1, 1), (2, 1), (1, 3), (3, 3)] {
        let mut detector = motion(|config| config.min_area = Percent(0.0));
        let frames = [0, 255, 255].map(|level| Seen::grey(width, height, move |_, _| level));
        assert_eq!(moving(&mut *detector, frames), ".mm", "{width}x{height}");
    }
}

#[test]
fn a_region_without_pixels_and_a_broken_picture_are_errors_and_the_next_frame_is_looked_at() {
    let mut detector =
        motion(|config| config.roi = Roi([[Percent(0.0), Percent(0.0)], [Percent(50.0), Percent(50.0)]]));
    let error = detector.observe(&Seen::grey(1, 1, |_, _| 0)).unwrap_err().to_string();
    assert!(error.contains("holds no pixel of a picture of 1x1"), "{error}");
    assert!(detector.observe(&Seen::of(Picture::Jpeg { bytes: vec![0xff, 0xd8], width: 8, height: 8 })).is_err());
    assert!(detector.observe(&plain(10)).is_ok());
}

#[test]
fn an_even_blur_is_refused() {
    for blur in [0, 14] {
        let config = MotionConfig { blur_kernel_size: blur, ..MotionConfig::default() };
        let error = build(&DetectorConfig::Motion(config)).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains(&format!("blur_kernel_size is {blur}")), "{error}");
    }
}
