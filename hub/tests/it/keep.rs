//! Retention in a hub that is at work: while images come in and the hub is killed, on a disk that is really full, and at the
//! hands of people.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::Zoned;
use jiff::tz::TimeZone;
use picket_common::config::{MinFree, Size};
use picket_common::event::Kind;
use picket_common::log::sim::{Dice, SimDisk};
use picket_common::log::{self, Key, Options, Writer};
use picket_common::time::{Clock, SimClock, SystemClock};
use picket_hub::ask::{Door, keep};
use picket_hub::config::RetentionConfig;
use picket_hub::entry::Entry;
use picket_hub::index::{Index, Wanted};
use picket_hub::list::Filter;
use picket_hub::pin;
use picket_hub::retention::{self, Keeper};
use picket_hub::shelver::{Done, Order, Shelver};
use picket_hub::store::Store;
use serde_json::Value;

use crate::world::World;

/// What `records/` tells of a data directory: of each image its file and checksum, and why those are gone that are.
#[derive(Default)]
struct Records {
    images: BTreeMap<u64, (String, String)>,
    gone: BTreeMap<u64, String>,
}

impl Records {
    fn of(data: &Path) -> Records {
        let mut records = Records::default();
        let mut names: Vec<_> =
            fs::read_dir(data.join("records")).unwrap().map(|entry| entry.unwrap().path()).collect();
        names.sort();
        for line in names
            .iter()
            .flat_map(|name| fs::read_to_string(name).unwrap().lines().map(str::to_owned).collect::<Vec<_>>())
        {
            let line: Value = serde_json::from_str(&line).unwrap();
            let text = |key: &str| line[key].as_str().unwrap().to_owned();
            let number = line["number"].as_u64().unwrap();
            match line["kind"].as_str().unwrap() {
                "image" => assert_eq!(records.images.insert(number, (text("file"), text("checksum"))), None),
                "deleted" => assert_eq!(records.gone.insert(number, text("rule")), None, "{number} is deleted twice"),
                _ => {}
            }
        }
        records
    }

    /// The files that should be there.
    fn kept(&self) -> BTreeSet<String> {
        let kept = self.images.iter().filter(|(number, _)| !self.gone.contains_key(number));
        kept.map(|(_, (file, _))| file.clone()).collect()
    }
}

fn tree(data: &Path) -> BTreeSet<String> {
    let below = |folder: PathBuf| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let days = below(data.join("images")).filter(|day| !day.ends_with(".new"));
    days.flat_map(below).map(|path| path.strip_prefix(data).unwrap().display().to_string()).collect()
}

fn listed(data: &Path) -> BTreeSet<String> {
    let mut files = BTreeSet::new();
    let mut each = |row: picket_hub::index::ImageRow| {
        files.insert(row.file);
        Ok(())
    };
    Index::read(data).unwrap().images(&Wanted::default(), &mut each).unwrap();
    files
}

/// Tree, index and records tell the same, and nothing acknowledged is gone but by a rule.
fn check(data: &Path) -> Records {
    let records = Records::of(data);
    assert_eq!(tree(data), records.kept());
    assert_eq!(listed(data), records.kept());
    records
}

#[test]
fn while_images_come_in_and_the_hub_is_killed_only_the_rules_make_any_go() {
    let mut rules = BTreeSet::new();
    for seed in 0..12 {
        let mut dice = Dice(seed);
        let mut world = World::new(2, 2);
        let quotas = BTreeMap::from([("Old0".to_owned(), Size(150))]);
        world.rules =
            Some(RetentionConfig { max_size: Some(Size(900)), min_free: MinFree::NONE, quotas, ..Default::default() });
        for _ in 0..100 {
            world.nodes.iter_mut().for_each(|node| node.push_image());
            world.olds.iter_mut().for_each(|old| old.push());
            world.step_all();
            world.shelve();
            world.clock.advance(Duration::from_millis(dice.roll(20_000)));
            if dice.roll(8) == 0 {
                world.kill_hub(dice.roll(u64::MAX));
                world.start_hub();
            }
        }
        world.settle();
        world.clock.advance(Duration::from_secs(60));
        while world.hub.as_mut().is_some_and(|(_, shelver)| shelver.tend()) {}

        let records = check(world.data.path());
        let mut stored: BTreeMap<&str, u32> = BTreeMap::new();
        records.images.values().for_each(|(_, checksum)| *stored.entry(checksum).or_default() += 1);
        let sent = world.nodes.iter().flat_map(|node| &node.images);
        let acknowledged = world.olds.iter().flat_map(|old| &old.acknowledged).chain(sent);
        for body in acknowledged {
            let checksum = blake3_of(body);
            assert_eq!(stored.get(&*checksum), Some(&1), "seed {seed}: {}", String::from_utf8_lossy(body));
        }
        rules.extend(records.gone.into_values());
        let left: u64 =
            tree(world.data.path()).iter().map(|file| fs::metadata(world.data.path().join(file)).unwrap().len()).sum();
        assert!((700..=900).contains(&left), "seed {seed}: {left}");
    }
    assert_eq!(rules, BTreeSet::from(["max_size", "quota"].map(str::to_owned)));
}

fn blake3_of(body: &[u8]) -> String {
    blake3::hash(body).to_hex().to_string()
}

/// A small disk of its own, while it lives; none without the right to mount one.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn new(mebibytes: u32) -> Option<SmallDisk> {
        let folder = tempfile::tempdir().unwrap();
        let size = format!("size={mebibytes}m");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder.path()).output();
        match mounted {
            Ok(output) if output.status.success() => Some(SmallDisk(folder)),
            _ => {
                eprintln!("skipped: this user may not mount a small disk");
                None
            }
        }
    }

    /// Something else takes all room that there is.
    fn fill(&self) -> PathBuf {
        let path = self.0.path().join("somebody elses");
        let mut file = File::create(&path).unwrap();
        for size in [1 << 20, 4096, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
        path
    }

    fn data(&self) -> PathBuf {
        self.0.path().join("data")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // One that stays mounted is the machine's to tidy up.
        let _ = Command::new("umount").arg(self.0.path()).output();
    }
}

const IMAGE: usize = 150_000;

/// The shelver's half of a hub on a small disk; the journal is elsewhere.
struct Half {
    journal: Writer,
    shelver: Shelver,
    clock: SimClock,
}

impl Half {
    fn open(data: &Path, journal: &SimDisk, clock: &SimClock, rules: &RetentionConfig) -> Half {
        let (store, index) = (Store::open(data).unwrap(), Index::open(data).unwrap());
        let options = Options { segment_bytes: 1 << 20, spare_segments: 1, max_bytes: u64::MAX, indexed: false };
        let (journal, reader, _) = log::open(journal.life(), options, index.reached().unwrap()).unwrap();
        let mut shelver = Shelver::open(store, index, reader, Arc::default(), Arc::new(clock.clone())).unwrap();
        shelver.keep(Keeper::new(rules.clone(), TimeZone::UTC));
        Half { journal, shelver, clock: clock.clone() }
    }

    fn images(&mut self, count: usize) {
        for _ in 0..count {
            self.clock.advance(Duration::from_secs(1));
            let at = self.clock.now();
            let names = ("Barn".to_owned(), Some("Door".to_owned()));
            let mut entry = Entry::new(Kind::Image, names, "Barn Door|jpg".to_owned(), at, &TimeZone::UTC);
            entry.file = Some(format!("images/2026-11-20/Barn-Door-{}.jpg", at.strftime("%Y-%m-%dT%H.%M.%S.%6f")));
            self.journal.append(Key::default(), &[&entry.encode(), &[7; IMAGE]]).unwrap();
        }
        self.journal.sync().unwrap();
    }

    /// Steps for so many seconds; how many of them failed.
    fn run(&mut self, seconds: usize) -> usize {
        (0..seconds)
            .filter(|_| {
                self.clock.advance(Duration::from_secs(1));
                self.shelver.step().is_err()
            })
            .count()
    }

    fn pin(&mut self, number: u64) {
        let answer = self.shelver.orders().give(Order::Pin(vec![number]));
        self.shelver.tend();
        let Done::Pins { changed: 1, .. } = answer.try_recv().unwrap().unwrap() else { panic!("not pinned") };
    }
}

#[test]
fn a_disk_that_is_really_full_recovers_and_what_is_pinned_stays() {
    let Some(disk) = SmallDisk::new(32) else { return };
    let (journal, clock) = (SimDisk::new(), SimClock::new("2026-11-20T12:00:00Z".parse().unwrap()));
    let rules = RetentionConfig::default();
    let mut half = Half::open(&disk.data(), &journal, &clock, &rules);
    half.images(120);
    half.run(30);
    assert_eq!((half.shelver.reached(), tree(&disk.data()).len()), (120, 120));
    half.pin(1);
    assert!(disk.data().join("reserve").exists());

    // Full to the last byte, while more comes in; and in the middle of it the hub is started anew.
    disk.fill();
    half.images(40);
    half.run(3);
    drop(half);
    let mut half = Half::open(&disk.data(), &journal, &clock, &rules);
    half.run(60);
    assert_eq!(half.shelver.reached(), 160, "all that was acknowledged is shelved");
    let records = check(&disk.data());
    assert!(records.gone.len() > 40 && !records.gone.contains_key(&1), "{:?}", records.gone);
    assert!(records.gone.values().all(|rule| rule == "min_free" || rule == "emergency"), "{:?}", records.gone);
    let (oldest, newest) = (records.gone.keys().next(), records.gone.keys().next_back());
    assert_eq!((oldest, newest), (Some(&2), Some(&(records.gone.len() as u64 + 1))), "the oldest, without a gap");
    assert!(disk.data().join("reserve").exists(), "there is a reserve for the next time");
}

#[test]
fn it_is_the_reserve_that_makes_deleting_possible() {
    let Some(disk) = SmallDisk::new(32) else { return };
    let (journal, clock) = (SimDisk::new(), SimClock::new("2026-11-20T12:00:00Z".parse().unwrap()));
    let mut half = Half::open(&disk.data(), &journal, &clock, &RetentionConfig::default());
    half.images(150);
    half.run(60);
    let kept = tree(&disk.data()).len();
    let reserve = disk.data().join("reserve");
    fs::remove_file(&reserve).unwrap();
    let filler = disk.fill();
    half.run(60);
    assert_eq!(tree(&disk.data()).len(), kept, "there is no room to note what is deleted");
    fs::rename(&filler, &reserve).unwrap();
    half.run(60);
    assert!(tree(&disk.data()).len() < kept && reserve.exists());
    check(&disk.data());
}

#[test]
fn who_wants_nothing_deleted_gets_a_disk_that_refuses_until_there_is_room() {
    let Some(disk) = SmallDisk::new(32) else { return };
    let (journal, clock) = (SimDisk::new(), SimClock::new("2026-11-20T12:00:00Z".parse().unwrap()));
    let rules = RetentionConfig { min_free: MinFree::NONE, ..RetentionConfig::default() };
    let mut half = Half::open(&disk.data(), &journal, &clock, &rules);
    half.images(100);
    half.run(30);
    let filler = disk.fill();
    half.images(20);
    assert!(half.run(60) > 50, "nothing can be shelved");
    assert_eq!((half.shelver.reached(), Records::of(&disk.data()).gone.len()), (100, 0));
    fs::remove_file(filler).unwrap();
    half.run(30);
    assert_eq!((half.shelver.reached(), check(&disk.data()).gone.len()), (120, 0));
}

fn now() -> Zoned {
    SystemClock.now().to_zoned(TimeZone::UTC)
}

fn pin_options(what: &[&str], node: Option<&str>) -> pin::Options {
    let what = what.iter().map(|what| (*what).to_owned()).collect();
    pin::Options { what, filter: Filter { node: node.map(str::to_owned), ..Filter::default() } }
}

fn pinned(data: &Path, options: &pin::Options, pin: bool) -> Result<String, String> {
    let mut out = Vec::new();
    pin::run(data, options, pin, &now(), &mut out).map_err(|error| error.to_string())?;
    Ok(String::from_utf8(out).unwrap())
}

/// What people do, with a hub that runs or without.
fn by_hand(data: &Path, events: &[String], files: &[String]) {
    let check = |what: &[&str], node: Option<&str>, pin: bool, expected: &str| {
        let said = pinned(data, &pin_options(what, node), pin).unwrap_or_else(|error| error);
        assert!(said.starts_with(expected), "{what:?}: {said}");
    };
    let name = files[0].rsplit('/').next().unwrap();
    let whole = data.join(&files[1]);
    check(&[&events[0]], None, true, "pinned: 1 event, 0 images\n");
    check(&[&files[0], whole.to_str().unwrap()], None, true, "pinned: 0 events, 2 images\n");
    check(&[name, &files[0]], None, true, "pinned: 0 events, 1 image\n1 of them was pinned before\n");
    check(&[], Some("old0"), true, "pinned: 0 events, ");
    check(&[], Some("old0"), false, "unpinned: 0 events, ");
    check(&[], None, true, "what? Name an event's number");
    check(&[name], Some("old0"), true, "either what you name or --node");
    check(&["999999"], None, true, "\"999999\" is neither an event nor an image;");
    check(&["../../etc/passwd.jpg"], None, true, "\"../../etc/passwd.jpg\" is neither an event nor an image;");
    check(&[], Some("nobody"), true, "no images are like that;");
    check(&[&events[0], &files[0], &files[1]], None, false, "unpinned: 1 event, 2 images\n");
}

#[test]
fn people_pin_and_delete_by_a_running_hub_and_without_one() {
    let mut world = World::new(1, 1);
    world.rules = Some(RetentionConfig { max_size: Some(Size(10_000)), min_free: MinFree::NONE, ..Default::default() });
    world.kill_hub(0);
    world.start_hub();
    for _ in 0..20 {
        world.nodes[0].push_event();
        world.nodes[0].push_image();
        world.olds[0].push();
        world.step_all();
    }
    world.settle();
    let events = world.nodes[0].events.clone();
    let data = world.data.path().to_owned();
    let files: Vec<String> = tree(&data).into_iter().collect();

    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let (ingest, mut shelver) = world.hub.take().unwrap();
    let door =
        Door::open(&data, ingest.questions(), ingest.live(), clock.clone()).unwrap().with_orders(shelver.orders());
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Acquire) {
                door.step(Duration::from_millis(20)).unwrap();
            }
        });
        scope.spawn(|| {
            while !done.load(Ordering::Acquire) {
                shelver.step().unwrap();
                std::thread::yield_now();
            }
        });
        by_hand(&data, &events, &files);
        let status = keep::give(&data, &Order::Status, &*clock).unwrap();
        let Done::Status(status) = status else { panic!("{status:?}") };
        assert_eq!(status.rules, world.rules);
        let many = Order::Pin((0..150).map(|number| u64::MAX / 10 - number).collect());
        let Done::Pins { changed: 0, unknown } = keep::give(&data, &many, &*clock).unwrap() else { panic!() };
        assert_eq!(unknown.len(), 150);
        done.store(true, Ordering::Release);
    });
    drop((door, shelver, ingest));
    assert!(keep::give(&data, &Order::Status, &*clock).unwrap_err().to_string().starts_with("no hub is running"));

    by_hand(&data, &events, &files);
    pinned(&data, &pin_options(&[&files[0]], None), true).unwrap();
    let rules = RetentionConfig { max_size: Some(Size(100)), min_free: MinFree::NONE, ..Default::default() };
    let retain = |dry_run: bool| {
        let mut out = Vec::new();
        let rules = retention::Rules { rules: rules.clone(), file: None };
        let options = retention::Options { dry_run, json: false };
        retention::run(&data, rules, &options, &now(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    let dry = retain(true);
    assert!(dry.contains("rules, built in, for there is no configuration: max_size 100B\n"), "{dry}");
    assert!(dry.contains("pinned events: 0, pinned images: 1\n"), "{dry}");
    assert_eq!(tree(&data).len(), files.len());
    let wet = retain(false);
    let promised = dry.lines().last().unwrap().strip_prefix("to be deleted: ").unwrap().to_owned();
    assert_eq!(wet.lines().last(), Some(format!("deleted {promised}").as_str()), "{dry}{wet}");
    let left = tree(&data);
    assert!(left.contains(&files[0]) && left.len() < 10, "{left:?}");
    assert!(retain(false).ends_with("nothing is to be deleted\n"));
    check(&data);
}

#[test]
fn a_wrong_directory_is_told_and_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("nowhere");
    let error = pinned(&data, &pin_options(&["1"], None), true).unwrap_err();
    assert!(error.contains("no index at"), "{error}");
    let rules = retention::Rules { rules: RetentionConfig::default(), file: None };
    let options = retention::Options { dry_run: false, json: true };
    retention::run(&data, rules, &options, &now(), &mut Vec::new()).unwrap_err();
    assert!(!data.exists());
}
