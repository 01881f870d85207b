//! Generated frames through the whole pipeline; what lies in the outbox afterwards is told as short words.

use std::sync::Arc;

use picket_common::event::Kind;
use picket_common::time::{Clock, SimClock};
use serde_json::Value;

use super::*;
use crate::config::{Amount, LightConfig, MotionConfig, Rate};
use crate::frame::Picture;
use crate::outbox::{Item, Outbox};

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
    EventSend::Frames { before: Amount::Frames(before), during, after: Amount::Frames(after) }
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
    outbox: Outbox,
}

impl Run {
    fn new(camera: &CameraConfig) -> Run {
        let clock: Arc<dyn Clock> = Arc::new(SimClock::new("2026-11-20T12:00:00Z".parse().unwrap()));
        let outbox = Outbox::new(64 << 20);
        let author =
            Author { node: "Barn".into(), view: camera.view.clone(), boot: "b".into(), clock, outbox: outbox.clone() };
        Run { pipeline: Pipeline::new(camera, author).unwrap(), outbox }
    }

    fn items(&self) -> Vec<Arc<Item>> {
        let streams = self.outbox.streams();
        let of = |stream| {
            std::iter::successors(self.outbox.after(stream, 0), move |item| self.outbox.after(stream, item.seq))
        };
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
    assert_eq!(images(two), (triggers + 1, shared), "each event has a trigger frame of its own");
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
    assert_eq!(run.told(), ["update dark", "start lighted", "end dark"]);
    let last = run.items().pop().unwrap();
    assert_eq!(last.keys.data["reason"], "the node stopped");
    assert_eq!(last.msg, "Barn Door|light|dark");
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
