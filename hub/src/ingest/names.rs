//! Chooses the file name of each image, as imagehub names them, made unique. Decided once, before the
//! journal, so that carrying it out twice writes the same file twice.

use std::collections::{HashSet, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::tz::TimeZone;
use picket_common::time::Timestamp;

/// The names given and not yet to be seen in the tree.
pub struct Names {
    root: PathBuf,
    zone: TimeZone,
    /// The journal number up to which all is shelved.
    shelved: Arc<AtomicU64>,
    given: HashSet<String>,
    order: VecDeque<(u64, String)>,
}

impl Names {
    /// Names for the data directory `root`, in local time of `zone`.
    pub fn new(root: PathBuf, zone: TimeZone, shelved: Arc<AtomicU64>) -> Names {
        Names { root, zone, shelved, given: HashSet::new(), order: VecDeque::new() }
    }

    /// A path below the data directory that no other image has: where the time is taken, the next free
    /// microsecond.
    pub fn choose(&mut self, node: &str, view: Option<&str>, at: Timestamp) -> String {
        self.prune();
        let source = match view {
            Some(view) => format!("{node}-{view}"),
            None => node.to_owned(),
        };
        let mut at = at;
        loop {
            let local = self.zone.to_datetime(at);
            let (day, time) = (local.date(), local.time());
            let (hour, minute, second) = (time.hour(), time.minute(), time.second());
            let micros = time.subsec_nanosecond() / 1000;
            let name = format!("images/{day}/{source}-{day}T{hour:02}.{minute:02}.{second:02}.{micros:06}.jpg");
            if !self.given.contains(&name) && !self.root.join(&name).exists() {
                return name;
            }
            at = at.checked_add(Duration::from_micros(1)).unwrap_or(Timestamp::UNIX_EPOCH);
        }
    }

    /// Notes that a journal record has this name.
    pub fn note(&mut self, number: u64, name: &str) {
        self.given.insert(name.to_owned());
        self.order.push_back((number, name.to_owned()));
    }

    /// The journal number up to which all is shelved.
    pub fn shelved(&self) -> u64 {
        self.shelved.load(Ordering::Acquire)
    }

    fn prune(&mut self) {
        let shelved = self.shelved();
        while self.order.front().is_some_and(|(number, _)| *number <= shelved) {
            if let Some((_, name)) = self.order.pop_front() {
                self.given.remove(&name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_imagehubs_and_never_the_same_twice() {
        let folder = tempfile::tempdir().unwrap();
        let zone = TimeZone::get("America/Los_Angeles").unwrap();
        let shelved = Arc::new(AtomicU64::new(0));
        let mut names = Names::new(folder.path().to_owned(), zone, shelved.clone());
        let at: Timestamp = "2021-09-24T01:39:41.014Z".parse().unwrap();
        let first = names.choose("Driveway", Some("Mailbox"), at);
        assert_eq!(first, "images/2021-09-23/Driveway-Mailbox-2021-09-23T18.39.41.014000.jpg");
        names.note(1, &first);
        let second = names.choose("Driveway", Some("Mailbox"), at);
        assert_eq!(second, "images/2021-09-23/Driveway-Mailbox-2021-09-23T18.39.41.014001.jpg");
        names.note(2, &second);

        std::fs::create_dir_all(folder.path().join("images/2021-09-23")).unwrap();
        std::fs::write(folder.path().join(&first), b"").unwrap();
        shelved.store(2, Ordering::Release);
        let third = names.choose("Driveway", Some("Mailbox"), at);
        assert_eq!(third, second, "its record was withdrawn: the name is free, while the first lies in the tree");
    }
}
