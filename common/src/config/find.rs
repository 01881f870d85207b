//! Where a program's file lies, when nobody says. Reads folders, never a file.

use std::ffi::OsStr;
use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The folders that are searched, in this order: the working directory, a Raspberry Pi's boot partition (which
/// any laptop can write), and the system's place.
pub const FOLDERS: [&str; 4] = ["", "/boot/firmware", "/boot", "/etc/picket"];

/// No file was found: where it was looked for, and what lies there under a similar name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotFound {
    /// The file's name.
    pub name: String,
    /// The folders that were searched.
    pub folders: Vec<PathBuf>,
    /// Files there whose name is not quite right.
    pub similar: Vec<PathBuf>,
}

/// The file of `program` (`picket-node`, `picket-hub`): the one that is given, or the first that exists in
/// [`FOLDERS`]. A given one is not looked at yet.
pub fn find(program: &str, given: Option<&Path>) -> Result<PathBuf, NotFound> {
    match given {
        Some(given) => Ok(given.to_owned()),
        None => find_in(&FOLDERS.map(PathBuf::from), program),
    }
}

/// The first `program.yaml` in these folders.
pub fn find_in(folders: &[PathBuf], program: &str) -> Result<PathBuf, NotFound> {
    let name = format!("{program}.yaml");
    let candidates = || folders.iter().map(|folder| folder.join(&name));
    if let Some(found) = candidates().find(|path| exists(path)) {
        return Ok(found);
    }
    let similar = candidates().flat_map(|path| similar(&path)).collect();
    Err(NotFound { name, folders: folders.to_vec(), similar })
}

/// Files beside `path` with a name like its own: `picket-node.yaml.txt`, `Picket-Node.yml`.
pub(super) fn similar(path: &Path) -> Vec<PathBuf> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let listed = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let wanted = path.file_name().unwrap_or_default();
    let entries = std::fs::read_dir(listed).into_iter().flatten().flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.file_name()).filter(|name| alike(name, wanted)).collect();
    names.sort();
    names.into_iter().map(|name| folder.join(name)).collect()
}

/// Whether a name is what an editor, Windows or a slip of the finger makes of the wanted one.
fn alike(name: &OsStr, wanted: &OsStr) -> bool {
    let plain = |name: &OsStr| {
        let name = name.to_string_lossy().to_lowercase().replace(['_', ' '], "-");
        let name = name.strip_suffix(".txt").unwrap_or(&name);
        name.strip_suffix(".yml").map_or_else(|| name.to_owned(), |stem| format!("{stem}.yaml"))
    };
    name != wanted && strsim::damerau_levenshtein(&plain(name), &plain(wanted)) <= 2
}

/// Something is there; whether it can be read is told when it is.
fn exists(path: &Path) -> bool {
    match path.symlink_metadata() {
        Ok(_) => true,
        Err(error) => !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory),
    }
}

impl fmt::Display for NotFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |folder: &PathBuf| {
            if folder.as_os_str().is_empty() {
                "the working directory".to_owned()
            } else {
                folder.display().to_string()
            }
        };
        let folders: Vec<String> = self.folders.iter().map(shown).collect();
        write!(f, "{} was not found in {}", self.name, super::schema::or(&folders))?;
        for similar in &self.similar {
            write!(f, "\n{}: rename this file to {}?", similar.display(), self.name)?;
        }
        Ok(())
    }
}

impl std::error::Error for NotFound {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_folder_that_has_the_file_wins() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let folders = [PathBuf::from("/no/such/folder"), one.path().to_owned(), two.path().to_owned()];
        let file = two.path().join("picket-node.yaml");
        std::fs::write(&file, "").unwrap();
        assert_eq!(find_in(&folders, "picket-node"), Ok(file));
        let nearer = one.path().join("picket-node.yaml");
        std::fs::write(&nearer, "").unwrap();
        assert_eq!(find_in(&folders, "picket-node"), Ok(nearer));
        assert_eq!(find("picket-node", Some(Path::new("mine.yaml"))), Ok(PathBuf::from("mine.yaml")));
    }

    #[test]
    fn a_name_that_is_not_quite_right_is_mentioned() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["picket-node.yaml.txt", "Picket_Node.YML", "picket-hub.yaml", "picket-node.schema.json", "x"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let error = find_in(&[PathBuf::new(), folder.path().to_owned()], "picket-node").unwrap_err();
        let shown = error.to_string().replace(&folder.path().display().to_string(), "F");
        let expected = "picket-node.yaml was not found in the working directory or F\n\
            F/Picket_Node.YML: rename this file to picket-node.yaml?\n\
            F/picket-node.yaml.txt: rename this file to picket-node.yaml?";
        assert_eq!(shown, expected);
    }
}
