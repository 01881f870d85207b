//! Deletes image files, and nothing else: no folder that holds anything, no link, no file that is another one than was
//! stored. No link below `images` is followed.

use std::ffi::OsStr;
use std::path::{Component, Path};

use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat, openat, statat, unlinkat};
use rustix::io::Errno;

use super::StoreError;

/// What became of a file that was to be deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Removed {
    /// It is no more, or was not there.
    Gone,
    /// It was left, for it is not what was stored; and what it is.
    NotOurs(&'static str),
}

/// Deletes the image `file`, a path below `data`, of `size` bytes. Durable after the next [`super::Store::sync`].
pub(super) fn remove(data: &Path, file: &str, size: u64) -> Result<Removed, StoreError> {
    let path = data.join(file);
    let fail = |error: Errno| StoreError::new("delete", &path, error.into());
    let (folder, name) = match open(data, file) {
        Ok(Some(found)) => found,
        Ok(None) => return Ok(Removed::NotOurs("it is no path below images")),
        Err(Errno::NOENT) => return Ok(Removed::Gone),
        Err(Errno::NOTDIR | Errno::LOOP) => return Ok(Removed::NotOurs("its folder is none, or a link")),
        Err(error) => return Err(fail(error)),
    };
    let stat = match statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => stat,
        Err(Errno::NOENT) => return Ok(Removed::Gone),
        Err(error) => return Err(fail(error)),
    };
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Ok(Removed::NotOurs("it is no file"));
    }
    if u64::try_from(stat.st_size) != Ok(size) {
        return Ok(Removed::NotOurs("it has another size than was stored"));
    }
    match unlinkat(&folder, name, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => Ok(Removed::Gone),
        Err(error) => Err(fail(error)),
    }
}

/// Removes the folder of `file`, if it is empty. It comes back when it is wanted.
pub(super) fn remove_folder(data: &Path, file: &str) {
    let Some((folder, _)) = file.rsplit_once('/').filter(|(folder, _)| folder.contains('/')) else { return };
    if let Ok(Some((above, name))) = open(data, folder) {
        // One that is not empty stays.
        let _ = unlinkat(above, name, AtFlags::REMOVEDIR);
    }
}

/// So many bytes of the disk come free when `file` is deleted: none when it has another name elsewhere, or is not there.
pub fn frees(data: &Path, file: &str) -> u64 {
    let stat =
        open(data, file).ok().flatten().and_then(|(folder, name)| statat(folder, name, AtFlags::SYMLINK_NOFOLLOW).ok());
    match stat {
        Some(Stat { st_nlink: 1, st_blocks, .. }) => u64::try_from(st_blocks).unwrap_or(0).saturating_mul(512),
        _ => 0,
    }
}

/// The open folder that holds `file`, and its name there; none for what is no path below `images`. Only `images` itself may
/// be a link, to another disk.
fn open<'f>(data: &Path, file: &'f str) -> Result<Option<(OwnedFd, &'f OsStr)>, Errno> {
    let mut parts = Path::new(file).components();
    if parts.next() != Some(Component::Normal(OsStr::new("images"))) {
        return Ok(None);
    }
    let names: Option<Vec<&OsStr>> = parts
        .map(|part| match part {
            Component::Normal(name) => Some(name),
            _ => None,
        })
        .collect();
    let Some((name, folders)) = names.as_deref().and_then(|names| names.split_last()) else { return Ok(None) };
    let flags = OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::PATH;
    let mut folder = rustix::fs::open(data.join("images"), flags, Mode::empty())?;
    for name in folders {
        folder = openat(&folder, *name, flags | OFlags::NOFOLLOW, Mode::empty())?;
    }
    Ok(Some((folder, name)))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_file_that_was_stored_is_deleted_and_nothing_else_is() {
        let folder = crate::sample::folder();
        let data = folder.path();
        fs::create_dir_all(data.join("images/day/deep")).unwrap();
        fs::create_dir_all(data.join("elsewhere")).unwrap();
        let write = |name: &str| fs::write(data.join(name), b"jpeg").unwrap();
        ["images/day/a.jpg", "images/day/b.jpg", "elsewhere/a.jpg", "records.jpg"].into_iter().for_each(write);
        symlink(data.join("elsewhere"), data.join("images/linked")).unwrap();
        symlink(data.join("elsewhere/a.jpg"), data.join("images/day/link.jpg")).unwrap();
        let check = |file: &str, expected: Removed| assert_eq!(remove(data, file, 4).unwrap(), expected, "{file}");
        check("images/day/a.jpg", Removed::Gone);
        check("images/day/a.jpg", Removed::Gone);
        check("images/other day/a.jpg", Removed::Gone);
        check("images/day/deep", Removed::NotOurs("it is no file"));
        check("images/day/link.jpg", Removed::NotOurs("it is no file"));
        check("images/linked/a.jpg", Removed::NotOurs("its folder is none, or a link"));
        check("images/day/b.jpg/c.jpg", Removed::NotOurs("its folder is none, or a link"));
        for outside in ["records.jpg", "images/../records.jpg", "/etc/hostname", "images", "", "elsewhere/a.jpg"] {
            check(outside, Removed::NotOurs("it is no path below images"));
        }
        assert_eq!(
            remove(data, "images/day/b.jpg", 5).unwrap(),
            Removed::NotOurs("it has another size than was stored")
        );
        for left in ["images/day/b.jpg", "elsewhere/a.jpg", "records.jpg"] {
            assert!(data.join(left).exists(), "{left}");
        }
    }

    #[test]
    fn a_folder_goes_when_it_is_empty_and_images_never() {
        let folder = crate::sample::folder();
        let data = folder.path();
        fs::create_dir_all(data.join("images/empty")).unwrap();
        fs::create_dir_all(data.join("images/full")).unwrap();
        fs::write(data.join("images/full/notes.txt"), b"mine").unwrap();
        ["images/empty/a.jpg", "images/full/a.jpg", "images/a.jpg", "a.jpg"]
            .iter()
            .for_each(|file| remove_folder(data, file));
        assert!(!data.join("images/empty").exists() && data.join("images/full/notes.txt").exists());
        assert!(data.join("images").exists());
    }

    #[test]
    fn what_has_another_name_elsewhere_frees_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path();
        fs::create_dir(data.join("images")).unwrap();
        fs::write(data.join("images/a.jpg"), vec![1; 10_000]).unwrap();
        assert!(frees(data, "images/a.jpg") >= 8192);
        fs::hard_link(data.join("images/a.jpg"), data.join("old.jpg")).unwrap();
        assert_eq!((frees(data, "images/a.jpg"), frees(data, "images/b.jpg"), frees(data, "old.jpg")), (0, 0, 0));
    }
}
