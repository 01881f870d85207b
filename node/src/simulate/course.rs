//! When a virtual node sends, and what its next picture is. Pure.

use std::time::Duration;

use picket_common::event::Role;

use crate::spool::Class;

/// Pictures from one event's start to the next one's; the event ends half-way.
const ROUND: u64 = 18;
const EVENT: u64 = ROUND / 2;

/// The pace of one node.
#[derive(Debug, Clone)]
pub(super) struct Course {
    start: Duration,
    /// From one picture to the next; none where each goes as soon as it may.
    interval: Option<Duration>,
    pictures: u64,
}

/// What stands before a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// An event starts with it.
    Start,
    /// An event has ended.
    End,
    /// Nothing.
    On,
}

impl Course {
    /// `rate` pictures a second, or as many as may be where it is 0, from `start` on. `phase`, 0 to 1, is where in the
    /// interval the first one comes, so that not all nodes send at once.
    pub(super) fn new(rate: f64, phase: f64, start: Duration) -> Course {
        let interval = (rate > 0.0).then(|| Duration::from_secs_f64(1.0 / rate));
        let start = start + interval.unwrap_or_default().mul_f64(phase);
        Course { start, interval, pictures: 0 }
    }

    /// When the next picture is to be sent, in uptime; none where it may go as soon as the one before is away.
    pub(super) fn due(&self) -> Option<Duration> {
        let nth = |interval: Duration| self.start + interval.mul_f64(self.pictures as f64);
        self.interval.map(nth)
    }

    /// Counts a picture, and says what it is: what stands before it, its role, and its class.
    pub(super) fn next(&mut self) -> (Turn, Role, Class) {
        let place = self.pictures % ROUND;
        self.pictures += 1;
        match place {
            0 => (Turn::Start, Role::Trigger, Class::EventFrame),
            _ if place == EVENT - 1 => (Turn::On, Role::Best, Class::Event),
            _ if place < EVENT => (Turn::On, Role::During, Class::EventFrame),
            EVENT => (Turn::End, Role::Continuous, Class::Continuous),
            _ => (Turn::On, Role::Continuous, Class::Continuous),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_due_at_the_rate_and_not_all_at_once() {
        let second = Duration::from_secs;
        let mut course = Course::new(2.0, 0.5, second(10));
        let mut due = Vec::new();
        for _ in 0..3 {
            due.push(course.due().unwrap().as_millis());
            course.next();
        }
        assert_eq!(due, [10_250, 10_750, 11_250]);
        assert_eq!(Course::new(0.0, 0.5, second(10)).due(), None);
    }

    #[test]
    fn every_tenth_message_is_an_event_and_every_event_that_starts_ends() {
        let mut course = Course::new(0.0, 0.0, Duration::ZERO);
        let all: Vec<_> = (0..ROUND).map(|_| course.next()).collect();
        let turns = |turn| all.iter().filter(|next| next.0 == turn).count();
        assert_eq!((turns(Turn::Start), turns(Turn::End), turns(Turn::On)), (1, 1, 16));
        let class = |class| all.iter().filter(|next| next.2 == class).count();
        assert_eq!((class(Class::Event), class(Class::EventFrame), class(Class::Continuous)), (1, 8, 9));
        assert_eq!(course.next().0, Turn::Start);
    }
}
