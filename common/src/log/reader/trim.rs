//! Letting go of segments, from the oldest on: of those no longer needed, and of those for which there is no room.
//! The newest record's segment always stays, so that no number is given twice, whatever the caller knows.

use super::super::LogError;
use super::super::segment;
use super::super::shared::Extent;
use super::Reader;

/// What was let go of for want of room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dropped {
    /// The number of the first record that is gone.
    pub first: u64,
    /// The number of the last; all between are gone too.
    pub last: u64,
    /// Bytes of the file.
    pub bytes: u64,
}

impl Reader {
    /// Lets go of all segments whose records all have numbers up to `number`; the one with the newest record
    /// always stays. After a crash some may be back, for nothing is synced here.
    pub fn trim(&mut self, number: u64) -> Result<(), LogError> {
        while let Some(oldest) = self.oldest().filter(|extent| extent.last <= number) {
            self.let_go(&oldest)?;
        }
        Ok(())
    }

    /// Lets go of the oldest segment with records, whether they were read or not. None when there is but the one with
    /// the newest record, which always stays: [`Writer::seal`](super::super::Writer::seal) and one batch more set it free.
    /// After a crash it may be back, as after [`Reader::trim`].
    pub fn give_up_oldest(&mut self) -> Result<Option<Dropped>, LogError> {
        while let Some(oldest) = self.oldest() {
            self.let_go(&oldest)?;
            if !oldest.is_empty() {
                return Ok(Some(Dropped { first: oldest.first, last: oldest.last, bytes: oldest.bytes }));
            }
        }
        Ok(None)
    }

    /// The oldest segment, if the newest record is not in it.
    fn oldest(&self) -> Option<Extent> {
        let state = self.shared.state();
        let newest = state.extents.iter().rposition(|extent| !extent.is_empty())?;
        state.extents.front().filter(|_| newest > 0).cloned()
    }

    fn let_go(&mut self, oldest: &Extent) -> Result<(), LogError> {
        let Extent { serial, bytes, last, reusable, .. } = *oldest;
        // What lies in the file will be another segment's.
        self.at = self.at.take().filter(|at| at.extent.serial != serial);
        self.opened = self.opened.take().filter(|opened| opened.serial != serial);
        let given_up = self.shared.give_up(serial, bytes, reusable);
        given_up.map_err(|error| self.shared.error("cannot let go of the segment", &segment::name(serial), &error))?;
        let mut state = self.shared.state();
        state.extents.pop_front();
        state.places.forget(serial);
        state.gaps.retain(|(_, to)| *to > last);
        Ok(())
    }
}
