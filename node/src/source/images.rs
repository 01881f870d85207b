//! A folder's JPEG files, sorted by name, their bytes unchanged. Knows nothing of what is in them but
//! their size.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use picket_common::jpeg;
use tracing::warn;

use super::timing::Timing;
use super::{Source, SourceError};
use crate::frame::{Frame, Picture};

/// No camera's frame is larger; what is, is skipped rather than read into memory.
const MAX_BYTES: u64 = 64 << 20;

/// The files that end in `.jpg` or `.jpeg`, in any case, in the order of their names' bytes.
pub(super) struct Images {
    folder: PathBuf,
    files: Vec<PathBuf>,
    repeat: bool,
    timing: Timing,
    /// The next file to try.
    next: usize,
    /// Frames given in this round.
    given: usize,
    index: u64,
}

impl Images {
    pub(super) fn open(folder: &Path, repeat: bool, timing: Timing) -> Result<Images, SourceError> {
        let lost = |why: String| SourceError::Lost(format!("folder {}: {why}", folder.display()));
        let mut files = Vec::new();
        for entry in fs::read_dir(folder).map_err(|error| lost(format!("cannot be read: {error}")))? {
            let path = entry.map_err(|error| lost(format!("cannot be read: {error}")))?.path();
            if is_named_jpeg(&path) {
                files.push(path);
            }
        }
        if files.is_empty() {
            return Err(lost("there is no JPEG file (*.jpg, *.jpeg) in it".into()));
        }
        files.sort();
        Ok(Images { folder: folder.to_owned(), files, repeat, timing, next: 0, given: 0, index: 0 })
    }

    /// The next file that is a JPEG file.
    fn picture(&mut self) -> Result<Picture, SourceError> {
        loop {
            let Some(file) = self.files.get(self.next) else {
                self.start_again()?;
                continue;
            };
            self.next += 1;
            match read(file) {
                Ok(picture) => {
                    self.given += 1;
                    return Ok(picture);
                }
                Err(why) => warn!(file = %file.display(), %why, "skipped"),
            }
        }
    }

    fn start_again(&mut self) -> Result<(), SourceError> {
        if self.given == 0 {
            let (folder, count) = (self.folder.display(), self.files.len());
            return Err(SourceError::Lost(format!("folder {folder}: none of its {count} files can be read as JPEG")));
        }
        if !self.repeat {
            return Err(SourceError::Ended);
        }
        (self.next, self.given) = (0, 0);
        Ok(())
    }
}

impl Source for Images {
    fn next(&mut self) -> Result<Frame, SourceError> {
        let picture = self.picture()?;
        let (at, mono) = self.timing.next()?;
        let frame = Frame { index: self.index, at, mono, picture: Arc::new(picture) };
        self.index += 1;
        Ok(frame)
    }
}

fn is_named_jpeg(path: &Path) -> bool {
    path.extension().is_some_and(|end| end.eq_ignore_ascii_case("jpg") || end.eq_ignore_ascii_case("jpeg"))
}

fn read(file: &Path) -> Result<Picture, String> {
    let about = fs::metadata(file).map_err(|error| error.to_string())?;
    if !about.is_file() {
        return Err("not a file".into());
    }
    if about.len() > MAX_BYTES {
        return Err(format!("{} bytes are more than a picture has", about.len()));
    }
    let bytes = fs::read(file).map_err(|error| error.to_string())?;
    let (width, height) = jpeg::size(&bytes).map_err(|error| error.to_string())?;
    Ok(Picture::Jpeg { bytes, width, height })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use picket_common::shutdown::Shutdown;
    use picket_common::time::Timestamp;

    use super::*;

    fn jpeg_of(width: u32) -> Vec<u8> {
        jpeg::encode_gray(&vec![width as u8; width as usize * 16], width, 16, 80).unwrap()
    }

    fn open(folder: &Path, repeat: bool) -> Result<Images, SourceError> {
        Images::open(folder, repeat, Timing::footage(10.0, &Shutdown::new()).unwrap())
    }

    #[test]
    fn files_come_by_name_unchanged_and_others_are_skipped() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
        write("b.JPEG", &jpeg_of(32));
        write("a10.jpg", &jpeg_of(48));
        write("a2.jpg", &jpeg_of(64));
        write("a3.jpg", b"no picture at all");
        write("a4.jpg", b"");
        write("notes.txt", b"not even called one");
        fs::create_dir(folder.path().join("a5.jpg")).unwrap();
        std::os::unix::fs::symlink("/nowhere", folder.path().join("a6.jpg")).unwrap();

        let mut images = open(folder.path(), false).unwrap();
        for (index, width) in [(0, 48), (1, 64), (2, 32)] {
            let frame = images.next().unwrap();
            let mono = Duration::from_millis(100 * index);
            assert_eq!((frame.index, frame.at, frame.mono), (index, Timestamp::UNIX_EPOCH + mono, mono));
            assert_eq!(*frame.picture, Picture::Jpeg { bytes: jpeg_of(width), width, height: 16 });
        }
        assert_eq!(images.next(), Err(SourceError::Ended));
        assert_eq!(images.next(), Err(SourceError::Ended));
    }

    #[test]
    fn a_loop_goes_round_and_counts_on() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("1.jpg"), jpeg_of(32)).unwrap();
        fs::write(folder.path().join("2.jpg"), jpeg_of(48)).unwrap();
        let mut images = open(folder.path(), true).unwrap();
        let seen: Vec<_> = (0..5).map(|_| images.next().unwrap()).map(|f| (f.index, f.picture.size().0)).collect();
        assert_eq!(seen, [(0, 32), (1, 48), (2, 32), (3, 48), (4, 32)]);
    }

    #[test]
    fn a_folder_without_pictures_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let name = folder.path().display();
        let check = |result: Result<Frame, SourceError>, expected: String| {
            assert_eq!(result.unwrap_err(), SourceError::Lost(expected));
        };
        let first = |repeat| open(folder.path(), repeat).and_then(|mut images| images.next());
        check(first(false), format!("folder {name}: there is no JPEG file (*.jpg, *.jpeg) in it"));
        fs::write(folder.path().join("1.jpg"), b"no").unwrap();
        check(first(true), format!("folder {name}: none of its 1 files can be read as JPEG"));
        let away = open(&folder.path().join("away"), false).err().unwrap().to_string();
        assert!(away.ends_with("/away: cannot be read: No such file or directory (os error 2)"), "{away}");
    }
}
