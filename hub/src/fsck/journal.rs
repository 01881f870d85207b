//! A look at the journal that changes nothing: what opening it would tidy up is tidied up in memory alone.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};
use picket_common::log::disk::{Disk, DiskFile, Lock};
use picket_common::log::{self, Options, Reader, Recovery};

/// What the journal holds, without taking it. Not beside a hub that writes it.
pub(super) fn look(disk: &Arc<dyn Disk>, options: &Options) -> Result<(Reader, Recovery)> {
    let looking = Looking { disk: Arc::clone(disk), names: Mutex::new(None) };
    let (_, reader, recovery) = log::open(Arc::new(looking), options.clone(), 0).context("journal")?;
    Ok((reader, recovery))
}

/// A disk on which nothing is changed.
struct Looking {
    disk: Arc<dyn Disk>,
    /// What each file there is really called; none before the first look.
    names: Mutex<Option<BTreeMap<String, String>>>,
}

impl Looking {
    fn names(&self) -> MutexGuard<'_, Option<BTreeMap<String, String>>> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, act: impl FnOnce(&mut BTreeMap<String, String>) -> io::Result<T>) -> io::Result<T> {
        let mut names = self.names();
        if names.is_none() {
            *names = Some(self.disk.list()?.into_iter().map(|name| (name.clone(), name)).collect());
        }
        act(names.get_or_insert_default())
    }
}

impl Disk for Looking {
    fn list(&self) -> io::Result<Vec<String>> {
        self.with(|names| Ok(names.keys().cloned().collect()))
    }

    fn create(&self, _: &str, _: u64) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let real = self.with(|names| names.get(name).cloned().ok_or_else(|| io::ErrorKind::NotFound.into()))?;
        Ok(Arc::new(LookingFile(self.disk.open(&real)?)))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.with(|names| {
            let real = names.remove(from).ok_or(io::ErrorKind::NotFound)?;
            names.insert(to.to_owned(), real);
            Ok(())
        })
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.with(|names| names.remove(name).map(|_| ()).ok_or_else(|| io::ErrorKind::NotFound.into()))
    }

    fn sync_dir(&self) -> io::Result<()> {
        Ok(())
    }

    fn lock(&self, _: &str) -> io::Result<Option<Lock>> {
        Ok(Some(Box::new(())))
    }

    fn place(&self, name: &str) -> String {
        self.disk.place(name)
    }
}

/// A file on it. What opening writes is what stands there.
struct LookingFile(Arc<dyn DiskFile>);

impl DiskFile for LookingFile {
    fn size(&self) -> io::Result<u64> {
        self.0.size()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read_at(offset, buffer)
    }

    fn write_at(&self, _: u64, _: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use picket_common::log::Key;
    use picket_common::log::sim::SimDisk;

    use super::*;

    #[test]
    fn looking_reads_all_and_changes_nothing() {
        let disk = SimDisk::new();
        let options = Options { segment_bytes: 4096, spare_segments: 1, max_bytes: u64::MAX };
        let (mut writer, ..) = log::open(disk.life(), options.clone(), 0).unwrap();
        for number in 0..40 {
            writer.append(Key { stream: 1, seq: number }, &[&[7; 300]]).unwrap();
            writer.sync().unwrap();
        }
        drop(writer);
        let life: Arc<dyn Disk> = disk.life();
        let state = |disk: &Arc<dyn Disk>| {
            let mut names = disk.list().unwrap();
            names.sort();
            let read = |name: &String| {
                let file = disk.open(name).unwrap();
                let mut bytes = vec![0; file.size().unwrap() as usize];
                file.read_at(0, &mut bytes).unwrap();
                bytes
            };
            names.iter().map(|name| (name.clone(), read(name))).collect::<Vec<_>>()
        };
        let before = state(&life);
        let (mut reader, recovery) = look(&life, &options).unwrap();
        assert_eq!((recovery.last, recovery.damage), (40, vec![]));
        assert_eq!(std::iter::from_fn(|| reader.next().unwrap()).count(), 40);
        assert!(before == state(&life));
    }
}
