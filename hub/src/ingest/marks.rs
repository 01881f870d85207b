//! How far each stream has come: what was received in the batch at hand, and what is synced. Decides
//! whether a numbered message is stored, a repeat or behind a hole. Knows no connection.

use std::collections::HashMap;
use std::time::Duration;

use picket_common::wire::{Number, StreamId};

/// Gives the mark of a stream whose records are all shelved; 0 if it was never seen.
pub type ShelvedMark = Box<dyn Fn(StreamId) -> anyhow::Result<u64> + Send>;

/// What to do with a numbered message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is the next one.
    Store,
    /// It is here already.
    Repeat,
    /// Something before it is missing.
    Hole,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Mark {
    received: u64,
    synced: u64,
    /// The journal's number of its last record; once that is shelved the index knows the mark.
    number: u64,
    /// When it was last asked for or raised, in uptime.
    used: Duration,
}

/// So many streams are held here; of more than that only those that are not shelved yet, and then no new one is taken
/// until they are.
const MOST: usize = 65_536;
/// A stream in which nothing came for so long is left to the index.
const UNUSED: Duration = Duration::from_secs(10 * 60);

/// The marks of the streams in use. Of a stream of which nothing is stored there is none.
pub(super) struct Marks {
    marks: HashMap<StreamId, Mark>,
    changed: Vec<StreamId>,
    shelved: ShelvedMark,
}

impl Marks {
    /// Marks that ask `shelved` for streams not yet met.
    pub(super) fn new(shelved: ShelvedMark) -> Marks {
        Marks { marks: HashMap::new(), changed: Vec::new(), shelved }
    }

    /// A record of the journal, met at the start: it is synced. It may be shelved already, and others after it.
    pub(super) fn recover(&mut self, stream: StreamId, seq: u64, number: u64) -> anyhow::Result<()> {
        let seq = self.mark(stream)?.received.max(seq);
        self.marks.insert(stream, Mark { received: seq, synced: seq, number, used: Duration::ZERO });
        Ok(())
    }

    /// Judges by what was received, synced or not.
    pub(super) fn judge(&mut self, number: Number) -> anyhow::Result<Verdict> {
        let mark = self.mark(number.stream)?;
        let is_new = MOST <= self.marks.len() && !self.marks.contains_key(&number.stream);
        Ok(if is_new {
            Verdict::Hole
        } else if number.seq <= mark.received {
            Verdict::Repeat
        } else if number.prev <= mark.received {
            Verdict::Store
        } else {
            Verdict::Hole
        })
    }

    /// Notes that a message is in the batch at hand, with its journal number.
    pub(super) fn note(&mut self, stream: StreamId, seq: u64, number: u64, now: Duration) {
        let mark = self.marks.entry(stream).or_default();
        (mark.received, mark.number, mark.used) = (seq, number, now);
        self.changed.push(stream);
    }

    /// The batch is synced.
    pub(super) fn commit(&mut self) {
        for stream in self.changed.drain(..) {
            if let Some(mark) = self.marks.get_mut(&stream) {
                mark.synced = mark.received;
            }
        }
    }

    /// The batch is withdrawn.
    pub(super) fn roll_back(&mut self) {
        for stream in self.changed.drain(..) {
            if let Some(mark) = self.marks.get_mut(&stream) {
                mark.received = mark.synced;
            }
        }
    }

    /// What is safe in a stream.
    pub(super) fn synced(&mut self, stream: StreamId) -> anyhow::Result<u64> {
        Ok(self.mark(stream)?.synced)
    }

    /// How many streams are held.
    pub(super) fn count(&self) -> usize {
        self.marks.len()
    }

    /// Whether there are so many that no new stream is taken.
    pub(super) fn are_many(&self) -> bool {
        MOST <= self.marks.len()
    }

    /// Forgets the streams whose records are all shelved, up to the journal's number `shelved`, and that nobody sends any
    /// more; of too many those too that somebody does. The index knows them.
    pub(super) fn tidy(&mut self, shelved: u64, now: Duration) {
        let too_many = self.are_many();
        self.marks.retain(|_, mark| {
            let is_shelved = mark.received == mark.synced && mark.number <= shelved;
            !is_shelved || !too_many && now.saturating_sub(mark.used) < UNUSED
        });
    }

    fn mark(&mut self, stream: StreamId) -> anyhow::Result<Mark> {
        if let Some(mark) = self.marks.get(&stream) {
            return Ok(*mark);
        }
        let seq = (self.shelved)(stream)?;
        let mark = Mark { received: seq, synced: seq, ..Mark::default() };
        // Whoever only asks, in ever new streams, leaves nothing here.
        if 0 < seq && !self.are_many() {
            self.marks.insert(stream, mark);
        }
        Ok(mark)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: StreamId = StreamId(7);

    fn number(prev: u64, seq: u64) -> Number {
        Number { stream: STREAM, seq, prev }
    }

    #[test]
    fn a_message_is_stored_once_and_only_behind_what_it_names() {
        let mut marks = Marks::new(Box::new(|_| Ok(5)));
        let mut check = |prev, seq, expected| {
            assert_eq!(marks.judge(number(prev, seq)).unwrap(), expected, "prev {prev}, seq {seq}");
        };
        check(0, 5, Verdict::Repeat);
        check(0, 1, Verdict::Repeat);
        check(5, 6, Verdict::Store);
        check(0, 6, Verdict::Store);
        check(0, 9, Verdict::Store);
        check(3, 9, Verdict::Store);
        check(6, 7, Verdict::Hole);
    }

    #[test]
    fn a_record_met_at_the_start_never_lowers_a_mark() {
        let mut marks = Marks::new(Box::new(|_| Ok(215)));
        marks.recover(STREAM, 21, 1).unwrap();
        assert_eq!(marks.judge(number(0, 214)).unwrap(), Verdict::Repeat);
        marks.recover(STREAM, 216, 2).unwrap();
        assert_eq!(marks.synced(STREAM).unwrap(), 216);
    }

    #[test]
    fn what_a_withdrawn_batch_had_is_asked_for_again() {
        let mut marks = Marks::new(Box::new(|_| Ok(0)));
        marks.note(STREAM, 1, 1, Duration::ZERO);
        marks.commit();
        marks.note(STREAM, 2, 2, Duration::ZERO);
        assert_eq!(marks.judge(number(1, 2)).unwrap(), Verdict::Repeat, "received, though not synced");
        assert_eq!(marks.synced(STREAM).unwrap(), 1);
        marks.roll_back();
        assert_eq!(marks.judge(number(1, 2)).unwrap(), Verdict::Store);
        assert_eq!(marks.judge(number(2, 3)).unwrap(), Verdict::Hole);
    }

    #[test]
    fn streams_without_end_leave_nothing_and_none_is_forgotten_before_the_index_knows_it() {
        let now = Duration::from_secs(3600);
        let mut marks = Marks::new(Box::new(|_| Ok(0)));
        for stream in 0..1000 {
            let number = Number { stream: StreamId(stream), seq: 9, prev: 5 };
            assert_eq!(marks.judge(number).unwrap(), Verdict::Hole);
        }
        assert_eq!(marks.marks.len(), 0);
        for stream in 0..MOST as u128 {
            marks.note(StreamId(stream), 1, stream as u64, now);
        }
        marks.commit();
        assert_eq!(marks.judge(Number { stream: StreamId(u128::MAX), seq: 1, prev: 0 }).unwrap(), Verdict::Hole);
        assert_eq!(marks.judge(Number { stream: StreamId(5), seq: 2, prev: 1 }).unwrap(), Verdict::Store);
        marks.tidy(999, now);
        assert_eq!(marks.marks.len(), MOST - 1000, "of too many, all that are shelved go");
        marks.tidy(1999, now);
        assert_eq!(marks.marks.len(), MOST - 1000);
        marks.tidy(1999, now + UNUSED);
        assert_eq!(marks.marks.len(), MOST - 2000);
    }
}
