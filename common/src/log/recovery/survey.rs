//! The first look at a log's folder: what each file is, before any record counts. Changes nothing.

use std::io;
use std::sync::Arc;

use super::super::disk::{Disk, DiskFile};
use super::super::segment::{self, Head, Name};
use super::super::window::Window;
use super::super::{LOCK, LogError};

/// What the folder holds.
#[derive(Default)]
pub(super) struct Survey {
    /// Segments, from the oldest on.
    pub(super) candidates: Vec<Candidate>,
    /// Spare files, and those taken to become a segment in which nothing was written yet.
    pub(super) unused: Vec<Unused>,
    /// Files with a segment's name and neither a head nor a record.
    pub(super) strange: Vec<Unused>,
    /// The highest serial met.
    pub(super) serial: u64,
    pub(super) damage: Vec<String>,
}

/// A file without records.
pub(super) struct Unused {
    pub(super) name: String,
    pub(super) serial: u64,
    pub(super) bytes: u64,
}

/// A file with a segment's name, and either a head or a record of that segment.
pub(super) struct Candidate {
    pub(super) serial: u64,
    pub(super) bytes: u64,
    pub(super) file: Arc<dyn DiskFile>,
    /// None when it is damaged.
    pub(super) head: Option<Head>,
    pub(super) bound: Bound,
}

/// What a segment's beginning says about the records of earlier segments: where its first record's batch
/// began, no record of another batch had been synced under that number.
#[derive(Clone, Copy)]
pub(super) struct Bound {
    pub(super) batch: u64,
    pub(super) batch_start: u64,
    pub(super) first: u64,
    /// The number of the last record before it.
    pub(super) after: u64,
}

impl Bound {
    /// Whether a record of an earlier segment was not withdrawn.
    pub(super) fn allows(&self, number: u64, batch: u64) -> bool {
        number <= self.after && (number < self.batch_start || batch == self.batch)
    }
}

/// How a file is opened: for writing too, or for reading alone.
pub(super) type Opener<'a> = &'a dyn Fn(&str) -> io::Result<Arc<dyn DiskFile>>;

pub(super) fn survey(disk: &dyn Disk, open: Opener) -> Result<Survey, LogError> {
    let mut survey = Survey::default();
    let mut names = disk.list().map_err(|error| LogError::of("cannot list", &disk.place("."), &error))?;
    names.sort();
    for name in names.iter().filter(|name| *name != LOCK) {
        match survey.look_at(disk, open, name) {
            // A log that is only looked at may be another process's, which has just let go of this file.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            found => found.map_err(|error| LogError::of("cannot read", &disk.place(name), &error))?,
        }
    }
    Ok(survey)
}

impl Survey {
    fn look_at(&mut self, disk: &dyn Disk, open: Opener, name: &str) -> io::Result<()> {
        let (Name::Segment(serial) | Name::Spare(serial) | Name::Aside(serial)) = Name::parse(name) else {
            self.damage.push(format!("{} does not belong to the log; it is left alone", disk.place(name)));
            return Ok(());
        };
        self.serial = self.serial.max(serial);
        match Name::parse(name) {
            Name::Segment(_) => self.segment(disk, open(name)?, name, serial),
            Name::Spare(_) => {
                self.unused.push(Unused { name: name.to_owned(), serial, bytes: open(name)?.size()? });
                Ok(())
            }
            Name::Aside(_) | Name::Foreign => Ok(()),
        }
    }

    fn segment(&mut self, disk: &dyn Disk, file: Arc<dyn DiskFile>, name: &str, serial: u64) -> io::Result<()> {
        let bytes = file.size()?;
        let mut window = Window::lenient(Arc::clone(&file), serial);
        let start = window.ahead(0, segment::HEAD as usize, bytes)?;
        let start = start.get(..segment::HEAD as usize).unwrap_or(start).to_vec();
        let stated = Head::decode(&start);
        let head = stated.filter(|head| head.serial == serial);
        let bound = match &head {
            Some(head) => {
                let Head { batch, batch_start, first, after, .. } = *head;
                Some(Bound { batch, batch_start, first, after })
            }
            None => window.find(segment::HEAD, bytes, 0)?.map(|(_, record)| Bound {
                batch: record.batch,
                batch_start: record.batch_start(),
                first: record.number,
                after: record.number - 1,
            }),
        };
        let name = name.to_owned();
        match bound {
            Some(bound) => {
                self.report_size(disk, &name, bytes, head.as_ref());
                self.candidates.push(Candidate { serial, bytes, file, head, bound });
            }
            // Renamed to become a segment, and nothing written yet.
            None if bytes > 0 && (stated.is_some() || start.iter().all(|byte| *byte == 0)) => {
                self.unused.push(Unused { name, serial, bytes });
            }
            None => self.strange.push(Unused { name, serial, bytes }),
        }
        Ok(())
    }

    fn report_size(&mut self, disk: &dyn Disk, name: &str, bytes: u64, head: Option<&Head>) {
        let place = disk.place(name);
        match head {
            None => self.damage.push(format!("{place}, byte 0: the head is damaged; its records are read without it")),
            Some(head) if head.bytes != bytes => {
                self.damage.push(format!("{place} has {bytes} bytes; it was made with {}", head.bytes));
            }
            Some(_) => {}
        }
    }
}
