//! A whole camera network in one thread: a real hub over a simulated journal disk, real nodes and old senders,
//! wires in memory, a clock that is moved. What was acknowledged is remembered, and held against what is stored.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Zoned;
use jiff::tz::TimeZone;
use picket_common::event::{EventData, ImageData, Phase, Role};
use picket_common::log::Options;
use picket_common::log::disk::Disk;
use picket_common::log::sim::SimDisk;
use picket_common::time::{Clock, SimClock};
use picket_common::transport::Sender;
use picket_common::transport::memory::{MemoryReceiver, MemorySender, Network};
use picket_common::wire::{Header, Reply};
use picket_hub::app;
use picket_hub::config::{Limits, RetentionConfig};
use picket_hub::ingest::{Ingest, Settings};
use picket_hub::list::{self, Filter};
use picket_hub::retention::Keeper;
use picket_hub::shelver::Shelver;
use picket_node::author::Author;
use picket_node::health::Health;
use picket_node::spool::{Class, Spool};
use picket_node::uplink::{self, Dialect, Uplink};
use rusqlite::Connection;
use serde_json::Value;

/// Small, so that trimming has something to let go of.
const SEGMENT_BYTES: u64 = 4096;

pub(crate) struct World {
    pub(crate) clock: SimClock,
    pub(crate) network: Network,
    pub(crate) disk: SimDisk,
    pub(crate) data: tempfile::TempDir,
    pub(crate) hub: Option<(Ingest<MemoryReceiver>, Shelver)>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) olds: Vec<Old>,
    /// Others send as well, of whom nobody keeps books.
    pub(crate) has_others: bool,
    /// What the hub may forget; without rules nothing.
    pub(crate) rules: Option<RetentionConfig>,
    /// What the hub is told at its start.
    pub(crate) zone: TimeZone,
    pub(crate) limits: Limits,
    pub(crate) patience: Duration,
}

pub(crate) struct Node {
    pub(crate) uplink: Uplink<MemorySender>,
    pub(crate) spool: Spool,
    pub(crate) author: Author,
    /// Its machine's; all share the hub's unless told otherwise.
    pub(crate) clock: SimClock,
    pub(crate) health: Health,
    /// Every image and every event ever pushed, by their bodies and event ids.
    pub(crate) images: Vec<Vec<u8>>,
    pub(crate) events: Vec<String>,
}

/// A stock imagezmq sender: one message, then its reply; after a time-out a new connection and the same again.
pub(crate) struct Old {
    name: String,
    sender: MemorySender,
    waiting: Option<Vec<u8>>,
    patience: u32,
    /// Every image ever sent.
    sent: Vec<Vec<u8>>,
    /// How often it has lost its patience.
    pub(crate) time_outs: u32,
    pub(crate) acknowledged: Vec<Vec<u8>>,
}

/// Memory, where there is such a folder: these tests are about order, and a real disk's syncs only take time.
pub(crate) fn folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() }
}

impl World {
    pub(crate) fn new(nodes: usize, olds: usize) -> World {
        let clock = SimClock::new("2026-11-20T12:00:00Z".parse().unwrap());
        let network = Network::new();
        let mut world = World {
            nodes: (0..nodes).map(|number| Node::new(number, &network, &clock)).collect(),
            olds: (0..olds).map(|number| Old::new(number, &network)).collect(),
            clock,
            network,
            disk: SimDisk::new(),
            data: folder(),
            hub: None,
            has_others: false,
            rules: None,
            zone: TimeZone::UTC,
            limits: Limits::default(),
            patience: Duration::from_secs(1 << 30),
        };
        world.start_hub();
        world
    }

    /// The same, where each node's machine has a clock of its own.
    pub(crate) fn with_own_clocks(nodes: usize, olds: usize) -> World {
        let mut world = World::new(0, olds);
        let clock = |_| SimClock::new(world.clock.now());
        let clocks: Vec<SimClock> = (0..nodes).map(clock).collect();
        world.nodes =
            clocks.iter().enumerate().map(|(number, clock)| Node::new(number, &world.network, clock)).collect();
        world
    }

    /// Time passes, for everybody.
    pub(crate) fn advance(&self, time: Duration) {
        self.clock.advance(time);
        for node in self.nodes.iter().filter(|node| !node.clock.is_same(&self.clock)) {
            node.clock.advance(time);
        }
    }

    pub(crate) fn start_hub(&mut self) {
        let settings = Settings {
            name: "hub".into(),
            max_bytes: 1 << 20,
            patience: self.patience,
            zone: self.zone.clone(),
            limits: self.limits.clone(),
        };
        let journal = self.journal();
        let clock = Arc::new(self.clock.clone());
        let hub = app::build(self.data.path(), journal, self.network.hub(), settings, clock);
        let (ingest, mut shelver) = hub.expect("a hub starts, whatever happened before");
        if let Some(rules) = &self.rules {
            shelver.keep(Keeper::new(rules.clone(), TimeZone::UTC));
        }
        self.hub = Some((ingest, shelver));
    }

    /// The journal's disk, as a process that begins now has it.
    pub(crate) fn journal(&self) -> (Arc<dyn Disk>, Options) {
        (
            self.disk.life(),
            Options { segment_bytes: SEGMENT_BYTES, spare_segments: 2, max_bytes: u64::MAX, indexed: false },
        )
    }

    /// The hub's machine loses its power: what its journal has not synced is gone, or torn by chance.
    pub(crate) fn kill_hub(&mut self, seed: u64) {
        self.end_hub(|disk| disk.crash(seed));
    }

    /// The hub ends in whatever way it does for its journal's disk.
    pub(crate) fn end_hub(&mut self, end: impl FnOnce(&SimDisk)) {
        self.hub = None;
        end(&self.disk);
        self.cut();
    }

    /// Somebody else holds the index, until what is returned is dropped: nothing can be shelved.
    pub(crate) fn lock_index(&self) -> Connection {
        let lock = Connection::open(self.data.path().join("picket.db")).unwrap();
        lock.execute_batch("BEGIN IMMEDIATE").unwrap();
        lock
    }

    /// All connections break.
    pub(crate) fn cut(&mut self) {
        self.network.lose();
        for node in &mut self.nodes {
            node.uplink.link_mut(|link| self.network.cut(&mut [link]));
        }
    }

    pub(crate) fn ingest(&mut self) {
        if let Some((ingest, _)) = &mut self.hub {
            ingest.step(Duration::ZERO).expect("ingest goes on, whatever comes in");
        }
    }

    /// One step of the shelver, which may fail.
    pub(crate) fn shelve(&mut self) -> bool {
        self.hub.as_mut().is_some_and(|(_, shelver)| shelver.step().is_ok())
    }

    /// How many records one step of the shelver has shelved.
    pub(crate) fn shelve_some(&mut self) -> usize {
        self.hub.as_mut().map_or(0, |(_, shelver)| shelver.step().expect("shelving works"))
    }

    pub(crate) fn step_all(&mut self) {
        self.nodes.iter_mut().for_each(|node| node.uplink.step(Duration::ZERO).unwrap());
        self.olds.iter_mut().for_each(Old::step);
        self.ingest();
    }

    /// No more faults: everything that waits arrives and is shelved.
    pub(crate) fn settle(&mut self) {
        self.disk.heal();
        self.disk.set_room(u64::MAX);
        self.network.hold(false);
        if self.hub.is_none() {
            self.start_hub();
        }
        for _ in 0..400 {
            self.advance(Duration::from_secs(1));
            self.step_all();
            let waiting = self.nodes.iter().any(|node| !node.uplink.is_done());
            if !waiting && self.olds.iter().all(|old| old.waiting.is_none()) {
                break;
            }
        }
        assert!(self.nodes.iter().all(|node| node.uplink.is_done()), "a node still waits");
        assert!(self.olds.iter().all(|old| old.waiting.is_none()), "an old sender still waits");
        while self.hub.as_mut().is_some_and(|(_, shelver)| shelver.step().expect("shelving works") > 0) {}
    }

    /// After whatever happened, everybody sends once more: the hub takes it, and all that was promised is true.
    pub(crate) fn check_that_it_goes_on(&mut self) {
        self.settle();
        self.check();
        for node in &mut self.nodes {
            node.push_event();
            node.push_image();
        }
        let before: Vec<usize> = self.olds.iter().map(|old| old.acknowledged.len()).collect();
        self.olds.iter_mut().for_each(Old::push);
        self.settle();
        self.check();
        for (old, before) in self.olds.iter().zip(before) {
            assert_eq!(old.acknowledged.len(), before + 1, "{} is not served any more", old.name);
        }
    }

    /// Everything acknowledged is there, once: in the tree, in the records, in the index and in the log. What is there was
    /// sent.
    pub(crate) fn check(&self) {
        let tree = self.tree();
        let mut count: BTreeMap<&[u8], u32> = BTreeMap::new();
        tree.iter().for_each(|(_, body)| *count.entry(body).or_default() += 1);
        for body in self.olds.iter().flat_map(|old| &old.acknowledged) {
            assert_eq!(count.get(&body[..]), Some(&1), "an old sender's image {:?}", String::from_utf8_lossy(body));
        }
        for body in self.nodes.iter().flat_map(|node| &node.images) {
            assert_eq!(count.get(&body[..]), Some(&1), "a node's image {:?}", String::from_utf8_lossy(body));
        }
        let sent = self.nodes.iter().map(|node| &node.images).chain(self.olds.iter().map(|old| &old.sent));
        let sent: HashSet<&[u8]> = sent.flatten().map(Vec::as_slice).collect();
        for (body, count) in count {
            let body_text = String::from_utf8_lossy(body);
            assert_eq!(count, 1, "{body_text:?} is stored so often");
            assert!(self.has_others || sent.contains(body), "{body_text:?} was never sent");
        }
        self.check_records(&tree);
        self.check_index(&tree);
        self.check_log();
    }

    fn check_records(&self, tree: &[(PathBuf, Vec<u8>)]) {
        let mut files = HashSet::new();
        let mut last: BTreeMap<String, u64> = BTreeMap::new();
        let mut events = Vec::new();
        let lines = self.text_lines("records").into_iter();
        let read = |line: String| serde_json::from_str::<Value>(&line).expect("a record is one JSON object");
        let mut records: Vec<Value> = lines.map(read).collect();
        // A hub whose clock is set back writes into an earlier day's file again.
        records.sort_by_key(|record| record["number"].as_u64());
        for record in records {
            // What the hub tells of itself.
            if record["node"] == "hub" {
                continue;
            }
            if let Some(file) = record["file"].as_str() {
                assert!(files.insert(self.data.path().join(file)), "{file} is recorded twice");
            } else if let Some(event) = record["event"].as_str() {
                events.push(event.to_owned());
            }
            if let (Some(stream), Some(seq)) = (record["stream"].as_str(), record["seq"].as_u64()) {
                let before = last.insert(stream.to_owned(), seq).unwrap_or(0);
                assert!(before < seq, "stream {stream}: {seq} is recorded after {before}");
            }
        }
        assert_eq!(files, tree.iter().map(|(path, _)| path.clone()).collect(), "records and tree differ");
        let mut pushed: Vec<String> = self.nodes.iter().flat_map(|node| node.events.clone()).collect();
        pushed.sort();
        events.sort();
        assert_eq!(events, pushed, "events recorded and events told");
    }

    fn check_index(&self, tree: &[(PathBuf, Vec<u8>)]) {
        let now: Zoned = self.clock.now().to_zoned(TimeZone::UTC);
        let filter = Filter { limit: Some(1_000_000), ..Filter::default() };
        let mut listed = Vec::new();
        list::images(self.data.path(), &filter, true, &now, &mut listed).unwrap();
        let mut files: Vec<PathBuf> = String::from_utf8(listed)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .map(|image| self.data.path().join(image["file"].as_str().unwrap()))
            .collect();
        files.sort();
        let tree: Vec<PathBuf> = tree.iter().map(|(path, _)| path.clone()).collect();
        assert_eq!(files, tree, "index and tree differ");
    }

    fn check_log(&self) {
        let lines = self.text_lines("logs");
        let events: usize = self.nodes.iter().map(|node| node.events.len()).sum();
        assert_eq!(lines.iter().filter(|line| line.ends_with("|motion|moving")).count(), events, "{lines:#?}");
    }

    pub(crate) fn tree(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        for day in folders(&self.data.path().join("images")) {
            for file in folders(&day) {
                files.push((file.clone(), std::fs::read(&file).unwrap()));
            }
        }
        files.sort();
        files
    }

    pub(crate) fn text_lines(&self, folder: &str) -> Vec<String> {
        let files = folders(&self.data.path().join(folder));
        files
            .iter()
            .flat_map(|file| std::fs::read_to_string(file).unwrap().lines().map(str::to_owned).collect::<Vec<_>>())
            .collect()
    }
}

/// What a folder holds, but for hidden things.
fn folders(path: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(path).into_iter().flatten().map(|entry| entry.unwrap().path());
    let mut shown: Vec<PathBuf> =
        entries.filter(|path| !path.file_name().unwrap().to_string_lossy().starts_with('.')).collect();
    shown.sort();
    shown
}

impl Node {
    fn new(number: usize, network: &Network, clock: &SimClock) -> Node {
        let own = clock.clone();
        let clock: Arc<dyn Clock> = Arc::new(clock.clone());
        let health = Health::new(clock.clone());
        let spool = Spool::in_memory(64 << 20);
        let author = Author {
            node: format!("Node{number}"),
            view: Some("Door".into()),
            boot: health.boot(),
            clock: clock.clone(),
            spool: spool.clone(),
        };
        let settings = uplink::Settings {
            node: author.node.clone(),
            hubs: vec!["tcp://hub:5555".into()],
            dialect: Dialect::Picket,
            heartbeat: Duration::from_secs(10),
            timeout: Duration::from_secs(5),
            seed: number as u64,
            is_one_of_many: false,
        };
        let uplink = Uplink::new(network.node(), spool.clone(), settings, health.clone(), clock);
        Node { uplink, spool, author, clock: own, health, images: Vec::new(), events: Vec::new() }
    }

    pub(crate) fn push_image(&mut self) {
        let body = format!("{} image {}", self.author.node, self.images.len()).into_bytes();
        self.images.push(body.clone());
        let data = ImageData { role: Role::During, width: 1, height: 1, also: Vec::new() };
        self.author.image(Class::EventFrame, self.author.now(), None, &data, body);
    }

    pub(crate) fn push_event(&mut self) {
        let id = format!("{} event {}", self.author.node, self.events.len());
        self.events.push(id.clone());
        let data = EventData::new(Phase::Start, "motion", "moving");
        self.author.event(self.author.now(), Some(&id), &data);
    }
}

impl Old {
    fn new(number: usize, network: &Network) -> Old {
        let (name, sender) = (format!("Old{number}"), network.node());
        Old { name, sender, waiting: None, patience: 0, sent: Vec::new(), time_outs: 0, acknowledged: Vec::new() }
    }

    /// Sends a new image, if it is not waiting for a reply.
    pub(crate) fn push(&mut self) {
        if self.waiting.is_none() {
            let body = format!("{} image {}", self.name, self.sent.len()).into_bytes();
            self.sent.push(body.clone());
            self.waiting = Some(body);
            self.send();
        }
    }

    fn send(&mut self) {
        let Some(body) = &self.waiting else { return };
        let header = Header { msg: format!("{} Door|jpg", self.name), raw: None, keys: None };
        self.sender.send(&header.encode(), body).unwrap();
        self.patience = 20;
    }

    pub(crate) fn receive(&mut self) {
        if self.waiting.is_some() {
            self.step();
        }
    }

    fn step(&mut self) {
        match self.sender.receive(Duration::ZERO).unwrap().map(|part| Reply::decode(&part)) {
            Some(Ok(Reply::Ok)) => self.acknowledged.extend(self.waiting.take()),
            Some(Ok(Reply::Refused(_))) => self.send(),
            Some(other) => panic!("{} does not understand {other:?}", self.name),
            None if self.waiting.is_some() && self.patience == 0 => self.time_out(),
            None => self.patience = self.patience.saturating_sub(1),
        }
    }

    pub(crate) fn time_out(&mut self) {
        self.time_outs += 1;
        self.sender.reconnect().unwrap();
        self.send();
    }
}
