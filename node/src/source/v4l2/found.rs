//! Which video devices there are, under which names, and who has one open: from the kernel's files. Opens none.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// A video device node.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    /// `/dev/video0`.
    pub path: PathBuf,
    /// What the driver calls the camera.
    pub title: String,
    /// Paths that stay the same: the camera's own (by-id) first, then its socket's (by-path).
    pub links: Vec<PathBuf>,
}

impl Node {
    /// For a list: `/dev/video0 (HD Webcam)`.
    pub(super) fn named(&self) -> String {
        format!("{} ({})", self.path.display(), self.title)
    }

    /// The path that is best written into a configuration.
    pub(super) fn stable(&self) -> &Path {
        self.links.first().unwrap_or(&self.path)
    }

    fn is_called(&self, part: &str) -> bool {
        let part = part.to_lowercase();
        let links = self.links.iter().filter_map(|link| link.file_name()).map(OsStr::to_string_lossy);
        self.title.to_lowercase().contains(&part) || links.into_iter().any(|name| name.to_lowercase().contains(&part))
    }
}

/// All nodes, by number; `root` is `/` but in tests.
pub(super) fn nodes(root: &Path) -> Vec<Node> {
    let links = links(root);
    let mut nodes: Vec<(u32, Node)> = names(&root.join("sys/class/video4linux"))
        .into_iter()
        .filter_map(|name| {
            let number = name.strip_prefix("video")?.parse().ok()?;
            let title = fs::read(root.join("sys/class/video4linux").join(&name).join("name")).unwrap_or_default();
            let title = String::from_utf8_lossy(&title).trim().to_owned();
            let path = root.join("dev").join(&name);
            let links = links.iter().filter(|(_, target)| *target == path).map(|(link, _)| link.clone()).collect();
            Some((number, Node { path, title, links }))
        })
        .collect();
    nodes.sort_by_key(|(number, _)| *number);
    nodes.into_iter().map(|(_, node)| node).collect()
}

/// The stable names that udev gives, and what they point to.
fn links(root: &Path) -> Vec<(PathBuf, PathBuf)> {
    let folders = ["dev/v4l/by-id", "dev/v4l/by-path"].map(|folder| root.join(folder));
    let all = folders.iter().flat_map(|folder| names(folder).into_iter().map(move |name| folder.join(name)));
    all.filter_map(|link| Some((link.clone(), fs::canonicalize(&link).ok()?))).collect()
}

/// The names in a folder, sorted; none if it is not there.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// The one of `cameras` that the configuration means: a path as it is, else the one that is called so.
pub(super) fn find(device: &str, cameras: &[Node]) -> Result<PathBuf, String> {
    if device.starts_with('/') {
        return Ok(PathBuf::from(device));
    }
    let called: Vec<&Node> = cameras.iter().filter(|node| node.is_called(device)).collect();
    match called.as_slice() {
        [one] => Ok(one.path.clone()),
        [] => Err(format!("no camera here is called `{device}`; {}", listed(cameras))),
        several => {
            let paths: Vec<String> = several.iter().map(|node| node.stable().display().to_string()).collect();
            Err(format!("{} cameras are called `{device}`; write one of {}", several.len(), paths.join(", ")))
        }
    }
}

/// For a message: which cameras there are.
pub(super) fn listed(cameras: &[Node]) -> String {
    match cameras {
        [] => "there is no camera at all".to_owned(),
        some => format!("there is {}", some.iter().map(Node::named).collect::<Vec<_>>().join(", ")),
    }
}

/// Who has a device open, as far as this user may see: `ffmpeg (process 1234)`.
pub(super) fn holder(root: &Path, device: &Path, ourselves: u32) -> Option<String> {
    let device = fs::canonicalize(device).ok()?;
    let processes = names(&root.join("proc")).into_iter().filter_map(|name| name.parse::<u32>().ok());
    let is_held = |process: &u32| {
        let open = root.join(format!("proc/{process}/fd"));
        names(&open).iter().any(|fd| fs::read_link(open.join(fd)).is_ok_and(|target| target == device))
    };
    let process = processes.filter(|process| *process != ourselves).find(is_held)?;
    let name = fs::read_to_string(root.join(format!("proc/{process}/comm"))).unwrap_or_default();
    Some(format!("{} (process {process})", name.trim()))
}

#[cfg(test)]
mod tests;
