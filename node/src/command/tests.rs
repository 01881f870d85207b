use std::sync::Arc;

use picket_common::config;
use picket_common::time::{Clock, SimClock};

use super::*;
use crate::activity::Activity;
use crate::output::Outputs;
use crate::spool::Spool;
use crate::trigger::{Mark, Triggers};

struct World {
    clock: SimClock,
    spool: Spool,
    shared: Shared,
    commands: Commands,
    worker: Obedience,
}

impl World {
    /// A node whose cameras have these views.
    fn new(views: &[Option<&str>]) -> World {
        let clock = SimClock::new("2026-11-20T12:00:00Z".parse().unwrap());
        let spool = Spool::in_memory(1 << 20);
        let author = Author {
            node: "Barn".into(),
            view: None,
            boot: "b".into(),
            clock: Arc::new(clock.clone()),
            spool: spool.clone(),
        };
        let triggers = Triggers::new(views.iter().map(|view| view.unwrap_or_default()));
        let shared = Shared {
            author,
            clock: Arc::new(clock.clone()),
            activity: Activity::default(),
            triggers,
            outputs: Outputs::default(),
        };
        let config = config_of(views, "picket");
        let commands = Commands::default();
        let worker = Obedience::new(&config.cameras, &shared, commands.clone());
        World { clock, spool, shared, commands, worker }
    }

    fn ask(&self, order: Order, view: Option<&str>) {
        self.commands.add(Command { order, view: view.map(str::to_owned) });
    }

    fn record(&self, seconds: u64, view: Option<&str>) {
        self.ask(Order::Record { for_ms: seconds.saturating_mul(1000) }, view);
    }

    fn pass(&mut self, seconds: u64) {
        let end = self.clock.uptime() + Duration::from_secs(seconds);
        while self.clock.uptime() < end {
            let pause = self.worker.step();
            assert_eq!(pause, LOOK);
            self.clock.advance(pause);
        }
        self.worker.step();
    }

    /// What was told since the last time, as `second text phase: reason`.
    fn told(&self) -> Vec<String> {
        let stream = self.spool.streams()[0];
        let mut told = Vec::new();
        while let Some(item) = self.spool.after(stream, 0) {
            let keys = &item.keys;
            let second = keys.mono_ns.unwrap() / 1_000_000_000;
            let [phase, reason] = ["phase", "reason"].map(|key| keys.data[key].as_str().unwrap());
            told.push(format!("{second} {} {phase}: {reason}", item.msg));
            self.spool.acknowledge(stream, item.seq);
        }
        told
    }

    /// The marks at a camera: whose, and whether something begins or ends.
    fn marks(&self, view: &str) -> Vec<String> {
        let marks = self.shared.triggers.marks(view);
        let pullers = marks.pullers(0);
        let word = |Mark { puller, edge, .. }: Mark| format!("{} {edge:?}", pullers[puller].name);
        std::iter::from_fn(|| marks.take(Duration::MAX)).map(word).collect()
    }
}

fn config_of(views: &[Option<&str>], protocol: &str) -> NodeConfig {
    let view = |view: &Option<&str>| view.map(|view| format!("view: {view}, ")).unwrap_or_default();
    let cameras: Vec<String> =
        views.iter().map(|name| format!("  - {{{}source: {{kind: pattern}}}}\n", view(name))).collect();
    let sensors = "sensors: [{kind: ds18b20, name: deck, every: 10m}]\n";
    let cameras = if views.is_empty() { String::new() } else { format!("cameras:\n{}", cameras.concat()) };
    let text = format!("hub: {{protocol: {protocol}}}\n{cameras}{sensors}");
    config::parse("node.yaml", text.as_bytes()).unwrap()
}

#[test]
fn a_snapshot_is_over_at_once_and_is_told_by_each_camera_that_is_meant() {
    let mut world = World::new(&[Some("Door"), Some("Yard")]);
    world.ask(Order::Snapshot, Some("Yard"));
    world.pass(1);
    assert_eq!(world.told(), ["0 Barn Yard|command|snapshot end: asked by the hub"]);
    assert_eq!(
        (world.marks("Door").len(), world.marks("Yard")),
        (0, vec!["snapshot Start".into(), "snapshot End".into()])
    );
    world.ask(Order::Snapshot, None);
    world.pass(1);
    assert_eq!(world.told().len(), 2);
    assert_eq!((world.marks("Door").len(), world.marks("Yard").len()), (2, 2));
    let role = world.shared.triggers.marks("Door").pullers(0)[0].role;
    assert_eq!(role, Role::Snapshot);
}

#[test]
fn a_recording_ends_after_its_time() {
    let mut world = World::new(&[None]);
    world.record(10, None);
    world.pass(9);
    assert_eq!(world.told(), ["0 Barn|command|recording start: asked by the hub"]);
    assert_eq!(world.marks(""), ["recording Start"]);
    world.pass(2);
    assert_eq!(world.told(), ["10 Barn|command|done end: asked by the hub"]);
    assert_eq!(world.marks(""), ["recording End"]);
    world.pass(60);
    assert_eq!(world.told().len(), 0);
}

#[test]
fn a_recording_that_goes_on_is_prolonged_and_never_cut() {
    let mut world = World::new(&[Some("Door")]);
    let check = |world: &mut World, second: u64, expected: &[&str]| {
        let passed = world.clock.uptime().as_secs();
        world.pass(second - passed);
        assert_eq!(world.told(), expected, "until {second}");
    };
    world.record(10, None);
    check(&mut world, 5, &["0 Barn Door|command|recording start: asked by the hub"]);
    world.record(10, Some("Door"));
    check(&mut world, 6, &[]);
    world.record(1, None);
    check(&mut world, 14, &[]);
    check(&mut world, 16, &["15 Barn Door|command|done end: asked by the hub"]);
    assert_eq!(world.marks("Door"), ["recording Start", "recording End"]);
}

#[test]
fn no_recording_is_longer_than_ten_minutes_whatever_the_hub_says() {
    let mut world = World::new(&[Some("Door")]);
    world.ask(Order::Record { for_ms: u64::MAX }, None);
    world.pass(599);
    assert_eq!(world.told().len(), 1);
    world.pass(2);
    assert_eq!(world.told(), ["600 Barn Door|command|done end: asked by the hub"]);
}

#[test]
fn a_view_that_is_not_there_is_refused_in_words() {
    let check = |views: &[Option<&str>], asked: &str, reason: &str| {
        let mut world = World::new(views);
        world.record(10, Some(asked));
        world.pass(1);
        assert_eq!(world.told(), [format!("0 Barn|command|refused end: no camera has the view {reason}")]);
        assert!(views.iter().all(|view| world.marks(view.unwrap_or_default()).is_empty()));
    };
    check(&[Some("Door"), Some("Yard")], "Dor", "Dor; did you mean Door?");
    check(&[Some("Door"), Some("Yard")], "Pond", "Pond; there is Door, Yard");
    check(&[None], "Door", "Door; the only camera has none; ask without a view");
    let nonsense = format!("x\n\u{1b}[2J{}", "y".repeat(5000));
    check(&[Some("Door")], &nonsense, &format!("x---2J{}; there is Door", "y".repeat(58)));
}

#[test]
fn an_order_that_is_not_known_is_nothing_at_all() {
    let mut world = World::new(&[Some("Door")]);
    for view in [None, Some("Door"), Some("Pond")] {
        world.ask(Order::Other, view);
    }
    world.pass(1);
    assert_eq!((world.told().len(), world.marks("Door").len()), (0, 0));
}

#[test]
fn a_node_that_stops_ends_what_it_records() {
    let mut world = World::new(&[Some("Door"), Some("Yard")]);
    world.record(60, Some("Door"));
    world.pass(1);
    world.told();
    world.worker.stop();
    assert_eq!(world.told(), ["1 Barn Door|command|done end: the node stopped"]);
    assert_eq!(world.marks("Door"), ["recording Start", "recording End"]);
}

#[test]
fn a_hub_that_sends_a_flood_is_not_taken_at_its_word() {
    let mut world = World::new(&[Some("Door")]);
    (0..1000).for_each(|_| world.ask(Order::Snapshot, None));
    world.pass(1);
    assert_eq!(world.told().len(), MOST_WAITING);
}

#[test]
fn there_is_a_worker_only_where_a_command_can_come_and_a_camera_can_obey() {
    let check = |views: &[Option<&str>], protocol: &str, expected: bool| {
        let world = World::new(views);
        let worker = build(&config_of(views, protocol), &world.shared, Commands::default());
        assert_eq!(worker.is_some(), expected, "{views:?} {protocol}");
    };
    check(&[Some("Door")], "picket", true);
    check(&[Some("Door")], "imagezmq", false);
    check(&[], "picket", false);
}
