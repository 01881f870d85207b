//! The spool in a real folder: what a node leaves there, the next one finds, and people can look at.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use picket_common::event::{EventData, ImageData, Phase, Role};
use picket_common::pulse::Pulse;
use picket_common::shutdown::Shutdown;
use picket_common::time::{Clock, SimClock, SystemClock};
use picket_node::author::Author;
use picket_node::config::{Durability, SpoolSection};
use picket_node::spool::look::{self, Question, Which};
use picket_node::spool::{Class, Keeper, Settings, Spool};
use serde_json::Value;

const SECOND: Duration = Duration::from_secs(1);

struct Node {
    clock: SimClock,
    author: Author,
    keeper: Keeper,
}

impl Node {
    fn start(folder: &Path) -> Node {
        let clock = SimClock::new("2026-11-20T12:00:00Z".parse().unwrap());
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let config = SpoolSection { directory: Some(folder.to_owned()), ..SpoolSection::default() };
        let (spool, keeper) = Spool::on_disk(Settings::of(&config, "Pi 1").unwrap(), shared.clone());
        let (node, view, boot) = ("Barn".into(), Some("Door".into()), "boot".into());
        let mut node = Node { clock, author: Author { node, view, boot, clock: shared, spool }, keeper };
        node.pass(Duration::ZERO);
        node
    }

    fn pass(&mut self, time: Duration) {
        self.clock.advance(time);
        while self.keeper.step().is_zero() && !self.keeper.is_ended() {}
    }

    fn event(&self) {
        self.author.event(self.author.now(), Some("e"), &EventData::new(Phase::Start, "motion", "moving"));
    }

    fn image(&self, jpeg: &[u8]) {
        let data = ImageData { role: Role::During, width: 1, height: 1, also: Vec::new() };
        self.author.image(Class::EventFrame, self.author.now(), Some("e"), &data, jpeg);
    }

    fn problem(&self) -> Option<String> {
        self.author.spool.stock().disk.unwrap().problem
    }

    fn waiting(&self) -> Vec<Vec<u64>> {
        let spool = &self.author.spool;
        let seqs = |stream| {
            let items = std::iter::successors(spool.after(stream, 0), move |item| spool.after(stream, item.seq));
            items.map(|item| item.seq).collect::<Vec<_>>()
        };
        spool.streams().into_iter().map(seqs).filter(|seqs| !seqs.is_empty()).collect()
    }
}

/// What `picket-node spool` says, and its error.
fn ask(question: &Question) -> (String, Option<String>) {
    let mut out = Vec::new();
    let error = look::answer(question, &mut out).err().map(|error| error.to_string());
    (String::from_utf8(out).unwrap(), error)
}

#[test]
fn what_a_node_leaves_the_next_one_finds_and_people_can_look_at() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("state/spool");
    let which = || Which::at(place.clone());
    let (_, error) = ask(&Question::Status(which()));
    assert!(error.unwrap().contains("is no spool"));

    let mut node = Node::start(&place);
    for number in 0..3 {
        node.event();
        node.image(format!("jpeg {number}").as_bytes());
        node.pass(SECOND * 40);
    }
    node.author.spool.acknowledge(node.author.spool.streams()[0], 1);
    let (said, _) = ask(&Question::Status(which()));
    assert!(said.contains(&format!("a node is at work on it (process {})", std::process::id())), "{said}");
    // As if it were killed: nothing more is written, and the system takes its lock.
    drop(node);

    let mut node = Node::start(&place);
    assert_eq!((node.waiting(), node.problem()), (vec![vec![1, 2, 3], vec![1, 2, 3]], None));
    node.author.spool.acknowledge(node.author.spool.streams()[0], 1);
    node.author.spool.close();
    node.pass(Duration::ZERO);
    drop(node);

    let (said, _) = ask(&Question::Status(which()));
    assert!(said.contains("no node is at work on it") && said.contains("written on Pi 1"), "{said}");
    assert!(said.contains("events      2 messages wait") && said.contains("frames      3 messages wait"), "{said}");
    assert!(said.contains("in all      5 messages wait") && said.contains("continuous  nothing waits\n"), "{said}");
    assert!(said.contains("in 1 stream, the oldest of 2026-11-20 12:00:00 UTC"), "{said}");
    assert_eq!(ask(&Question::Check(which())), ("messages that wait and are sound: 5\n".into(), None));

    let pictures = folder.path().join("pictures");
    let (said, error) = ask(&Question::Dump { which: which(), images: Some(pictures.clone()) });
    assert_eq!(error, None);
    let lines: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let texts: Vec<_> =
        lines.iter().map(|line| (line["msg"].as_str().unwrap(), line["seq"].as_u64().unwrap())).collect();
    let (event, image) = ("Barn Door|motion|moving", "Barn Door|jpg");
    assert_eq!(texts, [(event, 2), (event, 3), (image, 1), (image, 2), (image, 3)]);
    for (line, body) in lines[2..].iter().zip(["jpeg 0", "jpeg 1", "jpeg 2"]) {
        assert_eq!(std::fs::read_to_string(line["file"].as_str().unwrap()).unwrap(), body);
    }
    assert_eq!(std::fs::read_dir(&pictures).unwrap().count(), 3);

    // A bit flips in the first frame.
    let segment = place.join("frames").join("0000000000000001.log");
    let mut bytes = std::fs::read(&segment).unwrap();
    let at = bytes.windows(6).position(|window| window == b"jpeg 0").unwrap();
    bytes[at] ^= 1;
    std::fs::write(&segment, bytes).unwrap();
    let (said, error) = ask(&Question::Check(which()));
    assert!(error.unwrap().starts_with("places that are damaged: 1;"));
    assert!(said.contains("0000000000000001.log") && said.ends_with("messages that wait and are sound: 4\n"), "{said}");
    let node = Node::start(&place);
    assert_eq!((node.waiting(), node.author.spool.stock().damaged), (vec![vec![2, 3], vec![2, 3]], 1));
}

#[test]
fn two_nodes_do_not_share_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = Node::start(folder.path());
    first.event();
    first.pass(SECOND);
    let mut second = Node::start(folder.path());
    second.event();
    assert!(second.problem().unwrap().contains("another process has this spool open"), "{:?}", second.problem());
    assert_eq!(second.waiting(), [[1]]);
    drop(first);
    second.pass(SECOND * 60);
    assert_eq!((second.waiting(), second.problem()), (vec![vec![1], vec![1]], None));
}

#[test]
fn a_file_in_the_folders_place_is_told_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("spool");
    std::fs::write(&place, "somebody's notes").unwrap();
    let mut node = Node::start(&place);
    node.event();
    let problem = node.problem().unwrap();
    assert!(problem.contains(place.to_str().unwrap()) && problem.contains("cannot be made"), "{problem}");
    assert_eq!((node.waiting(), std::fs::read_to_string(&place).unwrap()), (vec![vec![1]], "somebody's notes".into()));
    std::fs::remove_file(&place).unwrap();
    node.pass(SECOND * 60);
    assert_eq!((node.waiting(), node.problem()), (vec![vec![1]], None));
}

#[test]
fn the_thread_writes_without_being_asked_and_ends_when_the_spool_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let durability = Some(Durability::Always);
    let config = SpoolSection { directory: Some(folder.path().into()), durability, ..SpoolSection::default() };
    let (spool, keeper) = Spool::on_disk(Settings::of(&config, "Pi 1").unwrap(), clock.clone());
    let beat = Pulse::new(clock.clone()).thread("spool", SECOND * 60);
    let thread = std::thread::spawn(move || keeper.run(&beat));
    let (node, boot) = ("Barn".to_owned(), "boot".to_owned());
    let author = Author { node, view: None, boot, clock: clock.clone(), spool: spool.clone() };
    let on_disk = |messages: u64| {
        let never = Shutdown::new();
        for _ in 0..2000 {
            if spool.stock().disk.unwrap().disk_messages == messages {
                return;
            }
            clock.wait(Duration::from_millis(10), &never);
        }
        panic!("{messages} messages are not on the disk: {:?}", spool.stock());
    };
    for number in 1..=5 {
        author.restart(&[]);
        on_disk(number);
    }
    author.restart(&[]);
    spool.close();
    thread.join().unwrap();
    on_disk(6);
}
