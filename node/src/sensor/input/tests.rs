//! Inputs on the simulated board, step by step on a simulated clock; what they tell is written as short words.

use picket_common::time::{Clock, SimClock};
use serde_json::Value;

use super::*;
use crate::config::{NodeConfig, SensorConfig};
use crate::output::Outputs;
use crate::pins::simulated::Simulated;
use crate::spool::{Item, Spool};
use crate::trigger::{Mark, Marks, Triggers};

const PIR: u8 = 17;

struct Run {
    input: Input,
    board: Simulated,
    clock: SimClock,
    spool: Spool,
    activity: Activity,
    door: Marks,
}

/// An input as it is configured, at a board whose pin is driven low.
fn run(config: &str) -> Run {
    start(config, Simulated::new()).unwrap()
}

fn start(config: &str, board: Simulated) -> Result<Run> {
    let text = format!(
        "node: {{name: Barn}}\ncameras: [{{view: Door, source: {{kind: pattern}}}}]\n\
         sensors: [{{kind: input, name: pir, gpio: 17, trigger: [Door]{config}}}]"
    );
    let config: NodeConfig = picket_common::config::parse("test.yaml", text.as_bytes()).unwrap();
    let SensorConfig::Input(config) = &config.sensors[0] else { panic!("no input") };
    let clock = SimClock::new("2026-11-20T12:00:00Z".parse().unwrap());
    let (spool, activity, triggers) = (Spool::in_memory(1 << 20), Activity::default(), Triggers::new(["Door"]));
    let door = triggers.marks("Door");
    let shared_clock: Arc<dyn Clock> = Arc::new(clock.clone());
    let (node, boot) = ("Barn".to_owned(), "b".to_owned());
    let author = Author { node, view: None, boot, clock: shared_clock.clone(), spool: spool.clone() };
    let shared =
        Shared { author, clock: shared_clock, activity: activity.clone(), triggers, outputs: Outputs::default() };
    let input = Input::new(config, &shared, Arc::new(board.clone()))?;
    Ok(Run { input, board, clock, spool, activity, door })
}

impl Run {
    /// What the camera was left.
    fn marks(&self) -> Vec<Mark> {
        std::iter::from_fn(|| self.door.take(Duration::MAX)).collect()
    }

    /// Lets time pass, in steps of 5 ms.
    fn pass(&mut self, ms: u64) -> &mut Run {
        for _ in 0..ms / 5 {
            self.clock.advance(Duration::from_millis(5));
            self.input.step();
        }
        self
    }

    fn drive(&mut self, high: bool) -> &mut Run {
        self.board.drive(PIR, high);
        self
    }

    fn items(&self) -> Vec<Arc<Item>> {
        let stream = self.spool.streams()[0];
        let next = |item: &Arc<Item>| self.spool.after(stream, item.seq);
        std::iter::successors(self.spool.after(stream, 0), next).collect()
    }

    /// Milliseconds, phases and texts.
    fn told(&self) -> Vec<String> {
        let tell = |item: Arc<Item>| {
            let phase = item.keys.data["phase"].as_str().unwrap_or("").to_owned();
            format!("{} {phase} {}", item.keys.mono_ns.unwrap() / 1_000_000, item.msg)
        };
        self.items().into_iter().map(tell).collect()
    }

    fn check(&self, expected: &[&str]) {
        assert_eq!(self.told(), expected);
    }
}

#[test]
fn active_and_inactive_are_one_event_with_one_id() {
    let mut run = run("");
    run.pass(1_000).drive(true).pass(2_000).drive(false).pass(1_000);
    run.check(&[
        "55 update Barn pir|input|inactive",
        "1055 start Barn pir|input|active",
        "3055 end Barn pir|input|inactive",
    ]);
    let items = run.items();
    let ids: Vec<_> = items.iter().map(|item| item.keys.event.clone()).collect();
    assert!(ids[0].is_none() && ids[1].is_some() && ids[1] == ids[2]);
    assert_eq!(items[0].keys.data["reason"], "first state after the start");
    assert_eq!(items[1].keys.data, serde_json::json!({"phase": "start", "what": "input", "state": "active"}));
    assert_eq!((items[1].keys.view.as_deref(), items[1].keys.node.as_str()), (Some("pir"), "Barn"));
}

#[test]
fn an_input_that_is_active_at_the_start_is_an_event() {
    let board = Simulated::new();
    board.drive(PIR, true);
    start("", board).unwrap().pass(100).check(&["55 start Barn pir|input|active"]);
}

#[test]
fn active_low_is_active_while_the_pin_is_low() {
    let mut run = run(", active_low: true");
    run.pass(100).drive(false).pass(100).drive(true).pass(100);
    // Nothing drives it at first: it is pulled up.
    run.check(&[
        "55 update Barn pir|input|inactive",
        "155 start Barn pir|input|active",
        "255 end Barn pir|input|inactive",
    ]);
}

#[test]
fn the_pull_is_towards_inactive_unless_it_is_said() {
    let check = |config, states: &[&str]| {
        let mut run = run(config);
        run.pass(100);
        let told = run.items().into_iter().map(|item| item.keys.data["state"].as_str().unwrap().to_owned());
        assert_eq!(told.collect::<Vec<_>>(), states, "{config}");
    };
    check("", &["inactive"]);
    check(", pull: up", &["active"]);
    check(", active_low: true", &["inactive"]);
    check(", active_low: true, pull: down", &["active"]);
    check(", pull: off", &["inactive"]);
}

#[test]
fn what_is_shorter_than_the_debounce_is_nothing() {
    let mut run = run(", debounce: 200ms");
    run.pass(1_000);
    for _ in 0..5 {
        run.drive(true).pass(150).drive(false).pass(500);
    }
    run.check(&["205 update Barn pir|input|inactive"]);
}

#[test]
fn edges_that_the_driver_loses_are_found_by_looking() {
    let mut run = run("");
    run.board.lose_edges(PIR, true);
    run.pass(1_000).drive(true).pass(1_000).drive(false).pass(1_000);
    assert_eq!(run.told().len(), 3);
}

#[test]
fn an_edge_wakes_it_and_then_it_looks_again_soon() {
    let mut run = run("");
    run.pass(100).drive(true);
    assert_eq!((run.input.step(), run.input.step()), (SETTLE, Duration::ZERO));
}

#[test]
fn cameras_hear_of_start_and_end_and_lamps_see_it() {
    let mut run = run("");
    run.pass(100);
    assert_eq!(run.activity.state("pir").map(|state| state.active), Some(false));
    run.drive(true).pass(100);
    let state = run.activity.state("pir").unwrap();
    assert_eq!((state.active, state.since), (true, Duration::from_millis(155)));
    run.drive(false).pass(100);
    assert!(!run.activity.state("pir").unwrap().active);
    let id = run.items()[1].keys.event.clone().unwrap();
    let mark = |edge, ms| Mark { puller: 0, event: id.clone(), edge, mono: Duration::from_millis(ms) };
    assert_eq!(run.marks(), [mark(Edge::Start, 155), mark(Edge::End, 255)]);
}

#[test]
fn a_stop_ends_what_goes_on_and_frees_the_pin() {
    let mut run = run("");
    run.drive(true).pass(100);
    run.input.stop();
    run.check(&["55 start Barn pir|input|active", "100 end Barn pir|input|unknown"]);
    assert_eq!(run.items()[1].keys.data["reason"], "the node stopped");
    assert_eq!(run.marks().iter().map(|mark| mark.edge).collect::<Vec<_>>(), [Edge::Start, Edge::End]);
    assert!(!run.board.is_open(PIR) && !run.activity.state("pir").unwrap().active);
    run.input.stop();
    assert_eq!(run.told().len(), 2);
}

#[test]
fn a_failure_is_told_once_and_its_end_and_then_the_state_anew() {
    let mut run = run("");
    run.drive(true).pass(1_000);
    run.board.break_down(Some("the chip is gone"));
    run.pass(30_000);
    run.board.break_down(None);
    run.drive(false).pass(30_000);
    run.check(&[
        "55 start Barn pir|input|active",
        "1005 end Barn pir|input|unknown",
        "1005 start Barn pir|sensor|failed",
        "32055 end Barn pir|sensor|back",
        "32055 update Barn pir|input|inactive",
    ]);
    let reason = |n: usize| match &run.items()[n].keys.data["reason"] {
        Value::String(reason) => reason.clone(),
        none => none.to_string(),
    };
    assert_eq!((reason(1), reason(2)), ("the input failed".to_owned(), "GPIO17: the chip is gone".to_owned()));
    assert_eq!((reason(3), reason(4)), ("null".to_owned(), "first state after it failed".to_owned()));
    let ids: Vec<_> = run.items().iter().map(|item| item.keys.event.clone()).collect();
    assert!(ids[0] == ids[1] && ids[2] == ids[3] && ids[0] != ids[2] && ids[4].is_none());
}

#[test]
fn a_pin_that_another_program_took_is_asked_for_with_growing_pauses() {
    let mut run = run("");
    run.pass(100);
    run.board.take(PIR, Some("w1-gpio"));
    run.board.break_down(Some("lost"));
    run.input.step();
    run.board.break_down(None);
    let mut pauses = Vec::new();
    for _ in 0..8 {
        let pause = run.input.step();
        pauses.push(pause.as_secs());
        run.clock.advance(pause);
    }
    assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60]);
    run.board.take(PIR, None);
    run.drive(true).pass(100);
    assert_eq!(
        run.told()[1..].iter().map(|text| text.split_once(' ').unwrap().1).collect::<Vec<_>>(),
        ["start Barn pir|sensor|failed", "end Barn pir|sensor|back", "start Barn pir|input|active",]
    );
}

#[test]
fn what_chatters_does_not_flood_the_hub() {
    let mut run = run("");
    run.pass(1_000);
    for _ in 0..600 {
        run.drive(true).pass(100).drive(false).pass(100);
    }
    assert_eq!(run.told().len(), 22);
    assert_eq!(run.told()[20..], ["2955 end Barn pir|input|unknown", "2955 start Barn pir|sensor|failed"]);
    run.pass(20_000);
    let told = run.told();
    assert_eq!(told[22..], ["130905 end Barn pir|sensor|back", "130905 update Barn pir|input|inactive"]);
    assert_eq!(run.items()[21].keys.data["reason"], CHATTERS);
    assert!(!run.activity.state("pir").unwrap().active);
}

#[test]
fn a_pin_that_cannot_be_had_at_the_start_is_an_error() {
    let board = Simulated::new();
    board.take(PIR, Some("w1-gpio"));
    let error = start("", board).err().map(|error| format!("{error:#}"));
    assert_eq!(error.as_deref(), Some("the input `pir`: GPIO17 is in use by w1-gpio"));
}
