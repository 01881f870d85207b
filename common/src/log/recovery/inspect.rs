//! Looks at a log without touching it: on a card that is mounted read-only, or beside the process whose log it is.
//! Which records count is decided as at an opening; nothing is written, locked, renamed or synced.

use std::collections::VecDeque;
use std::sync::Arc;

use super::super::disk::Disk;
use super::super::reader::Reader;
use super::super::segment;
use super::super::shared::{Extent, Shared, State};
use super::super::{LogError, Options, Record, Recovery};
use super::scan::Scan;
use super::survey::{self, Survey, Unused};

/// A log that is only looked at: what an opening would find, and its records one by one.
pub struct Inspection {
    /// What an opening would find, and in the same words but for what it would tidy up.
    pub recovery: Recovery,
    /// The segments, from the oldest on.
    pub segments: Vec<Segment>,
    /// Bytes of the files that hold nothing now and are kept to become segments.
    pub spare_bytes: u64,
    records: Reader,
}

/// A segment as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// The file's name.
    pub name: String,
    /// The file's size.
    pub bytes: u64,
    /// The numbers of its first and last record, lost ones among them; none when no record in it counts.
    pub records: Option<(u64, u64)>,
}

impl Inspection {
    /// The next record that counts, or none after the last. Lost ones are passed over, and those in a place that cannot
    /// be read. Fails where a segment cannot be opened.
    #[allow(clippy::should_implement_trait, reason = "as Reader::next")]
    pub fn next(&mut self) -> Result<Option<Record>, LogError> {
        self.records.next()
    }
}

/// Reads through the log on `disk` once, and leaves all as it is; then gives its records one by one, so that a
/// large log needs no large memory. Fails only where the folder or a file cannot be opened.
///
/// Another process may be at work on the log: then this is what one moment showed, of which the newest batch may seem
/// torn, and what is let go of meanwhile may seem damaged.
pub fn inspect(disk: Arc<dyn Disk>) -> Result<Inspection, LogError> {
    let Survey { candidates, unused, strange, mut damage, .. } =
        survey::survey(&*disk, &|name| disk.open_to_read(name))?;
    for Unused { name, bytes, .. } in strange {
        let what = if bytes == 0 { "is empty" } else { "has neither a head nor a record" };
        damage.push(format!("{} {what}", disk.place(&name)));
    }
    let mut scan = Scan::new(&*disk, &candidates, false);
    scan.run()?;
    damage.append(&mut scan.damage);
    let recovery = Recovery { last: scan.last, damage, lost: scan.lost };
    let segments = scan.extents.iter().map(Segment::of).collect();
    let spare_bytes = unused.iter().map(|unused| unused.bytes).sum();
    let state = State { extents: VecDeque::from(scan.extents), gaps: scan.gaps, ..State::default() };
    // Nobody appends to it, so what is said of segments to come does not matter; and there is no lock.
    let options = Options { segment_bytes: 0, spare_segments: 0, max_bytes: 0, indexed: false };
    let shared = Arc::new(Shared::new(disk, options, Box::new(()), state));
    Ok(Inspection { recovery, segments, spare_bytes, records: Reader::lenient(shared) })
}

impl Segment {
    fn of(extent: &Extent) -> Segment {
        let records = (!extent.is_empty()).then_some((extent.first, extent.last));
        Segment { name: segment::name(extent.serial), bytes: extent.bytes, records }
    }
}
