//! Which data directory a folder is: `picket-data.json` in it, with an id. Where images, logs, records or rejected lie on
//! another disk than the data directory itself, each has the file too, and the data directory's own names them. So that a
//! disk that is not mounted is told from an empty one, before anything is written where it should be. What is remembered
//! of it elsewhere is [`crate::known`]'s.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use picket_common::time::{Clock, SystemClock, Timestamp};
use picket_common::wire::StreamId;
use serde::{Deserialize, Serialize};

use super::{FOLDERS, StoreError, whole};

/// The file's name.
pub const FILE: &str = "picket-data.json";

const ABOUT: &str = "A Picket hub keeps what it stores in this folder, and knows the folder by this file: so it notices when \
    a disk is not mounted. Leave the file here, and do not copy it into another folder.";

/// What the file says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    about: String,
    /// 32 hexadecimal digits.
    pub id: String,
    /// When it was made.
    pub made: Timestamp,
    /// By which program.
    by: String,
    /// The folders of the data directory that lie on other disks, each with such a file of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    parts: Vec<String>,
}

impl Identity {
    fn new(id: &str) -> Identity {
        Identity {
            about: ABOUT.to_owned(),
            id: id.to_owned(),
            made: SystemClock.now(),
            by: format!("picket-hub {}", env!("CARGO_PKG_VERSION")),
            parts: Vec::new(),
        }
    }
}

/// The identity of `folder`: none if it has none, or none that can be read.
pub fn read(folder: &Path) -> Result<Option<Identity>, StoreError> {
    let path = folder.join(FILE);
    match fs::read(&path) {
        Ok(text) => Ok(serde_json::from_slice(&text).ok()),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(StoreError::new("read", &path, error)),
    }
}

/// Refuses a data directory of which a part is not there, or is another one's. Writes nothing.
pub fn check(data: &Path) -> Result<(), StoreError> {
    let Some(own) = read(data)? else { return Ok(()) };
    for part in FOLDERS {
        let folder = data.join(part);
        let place = folder.display();
        match read(&folder)? {
            Some(found) if found.id == own.id => {}
            Some(found) => {
                return Err(StoreError::Elsewhere(format!(
                    "{place} belongs to another data directory ({}) than {} ({}), by their files {FILE}; mount or link the \
                     right one. Nothing was written there",
                    found.id,
                    data.display(),
                    own.id
                )));
            }
            None if own.parts.iter().any(|known| known == part) => {
                return Err(StoreError::Elsewhere(format!(
                    "{place} lies on a disk of its own, and that is not there: the folder has no {FILE}. Is the disk mounted \
                     (`findmnt {place}`, `lsblk`)? Nothing was written there. If this is the right folder all the same, and \
                     its file is lost: copy {}/{FILE} into it",
                    data.display()
                )));
            }
            None => {}
        }
    }
    Ok(())
}

/// Makes sure that the data directory and its parts have their files, and gives the id. `known` is what the index says.
pub fn settle(data: &Path, known: Option<String>) -> Result<String, StoreError> {
    check(data)?;
    let found = read(data)?;
    let mut own = match (&found, &known) {
        (Some(found), Some(known)) if found.id != *known => {
            return Err(StoreError::Elsewhere(format!(
                "{} has the file {FILE} of one data directory ({}) and the picket.db of another ({known}); put the right one \
                 of the two back, or let `picket-hub fsck --repair` make picket.db anew from records/",
                data.display(),
                found.id
            )));
        }
        (Some(found), _) => found.clone(),
        (None, Some(known)) => Identity::new(known),
        (None, None) => Identity::new(&StreamId::random().to_string()),
    };
    let disk = |folder: &Path| fs::metadata(folder).map(|found| found.dev()).ok();
    for part in FOLDERS {
        let folder = data.join(part);
        if disk(&folder).is_none_or(|there| Some(there) == disk(data)) {
            continue;
        }
        if read(&folder)?.is_none() {
            write(&folder, &Identity { parts: Vec::new(), ..own.clone() })?;
        }
        if !own.parts.iter().any(|known| known == part) {
            own.parts.push(part.to_owned());
        }
    }
    if found.as_ref() != Some(&own) {
        write(data, &own)?;
    }
    Ok(own.id)
}

fn write(folder: &Path, identity: &Identity) -> Result<(), StoreError> {
    whole::write(folder, FILE, identity).map_err(|error| StoreError::new("write", &folder.join(FILE), error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn a_data_directory_has_one_id_for_good() {
        let folder = sample::folder();
        let id = settle(folder.path(), None).unwrap();
        assert_eq!(settle(folder.path(), None).unwrap(), id);
        assert_eq!(settle(folder.path(), Some(id.clone())).unwrap(), id);
        fs::write(folder.path().join(FILE), "no JSON").unwrap();
        assert_eq!(settle(folder.path(), Some(id.clone())).unwrap(), id, "what the index knows is written again");
        assert_eq!(read(folder.path()).unwrap().unwrap().id, id);
        assert!(
            settle(folder.path(), Some("another".to_owned())).unwrap_err().to_string().contains("picket.db of another")
        );
    }

    #[test]
    fn a_part_on_another_disk_is_known_again_and_missed() {
        let (folder, other) = (sample::folder(), tempfile::tempdir().unwrap());
        if fs::metadata(folder.path()).unwrap().dev() == fs::metadata(other.path()).unwrap().dev() {
            return println!("not checked: there is no second file system here; deploy/interop/mounts.py has one");
        }
        std::os::unix::fs::symlink(other.path(), folder.path().join("images")).unwrap();
        let id = settle(folder.path(), None).unwrap();
        assert_eq!(read(other.path()).unwrap().unwrap().id, id);
        check(folder.path()).unwrap();
        let text = fs::read(other.path().join(FILE)).unwrap();
        let refused = || check(folder.path()).unwrap_err().to_string();
        fs::remove_file(other.path().join(FILE)).unwrap();
        assert!(refused().contains("Is the disk mounted"), "{}", refused());
        let strange = String::from_utf8(text).unwrap().replace(&id, "0123");
        fs::write(other.path().join(FILE), strange).unwrap();
        assert!(refused().contains("belongs to another data directory (0123)"), "{}", refused());
    }
}
