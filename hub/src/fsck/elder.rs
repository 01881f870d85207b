//! Lines of the records without a check value, as elder versions wrote them, and how far they are believed. A flipped digit
//! makes another number of one, and by numbers it is judged what the index has and what of the journal is still to be
//! shelved. So a number counts only where neither the journal nor the lines around it contradict.
//!
//! Two witnesses are enough. What the journal still has under a number must be the message that the line tells of: so no
//! line can stand for a record that waits there; what the journal has and no line tells of is recorded again. And a number that is
//! not below the next one in its file, where there is room for a lower one between its neighbours, was raised: so it does not
//! take the place of the line whose number it is; nor is a single one believed that the journal has not come to. A line that neither catches harms nobody but itself: numbers are never
//! given twice.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use picket_common::log::disk::Disk;
use picket_common::log::{self, Key, LogError};

use super::records;
use crate::entry::Entry;
use crate::line::Recorded;

/// What the journal has under each number: whose message, and which; none where it cannot be read.
type Told = HashMap<u64, (Key, Option<u64>)>;

/// The journal, to be asked. It is read when it is asked first.
#[derive(Default)]
pub(super) struct Witness {
    journal: Option<Arc<dyn Disk>>,
    told: OnceCell<Told>,
}

impl Witness {
    /// The journal on this disk.
    pub(super) fn new(journal: Option<Arc<dyn Disk>>) -> Witness {
        Witness { journal, told: OnceCell::new() }
    }

    /// The last number that the journal has, if it has any.
    pub(super) fn last(&self) -> Option<u64> {
        self.told().keys().max().copied()
    }

    /// What the journal has against a line without a check value.
    pub(super) fn contradiction(&self, recorded: &Recorded) -> Option<String> {
        let number = records::number(recorded)?;
        let (key, message) = self.told().get(&number)?;
        let agrees = match recorded {
            Recorded::Kept { entry, .. } => *message == Some(hash(entry)),
            Recorded::Rejected { key: told, .. } => told.stream == 0 || told == key,
            Recorded::Amended { .. } => true,
        };
        (!agrees)
            .then(|| format!("it has no check value, and in the journal number {number} is another message than this"))
    }

    /// A journal that cannot be read contradicts nobody.
    fn told(&self) -> &Told {
        self.told.get_or_init(|| self.read().unwrap_or_default())
    }

    fn read(&self) -> Result<Told, LogError> {
        let mut told = Told::new();
        let Some(disk) = &self.journal else { return Ok(told) };
        let mut journal = log::inspect(Arc::clone(disk))?;
        while let Some(record) = journal.next()? {
            let message = Entry::decode(&record.payload).ok().map(|(entry, _)| hash(&entry));
            told.insert(record.number, (record.key, message));
        }
        Ok(told)
    }
}

/// Which message it is: 64 bits tell all that a journal holds apart.
fn hash(entry: &Entry) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&entry.node, &entry.msg, entry.received, entry.stream.map(|stream| stream.0), entry.seq).hash(&mut hasher);
    hasher.finish()
}

/// Whether a number was raised, between the one before it in its file and the `next` two. They rise by one as a rule, but for
/// lines that a repair has added at the end. Of the first in a file the next two are to agree, for else the next was lowered.
pub(super) fn is_raised(before: Option<u64>, number: u64, next: [Option<u64>; 2]) -> bool {
    let [Some(first), second] = next else { return false };
    let follows = |before: u64, number| before.checked_add(1) == Some(number);
    let room = match before {
        Some(before) => before < first && !follows(before, first),
        None => second.is_some_and(|second| follows(first, second)),
    };
    first <= number && room
}

/// Whether a number stands alone, between the one before it in its file and the `next`, and behind all that the journal has.
pub(super) fn is_beyond(journal: Option<u64>, before: Option<u64>, number: u64, next: Option<u64>) -> bool {
    journal.is_some_and(|last| last < number) && before.is_some() && next != number.checked_add(1)
}

/// Whether it follows on the one before it, so that nobody needs to be asked.
pub(super) fn follows(before: Option<u64>, number: u64) -> bool {
    before.is_some_and(|before| number <= before.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_raised_number_is_told_by_the_room_that_it_leaves() {
        let check = |numbers: [u64; 3], raised: bool| {
            let [before, number, next] = numbers;
            let found = !follows(Some(before), number) && is_raised(Some(before), number, [Some(next), None]);
            assert_eq!(found, raised, "{numbers:?}");
        };
        check([5, 6, 7], false);
        check([5, 96, 7], true);
        check([5, 7, 7], true);
        check([5, 96, 97], false);
        // The next one is a lowered one, or what a repair has added at the end.
        check([5, 6, 1], false);
        check([98, 100, 99], false);
        check([98, 99, 50], false);
        assert!(is_beyond(Some(36), Some(11), 92, None) && is_beyond(Some(36), Some(11), 92, Some(13)));
        assert!(!is_beyond(Some(36), Some(11), 92, Some(93)) && !is_beyond(None, Some(11), 92, None));
        let first = |number, next: [u64; 2]| is_raised(None, number, next.map(Some));
        assert!(first(96, [2, 3]) && first(2, [2, 3]) && !first(1, [2, 3]));
        assert!(!first(1, [0, 3]) && !first(50, [1, 52]));
    }
}
