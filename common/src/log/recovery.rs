//! Opening: finds out what a log holds after whatever happened to it, makes sure that this stays so, and
//! says where writing goes on. Writes nothing but what was there already.

pub(super) mod inspect;
mod scan;
mod survey;
mod tidy;

use std::collections::VecDeque;
use std::sync::Arc;

use self::scan::Scan;
use self::survey::Candidate;
use super::disk::Disk;
use super::segment::{self, Segment};
use super::shared::State;
use super::writer::{Active, Before};
use super::{Held, LogError, Options, Recovery};

/// What an opening found.
pub(super) struct Found {
    pub(super) state: State,
    pub(super) active: Option<Active>,
    /// The number of the next batch.
    pub(super) batch: u64,
    pub(super) before: Before,
    pub(super) recovery: Recovery,
    pub(super) held: Vec<Held>,
}

pub(super) fn recover(disk: &dyn Disk, options: &Options, floor: u64) -> Result<Found, LogError> {
    let mut survey = survey::survey(disk, &|name| disk.open(name))?;
    let candidates = std::mem::take(&mut survey.candidates);
    let mut scan = Scan::new(disk, &candidates, options.indexed);
    scan.run()?;
    settle(disk, &candidates, &scan)?;
    let spares = tidy::tidy(disk, options, &mut survey);
    disk.sync_dir().map_err(|error| LogError::of("cannot sync", &disk.place("."), &error))?;

    let last = scan.last.max(floor);
    let active = scan.tail.filter(|_| last == scan.last).and_then(|end| {
        let Candidate { serial, bytes, file, .. } = candidates.last()?;
        let segment = Segment { serial: *serial, bytes: *bytes, file: Arc::clone(file) };
        Some(Active { segment, durable: end, end })
    });
    let damage = [survey.damage, scan.damage].concat();
    Ok(Found {
        active,
        batch: scan.highest_batch + 1,
        before: Before { number: last, record: scan.record, key: scan.key },
        recovery: Recovery { last, damage, lost: scan.lost },
        state: State {
            extents: VecDeque::from(scan.extents),
            gaps: scan.gaps,
            spares,
            places: scan.places,
            serial: survey.serial,
            synced: last,
        },
        held: scan.held.unwrap_or_default(),
    })
}

/// Writes the newest batch once more in its place and syncs it. It may never have reached the disk: the
/// process before this one may have ended without a sync, or after a failed one, which leaves the
/// batch in the system's memory and marks it as written.
fn settle(disk: &dyn Disk, candidates: &[Candidate], scan: &Scan) -> Result<(), LogError> {
    let (index, offset) = scan.newest_at;
    let segments = candidates.iter().zip(&scan.extents).skip(index);
    for (nth, (candidate, extent)) in segments.enumerate() {
        let mut from = if nth == 0 { offset } else { 0 };
        let failed = |error: std::io::Error| {
            let place = disk.place(&segment::name(candidate.serial));
            LogError::of("cannot make the newest batch durable in", &place, &error)
        };
        let mut block = vec![0; 256 * 1024];
        while from < extent.end.min(candidate.bytes) {
            let length = block.len().min(usize::try_from(extent.end - from).unwrap_or(usize::MAX));
            let read = candidate.file.read_at(from, &mut block[..length]).map_err(failed)?;
            candidate.file.write_at(from, &block[..read.min(length)]).map_err(failed)?;
            from += length as u64;
        }
        candidate.file.sync_data().map_err(failed)?;
    }
    Ok(())
}
