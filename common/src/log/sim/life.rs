//! What a log sees of the simulated disk. Knows the failures that are planned, not who plans them.

use std::io;
use std::sync::{Arc, Mutex};

use super::super::disk::{Disk, DiskFile, Lock};
use super::{Contents, Op, SimDisk, failure, lock, used};

impl Disk for SimDisk {
    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.begin(None)?.names.keys().cloned().collect())
    }

    fn create(&self, name: &str, bytes: u64) -> io::Result<()> {
        let mut sim = self.begin(Some(Op::Create))?;
        if sim.room.is_some_and(|room| used(&sim).saturating_add(bytes) > room) {
            return Err(io::Error::from(io::ErrorKind::StorageFull));
        }
        let zeros = vec![0; usize::try_from(bytes).map_err(io::Error::other)?];
        let contents = Contents { seen: zeros.clone(), durable: zeros, ..Contents::default() };
        sim.names.insert(name.into(), Arc::new(Mutex::new(contents)));
        sim.note_names();
        Ok(())
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        if self.begin(None)?.read_only {
            return Err(io::ErrorKind::ReadOnlyFilesystem.into());
        }
        self.open_to_read(name)
    }

    fn open_to_read(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let sim = self.begin(None)?;
        let contents = sim.names.get(name).cloned().ok_or(io::ErrorKind::NotFound)?;
        let disk = SimDisk { sim: Arc::clone(&self.sim), life: Some(sim.life) };
        Ok(Arc::new(SimFile { disk, contents }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut sim = self.begin(Some(Op::Rename))?;
        let file = sim.names.remove(from).ok_or(io::ErrorKind::NotFound)?;
        sim.names.insert(to.into(), file);
        sim.note_names();
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut sim = self.begin(Some(Op::Rename))?;
        sim.names.remove(name).ok_or(io::ErrorKind::NotFound)?;
        sim.note_names();
        Ok(())
    }

    fn sync_dir(&self) -> io::Result<()> {
        self.begin(Some(Op::SyncDir))?.sync_names();
        Ok(())
    }

    fn lock(&self, _: &str) -> io::Result<Option<Lock>> {
        let mut sim = self.begin(None)?;
        if sim.read_only {
            return Err(io::ErrorKind::ReadOnlyFilesystem.into());
        }
        if std::mem::replace(&mut sim.locked, true) {
            return Ok(None);
        }
        Ok(Some(Box::new(Held(SimDisk { sim: Arc::clone(&self.sim), life: Some(sim.life) }))))
    }

    fn place(&self, name: &str) -> String {
        format!("sim/{name}")
    }
}

/// The lock, until it is dropped or its process ends.
struct Held(SimDisk);

impl Drop for Held {
    fn drop(&mut self) {
        if let Ok(mut sim) = self.0.begin(None) {
            sim.locked = false;
        }
    }
}

struct SimFile {
    disk: SimDisk,
    contents: Arc<Mutex<Contents>>,
}

impl DiskFile for SimFile {
    fn size(&self) -> io::Result<u64> {
        let _alive = self.disk.begin(None)?;
        Ok(lock(&self.contents).seen.len() as u64)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let _alive = self.disk.begin(Some(Op::Read))?;
        let contents = lock(&self.contents);
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        let bytes = contents.seen.get(offset..).unwrap_or_default();
        let length = bytes.len().min(buffer.len());
        if contents.bad.is_some_and(|bad| (offset..offset.saturating_add(length)).contains(&bad)) {
            return Err(failure());
        }
        buffer[..length].copy_from_slice(&bytes[..length]);
        Ok(length)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut sim = self.disk.begin(Some(Op::Write))?;
        let fails = sim.fails(Op::Write);
        let arrived = if fails { &bytes[..bytes.len() / 2] } else { bytes };
        let mut contents = lock(&self.contents);
        let offset = usize::try_from(offset).map_err(io::Error::other)?;
        let end = offset + arrived.len();
        if end > contents.seen.len() {
            return Err(io::Error::other("a write beyond the end of a file (simulated; a log never does that)"));
        }
        contents.seen[offset..end].copy_from_slice(arrived);
        contents.unsynced.push((offset, arrived.to_vec()));
        if fails { Err(failure()) } else { Ok(()) }
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut sim = self.disk.begin(Some(Op::Sync))?;
        sim.syncs += 1;
        let (lost, kept) = (sim.fails(Op::Sync), sim.fails(Op::SyncButKept));
        let mut contents = lock(&self.contents);
        for (offset, bytes) in std::mem::take(&mut contents.unsynced) {
            if !lost {
                contents.durable[offset..offset + bytes.len()].copy_from_slice(&bytes);
            }
        }
        if lost || kept { Err(failure()) } else { Ok(()) }
    }
}
