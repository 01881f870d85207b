//! Lamps as they are configured, on the simulated board, step by step on a simulated clock; what they tell is written as
//! short words.

use picket_common::shutdown::Shutdown;
use picket_common::time::{Clock, ClockState, SimClock, Timestamp};

use super::*;
use crate::activity::{Activity, Brightness};
use crate::output::Outputs;
use crate::pins::simulated::Simulated;
use crate::spool::{Item, Spool};
use crate::trigger::Triggers;

const LAMP: u8 = 18;

/// A clock that may not be set yet.
#[derive(Clone)]
struct Set(SimClock, ClockState);

impl Clock for Set {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn uptime(&self) -> Duration {
        self.0.uptime()
    }

    fn state(&self) -> ClockState {
        self.1
    }

    fn wait(&self, time: Duration, shutdown: &Shutdown) -> bool {
        self.0.wait(time, shutdown)
    }
}

struct Run {
    lamp: Box<dyn Worker>,
    board: Simulated,
    clock: SimClock,
    spool: Spool,
    activity: Activity,
    zone: TimeZone,
}

fn config(node: &str, lamp: &str) -> NodeConfig {
    let text = format!(
        "node: {{name: Barn{node}}}\n\
         cameras:\n  - view: Door\n    source: {{kind: pattern}}\n    detectors: [{{kind: motion}}]\n\
         sensors: [{{kind: input, name: pir, gpio: 17}}]\n\
         lights: [{{name: porch, gpio: {LAMP}, {lamp}}}]\n"
    );
    picket_common::config::parse("test.yaml", text.as_bytes()).unwrap_or_else(|error| panic!("{error:#}"))
}

fn start_with(node: &str, lamp: &str, at: &str, state: ClockState) -> Run {
    let config = config(node, lamp);
    // Europe/Berlin.
    let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
    let (board, clock) = (Simulated::new(), SimClock::new(at.parse().unwrap()));
    clock.advance(Duration::from_secs(100));
    clock.set(at.parse().unwrap());
    let (spool, activity) = (Spool::in_memory(1 << 20), Activity::default());
    let shared_clock: Arc<dyn Clock> = Arc::new(Set(clock.clone(), state));
    let (node, boot) = ("Barn".to_owned(), "b".to_owned());
    let author = Author { node, view: None, boot, clock: shared_clock.clone(), spool: spool.clone() };
    let shared = Shared {
        author,
        clock: shared_clock,
        activity: activity.clone(),
        triggers: Triggers::default(),
        outputs: Outputs::default(),
    };
    let pins: Arc<dyn Board> = Arc::new(board.clone());
    let lamp = build(&config, &shared, &pins, &zone).unwrap().remove(0);
    Run { lamp, board, clock, spool, activity, zone }
}

fn start(lamp: &str, at: &str) -> Run {
    start_with("", lamp, at, ClockState::Synced)
}

impl Run {
    /// Lets so many seconds pass, the lamp taking the pauses that it wants.
    fn pass(&mut self, seconds: u64) -> &mut Run {
        let end = self.clock.uptime() + Duration::from_secs(seconds);
        while self.clock.uptime() < end {
            let pause = self.lamp.step();
            assert!(Duration::from_millis(20) <= pause && pause <= Duration::from_secs(1), "{pause:?}");
            self.clock.advance(pause.min(end - self.clock.uptime()));
        }
        self.lamp.step();
        self
    }

    fn is_lit(&self) -> bool {
        self.board.level(LAMP)
    }

    fn say(&mut self, name: &str, active: bool) -> &mut Run {
        self.activity.set(name, active, self.clock.uptime());
        self
    }

    /// Local times, phases, texts and reasons.
    fn told(&self) -> Vec<String> {
        let Some(stream) = self.spool.streams().first().copied() else { return Vec::new() };
        let next = |item: &Arc<Item>| self.spool.after(stream, item.seq);
        let tell = |item: Arc<Item>| {
            let word = |key: &str| item.keys.data[key].as_str().unwrap_or("-").to_owned();
            let time = self.zone.to_datetime(item.keys.at.unwrap()).strftime("%H:%M:%S").to_string();
            format!("{time} {} {}: {}", word("phase"), item.msg, word("reason"))
        };
        std::iter::successors(self.spool.after(stream, 0), next).map(tell).collect()
    }
}

#[test]
fn a_lamp_that_is_always_on_is_off_when_the_node_stops() {
    let mut run = start("when: always", "2026-11-20T12:00:00Z");
    assert_eq!((run.lamp.name().as_str(), run.is_lit()), ("lamp-porch", false));
    run.pass(10);
    assert!(run.is_lit());
    run.lamp.stop();
    assert!(!run.is_lit() && !run.board.is_open(LAMP));
    assert_eq!(
        run.told(),
        ["13:00:00 start Barn porch|lamp|on: always", "13:00:10 end Barn porch|lamp|off: the node stopped",]
    );
}

#[test]
fn what_is_told_is_one_happening() {
    let mut run = start("when: always", "2026-11-20T12:00:00Z");
    run.pass(1).lamp.stop();
    let stream = run.spool.streams()[0];
    let first = run.spool.after(stream, 0).unwrap();
    let second = run.spool.after(stream, first.seq).unwrap();
    assert!(first.keys.event.is_some() && first.keys.event == second.keys.event);
    assert_eq!(first.keys.view.as_deref(), Some("porch"));
}

#[test]
fn a_clock_window_goes_over_midnight_and_over_the_change_of_time() {
    let mut run = start("when: 23:00..02:30", "2026-03-28T21:00:00Z");
    run.pass(10 * 3600);
    // The clock went from 02:00 to 03:00.
    assert_eq!(run.told(), ["23:00:00 start Barn porch|lamp|on: 23:00..02:30", "03:00:00 end Barn porch|lamp|off: -",]);
    let mut run = start("when: 02:15..02:45", "2026-10-24T22:00:00Z");
    run.pass(10 * 3600);
    assert_eq!(
        run.told(),
        [
            "02:15:00 start Barn porch|lamp|on: 02:15..02:45",
            "02:45:00 end Barn porch|lamp|off: -",
            "02:15:00 start Barn porch|lamp|on: 02:15..02:45",
            "02:45:00 end Barn porch|lamp|off: -",
        ]
    );
}

#[test]
fn a_clock_that_is_set_takes_effect_at_once() {
    let mut run = start("when: 12:00..13:00", "2026-11-20T02:00:00Z");
    run.pass(60);
    assert!(!run.is_lit());
    run.clock.set("2026-11-20T11:30:00Z".parse().unwrap());
    run.pass(1);
    assert!(run.is_lit());
    run.clock.set("2026-11-20T02:00:00Z".parse().unwrap());
    run.pass(1);
    assert!(!run.is_lit());
}

#[test]
fn a_clock_that_is_not_set_leaves_the_lamp_safe() {
    let check = |lamp: &str, lit: bool, told: &[&str]| {
        let node = ", place: {latitude: 52.5, longitude: 13.4}";
        // By its clock it is the middle of the night.
        let mut run = start_with(node, lamp, "2026-11-20T01:00:00Z", ClockState::Unsynced);
        run.pass(5);
        assert_eq!((run.is_lit(), run.told()), (lit, told.iter().map(|told| (*told).to_owned()).collect()), "{lamp}");
    };
    let unknown = "02:00:00 start Barn porch|lamp|on: safe state: the machine's clock is not set";
    let dark = "02:00:00 start Barn porch|lamp|on: safe state: neither the sun nor the camera tells whether it is dark";
    check("when: 01:00..05:00", false, &[]);
    check("when: 01:00..05:00, safe: on", true, &[unknown]);
    check("when: dusk..dawn", false, &[]);
    check("when: dusk..dawn, safe: on", true, &[dark]);
    check("when: dusk..dawn with pir, safe: on", false, &[]);
    check("when: [01:00..05:00, always]", true, &["02:00:00 start Barn porch|lamp|on: always"]);
}

#[test]
fn with_an_input_and_a_while_after() {
    let mut run = start("when: with pir, linger: 30s", "2026-11-20T12:00:00Z");
    run.say("pir", false).pass(10);
    assert!(!run.is_lit());
    run.say("pir", true).pass(5).say("pir", false).pass(60);
    run.say("gate", true).say("Door/motion", true).pass(60);
    assert_eq!(run.told(), ["13:00:10 start Barn porch|lamp|on: with pir", "13:00:45 end Barn porch|lamp|off: -",]);
}

#[test]
fn a_lamp_does_not_light_itself_by_going_off() {
    // Each change of the lamp's light makes the camera's detector find motion for some seconds.
    let mut run = start("when: with Door, linger: 5s, fade: 1s, level: 50%", "2026-11-20T12:00:00Z");
    run.pass(10).say("Door/motion", true).pass(5).say("Door/motion", false).pass(3);
    let (mut lit, mut changes, mut still_at) = (run.is_lit(), 0, 0);
    for second in 0..120 {
        run.pass(1);
        if run.is_lit() != lit {
            (lit, changes, still_at) = (!lit, changes + 1, second + 3);
            run.say("Door/motion", true);
        }
        if second == still_at {
            run.say("Door/motion", false);
        }
    }
    assert_eq!((lit, changes), (false, 1));
    run.say("Door/motion", true).pass(2);
    assert!(run.is_lit());
}

#[test]
fn by_the_sun_from_civil_dusk_to_civil_dawn_and_never_by_day() {
    let node = ", place: {latitude: 52.5, longitude: 13.4}";
    let mut run = start_with(node, "when: [dusk..22:30, 04:00..dawn]", "2026-11-20T11:00:00Z", ClockState::Synced);
    run.pass(24 * 3600);
    let told = run.told();
    assert_eq!(told.len(), 4, "{told:?}");
    assert!(told[0].starts_with("16:4") && told[0].ends_with("start Barn porch|lamp|on: dusk..22:30"), "{told:?}");
    assert_eq!(told[1..3], ["22:30:00 end Barn porch|lamp|off: -", "04:00:00 start Barn porch|lamp|on: 04:00..dawn"]);
    assert!(told[3].starts_with("06:5") && told[3].ends_with("end Barn porch|lamp|off: -"), "{told:?}");
    assert!(!run.activity.is_brightness_watched("Door"));
    // In June it is still light at 22:30, and light already at 04:00.
    let mut run = start_with(node, "when: [dusk..22:00, 04:30..dawn]", "2026-06-20T10:00:00Z", ClockState::Synced);
    run.pass(24 * 3600);
    assert_eq!(run.told(), [""; 0]);
}

/// A world that gets dark for some hours, in which the lamp adds to what the camera sees.
#[test]
fn by_the_cameras_brightness_though_the_lamp_lights_the_scene() {
    let mut run = start("when: dusk..dawn, fade: 2s", "2026-11-20T12:00:00Z");
    assert!(run.activity.is_brightness_watched("Door"));
    let mut dark_s = 0;
    for second in 0..24 * 3600 {
        let hour = f64::from(second) / 3600.0;
        // Six hours of light, an hour of dusk, ten of night, and an hour of dawn.
        let daylight = (hour - 17.0).max(7.0 - hour).clamp(0.0, 1.0) * 150.0 + 3.0;
        let level = daylight + 60.0 * run.board.duty(LAMP).unwrap();
        run.activity.set_brightness("Door", Brightness { level, at: run.clock.uptime() });
        run.pass(1);
        dark_s += u32::from(daylight < 40.0 && !run.is_lit());
    }
    let told = run.told();
    assert_eq!(told.len(), 2, "{told:?}");
    // Two minutes to settle in the evening; in the morning it is lit until it is day.
    assert!((110..130).contains(&dark_s), "{dark_s}");
}

#[test]
fn a_camera_that_is_lost_leaves_it_to_the_sun_or_to_the_safe_state() {
    let check = |node: &str, expected: bool| {
        let lamp = "when: dusk..dawn, dusk: {camera: Door}";
        let mut run = start_with(node, lamp, "2026-11-20T11:00:00Z", ClockState::Synced);
        for _ in 0..60 {
            run.activity.set_brightness("Door", Brightness { level: 5.0, at: run.clock.uptime() });
            run.pass(1);
        }
        assert!(run.is_lit(), "{node}");
        run.pass(9 * 60);
        assert!(run.is_lit(), "{node}");
        run.pass(9 * 60);
        assert!(!run.is_lit(), "{node}");
        run.clock.set("2026-11-20T20:00:00Z".parse().unwrap());
        run.pass(1);
        assert_eq!(run.is_lit(), expected, "{node}");
    };
    check("", false);
    check(", place: {latitude: 52.5, longitude: 13.4}", true);
}

#[test]
fn a_pin_that_fails_is_tried_again_and_told_when_it_works() {
    let mut run = start("when: always", "2026-11-20T12:00:00Z");
    run.board.break_down(Some("the wire is cut"));
    run.pass(10);
    assert_eq!((run.is_lit(), run.told().len()), (false, 0));
    run.board.break_down(None);
    run.pass(1);
    assert_eq!((run.is_lit(), run.told().len()), (true, 1));
}

#[test]
fn every_lamp_is_made_safe_though_one_cannot_be() {
    let board = Simulated::new();
    let mut lamps = config("", "when: always").lights;
    lamps.insert(0, LampConfig { name: "gone".to_owned(), gpio: 99, ..lamps[0].clone() });
    lamps[1].safe = Switch::On;
    let error = make_safe(&lamps, &board).unwrap_err().to_string();
    assert_eq!((error.as_str(), board.level(LAMP)), ("lamp gone: there is no GPIO99 on a simulated board", true));
}
