//! Small pictures for the page, made once, soon after an image was shelved: on a thread that follows the shelver at its own
//! pace and takes only the time that nobody else wants. Neither ingest nor the shelver ever waits for it. What it has
//! not made, from before its time or because the hub was busy, is made when somebody looks at it, and kept then.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use picket_common::jpeg;
use picket_common::shutdown::Shutdown;
use picket_common::time::Clock;
use tracing::{debug, warn};

use crate::index::{Index, IndexError, Thumbs};

/// So many are kept with one transaction.
const BATCH: usize = 64;
/// Of larger files none is made.
const LARGEST: u64 = 64 << 20;
/// Looks for new images so often.
const TURN: Duration = Duration::from_millis(500);
/// A pause after a failure.
const BACK_OFF: Duration = Duration::from_secs(30);

/// Those that are kept. Clones are the same.
#[derive(Clone)]
pub struct Album(Arc<Mutex<Thumbs>>);

impl Album {
    /// That of the data directory `data`.
    ///
    /// # Errors
    /// It can neither be opened nor made.
    pub fn open(data: &Path) -> Result<Album, IndexError> {
        Ok(Album(Arc::new(Mutex::new(Thumbs::open(data)?))))
    }

    /// The thumbnail of image `number`, where it is kept.
    pub fn thumb(&self, number: u64) -> Option<Vec<u8>> {
        let found = self.lock().get(number);
        found.unwrap_or_else(|error| {
            debug!("thumbs.db: {error}");
            None
        })
    }

    /// Keeps thumbnails that were made of images in `index`. An image may have been deleted meanwhile, and its thumbnail is
    /// deleted with it.
    ///
    /// # Errors
    /// They could not be written.
    pub fn keep(&self, index: &Index, thumbs: &[(u64, Vec<u8>)], made: Option<u64>) -> Result<(), IndexError> {
        self.lock().put(thumbs, made)?;
        // Whoever deletes an image from now on finds its thumbnail; what was deleted before is seen here.
        let mut gone = Vec::new();
        for (number, _) in thumbs {
            if !index.has_image(*number)? {
                gone.push(*number);
            }
        }
        if gone.is_empty() { Ok(()) } else { self.lock().forget(&gone) }
    }

    fn lock(&self) -> MutexGuard<'_, Thumbs> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes them.
pub struct Maker {
    data: PathBuf,
    album: Album,
    index: Index,
    progress: Arc<AtomicU64>,
    made: u64,
}

impl Maker {
    /// Goes on where the last one ended; the first one begins with what comes.
    ///
    /// # Errors
    /// The index cannot be read, or the thumbnails not be kept.
    pub fn open(data: &Path, album: Album, progress: Arc<AtomicU64>) -> Result<Maker, IndexError> {
        let index = Index::read(data)?;
        let known = album.lock().made()?;
        let made = match known {
            // An index that has come less far is another one, or an old one.
            Some(made) => made.min(index.reached()?),
            None => index.reached()?,
        };
        album.lock().forget_after(made)?;
        album.lock().put(&[], Some(made))?;
        Ok(Maker { data: data.to_owned(), album, index, progress, made })
    }

    /// Makes those of the next images, and tells how many images there were.
    ///
    /// # Errors
    /// The index cannot be read, or the thumbnails not be kept.
    pub fn step(&mut self) -> Result<usize, IndexError> {
        let reached = self.progress.load(Ordering::Acquire);
        if reached <= self.made {
            return Ok(0);
        }
        let files = self.index.files_after(self.made, reached, BATCH)?;
        let made = match files.last() {
            Some((last, _)) if files.len() == BATCH => *last,
            _ => reached,
        };
        let small = |(number, file): &(u64, String)| Some((*number, small(&self.data.join(file))?));
        let thumbs: Vec<(u64, Vec<u8>)> = files.iter().filter_map(small).collect();
        self.album.keep(&self.index, &thumbs, Some(made))?;
        self.made = made;
        Ok(files.len())
    }

    /// Steps until a stop is requested.
    pub fn run(&mut self, clock: &dyn Clock, shutdown: &Shutdown) {
        // Of this thread alone: the others go first.
        if let Err(error) = rustix::process::nice(19) {
            debug!("thumbnails are made at the usual priority: {error}");
        }
        while !shutdown.is_requested() {
            match self.step() {
                Ok(BATCH) => {}
                Ok(_) => drop(clock.wait(TURN, shutdown)),
                Err(error) => {
                    warn!("thumbnails are made when somebody looks at them: {error}");
                    clock.wait(BACK_OFF, shutdown);
                }
            }
        }
    }
}

/// A small picture of the JPEG file at `path`; none where it is no whole picture, or has just been deleted.
fn small(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(LARGEST).read_to_end(&mut bytes));
    let made = read.map_err(|error| error.to_string());
    let made = made.and_then(|_| jpeg::thumbnail(&bytes).map_err(|error| error.to_string()));
    made.inspect_err(|why| debug!("no thumbnail of {}: {why}", path.display())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::amendment::{Amendment, Deleted};
    use crate::retention::Rule;
    use crate::sample::{self, event, image};
    use crate::shelf::Shelf;
    use crate::store::Store;

    const DAY: &str = "2026-11-20";

    fn picture() -> Vec<u8> {
        jpeg::encode_gray(&vec![90; 640 * 480], 640, 480, 80).unwrap()
    }

    /// A shelf with an image, something else, and an image that is no picture.
    fn shelf(folder: &tempfile::TempDir) -> Shelf {
        let (store, index) = (Store::open(folder.path()).unwrap(), Index::open(folder.path()).unwrap());
        let mut shelf = Shelf::open(store, index).unwrap();
        let records = [
            image("Barn Door|jpg", "2026-11-20T12:00:00Z").record(1, &picture()),
            event("Barn Door|motion|moving", "2026-11-20T12:00:00Z").record(2, b""),
            image("Barn Door|jpg", "2026-11-20T12:00:01Z").record(3, b"no picture"),
        ];
        shelf.shelve(&records, &[]).unwrap();
        shelf
    }

    fn delete(shelf: &mut Shelf, number: u64) {
        let (image, node, view) = shelf.index().candidate(number).unwrap().unwrap();
        let (at, rule, file, size) = (image.at, Rule::Person, image.file, image.size);
        let deleted = Deleted { number, at, rule, node, view, file, size, user: None };
        shelf.amend(&[Amendment::Deleted(deleted)], DAY.parse().unwrap()).unwrap();
    }

    #[test]
    fn each_image_that_is_a_picture_is_made_small_once_and_goes_with_it() {
        let folder = sample::folder();
        drop(Index::open(folder.path()).unwrap());
        let album = Album::open(folder.path()).unwrap();
        let progress = Arc::new(AtomicU64::new(0));
        let mut maker = Maker::open(folder.path(), album.clone(), progress.clone()).unwrap();
        let mut shelf = shelf(&folder);
        assert_eq!(maker.step().unwrap(), 0, "the shelver has not told of any");
        progress.store(3, Ordering::Release);
        assert_eq!((maker.step().unwrap(), maker.step().unwrap()), (2, 0));
        let small = album.thumb(1).expect("it was made");
        assert!(jpeg::size(&small).unwrap().0 >= jpeg::THUMB_SIDE && small.len() < picture().len());
        assert_eq!((album.thumb(2), album.thumb(3)), (None, None));
        delete(&mut shelf, 1);
        assert_eq!(album.thumb(1), None);
        // Somebody who was making it just then.
        album.keep(shelf.index(), &[(1, small.clone()), (3, small)], None).unwrap();
        assert!(album.thumb(1).is_none() && album.thumb(3).is_some());
    }

    #[test]
    fn a_maker_goes_on_where_the_last_one_ended_and_begins_with_what_comes() {
        let folder = sample::folder();
        let _shelf = shelf(&folder);
        let album = Album::open(folder.path()).unwrap();
        let progress = Arc::new(AtomicU64::new(3));
        let mut maker = Maker::open(folder.path(), album.clone(), progress.clone()).unwrap();
        assert_eq!(
            (maker.step().unwrap(), album.thumb(1)),
            (0, None),
            "what was there before is made when it is looked at"
        );
        // One that was kept while the hub died, and was not noted.
        album.lock().put(&[(9, vec![1])], None).unwrap();
        album.lock().put(&[], Some(0)).unwrap();
        let mut maker = Maker::open(folder.path(), album.clone(), progress).unwrap();
        assert!(album.thumb(9).is_none() && maker.step().unwrap() == 2 && album.thumb(1).is_some());
    }
}
