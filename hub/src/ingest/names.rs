//! Chooses the file name of each image, as imagehub names them, made unique. Decided once, before the
//! journal, so that carrying it out twice writes the same file twice.

use std::collections::{BTreeMap, HashSet, VecDeque};
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
    /// Times of which the names are taken one after the other, by the source and the first; each with the last.
    runs: BTreeMap<(String, Timestamp), Timestamp>,
}

const MICROSECOND: Duration = Duration::from_micros(1);
/// Where more names than these in a row are taken, that is remembered: who sends all its images with one time does not
/// keep everybody waiting while the next free name is looked for. And so many such runs are.
const FEW: usize = 32;
const RUNS: usize = 4096;

impl Names {
    /// Names for the data directory `root`, in local time of `zone`.
    pub fn new(root: PathBuf, zone: TimeZone, shelved: Arc<AtomicU64>) -> Names {
        Names { root, zone, shelved, given: HashSet::new(), order: VecDeque::new(), runs: BTreeMap::new() }
    }

    /// A path below the data directory that no other image has: where the time is taken, the next free
    /// microsecond.
    pub fn choose(&mut self, node: &str, view: Option<&str>, wanted: Timestamp) -> String {
        self.prune();
        let source = match view {
            Some(view) => format!("{node}-{view}"),
            None => node.to_owned(),
        };
        let first = self.after_run(&source, wanted);
        let (mut at, mut probes) = (first, 0);
        loop {
            let local = self.zone.to_datetime(at);
            let (day, time) = (local.date(), local.time());
            let (hour, minute, second) = (time.hour(), time.minute(), time.second());
            let micros = time.subsec_nanosecond() / 1000;
            let name = format!("images/{day}/{source}-{day}T{hour:02}.{minute:02}.{second:02}.{micros:06}.jpg");
            if !self.given.contains(&name) && !self.root.join(&name).exists() {
                if FEW <= probes || first != wanted {
                    self.note_run(source, first, at);
                }
                return name;
            }
            probes += 1;
            at = at.checked_add(MICROSECOND).unwrap_or(Timestamp::UNIX_EPOCH);
        }
    }

    /// The first time from `at` on of which it is not known already that its name is taken.
    fn after_run(&self, source: &str, at: Timestamp) -> Timestamp {
        let mut free = at;
        // One run may end where the next begins.
        while let Some(end) = self.run_with(source, free) {
            match end.checked_add(MICROSECOND) {
                Ok(next) => free = next,
                Err(_) => return at,
            }
        }
        free
    }

    /// The last time of the run that `at` lies in.
    fn run_with(&self, source: &str, at: Timestamp) -> Option<Timestamp> {
        let ((of, _), last) = self.runs.range(..=(source.to_owned(), at)).next_back()?;
        (of == source && at <= *last).then_some(*last)
    }

    /// All names from `first` to `last` are taken, and those between the last such run and `first`.
    fn note_run(&mut self, source: String, first: Timestamp, last: Timestamp) {
        if RUNS <= self.runs.len() {
            self.runs.clear();
        }
        let before = first.checked_sub(MICROSECOND).unwrap_or(first);
        let run = self.runs.range_mut(..=(source.clone(), first)).next_back();
        match run.filter(|((of, _), end)| *of == source && before <= **end) {
            Some((_, end)) => *end = last,
            None => _ = self.runs.insert((source, first), last),
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
    fn berlin() -> (tempfile::TempDir, Names) {
        let folder = tempfile::tempdir().unwrap();
        let names = Names::new(folder.path().to_owned(), TimeZone::get("Europe/Berlin").unwrap(), Arc::default());
        (folder, names)
    }

    #[test]
    fn in_the_doubled_hour_the_missing_one_and_at_midnight_every_image_has_a_name_of_its_own() {
        let (_folder, mut names) = berlin();
        let mut check = |number: u64, at: &str, expected: &str| {
            let name = names.choose("Barn", None, at.parse().unwrap());
            assert_eq!(name, format!("images/{}/Barn-{expected}.jpg", &expected[..10]), "{at}");
            names.note(number, &name);
        };
        // The clock is set back from 03:00 to 02:00: summer time's half past two, and an hour later winter time's.
        check(1, "2026-10-25T00:30:00Z", "2026-10-25T02.30.00.000000");
        check(2, "2026-10-25T01:30:00Z", "2026-10-25T02.30.00.000001");
        check(3, "2026-10-25T01:30:00Z", "2026-10-25T02.30.00.000002");
        check(4, "2026-10-25T02:30:00Z", "2026-10-25T03.30.00.000000");
        // And forward from 02:00 to 03:00.
        check(5, "2026-03-29T00:59:59.999999Z", "2026-03-29T01.59.59.999999");
        check(6, "2026-03-29T00:59:59.999999Z", "2026-03-29T03.00.00.000000");
        check(7, "2026-03-29T01:00:00Z", "2026-03-29T03.00.00.000001");
        // The last microsecond of a day belongs to it, and the next name to the next day.
        check(8, "2026-11-20T22:59:59.9999999Z", "2026-11-20T23.59.59.999999");
        check(9, "2026-11-20T22:59:59.9999999Z", "2026-11-21T00.00.00.000000");
        check(10, "1970-01-01T00:00:00Z", "1970-01-01T01.00.00.000000");
        check(11, "2106-02-07T06:28:15Z", "2106-02-07T07.28.15.000000");
    }

    #[test]
    fn a_thousand_images_of_one_time_do_not_make_the_next_one_slow() {
        let (_folder, mut names) = berlin();
        let at = |microsecond: i64| Timestamp::from_microsecond(1_795_000_000_000_000 + microsecond).unwrap();
        let mut chosen = HashSet::new();
        for number in 1..=3000 {
            let name = names.choose("Barn", None, at([0, 700, 5][number as usize % 3]));
            names.note(number, &name);
            assert!(chosen.insert(name));
        }
        assert!(names.after_run("Barn", at(0)) > at(2900), "nothing is looked at twice: {:?}", names.runs);
        assert!(names.runs.len() < 10, "{:?}", names.runs);
        assert_eq!(names.after_run("Barn", at(-1)), at(-1));
        assert_eq!(names.after_run("Shed", at(0)), at(0));
    }
}
