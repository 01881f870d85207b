//! How far each stream has come: what was received in the batch at hand, and what is synced. Decides
//! whether a numbered message is stored, a repeat or behind a hole. Knows no connection.

use std::collections::HashMap;

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
}

/// The marks of the streams in use.
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
    pub(super) fn recover(&mut self, stream: StreamId, seq: u64) -> anyhow::Result<()> {
        let seq = self.mark(stream)?.received.max(seq);
        self.marks.insert(stream, Mark { received: seq, synced: seq });
        Ok(())
    }

    /// Judges by what was received, synced or not.
    pub(super) fn judge(&mut self, number: Number) -> anyhow::Result<Verdict> {
        let mark = self.mark(number.stream)?;
        Ok(if number.seq <= mark.received {
            Verdict::Repeat
        } else if number.prev <= mark.received {
            Verdict::Store
        } else {
            Verdict::Hole
        })
    }

    /// Notes that a message is in the batch at hand.
    pub(super) fn note(&mut self, stream: StreamId, seq: u64) {
        self.marks.entry(stream).or_default().received = seq;
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

    /// Forgets a stream that nobody sends any more, if all its records are shelved.
    pub(super) fn forget(&mut self, stream: StreamId) {
        let shelved = (self.shelved)(stream).unwrap_or(0);
        if self.marks.get(&stream).is_some_and(|mark| mark.received <= shelved) {
            self.marks.remove(&stream);
        }
    }

    fn mark(&mut self, stream: StreamId) -> anyhow::Result<Mark> {
        if let Some(mark) = self.marks.get(&stream) {
            return Ok(*mark);
        }
        let seq = (self.shelved)(stream)?;
        let mark = Mark { received: seq, synced: seq };
        self.marks.insert(stream, mark);
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
        marks.recover(STREAM, 21).unwrap();
        assert_eq!(marks.judge(number(0, 214)).unwrap(), Verdict::Repeat);
        marks.recover(STREAM, 216).unwrap();
        assert_eq!(marks.synced(STREAM).unwrap(), 216);
    }

    #[test]
    fn what_a_withdrawn_batch_had_is_asked_for_again() {
        let mut marks = Marks::new(Box::new(|_| Ok(0)));
        marks.note(STREAM, 1);
        marks.commit();
        marks.note(STREAM, 2);
        assert_eq!(marks.judge(number(1, 2)).unwrap(), Verdict::Repeat, "received, though not synced");
        assert_eq!(marks.synced(STREAM).unwrap(), 1);
        marks.roll_back();
        assert_eq!(marks.judge(number(1, 2)).unwrap(), Verdict::Store);
        assert_eq!(marks.judge(number(2, 3)).unwrap(), Verdict::Hole);
    }
}
