//! The first look at a log's folder: what each file is, before any record counts. Puts unused files
//! back among the spare ones, and sets strange ones aside.

use std::io;
use std::sync::Arc;

use super::super::disk::{Disk, DiskFile};
use super::super::segment::{self, Head, Name};
use super::super::window::Window;
use super::super::{LOCK, LogError, Options};

/// What the folder holds.
#[derive(Default)]
pub(super) struct Survey {
    /// Segments, from the oldest on.
    pub(super) candidates: Vec<Candidate>,
    /// Serials of spare files.
    pub(super) spares: Vec<u64>,
    /// The highest serial met.
    pub(super) serial: u64,
    pub(super) damage: Vec<String>,
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
}

impl Bound {
    /// Whether a record of an earlier segment was not withdrawn.
    pub(super) fn allows(&self, number: u64, batch: u64) -> bool {
        number < self.batch_start || (number < self.first && batch == self.batch)
    }
}

pub(super) fn survey(disk: &dyn Disk, options: &Options) -> Result<Survey, LogError> {
    let mut survey = Survey::default();
    let mut names = disk.list().map_err(|error| LogError::of("cannot list", &disk.place("."), &error))?;
    names.sort();
    for name in names.iter().filter(|name| *name != LOCK) {
        let found = match Name::parse(name) {
            Name::Segment(serial) => survey.segment(disk, options, name, serial),
            Name::Spare(serial) => survey.spare(disk, options, name, serial),
            Name::Aside(serial) => {
                survey.serial = survey.serial.max(serial);
                Ok(())
            }
            Name::Foreign => {
                survey.damage.push(format!("{} does not belong to the log; it is left alone", disk.place(name)));
                Ok(())
            }
        };
        found.map_err(|error| LogError::of("cannot read", &disk.place(name), &error))?;
    }
    Ok(survey)
}

impl Survey {
    fn segment(&mut self, disk: &dyn Disk, options: &Options, name: &str, serial: u64) -> io::Result<()> {
        self.serial = self.serial.max(serial);
        let file = disk.open(name)?;
        let bytes = file.size()?;
        let mut window = Window::lenient(Arc::clone(&file), serial);
        let start = window.ahead(0, segment::HEAD as usize, bytes)?;
        let start = start.get(..segment::HEAD as usize).unwrap_or(start).to_vec();
        let stated = Head::decode(&start);
        let head = stated.filter(|head| head.serial == serial);
        let bound = match &head {
            Some(head) => Some(Bound { batch: head.batch, batch_start: head.batch_start, first: head.first }),
            None => window.find(segment::HEAD, bytes, 0)?.map(|(_, record)| Bound {
                batch: record.batch,
                batch_start: record.batch_start(),
                first: record.number,
            }),
        };
        match bound {
            Some(bound) => {
                self.report_size(disk, name, bytes, head.as_ref());
                self.candidates.push(Candidate { serial, bytes, file, head, bound });
            }
            // Renamed to become a segment, and nothing written yet.
            None if bytes > 0 && (stated.is_some() || start.iter().all(|byte| *byte == 0)) => {
                self.keep_spare(disk, options, name, serial, bytes);
            }
            None if bytes == 0 => {
                self.damage.push(format!("{} was empty; it is removed", disk.place(name)));
                self.tidied(disk, name, disk.remove(name));
            }
            None => {
                let aside = segment::aside_name(serial);
                let place = disk.place(name);
                self.damage.push(format!("{place} has neither a head nor a record; it is set aside as {aside}"));
                self.tidied(disk, name, disk.rename(name, &aside));
            }
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

    fn spare(&mut self, disk: &dyn Disk, options: &Options, name: &str, serial: u64) -> io::Result<()> {
        self.serial = self.serial.max(serial);
        let bytes = disk.open(name)?.size()?;
        self.keep_spare(disk, options, name, serial, bytes);
        Ok(())
    }

    fn keep_spare(&mut self, disk: &dyn Disk, options: &Options, name: &str, serial: u64, bytes: u64) {
        let spare = segment::spare_name(serial);
        if bytes != options.segment_bytes || self.spares.len() >= options.spare_segments {
            self.tidied(disk, name, disk.remove(name));
        } else if name == spare || self.tidied(disk, name, disk.rename(name, &spare)) {
            self.spares.push(serial);
        }
    }

    /// What cannot be tidied up is no reason not to open.
    fn tidied(&mut self, disk: &dyn Disk, name: &str, result: io::Result<()>) -> bool {
        if let Err(error) = &result {
            self.damage.push(format!("{} cannot be renamed or removed: {error}", disk.place(name)));
        }
        result.is_ok()
    }
}
