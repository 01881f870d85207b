use super::*;
use crate::config::DetectorConfig;
use crate::detector::build;

/// Frames as `#` (lighted) and `.`; states as `L`, `D` and `u` (unknown).
fn check_states(min_frames: u32, frames: &str, expected: &str) {
    let mut row = Row::new(min_frames);
    let mut latch = Latch::default();
    let state = |frame: char| {
        latch.set(row.push(frame == '#'));
        match latch.0 {
            Some(State::Lighted) => 'L',
            Some(_) => 'D',
            None => 'u',
        }
    };
    assert_eq!(frames.chars().map(state).collect::<String>(), expected, "{min_frames}: {frames}");
}

#[test]
fn so_many_frames_in_a_row_are_a_state() {
    check_states(3, "...###...", "uuDDDLLLD");
    check_states(3, "##.###..", "uuuuuLLL");
    check_states(1, ".#.#", "DLDL");
    check_states(2, "#.#.##..", "uuuuuLLD");
    check_states(5, "....", "uuuu");
}

fn light(threshold: u8, roi: [[f64; 2]; 2]) -> Box<dyn Detector> {
    let roi = Roi(roi.map(|corner| corner.map(picket_common::config::Percent)));
    let config = LightConfig { threshold, roi, min_frames: 1, ..LightConfig::default() };
    build(&DetectorConfig::Light(config)).unwrap()
}

#[test]
fn the_mean_in_whole_numbers_must_be_over_the_threshold() {
    let check = |threshold, levels: [u8; 2], active| {
        let mut detector = light(threshold, [[0.0, 0.0], [100.0, 100.0]]);
        let seen = Seen::grey(2, 1, |x, _| levels[x as usize]);
        let observation = detector.observe(&seen).unwrap();
        assert_eq!(observation.active, active, "{levels:?} over {threshold}");
        assert_eq!(observation.score, (f64::from(levels[0]) + f64::from(levels[1])) / 2.0 / 255.0);
    };
    check(100, [100, 100], false);
    check(100, [100, 101], false); // 100.5 counts as 100
    check(100, [101, 101], true);
    check(0, [0, 1], false);
    check(0, [1, 1], true);
    check(255, [255, 255], false);
}

/// 1/n times a sum can fall just short of a whole number; n pixels of one level never do.
#[test]
fn a_plain_picture_has_its_own_level_whatever_its_size() {
    for width in 1..200 {
        let seen = Seen::grey(width, 1, |_, _| 101);
        assert!(light(100, [[0.0, 0.0], [100.0, 100.0]]).observe(&seen).unwrap().active, "{width}");
    }
}

#[test]
fn only_the_region_counts() {
    let half = Seen::grey(10, 10, |x, _| if x < 5 { 0 } else { 200 });
    assert!(!light(100, [[0.0, 0.0], [50.0, 100.0]]).observe(&half).unwrap().active);
    assert!(light(100, [[50.0, 0.0], [100.0, 100.0]]).observe(&half).unwrap().active);
}

#[test]
fn another_size_starts_a_new_row_and_keeps_the_state() {
    let config = LightConfig { min_frames: 2, ..LightConfig::default() };
    let mut detector = build(&DetectorConfig::Light(config)).unwrap();
    let mut look = |width, level| {
        let observation = detector.observe(&Seen::grey(width, 2, |_, _| level)).unwrap();
        (observation.state, observation.changed)
    };
    let (lighted, dark) = (Some(State::Lighted), Some(State::Dark));
    assert_eq!(look(2, 200), (None, false));
    assert_eq!(look(2, 200), (lighted, true));
    assert_eq!(look(2, 10), (lighted, false));
    assert_eq!(look(3, 10), (lighted, false)); // the second dark frame in a row, but of another size
    assert_eq!(look(3, 10), (dark, true));
}
