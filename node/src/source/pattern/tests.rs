use picket_common::shutdown::Shutdown;

use super::*;

const SIZE: Resolution = Resolution { width: 320, height: 180 };

fn pattern(seed: u64, framerate: f64) -> Pattern {
    let timing = Timing::footage(framerate, &Shutdown::new()).unwrap();
    Pattern::new(Some(SIZE), seed, timing).unwrap()
}

/// Pixels of Y that are further from the empty scene than noise can bring them.
fn pixels_covered(pattern: &Pattern, index: u64) -> usize {
    let picture = pattern.picture(index);
    let luma = (SIZE.width * SIZE.height) as usize;
    let pairs = picture.bytes().iter().zip(&pattern.empty.bytes).take(luma);
    pairs.filter(|(now, empty)| now.abs_diff(**empty) > 8).count()
}

#[test]
fn the_same_seed_and_number_give_the_same_frame() {
    let (mut one, mut two) = (pattern(5, 10.0), pattern(5, 10.0));
    let frames: Vec<Frame> = (0..50).map(|_| one.next().unwrap()).collect();
    assert!(frames.iter().all(|frame| *frame == two.next().unwrap()));
    assert_eq!(*frames[49].picture, one.picture(49), "whatever came before it");
    assert_ne!(frames[0].picture, frames[1].picture, "a sensor's noise is never the same");
    assert_ne!(one.picture(0), pattern(6, 10.0).picture(0), "another seed");
}

#[test]
fn somebody_is_seen_within_the_walks_and_nobody_outside() {
    for (seed, framerate) in [(0, 10.0), (1, 4.0), (2, 15.0)] {
        let pattern = pattern(seed, framerate);
        let walks: Vec<_> = Pattern::walks(seed, Framerate(framerate)).take(2).collect();
        for index in 0..(20.0 * framerate) as u64 {
            let covered = pixels_covered(&pattern, index);
            let is_walk = walks.iter().any(|walk| walk.contains(&index));
            assert_eq!(covered > 0, is_walk, "seed {seed}, frame {index}: {covered} pixels differ");
        }
    }
}

#[test]
fn a_walker_in_the_middle_covers_far_more_than_a_detector_asks_for() {
    for seed in 0..8 {
        let walk = Pattern::walks(seed, Framerate(10.0)).next().unwrap();
        let covered = pixels_covered(&pattern(seed, 10.0), (walk.start + walk.end) / 2);
        let percent = covered as f64 * 100.0 / f64::from(SIZE.width * SIZE.height);
        assert!((4.0..9.0).contains(&percent), "seed {seed}: {percent} %");
    }
}

#[test]
fn walks_are_apart_and_twenty_seconds_hold_two_whole_ones() {
    for seed in 0..500 {
        for framerate in [1.0, 7.5, 10.0, 30.0] {
            let seconds = |frames: u64| frames as f64 / framerate;
            let walks: Vec<_> = Pattern::walks(seed, Framerate(framerate)).take(5).collect();
            let frame = seconds(1);
            assert!((2.6..=3.4 + frame).contains(&seconds(walks[0].start)), "{walks:?}");
            assert!(seconds(walks[1].end) < 17.0 && seconds(walks[2].start) > 20.0, "{walks:?}");
            for pair in walks.windows(2) {
                assert!(seconds(pair[1].start - pair[0].end) >= 4.0, "{pair:?}");
                assert!((2.6 - frame..=3.4 + frame).contains(&seconds(pair[0].end - pair[0].start)), "{pair:?}");
            }
        }
    }
}

#[test]
fn any_even_size_can_be_drawn_on() {
    let open = |width, height| {
        let timing = Timing::footage(10.0, &Shutdown::new()).unwrap();
        Pattern::new(Some(Resolution { width, height }), 3, timing)
    };
    for (width, height) in [(16, 16), (640, 16), (16, 400), (642, 362)] {
        let pattern = open(width, height).unwrap();
        let walk = Pattern::walks(3, Framerate(10.0)).next().unwrap();
        for index in [0, walk.start, (walk.start + walk.end) / 2, walk.end - 1] {
            assert_eq!(pattern.picture(index).bytes().len(), (width * height * 3 / 2) as usize);
        }
    }
    assert_eq!(
        open(641, 360).err().unwrap().to_string(),
        "resolution 641x360: both sides must be even, and 16 to 8192 pixels; try 640x360"
    );
}
