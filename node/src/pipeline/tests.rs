//! Generated frames through the whole pipeline; what lies in the spool afterwards is told as short words.

mod stories;

use std::sync::Arc;

use picket_common::event::Kind;
use picket_common::time::{Clock, SimClock};
use serde_json::Value;

use super::*;
use crate::config::{Amount, CameraSend, DetectorTrigger, EventSend, Frames, LightConfig, MotionConfig, Rate};
use crate::frame::Picture;
use crate::output::Outputs;
use crate::spool::{Item, Spool};
use crate::trigger::{Edge, Triggers};

const WIDTH: u32 = 80;
const HEIGHT: u32 = 60;

fn camera(detectors: Vec<DetectorConfig>) -> CameraConfig {
    CameraConfig {
        view: Some("Door".into()),
        source: crate::config::SourceConfig::Pattern { resolution: None, framerate: None, seed: 0 },
        rotate: Default::default(),
        flip: None,
        resize: None,
        jpeg_quality: 90,
        draw_time: false,
        detectors,
        send: CameraSend::None,
    }
}

fn motion(send: EventSend) -> DetectorConfig {
    DetectorConfig::Motion(MotionConfig { send, ..MotionConfig::default() })
}

fn frames(before: u32, during: Rate, after: u32) -> EventSend {
    EventSend::Frames(Frames { before: Amount::Frames(before), during, after: Amount::Frames(after) })
}

/// Ten frames a second of a grey scene; from frame `walk.start` on a bright block crosses it, and below `night` all
/// is dark.
fn frame(index: u64, walk: &std::ops::Range<u64>, night: u64) -> Frame {
    let grey = if index < night { 20 } else { 90 };
    let mut bytes = vec![grey; (WIDTH * HEIGHT * 3) as usize];
    if walk.contains(&index) {
        let left = (index - walk.start) as usize * 6;
        // It grows, as somebody who comes nearer: the best frame is not the first.
        for row in 20..30 + 2 * (index - walk.start) as usize {
            for column in left..(left + 20).min(WIDTH as usize) {
                bytes[(row * WIDTH as usize + column) * 3..][..3].fill(250);
            }
        }
    }
    let mono = Duration::from_millis(100) * u32::try_from(index).unwrap();
    let at = "2026-11-20T12:00:00Z".parse::<picket_common::time::Timestamp>().unwrap() + mono;
    Frame { index, at, mono, picture: Arc::new(Picture::Bgr { bytes, width: WIDTH, height: HEIGHT }) }
}

struct Run {
    pipeline: Pipeline,
    spool: Spool,
    shared: Shared,
}

impl Run {
    fn new(camera: &CameraConfig) -> Run {
        let clock: Arc<dyn Clock> = Arc::new(SimClock::new("2026-11-20T12:00:00Z".parse().unwrap()));
        let spool = Spool::in_memory(64 << 20);
        let (node, boot) = ("Barn".into(), "b".into());
        let author = Author { node, view: None, boot, clock: clock.clone(), spool: spool.clone() };
        let triggers = Triggers::new([camera.view.as_deref().unwrap_or_default(), "Yard"]);
        let shared = Shared { author, clock, activity: Activity::default(), triggers, outputs: Outputs::default() };
        Run { pipeline: Pipeline::new(camera, &shared).unwrap(), spool, shared }
    }

    fn items(&self) -> Vec<Arc<Item>> {
        let streams = self.spool.streams();
        let of =
            |stream| std::iter::successors(self.spool.after(stream, 0), move |item| self.spool.after(stream, item.seq));
        streams.into_iter().flat_map(of).collect()
    }

    /// Events as `phase state`, images as `role frame`, class by class.
    fn told(&self) -> Vec<String> {
        let word = |value: &Value| value.as_str().unwrap_or("").to_owned();
        let tell = |item: Arc<Item>| match item.keys.kind {
            Kind::Image => {
                let at = item.keys.at.unwrap().as_millisecond() % 60_000 / 100;
                format!("{} {at}", word(&item.keys.data["role"]))
            }
            _ => format!("{} {}", word(&item.keys.data["phase"]), word(&item.keys.data["state"])),
        };
        self.items().into_iter().map(tell).collect()
    }
}

fn check(camera: &CameraConfig, expected: &[&str]) {
    let mut run = Run::new(camera);
    (0..60).for_each(|index| run.pipeline.take(frame(index, &(20..33), 0)));
    run.pipeline.stop();
    assert_eq!(run.told(), expected);
}

#[test]
fn one_walk_is_one_start_and_one_end_with_the_trigger_and_what_was_around_it() {
    check(
        &camera(vec![motion(frames(2, Rate::PerSecond(2.0), 2))]),
        &[
            "update still",
            "start moving",
            "trigger 22",
            "end still",
            "best 29",
            "before 15",
            "before 20",
            "during 27",
            "during 32",
            "during 37",
            "after 42",
            "after 47",
        ],
    );
}

#[test]
fn a_best_frame_that_was_sent_is_not_sent_again() {
    let mut run = Run::new(&camera(vec![motion(frames(0, Rate::All, 0))]));
    (0..60).for_each(|index| run.pipeline.take(frame(index, &(20..33), 0)));
    let told = run.told();
    assert!(told.iter().all(|word| !word.starts_with("best")), "{told:?}");
    let during: Vec<_> = (23..39).map(|index| format!("during {index}")).collect();
    assert_eq!(told[4..], during);
}

#[test]
fn two_detectors_share_the_frames_they_both_keep() {
    let everything = || frames(1, Rate::All, 0);
    let one = Run::new(&camera(vec![motion(everything())]));
    let named = DetectorConfig::Motion(MotionConfig {
        name: Some("road".into()),
        send: everything(),
        ..MotionConfig::default()
    });
    let two = Run::new(&camera(vec![motion(everything()), named]));
    let images = |mut run: Run| {
        (0..60).for_each(|index| run.pipeline.take(frame(index, &(20..33), 0)));
        let told = run.told();
        let count = |word: &str| told.iter().filter(|told| told.starts_with(word)).count();
        (count("trigger"), count("before") + count("during") + count("after"))
    };
    let (triggers, shared) = images(one);
    assert_eq!(images(two), (triggers, shared), "each frame is sent once");
}

#[test]
fn what_is_sent_without_regard_to_events_goes_by_the_clock() {
    let continuous = CameraConfig { send: CameraSend::Continuous, ..camera(vec![]) };
    let all: Vec<String> = (0..60).map(|index| format!("continuous {index}")).collect();
    check(&continuous, &all.iter().map(String::as_str).collect::<Vec<_>>());
    let every = CameraSend::Every(picket_common::config::Duration(Duration::from_secs(2)));
    check(&CameraConfig { send: every, ..camera(vec![]) }, &["sample 0", "sample 20", "sample 40"]);
    check(&camera(vec![motion(EventSend::None)]), &["update still", "start moving", "end still"]);
    check(&camera(vec![]), &[]);
}

#[test]
fn light_that_comes_on_is_an_event_and_its_end_is_told_when_the_node_stops() {
    let light = LightConfig { threshold: 50, send: EventSend::None, ..LightConfig::default() };
    let mut run = Run::new(&camera(vec![DetectorConfig::Light(light)]));
    (0..40).for_each(|index| run.pipeline.take(frame(index, &(0..0), 20)));
    run.pipeline.stop();
    assert_eq!(run.told(), ["update dark", "start lighted", "end unknown"]);
    let last = run.items().pop().unwrap();
    assert_eq!(last.keys.data["reason"], "the node stopped");
    assert_eq!(last.msg, "Barn Door|light|unknown");
}

#[test]
fn texts_are_imagenodes_and_a_detector_with_a_name_of_its_own_is_told() {
    let named = DetectorConfig::Motion(MotionConfig { name: Some("road".into()), ..MotionConfig::default() });
    let mut run = Run::new(&CameraConfig { view: None, ..camera(vec![named]) });
    (0..60).for_each(|index| run.pipeline.take(frame(index, &(20..33), 0)));
    let items = run.items();
    let texts: Vec<&str> = items.iter().take(3).map(|item| item.msg.as_str()).collect();
    assert_eq!(texts, ["Barn|motion|still|road", "Barn|motion|moving|road", "Barn|jpg"]);
    let start = &items[1].keys;
    assert_eq!(start.event.as_ref().map(String::len), Some(32));
    assert!(start.data["score"].as_f64().is_some_and(|score| score > 0.03 && score < 1.0));
    assert!(start.data["boxes"][0][2].as_u64().is_some_and(|width| width > 5));
    assert_eq!(start.data["grid"].as_str().map(str::len), Some(64));
    assert!(items.iter().filter(|item| item.keys.kind == Kind::Image).all(|item| item.keys.event == start.event));
}

#[test]
fn a_camera_that_is_lost_and_back_is_one_event() {
    let mut run = Run::new(&camera(vec![]));
    run.pipeline.lost("unplugged");
    run.pipeline.back();
    let items = run.items();
    assert_eq!(run.told(), ["start lost", "end back"]);
    assert_eq!(items[0].keys.event, items[1].keys.event);
    assert_eq!(items[0].keys.data["reason"], "unplugged");
}

#[test]
fn a_frame_that_is_no_picture_is_passed_over() {
    let mut run = Run::new(&camera(vec![motion(frames(0, Rate::All, 0))]));
    for index in 0..60 {
        let mut frame = frame(index, &(20..33), 0);
        if index % 2 == 1 {
            frame.picture = Arc::new(Picture::Jpeg { bytes: b"no JPEG".to_vec(), width: 8, height: 8 });
        }
        run.pipeline.take(frame);
    }
    assert!(run.told().contains(&"start moving".to_owned()));
}

fn pir(shared: &Shared, send: Frames) -> Trigger {
    shared.triggers.trigger("pir", &TriggerConfig { cameras: None, send, ..TriggerConfig::default() })
}

fn frames_around(before: u32, during: Rate, after: u32) -> Frames {
    match frames(before, during, after) {
        EventSend::Frames(frames) => frames,
        _ => unreachable!(),
    }
}

#[test]
fn a_sensors_event_keeps_frames_under_its_own_id_and_the_sensor_alone_tells_of_it() {
    let mut run = Run::new(&camera(vec![]));
    let pir = pir(&run.shared, frames_around(2, Rate::PerSecond(2.0), 2));
    for index in 0..60 {
        match index {
            21 => pir.pull("e1", Edge::Start, Duration::from_millis(2050)),
            30 => pir.pull("e1", Edge::End, Duration::from_millis(3000)),
            _ => {}
        }
        run.pipeline.take(frame(index, &(0..0), 0));
    }
    let images = ["trigger 21", "before 15", "before 20", "during 26", "after 31", "after 36"];
    assert_eq!(run.told(), images);
    assert!(run.items().iter().all(|item| item.keys.event.as_deref() == Some("e1") && item.msg == "Barn Door|jpg"));
}

#[test]
fn frames_that_were_sent_before_are_told_in_the_events_own_message_or_else_in_one_for_them() {
    let mut run = Run::new(&camera(vec![motion(frames(2, Rate::All, 0))]));
    let pir = pir(&run.shared, frames_around(2, Rate::All, 0));
    for index in 0..60 {
        match index {
            // Before the motion, which starts with frame 22, and within it.
            18 => pir.pull("early", Edge::Start, Duration::from_millis(1800)),
            21 => pir.pull("early", Edge::End, Duration::from_millis(2100)),
            25 => pir.pull("late", Edge::Start, Duration::from_millis(2500)),
            26 => pir.pull("late", Edge::End, Duration::from_millis(2600)),
            _ => {}
        }
        run.pipeline.take(frame(index, &(20..33), 0));
    }
    let earlier = |item: &Arc<Item>| -> Vec<String> {
        let frames = item.keys.data["earlier"].as_array().cloned().unwrap_or_default();
        let at = |frame: &Value| frame["at"].as_str().unwrap().parse::<picket_common::time::Timestamp>().unwrap();
        let tell = |frame: &Value| {
            assert_eq!(frame["view"], "Door");
            format!("{} {}", frame["role"].as_str().unwrap(), at(frame).as_millisecond() % 60_000 / 100)
        };
        frames.iter().map(tell).collect()
    };
    let items = run.items();
    let told: Vec<(&str, Vec<String>)> = items
        .iter()
        .filter(|item| item.keys.kind == Kind::Event)
        .map(|item| (item.msg.as_str(), earlier(item)))
        .collect();
    let expected = [
        ("Barn Door|motion|still", vec![]),
        // 21 was picked and not kept by anybody.
        ("Barn Door|motion|moving", vec!["before 20".to_owned()]),
        ("Barn Door|frames|earlier", vec!["before 23".to_owned(), "before 24".to_owned()]),
        ("Barn Door|motion|still", vec![]),
    ];
    assert_eq!(told, expected);
    let also: Vec<String> = items
        .iter()
        .flat_map(|item| item.keys.data["also"].as_array().cloned().unwrap_or_default())
        .map(|also| format!("{} {}", also["event"].as_str().unwrap(), also["role"].as_str().unwrap()))
        .collect();
    assert_eq!(also, ["late trigger"]);
}

#[test]
fn a_detectors_event_that_is_too_short_is_told_and_keeps_no_frame_not_even_its_best() {
    let trigger = |seconds| DetectorTrigger {
        min_duration: picket_common::config::Duration(Duration::from_secs(seconds)),
        ..DetectorTrigger::default()
    };
    let told = |seconds| {
        let send = frames(1, Rate::PerSecond(1.0), 0);
        let config = MotionConfig { send, trigger: trigger(seconds), ..MotionConfig::default() };
        let mut run = Run::new(&camera(vec![DetectorConfig::Motion(config)]));
        (0..60).for_each(|index| run.pipeline.take(frame(index, &(20..33), 0)));
        run.told()
    };
    assert_eq!(told(3), ["update still", "start moving", "end still"]);
    let images = ["update still", "start moving", "trigger 22", "end still", "best 29", "before 18", "during 31"];
    assert_eq!(told(1), images);
}

#[test]
fn a_detectors_event_is_known_to_lamps_and_triggers_further_cameras() {
    let trigger = DetectorTrigger { cameras: vec!["Yard".into()], ..DetectorTrigger::default() };
    let config = MotionConfig { trigger, ..MotionConfig::default() };
    let mut run = Run::new(&camera(vec![DetectorConfig::Motion(config)]));
    let (yard, activity) = (run.shared.triggers.marks("Yard"), run.shared.activity.clone());
    let mut states = Vec::new();
    for index in 0..60 {
        run.pipeline.take(frame(index, &(20..33), 0));
        states.extend(activity.state("Door/motion").filter(|state| states.last() != Some(state)));
    }
    let since: Vec<(bool, u128)> = states.iter().map(|state| (state.active, state.since.as_millis())).collect();
    assert_eq!(since[1..], [(true, 2200), (false, 3900)]);
    let event = run.items()[1].keys.event.clone().unwrap();
    let marks: Vec<_> = std::iter::from_fn(|| yard.take(Duration::MAX)).collect();
    let edges: Vec<_> = marks.iter().map(|mark| (mark.edge, mark.mono.as_millis(), mark.event == event)).collect();
    assert_eq!(edges, [(Edge::Start, 2200, true), (Edge::End, 3900, true)]);
    assert_eq!(yard.pullers(0)[0].name, "Door/motion");
    assert_eq!(run.shared.triggers.marks("Door").pullers(0), []);
}

#[test]
fn neither_lamps_nor_further_cameras_wait_for_a_camera_that_is_lost_amid_an_event() {
    let trigger = DetectorTrigger { cameras: vec!["Yard".into()], ..DetectorTrigger::default() };
    let config = MotionConfig { trigger, ..MotionConfig::default() };
    let mut run = Run::new(&camera(vec![DetectorConfig::Motion(config)]));
    let (yard, activity) = (run.shared.triggers.marks("Yard"), run.shared.activity.clone());
    let is_active = || activity.state("Door/motion").unwrap().active;
    (0..26).for_each(|index| run.pipeline.take(frame(index, &(20..33), 0)));
    assert!(is_active());
    run.pipeline.lost("unplugged");
    assert!(!is_active());
    run.pipeline.back();
    run.pipeline.take(frame(26, &(20..33), 0));
    assert!(is_active());
    (27..60).for_each(|index| run.pipeline.take(frame(index, &(20..33), 0)));
    assert!(!is_active());
    let edges: Vec<_> = std::iter::from_fn(|| yard.take(Duration::MAX)).map(|mark| mark.edge).collect();
    assert_eq!(edges, [Edge::Start, Edge::End, Edge::Start, Edge::End]);
    assert_eq!(run.told().iter().filter(|told| told.ends_with("moving")).count(), 1, "it is one event");
}

#[test]
fn brightness_is_measured_once_a_second_and_only_where_somebody_asks() {
    let mut run = Run::new(&camera(vec![]));
    let activity = run.shared.activity.clone();
    let mut measured = Vec::new();
    for index in 0..40 {
        if index == 12 {
            activity.watch_brightness("Door");
        }
        run.pipeline.take(frame(index, &(0..0), 25));
        measured.extend(activity.brightness("Door").filter(|seen| measured.last() != Some(seen)));
    }
    let measured: Vec<_> = measured.iter().map(|seen| (seen.level.round(), seen.at.as_millis())).collect();
    assert_eq!(measured, [(20.0, 1200), (20.0, 2200), (90.0, 3200)]);
}

#[test]
fn a_still_scene_encodes_nothing_and_a_long_pre_roll_stays_small() {
    let picture = |turned: bool| match turned {
        false => Picture::Yuv420 { bytes: vec![128; 1280 * 720 * 3 / 2], width: 1280, height: 720 },
        true => Picture::Bgr { bytes: vec![128; 1280 * 720 * 3], width: 1280, height: 720 },
    };
    let stock = |send, turned| {
        let mut run = Run::new(&camera(vec![motion(send)]));
        let picture = Arc::new(picture(turned));
        let still = |index| Frame { picture: picture.clone(), ..frame(index, &(0..0), 0) };
        (0..70).for_each(|index| run.pipeline.take(still(index)));
        assert_eq!(run.told(), ["update still"]);
        run.pipeline.ring.stock()
    };
    for turned in [false, true] {
        let (encoded, held, _) = stock(EventSend::default(), turned);
        assert_eq!((encoded, held), (0, 5), "turned: {turned}");
        let five_seconds = Amount::Time(picket_common::config::Duration(Duration::from_secs(5)));
        let all = Frames { before: five_seconds, during: Rate::All, after: five_seconds };
        let (encoded, held, bytes) = stock(EventSend::Frames(all), turned);
        assert!(bytes <= 14 << 20 && held == 51, "{held} frames, {bytes} bytes, turned: {turned}");
        // Each frame at most once, and the newest not at all.
        assert!((55..=66).contains(&encoded), "{encoded}, turned: {turned}");
    }
}

#[test]
fn frames_that_cannot_be_decoded_are_passed_over_and_counted() {
    let mut run = Run::new(&camera(vec![motion(frames(1, Rate::All, 1))]));
    let broken = || Arc::new(Picture::Jpeg { bytes: b"no JPEG".to_vec(), width: WIDTH, height: HEIGHT });
    for index in 0..10 {
        let whole = frame(index, &(0..0), 0);
        run.pipeline.take(if index % 5 == 4 { Frame { picture: broken(), ..whole } } else { whole });
    }
    assert_eq!(run.pipeline.passed_over(), 2);
}

#[test]
fn a_camera_that_comes_back_keeps_nothing_for_what_is_over_and_goes_on_with_what_is_not() {
    let mut run = Run::new(&camera(vec![]));
    let pirs = ["a", "b", "c"].map(|_| pir(&run.shared, frames_around(2, Rate::All, 2)));
    let [long, ended, missed] = &pirs;
    let at = |index: u64| Duration::from_millis(100 * index);
    for index in 0..10 {
        match index {
            7 => long.pull("long", Edge::Start, at(7)),
            8 => ended.pull("ended", Edge::Start, at(8)),
            _ => {}
        }
        run.pipeline.take(frame(index, &(0..0), 0));
    }
    let before = run.told().len();
    run.pipeline.lost("unplugged");
    ended.pull("ended", Edge::End, at(20));
    missed.pull("missed", Edge::Start, at(25));
    missed.pull("missed", Edge::End, at(30));
    run.shared.clock.wait(at(50), &picket_common::shutdown::Shutdown::new());
    run.pipeline.back();
    for index in 51..60 {
        match index {
            52 => long.pull("long", Edge::End, at(52)),
            55 => missed.pull("new", Edge::Start, at(55)),
            _ => {}
        }
        run.pipeline.take(frame(index, &(0..0), 0));
    }
    let items = run.items();
    let kept = |event: &str| -> Vec<u64> {
        let of = |item: &&Arc<Item>| {
            let also = item.keys.data["also"].as_array().into_iter().flatten();
            item.keys.kind == Kind::Image
                && (item.keys.event.as_deref() == Some(event) || also.into_iter().any(|also| also["event"] == event))
        };
        let index = |item: &Arc<Item>| item.keys.mono_ns.unwrap() / 100_000_000;
        let mut kept: Vec<u64> = items.iter().filter(of).map(index).collect();
        kept.sort_unstable();
        kept
    };
    assert!(before > 0);
    assert_eq!(kept("long"), [5, 6, 7, 8, 9, 51, 52, 53]);
    assert_eq!(kept("ended").last(), Some(&9));
    assert_eq!(kept("missed"), [0; 0]);
    assert_eq!(kept("new"), [54, 55, 56, 57, 58, 59], "53 was sent for `long`: it is told in `earlier`");
}
