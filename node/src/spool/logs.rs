//! The spool's folders: three logs, a checkpoint and a lock, and what opening them finds. Knows no queue.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::path::Path;
use std::sync::Arc;

use picket_common::log::disk::{Disk, Folder, Lock};
use picket_common::log::{self, Options, Reader, Writer};
use picket_common::time::Clock;
use picket_common::wire::StreamId;

use super::checkpoint::{self, Checkpoint, Unusable};
use super::item::{Class, Item};
use super::queue::{Found, Written};
use super::settings::Settings;

/// The file that keeps a second process out.
pub(super) const LOCK: &str = "lock";

/// The folders of a spool.
#[derive(Clone)]
pub struct Disks {
    /// Its own.
    pub root: Arc<dyn Disk>,
    /// Below it, one a class.
    pub logs: [Arc<dyn Disk>; 3],
}

impl Disks {
    /// The folder at `path` and those below it, which are made where there are none. The logs take nothing of the last
    /// `min_free` bytes of the file system.
    ///
    /// # Errors
    /// One is missing and cannot be made.
    pub fn at(path: &Path, min_free: u64) -> io::Result<Disks> {
        let log = |class: Class| -> io::Result<Arc<dyn Disk>> {
            Ok(Arc::new(Folder::keeping_free(path.join(class.folder()), min_free)?))
        };
        let root = Arc::new(Folder::keeping_free(path, 0)?);
        Ok(Disks { root, logs: [log(Class::Event)?, log(Class::EventFrame)?, log(Class::Continuous)?] })
    }
}

/// What is written to, as long as the spool is open.
pub(super) struct Logs {
    pub(super) writers: [Writer; 3],
    pub(super) file: CheckpointFile,
    folders: [Arc<dyn Disk>; 3],
    _lock: Lock,
}

/// The checkpoint and where it lies.
pub(super) struct CheckpointFile {
    root: Arc<dyn Disk>,
    /// As it is on the disk.
    written: Option<Checkpoint>,
}

/// What an opening found.
pub(super) struct Opened {
    pub(super) logs: Logs,
    pub(super) readers: [Reader; 3],
    /// Of each class the streams with messages that are not acknowledged, the oldest first.
    pub(super) found: [Vec<Found>; 3],
    /// What was damaged, in words.
    pub(super) damage: Vec<String>,
    /// What of it is lost.
    pub(super) lost: Vec<(StreamId, u64)>,
    /// How many more are lost, of which nobody knows what they were.
    pub(super) lost_besides: u64,
    /// Streams that have another name from now on, with the one they had.
    pub(super) moved: Vec<(StreamId, StreamId)>,
}

/// Opens everything. The error says what is wrong and what to try.
pub(super) fn open(settings: &Settings, clock: &dyn Clock) -> Result<Opened, String> {
    let place = &settings.place;
    let disks = (settings.disks)().map_err(|error| format!("its folder {place} cannot be made: {}", hint(&error)))?;
    let root = disks.root;
    let place = root.place(LOCK);
    let lock = root.lock(LOCK).map_err(|error| format!("cannot lock {place}: {}", hint(&error)))?;
    let lock = lock.ok_or_else(|| {
        format!(
            "{place} is locked: another process has this spool open; is the node running twice? Two nodes of one machine \
             need a `spool: {{directory: ...}}` each"
        )
    })?;
    let mut damage = Vec::new();
    let written = read_checkpoint(&*root, &mut damage)?;
    // Its name may be all that was made durable no more before a kill or a failed sync: nothing is sent under names that
    // a power cut could still take back.
    root.sync_dir().map_err(|error| format!("cannot sync {}: {}", root.place("."), hint(&error)))?;
    let mut checkpoint = written.clone().unwrap_or_else(|| Checkpoint::new(settings.hardware.clone()));
    let mut file = CheckpointFile { root, written };

    let segment_bytes = settings.segment_bytes();
    let options = Options { segment_bytes, spare_segments: 1, max_bytes: u64::MAX, indexed: true };
    let folders = disks.logs.clone();
    let [events, frames, continuous] =
        disks.logs.map(|disk| log::open(disk, options.clone(), 0).map_err(|error| error.to_string()));
    let [mut events, mut frames, mut continuous] = [events?, frames?, continuous?];
    let all = [&mut events, &mut frames, &mut continuous];
    let mut gaps = 0;
    let held: [ByStream; 3] = all.map(|(_, reader, _)| by_stream(reader, &mut gaps));

    let streams = held.iter().flat_map(|class| class.iter().map(|(stream, _)| *stream));
    let moved = settle_hardware(settings.hardware.as_deref(), &mut checkpoint, streams);
    // Before anything is sent.
    file.write(checkpoint)?;
    let checkpoint = file.written.clone().unwrap_or_default();

    let (mut lost, mut lost_besides) = (Vec::new(), gaps);
    for (_, _, recovery) in [&mut events, &mut frames, &mut continuous] {
        damage.append(&mut recovery.damage);
        lost_besides = lost_besides.saturating_sub(recovery.lost.len() as u64);
        lost.extend(recovery.lost.iter().filter_map(|(_, key)| checkpoint.waits(StreamId(key.stream), key.seq)));
    }
    let all = [&mut events, &mut frames, &mut continuous];
    let mut held = held.into_iter();
    let found = all.map(|(_, reader, _)| find(reader, held.next().unwrap_or_default(), &checkpoint, clock));
    let logs = Logs { writers: [events.0, frames.0, continuous.0], file, folders, _lock: lock };
    Ok(Opened { logs, readers: [events.1, frames.1, continuous.1], found, damage, lost, lost_besides, moved })
}

impl Logs {
    /// Makes durable that segments are gone: until then a power cut may bring them back.
    pub(super) fn sync_folder(&self, class: Class) -> Result<(), String> {
        let folder = &self.folders[class as usize];
        folder.sync_dir().map_err(|error| format!("cannot sync {}: {}", folder.place("."), hint(&error)))
    }
}

impl CheckpointFile {
    /// Makes a checkpoint durable, if it says anything new.
    pub(super) fn write(&mut self, checkpoint: Checkpoint) -> Result<(), String> {
        if self.written.as_ref() == Some(&checkpoint) {
            return Ok(());
        }
        let place = self.root.place(checkpoint::NAME);
        checkpoint.write(&*self.root).map_err(|error| format!("cannot write {place}: {}", hint(&error)))?;
        self.written = Some(checkpoint);
        Ok(())
    }

    /// One that says these marks of these streams: name on the disk, name on the wire, acknowledged up to.
    pub(super) fn with(&self, marks: impl Iterator<Item = (StreamId, StreamId, u64)>) -> Checkpoint {
        let mut checkpoint = Checkpoint::new(self.written.as_ref().and_then(|written| written.hardware.clone()));
        for (written_as, stream, acknowledged) in marks {
            if acknowledged > 0 {
                checkpoint.acknowledged.insert(written_as, acknowledged);
            }
            if stream != written_as {
                checkpoint.moved.insert(written_as, stream);
            }
        }
        checkpoint
    }
}

/// Damaged, it is set aside: everything is sent again then, and the hub knows what it has.
fn read_checkpoint(root: &dyn Disk, damage: &mut Vec<String>) -> Result<Option<Checkpoint>, String> {
    let place = root.place(checkpoint::NAME);
    match Checkpoint::read(root) {
        Ok(checkpoint) => Ok(checkpoint),
        Err(Unusable::Damaged(why)) => {
            Checkpoint::set_aside(root).map_err(|error| format!("{place} is damaged: {why}; {}", hint(&error)))?;
            let aside = checkpoint::ASIDE;
            damage.push(format!("{place}: {why}; it is set aside as {aside}, and all that waits is sent again"));
            Ok(None)
        }
        Err(Unusable::Newer(version)) => Err(format!(
            "{place} is of version {version}, which a newer Picket has written; install that one again, or write another \
             `spool: {{directory: ...}}`"
        )),
        Err(Unusable::Unread(error)) => Err(format!("cannot read {place}: {}", hint(&error))),
    }
}

/// A spool on other hardware is a copy, or the original of one: so that the two are never taken for one, its streams go
/// on under new names. A machine that does not tell what it is is never taken for another: the worst is then that two
/// send the same messages under the same numbers, which a hub stores once; renamed at each start, everything whose
/// acknowledgement was lost would be stored twice.
fn settle_hardware(
    hardware: Option<&str>,
    checkpoint: &mut Checkpoint,
    streams: impl Iterator<Item = StreamId>,
) -> Vec<(StreamId, StreamId)> {
    let Some(hardware) = hardware else { return Vec::new() };
    let before = checkpoint.hardware.replace(hardware.to_owned());
    if before.is_none_or(|before| before == hardware) {
        return Vec::new();
    }
    let mut moved = Vec::new();
    for written_as in streams {
        let (from, to) = (checkpoint.stream(written_as), StreamId::random());
        checkpoint.moved.insert(written_as, to);
        moved.push((from, to));
    }
    moved
}

/// What a log holds of each stream, the oldest stream first.
type ByStream = Vec<(StreamId, Vec<Written>)>;

/// Counts the numbers that are missing among the others: records have them without gaps.
fn by_stream(reader: &mut Reader, gaps: &mut u64) -> ByStream {
    let mut streams: ByStream = Vec::new();
    let (mut places, mut last) = (HashMap::new(), None);
    for held in reader.held() {
        let before = last.replace(held.number).unwrap_or(held.number.saturating_sub(1));
        *gaps += held.number.saturating_sub(before + 1);
        let written = Written { seq: held.key.seq, record: held.number, bytes: held.length, since_s: 0 };
        let stream = StreamId(held.key.stream);
        let place = *places.entry(stream).or_insert_with(|| {
            streams.push((stream, Vec::new()));
            streams.len() - 1
        });
        if let Some((_, all)) = streams.get_mut(place) {
            all.push(written);
        }
    }
    streams
}

fn find(reader: &mut Reader, held: ByStream, checkpoint: &Checkpoint, clock: &dyn Clock) -> Vec<Found> {
    let found = held.into_iter().map(|(written_as, mut written)| {
        let stream = checkpoint.stream(written_as);
        let last_record = written.iter().map(|written| written.record).max().unwrap_or(0);
        written.retain(|written| checkpoint.waits(written_as, written.seq).is_some());
        // In the order of writing otherwise. One may be there twice, where a failed write had been none after all.
        written.sort_by_key(|written| (written.seq, written.record));
        written.dedup_by_key(|written| written.seq);
        let since_s = written.first().map_or(0, |first| since(reader, stream, first, clock));
        written.iter_mut().for_each(|written| written.since_s = since_s);
        let acknowledged = checkpoint.acknowledged.get(&written_as).copied().unwrap_or(0);
        Found { stream, written_as, acknowledged, last_record, written: VecDeque::from(written) }
    });
    found.collect()
}

/// When a message came, in seconds of uptime, by its own word.
fn since(reader: &mut Reader, stream: StreamId, written: &Written, clock: &dyn Clock) -> i32 {
    let now = i32::try_from(clock.uptime().as_secs()).unwrap_or(i32::MAX);
    let record = reader.get(written.record).ok().flatten();
    let item = record.and_then(|record| Item::from_payload(stream, written.seq, &record.payload));
    let Some(at) = item.and_then(|item| item.keys.at) else { return now };
    let waited = clock.now().duration_since(at).as_secs().max(0);
    now.saturating_sub(i32::try_from(waited).unwrap_or(i32::MAX))
}

/// What to try.
fn hint(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => {
            format!("{error}; may this user write there? Else write another `spool: {{directory: ...}}`")
        }
        io::ErrorKind::ReadOnlyFilesystem => {
            format!("{error}; make it writable, or write another `spool: {{directory: ...}}`")
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => format!("{error}; make room on it"),
        _ => format!("{error}; is the disk in order? (`dmesg` may say more)"),
    }
}
