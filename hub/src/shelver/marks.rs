//! What people have done to events: reviewed, pinned, deleted images of them. The last of it is remembered for whoever
//! watches, each with how far the shelver had come then, so that who was cut off is told again what they may have missed.
//! Nothing of it outlives the hub. Knows no user's rights.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// So much is remembered.
const KEPT: usize = 4096;

/// What was done to an event, by its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mark {
    /// It was pinned or unpinned, or images of it were deleted.
    Kept(u64),
    /// This user has reviewed it, or has not after all; none where the hub has no users.
    Reviewed(u64, Option<String>),
}

/// The last marks. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Marks(Arc<Mutex<Ring>>);

#[derive(Debug, Default)]
struct Ring {
    /// With the journal number reached before, the oldest first.
    marks: VecDeque<(u64, Mark)>,
    /// How many are not remembered any more, and the number reached before the last of them.
    forgotten: u64,
    lost: Option<u64>,
}

impl Marks {
    /// What was marked while the journal number `reached` was not passed is not known.
    pub(super) fn begin(reached: u64) -> Marks {
        let lost = (reached > 0).then_some(reached);
        Marks(Arc::new(Mutex::new(Ring { lost, ..Ring::default() })))
    }

    /// Remembers what was marked when journal number `reached` was reached.
    pub(super) fn add(&self, reached: u64, marks: impl IntoIterator<Item = Mark>) {
        let mut ring = self.lock();
        for mark in marks {
            ring.marks.push_back((reached, mark));
            if ring.marks.len() > KEPT {
                ring.lost = ring.marks.pop_front().map(|(reached, _)| reached);
                ring.forgotten += 1;
            }
        }
    }

    /// The place of the next mark.
    pub fn end(&self) -> u64 {
        self.lock().end()
    }

    /// The place from which somebody has to be told who was told everything up to journal number `told`; none if some of it
    /// is not known any more.
    pub fn place_after(&self, told: u64) -> Option<u64> {
        let ring = self.lock();
        let before = ring.marks.partition_point(|(reached, _)| *reached < told) as u64;
        ring.lost.is_none_or(|lost| lost < told).then_some(ring.forgotten + before)
    }

    /// The marks from `place` on, and the place behind them; none if some of them are not known any more.
    pub fn after(&self, place: u64) -> Option<(Vec<Mark>, u64)> {
        let ring = self.lock();
        let first = usize::try_from(place.checked_sub(ring.forgotten)?).ok()?;
        Some((ring.marks.iter().skip(first).map(|(_, mark)| mark.clone()).collect(), ring.end()))
    }

    fn lock(&self) -> MutexGuard<'_, Ring> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ring {
    fn end(&self) -> u64 {
        self.forgotten + self.marks.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_watches_is_told_each_mark_once() {
        let marks = Marks::default();
        let place = marks.end();
        marks.add(7, [Mark::Kept(1), Mark::Reviewed(2, None)]);
        let (told, place) = marks.after(place).unwrap();
        assert_eq!(told, [Mark::Kept(1), Mark::Reviewed(2, None)]);
        assert_eq!(marks.after(place), Some((Vec::new(), place)));
    }

    #[test]
    fn who_was_cut_off_is_told_what_they_may_have_missed() {
        let marks = Marks::begin(5);
        [(5, 1), (6, 2), (8, 3)].into_iter().for_each(|(reached, event)| marks.add(reached, [Mark::Kept(event)]));
        let check = |told: u64, expected: Option<&[u64]>| {
            let found = marks.place_after(told).and_then(|place| marks.after(place)).map(|(marks, _)| marks);
            let expected = expected.map(|events| events.iter().copied().map(Mark::Kept).collect());
            assert_eq!(found, expected, "{told}");
        };
        // An earlier hub's marks are not known.
        check(5, None);
        check(6, Some(&[2, 3]));
        check(7, Some(&[3]));
        check(9, Some(&[]));
    }

    #[test]
    fn what_is_remembered_has_an_end() {
        let marks = Marks::default();
        marks.add(3, (0..=KEPT as u64).map(Mark::Kept));
        assert_eq!((marks.after(0), marks.place_after(3)), (None, None));
        assert_eq!(marks.after(1).map(|(marks, _)| marks.len()), Some(KEPT));
        assert_eq!(marks.place_after(4), Some(marks.end()));
    }
}
