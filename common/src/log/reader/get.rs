//! One record by its number, in any order, from an indexed log.

use super::super::record::{HEAD, Head};
use super::super::segment;
use super::super::window::Window;
use super::super::{LogError, Record};
use super::Reader;

/// A segment that was read from last. What lies before a segment's durable end never changes, and no serial is
/// used twice, so what was read of it stays true.
pub(super) struct Opened {
    pub(super) serial: u64,
    window: Window,
}

impl Reader {
    /// The durable record with this number, from wherever [`Reader::next`] is. None where it was lost to damage,
    /// let go of, or never was; and in a log that is not indexed.
    pub fn get(&mut self, number: u64) -> Result<Option<Record>, LogError> {
        let found = self.shared.state().place(number).map(|(extent, place)| (extent.serial, extent.end, place));
        let Some((serial, end, place)) = found else { return Ok(None) };
        let name = segment::name(serial);
        let mut opened = match self.opened.take().filter(|opened| opened.serial == serial) {
            Some(opened) => opened,
            None => Opened { serial, window: Window::new(self.shared.open_to_read(&name)?, serial) },
        };
        let record =
            opened.window.record(place, end).map_err(|error| self.shared.error("cannot read", &name, &error))?;
        self.opened = Some(opened);
        let Some((head, payload)) = record.filter(|(head, _)| head.number == number) else {
            tracing::warn!(file = self.shared.disk.place(&name), record = number, "damaged record skipped");
            return Ok(None);
        };
        Ok(Some(Record { number, key: head.key, payload }))
    }
}

impl Window {
    /// The record that begins at `offset`, if it is whole.
    fn record(&mut self, offset: u64, end: u64) -> std::io::Result<Option<(Head, Vec<u8>)>> {
        let serial = self.serial();
        let Some(head) = Head::decode(self.ahead(offset, HEAD, end)?, serial) else { return Ok(None) };
        let mut payload = Vec::with_capacity(end.saturating_sub(offset).min(u64::from(head.length)) as usize);
        let whole = self.payload(offset, &head, end, |piece| payload.extend_from_slice(piece))?;
        Ok(whole.then_some((head, payload)))
    }
}
