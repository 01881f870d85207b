//! Stories of ten frames a second, one letter a frame: `.` nothing, `S` an event starts, `E` it ends, `!` one that is
//! over at once. What is kept is told as frame numbers with the first letter of their role.

use picket_common::config;

use super::*;
use crate::pipeline::ring::tests::frame;

struct Story {
    before: Amount,
    during: Rate,
    after: Amount,
    min_duration: f64,
    cool_down: f64,
}

fn seconds(seconds: f64) -> Amount {
    Amount::Time(config::Duration(Duration::from_secs_f64(seconds)))
}

use Amount::Frames as frames;

impl Story {
    fn new(before: Amount, during: Rate, after: Amount) -> Story {
        Story { before, during, after, min_duration: 0.0, cool_down: 0.0 }
    }

    #[track_caller]
    fn check(&self, story: &str, expected: &str) {
        let send = Frames { before: self.before, during: self.during, after: self.after };
        let [min_duration, cool_down] = [self.min_duration, self.cool_down].map(Duration::from_secs_f64);
        let mut roll = Roll::new(send, min_duration, cool_down);
        let (mut kept, mut event): (Vec<String>, Arc<str>) = (Vec::new(), "".into());
        for (index, letter) in story.chars().enumerate() {
            let frame = frame(index as u64);
            let turn = |edge, event: &Arc<str>| Turn { event: event.clone(), edge, mono: frame.mono };
            if "S!".contains(letter) {
                event = format!("e{index}").into();
            }
            let turns = match letter {
                'S' => vec![turn(Edge::Start, &event)],
                'E' => vec![turn(Edge::End, &event)],
                '!' => vec![turn(Edge::Start, &event), turn(Edge::End, &event)],
                _ => vec![],
            };
            let wants = roll.take(&turns, &frame);
            kept.extend(wants.iter().map(|want| format!("{}{}", &want.role.word()[..1], want.frame.index)));
        }
        assert_eq!(kept.join(" "), expected, "{story}");
    }
}

#[test]
fn an_event_keeps_what_came_before_its_trigger_itself_and_what_came_after() {
    let check = |before, during, after, story: &str, expected: &str| {
        Story::new(before, during, after).check(story, expected);
    };
    let all = Rate::All;
    check(frames(2), all, frames(2), ".....S..E.....", "b3 b4 t5 d6 d7 a8 a9");
    check(frames(0), all, frames(0), "..S..E...", "t2 d3 d4");
    check(frames(5), Rate::None, frames(1), "...S....E...", "b0 b1 b2 t3 a8");
    check(seconds(0.2), all, seconds(0.3), "......S.E......", "b4 b5 t6 d7 a8 a9 a10");
    check(frames(9), all, frames(9), "S.E", "t0 d1 a2");
}

#[test]
fn what_is_over_at_once_keeps_what_was_around_it() {
    let check = |before, during, after, story: &str, expected: &str| {
        Story::new(before, during, after).check(story, expected);
    };
    check(frames(2), Rate::All, frames(2), "....!.....", "b2 b3 t4 a5 a6");
    check(frames(1), Rate::None, seconds(0.3), "....!.....", "b3 t4 a5 a6");
    check(frames(0), Rate::All, frames(0), "..!..!", "t2 t5");
    check(frames(1), Rate::PerSecond(2.0), frames(1), "........!.........", "b5 t8 a13");
}

#[test]
fn pre_roll_event_and_post_roll_keep_frames_at_the_rate_of_during() {
    let rate = Rate::PerSecond(2.0);
    let story = ".................S...........E.................";
    Story::new(frames(2), rate, frames(2)).check(story, "b10 b15 t17 d22 d27 a32 a37");
    Story::new(frames(1), rate, frames(1)).check("...S..E......S......", "b0 t3 a8 b8 t13 d18");
}

#[test]
fn an_event_that_follows_soon_takes_over_from_the_post_roll_and_reaches_back_into_it() {
    let story = Story::new(frames(3), Rate::All, frames(5));
    story.check("..S.E.S..E..", "b0 b1 t2 d3 a4 a5 b3 b4 b5 t6 d7 d8 a9 a10 a11");
}

#[test]
fn an_event_that_is_too_short_keeps_nothing_and_one_that_lasts_has_its_whole_pre_roll() {
    let story = |min_duration| Story { min_duration, ..Story::new(frames(2), Rate::All, frames(1)) };
    story(0.3).check("....S.E.....", "");
    story(0.3).check("....S..E....", "b2 b3 t4 d5 d6 a7");
    story(0.3).check("....S.....E..", "b2 b3 t4 d5 d6 d7 d8 d9 a10");
    story(0.3).check("....!....", "");
    // The one that is too short leaves the post-roll before it, and the pre-roll behind it, as they would be.
    let story = Story { min_duration: 0.3, ..Story::new(frames(2), Rate::All, frames(6)) };
    story.check("..S...E.SE.......", "b0 b1 t2 d3 d4 d5 a6 a7 a8 a9 a10 a11");
    story.check("..S.E.S...E", "b4 b5 t6 d7 d8 d9 a10");
}

#[test]
fn while_it_cools_down_no_event_keeps_frames_however_long_it_lasts() {
    let story = |cool_down| Story { cool_down, ..Story::new(frames(1), Rate::All, frames(2)) };
    story(1.0).check(".S.E..S.E.........", "b0 t1 d2 a3 a4");
    // From the last frame kept, number 4, on.
    story(1.0).check(".S.E.........S.E..", "b0 t1 d2 a3 a4");
    story(1.0).check(".S.E..........S.E..", "b0 t1 d2 a3 a4 b13 t14 d15 a16 a17");
    story(1.0).check(".S.E.........S............E..", "b0 t1 d2 a3 a4");
    // The post-roll is not over: nobody takes over from it.
    story(0.1).check(".S.ES.E....", "b0 t1 d2 a3 a4");
    story(0.1).check(".S.E.S.E....", "b0 t1 d2 a3 a4 b4 t5 d6 a7 a8");
    // What was too short does not cool down.
    let story = Story { min_duration: 0.3, ..story(1.0) };
    story.check(".SE.S..E....", "b3 t4 d5 d6 a7 a8");
}

#[test]
fn an_event_whose_end_is_lost_ends_with_the_next_one() {
    let story = Story::new(frames(1), Rate::All, frames(1));
    story.check("..S..S..E..", "b1 t2 d3 d4 b4 t5 d6 d7 a8");
}
