//! Files that only the hub's own user may read, written whole or not at all, and durably.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::Path;

use anyhow::{Context, Result};
use rustix::fs::{FlockOperation, flock};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What the file says; none where there is none. `advice` is for whoever finds it damaged.
pub(crate) fn read<T: DeserializeOwned>(path: &Path, advice: &str) -> Result<Option<T>> {
    let text = match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        read => read.with_context(|| format!("cannot read {}", path.display()))?,
    };
    let value = serde_json::from_slice(&text);
    value.map(Some).with_context(|| format!("{} is damaged; {advice}", path.display()))
}

/// A lock that others wait for while it lives; whoever owns the folder can take it too, whoever has made it.
pub(crate) fn lock(path: &Path) -> Result<File> {
    let locked = || {
        let file = File::options().write(true).create(true).truncate(false).open(path)?;
        hand_over(&file, folder(path))?;
        flock(&file, FlockOperation::LockExclusive)?;
        io::Result::Ok(file)
    };
    locked().with_context(|| format!("cannot lock {}; run this as the hub's user", path.display()))
}

/// Writes it, for whoever owns the folder: the command line may be root's.
pub(crate) fn write(path: &Path, value: &impl Serialize) -> Result<()> {
    let written = || {
        let mut text = serde_json::to_vec_pretty(value)?;
        text.push(b'\n');
        let new = path.with_extension("json.new");
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        file.set_permissions(Permissions::from_mode(0o600))?;
        hand_over(&file, folder(path))?;
        file.write_all(&text)?;
        file.sync_all()?;
        fs::rename(&new, path)?;
        File::open(folder(path))?.sync_all()
    };
    written().with_context(|| format!("cannot write {}", path.display()))
}

fn folder(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("."))
}

/// Gives a file to whoever owns its folder.
fn hand_over(file: &File, folder: &Path) -> io::Result<()> {
    let owner = fs::metadata(folder)?;
    if file.metadata()?.uid() == owner.uid() {
        return Ok(());
    }
    fchown(file, Some(owner.uid()), Some(owner.gid()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_root_writes_is_for_the_owner_of_the_folder() {
        let folder = crate::sample::folder();
        let (file, held) = (folder.path().join("users.json"), folder.path().join("users.lock"));
        // Only root can give something away; anybody else owns what they make.
        let owner = if rustix::process::geteuid().is_root() { 12_345 } else { rustix::process::geteuid().as_raw() };
        std::os::unix::fs::chown(folder.path(), Some(owner), None).unwrap();
        let lock = lock(&held).unwrap();
        write(&file, &"text").unwrap();
        for path in [&file, &held] {
            assert_eq!(fs::metadata(path).unwrap().uid(), owner, "{}", path.display());
        }
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        drop(lock);
        assert_eq!(read::<String>(&file, "").unwrap().as_deref(), Some("text"));
    }
}
