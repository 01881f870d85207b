//! From a sensor's mark to the hub: a real camera pipeline on a generated scene, its messages over the wire into a real hub,
//! and what the hub then lists.

use std::sync::Arc;

use jiff::tz::TimeZone;
use picket_common::config;
use picket_common::event::{EventData, Phase};
use picket_common::shutdown::Shutdown;
use picket_common::time::Clock;
use picket_hub::list::{self, Filter};
use picket_node::activity::Activity;
use picket_node::author::Author;
use picket_node::config::{NodeConfig, TriggerConfig};
use picket_node::output::Outputs;
use picket_node::pipeline::Pipeline;
use picket_node::source;
use picket_node::trigger::{Edge, Triggers};
use picket_node::worker::Shared;
use serde_json::Value;

use crate::world::World;

/// Somebody walks past after about 3 s, for about 3 s.
const CONFIG: &str = "
cameras:
  - view: Door
    source: {kind: pattern, resolution: 160x120, framerate: 10}
    detectors: [{kind: motion, send: {before: 1s, during: 5/s, after: 1s}}]
";

fn lines(list: impl FnOnce(&mut Vec<u8>) -> anyhow::Result<()>) -> Vec<Value> {
    let mut out = Vec::new();
    list(&mut out).unwrap();
    String::from_utf8(out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_sensors_event_has_its_frames_at_the_hub_and_shares_those_of_the_motion_it_stands_in() {
    let mut world = World::new(1, 0);
    let config: NodeConfig = config::parse("node.yaml", CONFIG.as_bytes()).unwrap();
    let clock: Arc<dyn Clock> = Arc::new(world.clock.clone());
    let author = Author { view: None, ..world.nodes[0].author.clone() };
    let triggers = Triggers::new(["Door"]);
    let send: TriggerConfig =
        serde_json::from_str(r#"{"send": {"before": "1s", "during": "5/s", "after": 2}}"#).unwrap();
    let pir = triggers.trigger("pir", &send);
    let shared = Shared {
        author: author.clone(),
        clock: clock.clone(),
        activity: Activity::default(),
        triggers,
        outputs: Outputs::default(),
    };
    let mut pipeline = Pipeline::new(&config.cameras[0], &shared).unwrap();
    // It waits by moving the clock.
    let mut frames = source::build(&config.cameras[0].source, &clock, &Shutdown::new()).unwrap();
    let sensor = Author { view: Some("pir".into()), ..author };
    let tell = |phase, state: &str, edge| {
        let now = sensor.now();
        sensor.event(now, Some("pir-1"), &EventData::new(phase, "input", state));
        pir.pull("pir-1", edge, now.mono);
    };
    for index in 0..120 {
        match index {
            45 => tell(Phase::Start, "active", Edge::Start),
            55 => tell(Phase::End, "inactive", Edge::End),
            _ => {}
        }
        pipeline.take(frames.next().unwrap());
        if index % 7 == 0 {
            world.step_all();
            world.shelve();
        }
    }
    pipeline.stop();
    world.settle();

    let (data, filter, now) = (world.data.path(), Filter::default(), world.clock.now().to_zoned(TimeZone::UTC));
    let events = lines(|out| list::events(data, &filter, true, &now, out));
    let images = lines(|out| list::images(data, &filter, true, &now, out));
    let of = |event: &Value| {
        let is_its = |image: &&Value| {
            let also = image["also"].as_array().unwrap();
            image["event"] == *event || also.iter().any(|also| also["event"] == *event)
        };
        images.iter().filter(is_its).count()
    };
    let ongoing: Vec<&Value> = events.iter().filter(|row| row["event"].is_string()).collect();
    let told: Vec<_> =
        ongoing.iter().map(|row| (row["what"].as_str().unwrap(), row["text"].as_str().unwrap())).collect();
    assert_eq!(told[..2], [("motion", "Node0 Door|motion|moving"), ("input", "Node0 pir|input|active")], "{told:?}");
    for row in &ongoing {
        assert_eq!(row["images"], of(&row["event"]), "{row}");
    }
    // A second before at five a second, the trigger, a second of it, two after.
    let pir = ongoing[1];
    assert_eq!((pir["event"].as_str(), pir["images"].as_u64()), (Some("pir-1"), Some(5 + 1 + 4 + 2)));
    // All of them were the motion's anyway, and each lies on the disk once.
    let motion = ongoing[0]["images"].as_u64().unwrap();
    let all: u64 = ongoing.iter().map(|row| row["images"].as_u64().unwrap()).sum();
    assert!(motion >= 12 && (images.len() as u64) < all, "{motion}, {} of {all}", images.len());
    assert_eq!(std::fs::read_dir(data.join("images/2026-11-20")).unwrap().count(), images.len());
    let best = data.join(pir["best"].as_str().unwrap());
    assert!(picket_common::jpeg::size(&std::fs::read(best).unwrap()).is_ok());
}
