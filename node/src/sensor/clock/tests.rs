use std::sync::{Arc, Mutex};

use picket_common::event::Kind;
use picket_common::shutdown::Shutdown;
use picket_common::time::{Clock, SimClock};
use serde_json::json;

use super::*;
use crate::config::TriggerConfig;
use crate::spool::Spool;
use crate::trigger::{Edge, Marks, Triggers};

/// A clock whose state is set by hand.
#[derive(Clone)]
struct Watch(SimClock, Arc<Mutex<ClockState>>);

impl Clock for Watch {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn uptime(&self) -> Duration {
        self.0.uptime()
    }

    fn state(&self) -> ClockState {
        *self.1.lock().unwrap()
    }

    fn wait(&self, time: Duration, shutdown: &Shutdown) -> bool {
        self.0.wait(time, shutdown)
    }
}

struct World {
    watch: Watch,
    chime: Chime,
    spool: Spool,
    marks: Marks,
}

impl World {
    /// In Berlin, from a time in its winter or summer on.
    fn new(now: &str, at: &[&str], every: Option<&str>) -> World {
        let watch = Watch(SimClock::new(now.parse().unwrap()), Arc::new(Mutex::new(ClockState::Synced)));
        let spool = Spool::in_memory(1 << 20);
        let author = Author {
            node: "Barn".into(),
            view: Some("hourly".into()),
            boot: "b".into(),
            clock: Arc::new(watch.clone()),
            spool: spool.clone(),
        };
        let trigger = TriggerConfig { cameras: Some(vec!["Feeder".into()]), ..TriggerConfig::default() };
        let triggers = Triggers::new(["Feeder"]);
        let (marks, pulled) = (triggers.marks("Feeder"), triggers.trigger("hourly", &trigger));
        let at = at.iter().map(|time| time.parse().unwrap()).collect();
        let config = ClockConfig { name: "hourly".into(), at, every: every.map(|text| text.parse().unwrap()), trigger };
        let chime = Chime::new(&config, TimeZone::get("Europe/Berlin").unwrap(), author, pulled);
        World { watch, chime, spool, marks }
    }

    fn set(&self, now: &str) {
        self.watch.0.set(now.parse().unwrap());
    }

    /// Lets time pass, and gives the times at which it rang.
    fn pass(&mut self, seconds: u64) -> Vec<String> {
        let end = self.watch.uptime() + Duration::from_secs(seconds);
        while self.watch.uptime() <= end {
            let pause = self.chime.step();
            assert!(pause > Duration::ZERO && pause <= LOOK);
            self.watch.0.advance(pause);
        }
        self.rings()
    }

    fn rings(&mut self) -> Vec<String> {
        let stream = self.spool.streams()[0];
        let mut rings = vec![];
        while let Some(item) = self.spool.after(stream, 0) {
            assert_eq!((item.msg.as_str(), item.keys.kind), ("Barn hourly|clock|due", Kind::Event));
            assert_eq!(item.keys.data, json!({"phase": "end", "what": "clock", "state": "due"}));
            let (start, end) = (self.marks.take(Duration::MAX).unwrap(), self.marks.take(Duration::MAX).unwrap());
            assert_eq!((start.edge, end.edge, start.mono), (Edge::Start, Edge::End, end.mono));
            assert_eq!([Some(&start.event), Some(&end.event)], [item.keys.event.as_ref(); 2]);
            rings.push(item.keys.at.unwrap().strftime("%d %H:%M:%S").to_string());
            self.spool.acknowledge(stream, item.seq);
        }
        assert!(self.marks.take(Duration::MAX).is_none());
        rings
    }
}

#[test]
fn it_rings_at_its_times_and_pulls_its_trigger() {
    let mut world = World::new("2026-11-20T04:50:00Z", &["06:00", "12:30"], None);
    assert_eq!(world.pass(86_400), ["20 05:00:00", "20 11:30:00"]);
    let mut world = World::new("2026-11-20T04:50:00.25Z", &[], Some("15m"));
    assert_eq!(world.pass(1800), ["20 05:00:00", "20 05:15:00"]);
}

#[test]
fn a_node_that_starts_at_a_due_time_does_not_ring_for_what_is_past() {
    let mut world = World::new("2026-11-20T05:00:00.1Z", &["06:00"], None);
    assert_eq!(world.pass(600), [""; 0]);
}

#[test]
fn times_of_day_wait_until_the_clock_is_set() {
    let mut world = World::new("1970-01-01T04:59:50Z", &["06:00"], None);
    *world.watch.1.lock().unwrap() = ClockState::Unsynced;
    assert_eq!(world.pass(60), [""; 0]);
    world.set("2026-11-20T04:59:30Z");
    *world.watch.1.lock().unwrap() = ClockState::Synced;
    assert_eq!(world.pass(60), ["20 05:00:00"]);
    // `every` is of use without the right time too.
    let mut world = World::new("1970-01-01T04:59:50Z", &[], Some("1h"));
    *world.watch.1.lock().unwrap() = ClockState::Unsynced;
    assert_eq!(world.pass(60), ["01 05:00:00"]);
}

#[test]
fn a_clock_that_jumps_forward_makes_no_burst() {
    let check = |to: &str, after: u64, expected: &[&str]| {
        let mut world = World::new("2026-11-20T04:59:30Z", &[], Some("10m"));
        world.pass(5);
        world.set(to);
        assert_eq!(world.pass(after), expected, "{to}");
    };
    check("2026-11-20T05:00:20Z", 30, &["20 05:00:20"]); // only just missed
    check("2026-11-20T05:02:00Z", 30, &[]);
    check("2026-11-20T09:05:00Z", 400, &["20 09:10:00"]);
    check("2027-11-20T09:05:00Z", 400, &["20 09:10:00"]);
}

#[test]
fn a_clock_that_is_set_back_rings_no_time_twice() {
    let check = |every: Option<&str>, to: &str, after: u64, expected: &[&str]| {
        let at: &[&str] = if every.is_some() { &[] } else { &["06:00"] };
        let mut world = World::new("2026-11-20T04:59:30Z", at, every);
        assert_eq!(world.pass(40), ["20 05:00:00"]);
        world.set(to);
        assert_eq!(world.pass(after), expected, "{to}");
    };
    check(None, "2026-11-20T04:59:50Z", 60, &[]);
    check(None, "2026-11-20T04:30:00Z", 3600, &[]);
    check(Some("10m"), "2026-11-20T04:45:00Z", 2000, &["20 05:10:00"]);
    // It was wrong by far, and now begins anew.
    check(Some("1h"), "2025-03-01T02:59:00Z", 90, &["01 03:00:00"]);
    check(None, "2026-11-19T04:59:00Z", 90, &["19 05:00:00"]);
}

#[test]
fn a_year_has_each_day_once() {
    let mut world = World::new("2026-03-28T12:00:00Z", &["02:30"], None);
    assert_eq!(world.pass(2 * 86_400), ["29 01:00:00", "30 00:30:00"]);
    let mut world = World::new("2026-10-24T12:00:00Z", &["02:30"], None);
    assert_eq!(world.pass(2 * 86_400), ["25 00:30:00", "26 01:30:00"]);
}
