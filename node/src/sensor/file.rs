//! Any file that holds a number, such as those of the kernel. Knows no device.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use picket_common::event::ReadingData;
use picket_common::shutdown::Shutdown;

use super::{Sensor, number};
use crate::config::FileSensorConfig;

/// More is no number.
const LONGEST: u64 = 4096;

/// A file with a number.
pub(super) struct File(FileSensorConfig);

impl File {
    pub(super) fn new(config: &FileSensorConfig) -> File {
        File(config.clone())
    }

    fn measure(&self) -> Result<ReadingData, String> {
        let FileSensorConfig { path, scale, offset, measures, unit, .. } = &self.0;
        let text = text(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => "there is no such file".to_owned(),
            _ => error.to_string(),
        })?;
        let (value, has) = number::parse(&text)?;
        let (value, unit) = number::in_unit(value * scale + offset, has.as_deref(), unit.as_deref())?;
        Ok(ReadingData { name: measures.clone(), value, unit })
    }
}

impl Sensor for File {
    fn read(&mut self, _: &Shutdown) -> Result<Vec<ReadingData>, String> {
        match self.measure() {
            Ok(reading) => Ok(vec![reading]),
            Err(error) => Err(format!("{}: {error}", self.0.path.display())),
        }
    }
}

/// What is in a small file.
pub(super) fn text(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    std::fs::File::open(path)?.take(LONGEST).read_to_string(&mut text)?;
    Ok(text)
}

/// What is in a folder, sorted by name; nothing where there is no such folder.
pub(super) fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// The last part of a path.
pub(super) fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
