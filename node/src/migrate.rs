//! `picket-node migrate`: from an imagenode.yaml to the configuration that does what imagenode did with it. What
//! imagenode ignored is not switched on, but told, with the words that would. Knows imagenode as its program was, not
//! as its documentation describes it (`imagenode/tools/imaging.py` at version 0.3.0).

mod camera;
mod detector;
mod file;
mod hub_address;
mod light;
mod node;
mod picamera;
mod picture;
mod send;
mod sensor;
mod webcam;

use std::io::Write;
use std::path::Path;

use anyhow::Result;
pub use picket_common::config::migrate::Moved;
use picket_common::config::migrate::{Block, Move, Old, Report, left_over};

use crate::config::{CameraConfig, NodeConfig, SourceConfig};

const MOVE: Move<NodeConfig> = Move { program: "imagenode", new: "picket-node", config };

/// Prints the configuration to `out`, and what has changed to standard error.
///
/// # Errors
/// The file cannot be read, or is no imagenode.yaml.
pub fn run(file: &Path, out: &mut impl Write) -> Result<()> {
    MOVE.run(file, out)
}

/// What becomes of the bytes of an imagenode.yaml; `name` is what messages call it.
///
/// # Errors
/// It is no imagenode.yaml.
pub fn from_bytes(name: &str, bytes: &[u8]) -> Result<Moved> {
    MOVE.bytes(name, bytes)
}

fn config(old: &Old, report: &mut Report) -> NodeConfig {
    let mut config = NodeConfig::default();
    let Some(mut file) = Block::of(old, "", report) else { return config };
    if !file::is_imagenodes(&file, report) {
        return config;
    }
    let sections = ["node", "hub_address", "cameras", "sensors", "lights"];
    let [node, hub, cameras, sensors, lights] = sections.map(|section| file.take(section));
    left_over(file, &sections, "", report);
    let queue = node.and_then(|node| node::take(&node, &mut config, report));
    if let Some(hub) = hub {
        hub_address::take(&hub, &mut config.hub, report);
    }
    if let Some(cameras) = cameras {
        config.cameras = camera::take(&cameras, queue.unwrap_or(node::QUEUE), report);
    }
    if let Some(sensors) = sensors {
        config.sensors = sensor::take(&sensors, report);
    }
    if let Some(lights) = lights {
        config.lights = light::take(&lights, report);
    }
    if config.cameras.is_empty() && config.sensors.is_empty() && config.lights.is_empty() {
        config.cameras.push(stand_in());
        let message = "There was nothing to watch, which imagenode did not mind. Picket wants a camera, a sensor or a \
                       light: this is a generated scene, until there is one.";
        report.remark("cameras[0]", message);
    }
    config
}

/// A camera for a node that has nothing.
fn stand_in() -> CameraConfig {
    camera::bare(SourceConfig::Pattern { resolution: None, framerate: None, seed: 0 })
}
