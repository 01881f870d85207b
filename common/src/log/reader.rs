//! The reading end: durable records in order, from file handles of its own. Knows nothing of batches.

mod get;
mod trim;

use std::io::ErrorKind;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use self::get::Opened;
pub use self::trim::Dropped;
use super::segment;
use super::shared::{Extent, Shared, State};
use super::window::Window;
use super::{Gauge, Held, LogError, Record};

/// The reading end; one owner, on any thread.
pub struct Reader {
    shared: Arc<Shared>,
    /// Records with numbers up to this one are behind.
    after: u64,
    at: Option<Place>,
    /// The segment that [`Reader::get`] read from last.
    opened: Option<Opened>,
    held: Vec<Held>,
    /// Whether what cannot be read is passed over as damaged.
    lenient: bool,
}

/// Where in which segment.
struct Place {
    extent: Extent,
    window: Window,
    offset: u64,
    /// The number of the last record before `offset`.
    passed: u64,
}

impl Reader {
    pub(super) fn new(shared: Arc<Shared>, held: Vec<Held>) -> Reader {
        Reader { shared, after: 0, at: None, opened: None, held, lenient: false }
    }

    /// One that passes over what cannot be read, as opening does.
    pub(super) fn lenient(shared: Arc<Shared>) -> Reader {
        Reader { lenient: true, ..Reader::new(shared, Vec::new()) }
    }

    /// What an indexed log held when it was opened, in order: told once, for it takes 48 bytes a record.
    pub fn held(&mut self) -> Vec<Held> {
        std::mem::take(&mut self.held)
    }

    /// Goes to the first record after `number`.
    pub fn seek(&mut self, number: u64) {
        if number < self.after {
            self.at = None;
        }
        self.after = number;
    }

    /// The next durable record, or none yet. Damaged records are skipped, and a warning logged.
    ///
    /// When the disk cannot be read the position stays, so that the next call tries again; `seek` goes past
    /// a record that never can be read.
    #[allow(clippy::should_implement_trait, reason = "not an iterator: none now may be some later")]
    pub fn next(&mut self) -> Result<Option<Record>, LogError> {
        while self.go_to_segment()? {
            if let Some(record) = self.step()? {
                return Ok(Some(record));
            }
        }
        Ok(None)
    }

    /// Waits until there may be a next record, at most `timeout`.
    pub fn wait(&self, timeout: Duration) {
        let nothing = |state: &mut State| !state.extents.iter().any(|extent| extent.goes_beyond(self.after));
        let waited = self.shared.grown.wait_timeout_while(self.shared.state(), timeout, nothing);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }

    /// Makes one spare file where there are fewer than `least`, or than [`super::Options::spare_segments`] if that is less;
    /// whether it did. A writer that finds none makes one itself, while everybody waits for its sync: better here, ahead of
    /// need.
    pub fn stock_up(&self, least: usize) -> Result<bool, LogError> {
        self.shared.stock_up(least)
    }

    /// How many durable records lie after `number`.
    pub fn depth_after(&self, number: u64) -> u64 {
        self.shared.state().depth_after(number)
    }

    /// For whoever wants to know how much waits.
    pub fn gauge(&self) -> Gauge {
        Gauge(Arc::downgrade(&self.shared))
    }

    /// Goes to the first segment that has records to come; whether there is one.
    fn go_to_segment(&mut self) -> Result<bool, LogError> {
        if self.at.as_ref().is_some_and(|at| at.offset < at.extent.end && at.extent.last > self.after) {
            return Ok(true);
        }
        let next = self.shared.state().extents.iter().find(|extent| extent.goes_beyond(self.after)).cloned();
        let Some(extent) = next else { return Ok(false) };
        match &mut self.at {
            Some(at) if at.extent.serial == extent.serial => at.extent = extent,
            _ => {
                let name = segment::name(extent.serial);
                let file = match self.shared.disk.open_to_read(&name) {
                    // Whose log it is has let go of it since it was found.
                    Err(error) if self.lenient && error.kind() == ErrorKind::NotFound => {
                        (self.at, self.after) = (None, self.after.max(extent.last));
                        return Ok(true);
                    }
                    file => file.map_err(|error| self.shared.error("cannot open", &name, &error))?,
                };
                let open = if self.lenient { Window::lenient } else { Window::new };
                let window = open(file, extent.serial);
                let passed = extent.first.saturating_sub(1);
                self.at = Some(Place { extent, window, offset: segment::HEAD, passed });
            }
        }
        Ok(true)
    }

    /// Reads one record, or goes past one that is not wanted or damaged.
    fn step(&mut self) -> Result<Option<Record>, LogError> {
        let Some(at) = &mut self.at else { return Ok(None) };
        let (name, end) = (segment::name(at.extent.serial), at.extent.end);
        let failed = |error| self.shared.error("cannot read", &name, &error);
        let found = at.window.find(at.offset, end, at.passed).map_err(failed)?;
        // Who only looks has the damage in the words of `Recovery` already.
        if !self.lenient && found.is_none_or(|(offset, _)| offset > at.offset) {
            tracing::warn!(file = self.shared.disk.place(&name), byte = at.offset, "damaged records skipped");
        }
        let Some((offset, head)) = found else {
            (at.offset, self.after) = (end, self.after.max(at.extent.last));
            return Ok(None);
        };
        let mut payload = None;
        if head.number > self.after {
            let mut bytes = Vec::with_capacity((end - offset).min(u64::from(head.length)) as usize);
            let whole = at.window.payload(offset, &head, end, |piece| bytes.extend_from_slice(piece));
            if whole.map_err(failed)? {
                payload = Some(bytes);
            } else if !self.lenient {
                tracing::warn!(file = self.shared.disk.place(&name), record = head.number, "damaged record skipped");
            }
            self.after = head.number;
        }
        (at.offset, at.passed) = (offset.saturating_add(head.size()), head.number);
        Ok(payload.map(|payload| Record { number: head.number, key: head.key, payload }))
    }
}
