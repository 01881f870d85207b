//! Which frames an event keeps: some from before its trigger, the trigger, some while it goes on, some from
//! after its end. Pure: frames in, frames to keep out, time by the frames' own stamps.

use std::collections::VecDeque;
use std::time::Duration;

use picket_common::event::Role;

use crate::config::{Amount, Rate};
use crate::frame::Frame;

/// What an event makes of one frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// It starts with this frame.
    Start,
    /// Nothing has changed.
    Same,
    /// It ends with this frame.
    End,
}

/// One detector's pre-roll, and where in an event it is.
#[derive(Debug)]
pub(super) struct Roll {
    before: Amount,
    during: Rate,
    after: Amount,
    ring: VecDeque<Frame>,
    stage: Stage,
    /// When the last frame was kept, in the ring or for good.
    last: Option<Duration>,
}

#[derive(Debug, Clone, Copy)]
enum Stage {
    Idle,
    During,
    After { since: Duration, kept: u32 },
}

impl Roll {
    pub(super) fn new(before: Amount, during: Rate, after: Amount) -> Roll {
        Roll { before, during, after, ring: VecDeque::new(), stage: Stage::Idle, last: None }
    }

    /// The frames to keep now, in the order of their capture.
    pub(super) fn turn(&mut self, turn: Turn, frame: &Frame) -> Vec<(Role, Frame)> {
        match turn {
            Turn::Start => {
                let mut kept: Vec<_> = self.ring.drain(..).map(|frame| (Role::Before, frame)).collect();
                kept.push((Role::Trigger, frame.clone()));
                self.stage = Stage::During;
                self.last = Some(frame.mono);
                return kept;
            }
            Turn::End => self.stage = Stage::After { since: frame.mono, kept: 0 },
            Turn::Same => {}
        }
        if !self.is_due(frame) {
            return Vec::new();
        }
        self.last = Some(frame.mono);
        match &mut self.stage {
            Stage::During => vec![(Role::During, frame.clone())],
            Stage::After { since, kept } => {
                let is_over = match self.after {
                    Amount::Frames(limit) => *kept >= limit,
                    Amount::Time(limit) => frame.mono.saturating_sub(*since) >= limit.0,
                };
                if !is_over {
                    *kept += 1;
                    return vec![(Role::After, frame.clone())];
                }
                self.stage = Stage::Idle;
                self.remember(frame);
                Vec::new()
            }
            Stage::Idle => {
                self.remember(frame);
                Vec::new()
            }
        }
    }

    /// Whether the rate asks for a frame. With `during: none` nothing is kept of the event itself; what comes
    /// before and after is kept frame by frame. A tenth of the interval is let pass, so that a camera's unsteady
    /// steps do not halve the rate.
    fn is_due(&self, frame: &Frame) -> bool {
        let interval = match (self.during, self.stage) {
            (Rate::None, Stage::During) => return false,
            (Rate::All | Rate::None, _) => return true,
            (Rate::PerSecond(rate), _) => Duration::try_from_secs_f64(0.9 / rate).unwrap_or(Duration::MAX),
        };
        self.last.is_none_or(|last| frame.mono.saturating_sub(last) >= interval)
    }

    fn remember(&mut self, frame: &Frame) {
        self.ring.push_back(frame.clone());
        match self.before {
            Amount::Frames(limit) => {
                while self.ring.len() > limit as usize {
                    self.ring.pop_front();
                }
            }
            Amount::Time(limit) => {
                while self.ring.front().is_some_and(|old| frame.mono.saturating_sub(old.mono) > limit.0) {
                    self.ring.pop_front();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Picture;
    use picket_common::config;
    use picket_common::time::Timestamp;
    use std::sync::Arc;

    /// Frames ten a second; `story` has one letter a frame: `.` same, `S` start, `E` end. What is kept is told as
    /// frame numbers with the first letter of their role.
    fn check(before: Amount, during: Rate, after: Amount, story: &str, expected: &str) {
        let mut roll = Roll::new(before, during, after);
        let mut kept = Vec::new();
        for (index, letter) in story.chars().enumerate() {
            let frame = Frame {
                index: index as u64,
                at: Timestamp::UNIX_EPOCH,
                mono: Duration::from_millis(100) * index as u32,
                picture: Arc::new(Picture::Jpeg { bytes: Vec::new(), width: 1, height: 1 }),
            };
            let turn = match letter {
                'S' => Turn::Start,
                'E' => Turn::End,
                _ => Turn::Same,
            };
            for (role, frame) in roll.turn(turn, &frame) {
                kept.push(format!("{}{}", &role.word()[..1], frame.index));
            }
        }
        assert_eq!(kept.join(" "), expected, "{story}");
    }

    #[test]
    fn an_event_keeps_what_came_before_its_trigger_itself_and_what_came_after() {
        let (frames, all) = (Amount::Frames, Rate::All);
        let seconds = |seconds: f64| Amount::Time(config::Duration(Duration::from_secs_f64(seconds)));
        check(frames(2), all, frames(2), ".....S..E.....", "b3 b4 t5 d6 d7 a8 a9");
        check(frames(0), all, frames(0), "..S..E...", "t2 d3 d4");
        check(frames(5), Rate::None, frames(1), "...S....E...", "b0 b1 b2 t3 a8");
        check(seconds(0.2), all, seconds(0.3), "......S.E......", "b3 b4 b5 t6 d7 a8 a9 a10");
        check(frames(9), all, frames(9), "S.E", "t0 d1 a2");
    }

    #[test]
    fn pre_roll_event_and_post_roll_keep_frames_at_the_rate_of_during() {
        let rate = Rate::PerSecond(2.0);
        check(
            Amount::Frames(2),
            rate,
            Amount::Frames(2),
            ".................S...........E.................",
            "b10 b15 t17 d22 d27 a32 a37",
        );
        check(Amount::Frames(1), rate, Amount::Frames(1), "...S..E......S......", "b0 t3 a8 t13 d18");
    }

    #[test]
    fn an_event_that_follows_soon_takes_over_from_the_post_roll() {
        check(Amount::Frames(3), Rate::All, Amount::Frames(5), "..S.E.S..E..", "b0 b1 t2 d3 a4 a5 t6 d7 d8 a9 a10 a11");
    }
}
