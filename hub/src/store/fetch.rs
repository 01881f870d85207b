//! A file from elsewhere on its way into the tree: hard-linked or copied, read once for its checksum, and looked at
//! whether it is still what was decided about. Knows nothing of the tree.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

use super::StoreError;
use crate::entry::Origin;
use crate::line::Stored;

/// What every JPEG file begins with.
const START_OF_IMAGE: [u8; 2] = [0xff, 0xd8];

const CHUNK: usize = 128 << 10;

/// Makes `new` the file that `origin` names.
pub(super) fn fetch(new: &Path, origin: &Origin) -> Result<Stored, StoreError> {
    if origin.copy {
        let mut file = File::create_new(new).map_err(|error| StoreError::new("write", new, error))?;
        return read(Path::new(&origin.path), origin, Some((new, &mut file)));
    }
    link(Path::new(&origin.path), new)?;
    read(new, origin, None)
}

/// Hard-links the file at `from`, or that a link there leads to.
pub(super) fn link(from: &Path, new: &Path) -> Result<(), StoreError> {
    // What is linked is a file, and not a link to one.
    let is_link = fs::symlink_metadata(from).map_err(|error| refused(from, &error))?.is_symlink();
    let real = if is_link { fs::canonicalize(from).map_err(|error| refused(from, &error))? } else { from.to_owned() };
    fs::hard_link(&real, new).map_err(|error| {
        let from = from.display();
        let why = match error.kind() {
            io::ErrorKind::CrossesDevices => "it lies on another file system".to_owned(),
            io::ErrorKind::PermissionDenied => {
                "this user may not link it, or its file system has no hard links".to_owned()
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => return StoreError::new("link", new, error),
            _ => error.to_string(),
        };
        StoreError::Refused(format!("{from} cannot be linked: {why}; say --copy to copy instead"))
    })
}

/// Reads the file at `from` once, into `copy` if there is one.
pub(super) fn read(from: &Path, origin: &Origin, mut copy: Option<(&Path, &mut File)>) -> Result<Stored, StoreError> {
    let mut file = File::open(from).map_err(|error| refused(from, &error))?;
    let (mut hash, mut size, mut start) = (blake3::Hasher::new(), 0, [0; 2]);
    let mut chunk = vec![0; CHUNK];
    loop {
        let length = match file.read(&mut chunk) {
            Ok(0) => break,
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(refused(from, &error)),
        };
        if size == 0 {
            start.iter_mut().zip(&chunk).for_each(|(start, byte)| *start = *byte);
        }
        let bytes = chunk.get(..length).unwrap_or(&chunk);
        hash.update(bytes);
        size += length as u64;
        if origin.size < size {
            break;
        }
        if let Some((path, copy)) = &mut copy {
            copy.write_all(bytes).map_err(|error| StoreError::new("write", path, error))?;
        }
    }
    if size != origin.size || start != START_OF_IMAGE {
        let (path, was) = (&origin.path, origin.size);
        let reason = format!("{path} has changed since it was found with {was} bytes, or is no JPEG file any more");
        return Err(StoreError::Refused(reason));
    }
    Ok(Stored { size, checksum: hash.finalize().to_hex().to_string() })
}

fn refused(from: &Path, error: &io::Error) -> StoreError {
    StoreError::Refused(format!("{} cannot be read: {error}", from.display()))
}
