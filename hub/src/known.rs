//! The data directories on other disks that a hub of this machine has used, remembered outside of them: so that a disk that
//! is not mounted is missed, and the boot disk is not filled in its place. `known.json` is a map from a data directory's path to
//! its id:
//! ```json
//! {"/mnt/disk/picket-data": {"id": "8f14e45fceea167a5a36dedd4bea2543", "since": "2026-11-20T12:00:00Z"}}
//! ```
//! It lies in a folder that systemd gives (`STATE_DIRECTORY`, the first that is on another file system than the data), else in
//! `$XDG_STATE_HOME/picket-hub` or `~/.local/state/picket-hub`. A data directory on the same file system as that is not
//! remembered: it cannot be missing while the other is there.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use picket_common::state;
use picket_common::time::{Clock, SystemClock, Timestamp};
use serde::{Deserialize, Serialize};
use tracing::warn;

use crate::index::Index;
use crate::store::{StoreError, identity, whole};

const FILE: &str = "known.json";

/// What is remembered of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Mention {
    id: String,
    since: Timestamp,
}

/// What this machine remembers.
pub struct Known {
    /// Where it may be remembered, the best first.
    folders: Vec<PathBuf>,
}

impl Known {
    /// As the environment says.
    pub fn of_this_machine() -> Known {
        let variable = |name: &str| std::env::var_os(name);
        let mut folders = state::of_service(variable);
        folders.extend(state::of_user(variable).map(|state| state.join("picket-hub")));
        Known { folders }
    }

    /// Remembered in one of these.
    pub fn within(folders: Vec<PathBuf>) -> Known {
        Known { folders }
    }

    /// Refuses `data` if this machine knows another data directory by that path. Writes nothing.
    pub fn check(&self, data: &Path) -> Result<(), StoreError> {
        let data = absolute(data);
        let Some(Mention { id, since }) = self.folders.iter().find_map(|folder| mentions(folder).remove(&data)) else {
            return Ok(());
        };
        let found = identity::read(&data)?.map(|identity| identity.id);
        // Its file may be lost, and its index there.
        let found = found.or_else(|| Index::read(&data).and_then(|index| index.identity()).ok().flatten());
        if found.as_ref() == Some(&id) {
            return Ok(());
        }
        let place = data.display();
        let instead = match (found, fs::read_dir(&data).map(Iterator::count)) {
            (Some(found), _) => format!("another one is there (id {found})"),
            (None, Err(error)) if error.kind() == io::ErrorKind::NotFound => "it is not there".to_owned(),
            (None, Err(error)) => format!("it cannot be read: {error}"),
            (None, Ok(0)) => "it is empty".to_owned(),
            (None, Ok(_)) => "it holds other things".to_owned(),
        };
        let since = since.strftime("%Y-%m-%d");
        Err(StoreError::Elsewhere(format!(
            "{place} is not the data directory that this hub has used since {since} (id {id}): {instead}. Is its disk mounted \
             (`findmnt -T {place}`, `lsblk`)? Nothing was written there. To begin anew there on purpose, once: picket-hub run \
             --new-data"
        )))
    }

    /// Remembers `data`, by its id. Where that cannot be, the log says so: it is no reason not to store.
    pub fn note(&self, data: &Path) {
        if let Err(error) = self.try_note(data) {
            warn!("a missing disk will not be noticed, {} is remembered nowhere: {error}", data.display());
        }
    }

    fn try_note(&self, data: &Path) -> io::Result<()> {
        let Some(identity) = identity::read(data).map_err(io::Error::other)? else { return Ok(()) };
        let data = absolute(data);
        let disk = fs::metadata(&data)?.dev();
        for folder in &self.folders {
            if disk_of(folder).is_none_or(|other| other == disk) {
                continue;
            }
            let mut known = mentions(folder);
            if known.get(&data).is_some_and(|known| known.id == identity.id) {
                return Ok(());
            }
            known.insert(data, Mention { id: identity.id, since: SystemClock.now() });
            fs::create_dir_all(folder)?;
            return whole::write(folder, FILE, &known);
        }
        Ok(())
    }
}

/// The path as it is asked for: what it leads to is not there while its disk is not.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).components().collect()
}

/// The file system on which `folder` is, or would be made.
fn disk_of(folder: &Path) -> Option<u64> {
    folder.ancestors().find_map(|folder| fs::metadata(folder).ok()).map(|found| found.dev())
}

fn mentions(folder: &Path) -> BTreeMap<PathBuf, Mention> {
    let Ok(text) = fs::read(folder.join(FILE)) else { return BTreeMap::new() };
    serde_json::from_slice(&text).unwrap_or_else(|error| {
        warn!("{} cannot be read, so a missing disk may not be noticed: {error}", folder.join(FILE).display());
        BTreeMap::new()
    })
}
